"""Training speed: images per second, beside a tutorial's DataLoader loop and the multiplies alone."""

import math
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from aecore import datasets
from aecore.datasets._idx import import_torchvision
from aecore.models import build, devices, inference, variants
from aecore.models.base import Autoencoder, Batch, Stage
from aecore.models.modules import BottleneckConv2d, BottleneckLinear
from aecore.training import loop
from benchmarks import bars

DATASET = "mnist"
EPOCHS = 3
SLOW_EPOCHS = 2
BATCH_SIZE = 256
TUTORIAL_STEPS = 80


def rows() -> list[dict[str, str]]:
    """One row per variant that is trained, measured one after the other on an otherwise idle machine."""
    device = devices.best_device()
    train, test = datasets.load_splits(DATASET)
    splits = inference.on_device(train, device), inference.on_device(test, device)
    sample = inference.to_float(splits[0].take(slice(BATCH_SIZE)))
    seconds_to_bar = _seconds_to_bar()
    table = []
    for name in variants.names():
        if getattr(variants.module(name), "IS_CLOSED_FORM", False):
            continue
        epochs = EPOCHS if getattr(variants.module(name), "EPOCH_SCALE", 1.0) == 1.0 else SLOW_EPOCHS
        config = variants.configure(name, DATASET, epochs=epochs, batch_size=BATCH_SIZE)
        model = build.build_model(config, test.pixels.shape[1:]).to(device)
        if len(model.stages) > 1:  # the stage that trains all layers
            model.stages = (Stage(model.stages[-1].name, 1.0),)
        seconds = [epoch.seconds for epoch in loop.train_epochs(model, config, *splits)][1:]
        ours = len(train.pixels) / statistics.median(seconds)
        fresh = build.build_model(config, test.pixels.shape[1:]).to(device)
        fresh.prepare(splits[0], torch.Generator(device))
        tutorial = tutorial_rate(fresh, BATCH_SIZE)
        is_mixed = devices.multiplies_bfloat16(device)
        exact = multiply_rate(model, sample, device, torch.float32)
        limit = multiply_rate(model, sample, device, torch.bfloat16) if is_mixed else exact
        table.append(
            {
                "variant": name,
                "images/s": f"{ours:,.0f}",
                "DataLoader loop, images/s": f"{tutorial:,.0f}",
                "times the loop": f"{ours / tutorial:.1f}",
                "float32 multiplies alone": f"{exact:,.0f}",
                "multiplies as trained, alone": f"{limit:,.0f}",
                "share of that limit": f"{ours / limit:.0%}",
                "seconds to its bar": seconds_to_bar.get(name, ""),
            }
        )
    return table


def _seconds_to_bar() -> dict[str, str]:
    """Seconds that a run took that met the first bar of its variant, as `make bars` found them."""
    found: dict[str, str] = {}
    for entry in bars.read().values():
        if entry["met"]:
            found.setdefault(entry["variant"], f"{entry['seconds']:.0f} ({entry['name']})")
    return found


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
    parts = {name: list(parameters) for name, parameters in model.parameter_groups().items()}
    optimisers = {
        name: torch.optim.Adam(parameters, lr=1e-3, fused=False) for name, parameters in parts.items()
    }
    generator, running, started = torch.Generator(device), 0.0, 0.0
    model.train()
    for step, (batch, labels) in enumerate(islice(loader, TUTORIAL_STEPS + 5)):
        if step == 5:  # the first steps allocate
            started = time.perf_counter()
        losses = model.losses(Batch(batch.to(device), labels.to(device)), generator, 0.0)
        for name, objective in losses.objectives.items():
            optimisers[name].zero_grad()
            objective.backward(inputs=parts[name])
        for optimiser in optimisers.values():
            optimiser.step()
        running += losses.terms["reconstruction"].item()
    return TUTORIAL_STEPS * batch_size / (time.perf_counter() - started)


