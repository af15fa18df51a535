"""Training speed: images per second, beside a tutorial's DataLoader loop and the multiplies alone."""

import statistics
import time
from itertools import islice

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from aecore import datasets, training, variants
from aecore.datasets._idx import import_torchvision
from aecore.variants._autoencoder import Autoencoder

DATASET = "mnist"
EPOCHS = 4
BATCH_SIZE = 256
TUTORIAL_STEPS = 80


def rows() -> list[dict[str, str]]:
    """One row per variant, measured one after the other on an otherwise idle machine."""
    device = training.best_device()
    train, test = (datasets.load_images(DATASET, split) for split in ("train", "test"))
    pixels = training.on_device(train, device), training.on_device(test, device)
    table = []
    for name in variants.names():
        config = variants.configure(name, DATASET, epochs=EPOCHS, batch_size=BATCH_SIZE)
        model = training.build(config, test.pixels.shape[1:]).to(device)
        seconds = [epoch.seconds for epoch in training.train_epochs(model, config, *pixels)][1:]
        ours = len(train.pixels) / statistics.median(seconds)
        loop = tutorial_rate(training.build(config, test.pixels.shape[1:]).to(device), BATCH_SIZE)
        is_mixed = training.multiplies_bfloat16(device)
        exact = multiply_rate(model, BATCH_SIZE, device, torch.float32)
        limit = multiply_rate(model, BATCH_SIZE, device, torch.bfloat16) if is_mixed else exact
        table.append(
            {
                "variant": name,
                "images/s": f"{ours:,.0f}",
                "DataLoader loop, images/s": f"{loop:,.0f}",
                "times the loop": f"{ours / loop:.1f}",
                "float32 multiplies alone": f"{exact:,.0f}",
                "multiplies as trained, alone": f"{limit:,.0f}",
                "share of that limit": f"{ours / limit:.0%}",
            }
        )
    return table


def tutorial_rate(model: Autoencoder, batch_size: int) -> float:
    """Images per second of the loop that tutorials show, on the same model and losses.

    torchvision's data set with ToTensor behind a shuffling DataLoader, a plain Adam per objective,
    and the loss read after every step.
    """
    torchvision = import_torchvision()
    from torchvision import transforms

    device = next(model.parameters()).device
    images = torchvision.datasets.MNIST(datasets.data_root(), transform=transforms.ToTensor())
    loader = DataLoader(images, batch_size=batch_size, shuffle=True)
    parts = {name: list(parameters) for name, parameters in model.parts().items()}
    optimisers = {
        name: torch.optim.Adam(parameters, lr=1e-3, fused=False) for name, parameters in parts.items()
    }
    generator, running, started = torch.Generator(device), 0.0, 0.0
    for step, (batch, _) in enumerate(islice(loader, TUTORIAL_STEPS + 5)):
        if step == 5:  # the first steps allocate
            started = time.perf_counter()
        losses = model.losses(batch.to(device), generator, 0.0)
        for name, objective in losses.objectives.items():
            optimisers[name].zero_grad()
            objective.backward(inputs=parts[name])
        for optimiser in optimisers.values():
            optimiser.step()
        running += losses.terms["reconstruction"].item()
    return TUTORIAL_STEPS * batch_size / (time.perf_counter() - started)


def multiply_rate(model: Autoencoder, batch_size: int, device: torch.device, wide: torch.dtype) -> float:
    """Images per second if a step were nothing but its matrix multiplies, at their own shapes and types.

    Per linear layer: outputs, gradient of the weights, and gradient of the inputs (which the first
    layer of each network does not need, but for the discriminator, which passes it on). The
    discriminator runs three times: on the prior, and on the codes for each side. `wide` is the type of
    the wide layers' products.
    """
    products = []
    for layer, times, is_first in _linears(model):
        kind = wide if type(layer) is nn.Linear else torch.float32  # the bottleneck's are never rounded
        products += [
            (a.to(device, kind), b.to(device, kind)) for a, b in _products(layer, is_first, batch_size)
        ] * times
    seconds = []
    for _ in range(30):
        started = time.perf_counter()
        for a, b in products:
            torch.mm(a, b)
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return batch_size / statistics.median(seconds)


def _linears(model: Autoencoder) -> list[tuple[nn.Linear, int, bool]]:
    found = []
    for name in ("encoder", "decoder", "discriminator"):
        network = getattr(model, name, None)
        layers = [layer for layer in network or [] if isinstance(layer, nn.Linear)]
        found += [
            (layer, 3 if name == "discriminator" else 1, name == "encoder" and i == 0)
            for i, layer in enumerate(layers)
        ]
    return found


def _products(layer: nn.Linear, is_first: bool, batch: int) -> list[tuple[Tensor, Tensor]]:
    inputs, outputs = torch.rand(batch, layer.in_features), torch.rand(batch, layer.out_features)
    weight = layer.weight.detach().cpu()
    return [(inputs, weight.T), (outputs.T, inputs)] + ([] if is_first else [(outputs, weight)])
