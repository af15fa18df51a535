"""Training: `train_epochs(config, ...)` yields one record per epoch; the caller prints, draws or stops."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from aecore import variants
from aecore.config import RunConfig
from aecore.datasets import Images
from aecore.errors import TrainingDiverged
from aecore.variants._autoencoder import Autoencoder

EVALUATION_BATCH = 2000
TEST_NOISE_SEED = 1


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: number from 1, seconds it took, mean loss terms in nats per image."""

    number: int
    seconds: float
    train: dict[str, float]
    test: dict[str, float]


def best_device() -> torch.device:
    """CUDA or MPS where there is one, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def build(config: RunConfig, image_shape: tuple[int, int, int]) -> Autoencoder:
    """The untrained variant of a config; its first weights depend on the seed alone.

    Args:
        config: what to build.
        image_shape: (h, w, c), as in `Images`.

    Returns:
        The variant, on the CPU.
    """
    height, width, channels = image_shape
    options = variants.options(config.variant, **config.options)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return variants.module(config.variant).Variant((channels, height, width), config.latent_dim, options)


def on_device(images: Images, device: torch.device) -> Tensor:
    """Pixels as uint8 (n, c, h, w) on the device: a quarter of the memory of float32, copied once."""
    return torch.tensor(images.pixels).permute(0, 3, 1, 2).contiguous().to(device)


def to_float(pixels: Tensor) -> Tensor:
    """Pixels uint8 to float32 in [0, 1]."""
    return pixels.float().div_(255)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16 products: twice as fast there, slower elsewhere."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    known = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return bool(known.get("avx512_bf16") or known.get("amx_bf16"))


def train_epochs(model: Autoencoder, config: RunConfig, train: Tensor, test: Tensor) -> Iterator[Epoch]:
    """Train a model in place, one record per epoch.

    One fused Adam per objective under one one-cycle schedule (Smith & Topin 2018). Order and noise
    come from one generator on the device, seeded by the config. Where the device multiplies bfloat16
    the wide layers do so in training; weights, losses, latent codes and every measurement are float32.

    Args:
        model: a fresh model on its device.
        config: batch size, epochs, learning rate and seed.
        train: training pixels uint8 (n, c, h, w) on the same device.
        test: test pixels, likewise; they are measured and never trained on.

    Yields:
        Epoch: numbers of the epoch that has just ended.

    Raises:
        TrainingDiverged: if a loss is no longer finite.
    """
    generator = torch.Generator(train.device).manual_seed(config.seed)
    parts = {name: list(parameters) for name, parameters in model.parts().items()}
    fused = train.device.type in ("cuda", "cpu")
    optimisers = {
        name: torch.optim.Adam(parameters, lr=config.learning_rate, betas=model.betas, fused=fused)
        for name, parameters in parts.items()
    }
    is_mixed = multiplies_bfloat16(train.device)
    steps = math.ceil(len(train) / config.batch_size)
    schedules = [
        torch.optim.lr_scheduler.OneCycleLR(
            optimiser, config.learning_rate, total_steps=steps * config.epochs + 1, cycle_momentum=False
        )
        for optimiser in optimisers.values()
    ]
    for number in range(1, config.epochs + 1):
        started = time.perf_counter()
        model.train()
        totals: dict[str, Tensor] = {}
        order = torch.randperm(len(train), generator=generator, device=train.device)
        for step, rows in enumerate(order.split(config.batch_size)):
            progress = (number - 1 + step / steps) / config.epochs
            with torch.autocast(train.device.type, torch.bfloat16, enabled=is_mixed):
                losses = model.losses(to_float(train[rows]), generator, progress)
            for name, objective in losses.objectives.items():
                optimisers[name].zero_grad(set_to_none=True)
                objective.backward(inputs=parts[name])
            for optimiser, schedule in zip(optimisers.values(), schedules, strict=True):
                optimiser.step()
                schedule.step()
            for name, term in losses.terms.items():
                weighted = term.detach() * (len(rows) / len(train))
                totals[name] = totals[name] + weighted if name in totals else weighted
        means = {name: float(total) for name, total in totals.items()}
        seconds, test_means = time.perf_counter() - started, test_terms(model, test)
        for name, mean in means.items():  # and the test split: no batch comes after the last step
            if not math.isfinite(mean + test_means[name]):
                raise TrainingDiverged(config.run_id, number, name)
        yield Epoch(number, seconds, means, test_means)


@torch.no_grad()
def test_terms(model: Autoencoder, test: Tensor) -> dict[str, float]:
    """The loss terms on the test split, the same noise every time.

    Args:
        model: the model to measure.
        test: test pixels uint8 (n, c, h, w).

    Returns:
        Nats per image by term, averaged over the split.
    """
    model.eval()
    generator = torch.Generator(test.device).manual_seed(TEST_NOISE_SEED)
    means: dict[str, float] = {}
    for pixels in test.split(EVALUATION_BATCH):
        for name, term in model.losses(to_float(pixels), generator, 1.0).terms.items():
            means[name] = means.get(name, 0.0) + float(term) * len(pixels) / len(test)
    return means