def multiply_rate(model: Autoencoder, batch: Batch, device: torch.device, wide: torch.dtype) -> float:
    """Images per second if a step were nothing but its multiplies, at their own shapes and types.

    What a step multiplies is seen from one step: every call of a linear, convolutional or LSTM layer,
    with its outputs, the gradient of its weights, and that of its inputs where they have one. `wide` is
    the type of the products; those beside the latent code and in LSTMs are never rounded.
    """
    products = []
    for layer, inputs, has_gradient in _calls(model, batch):
        kind = torch.float32 if isinstance(layer, BottleneckLinear | BottleneckConv2d | nn.LSTM) else wide
        about = (inputs, has_gradient, device, kind)
        if isinstance(layer, nn.Linear):
            products += _linear_products(layer, *about)
        elif isinstance(layer, nn.LSTM):
            products += _lstm_products(layer, *about)
        else:
            products += _convolution(layer, *about)
    seconds = []
    for _ in range(10):
        started = time.perf_counter()
        for multiply in products:
            multiply()
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return len(batch.images) / statistics.median(seconds) if products else math.inf


def _calls(model: Autoencoder, batch: Batch) -> list[tuple[Any, torch.Size, bool]]:
    """Every call of a multiplying layer in one step: the layer, its input's shape, whether that is learnt."""
    calls = []
    kinds = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.LSTM)
    hooks = [
        layer.register_forward_pre_hook(
            lambda layer, inputs: calls.append((layer, inputs[0].shape, inputs[0].requires_grad))
        )
        for layer in model.modules()
        if isinstance(layer, kinds)
    ]
    model.losses(batch, torch.Generator(batch.images.device), 0.5)
    for hook in hooks:
        hook.remove()
    return calls


def _linear_products(
    layer: nn.Linear, shape: torch.Size, has_gradient: bool, device: torch.device, kind: torch.dtype
) -> list[Callable[[], Tensor]]:
    rows = math.prod(shape[:-1])
    inputs = torch.rand(rows, layer.in_features, device=device, dtype=kind)
    outputs = torch.rand(rows, layer.out_features, device=device, dtype=kind)
    weight = layer.weight.detach().to(device, kind)
    back = [partial(torch.mm, outputs, weight)] if has_gradient else []
    return [partial(torch.mm, inputs, weight.T), partial(torch.mm, outputs.T, inputs), *back]


def _lstm_products(
    layer: nn.LSTM, shape: torch.Size, has_gradient: bool, device: torch.device, kind: torch.dtype
) -> list[Callable[[], Tensor]]:
    """The inputs of all steps at once, the state step by step; both with their gradients."""
    batch, steps, _ = shape
    states = nn.Linear(layer.hidden_size, 4 * layer.hidden_size)
    inputs = nn.Linear(layer.input_size, 4 * layer.hidden_size)
    return _linear_products(inputs, shape, has_gradient, device, kind) + steps * _linear_products(
        states, torch.Size((batch, layer.hidden_size)), True, device, kind
    )


def _convolution(
    layer: nn.Conv2d, shape: torch.Size, has_gradient: bool, device: torch.device, kind: torch.dtype
) -> list[Callable[[], Any]]:
    """A convolution either way, without its bias."""
    inputs = torch.rand(shape, device=device, dtype=kind)
    weight = layer.weight.detach().to(device, kind)
    is_transposed = isinstance(layer, nn.ConvTranspose2d)
    output_padding = layer.output_padding if is_transposed else (0, 0)
    settings = (layer.stride, layer.padding, layer.dilation, is_transposed, output_padding, layer.groups)
    outputs = torch.ops.aten.convolution(inputs, weight, None, *settings)
    wanted = [has_gradient, True, False]
    back = partial(torch.ops.aten.convolution_backward, outputs, inputs, weight, None, *settings, wanted)
    return [partial(torch.ops.aten.convolution, inputs, weight, None, *settings), back]
