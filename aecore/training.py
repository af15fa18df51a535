"""Training: `train_epochs(config, ...)` yields one record per epoch; the caller prints, draws or stops."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import torch
from torch import Tensor

from aecore import datasets, variants
from aecore.config import RunConfig
from aecore.datasets import Images
from aecore.errors import TrainingDiverged
from aecore.variants._autoencoder import Autoencoder, Batch, Stage

EVALUATION_BATCH = 2000
TEST_NOISE_SEED = 1


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: number from 1, stage, seconds it took, mean loss terms in nats per image."""

    number: int
    stage: str
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
    classes = len(datasets.module(config.dataset).CLASSES)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return variants.module(config.variant).Variant(
            (channels, height, width), config.latent_dim, classes, options
        )


def on_device(images: Images, device: torch.device) -> Batch:
    """Pixels as uint8 (n, c, h, w), and labels: a quarter of the memory of float32, copied once."""
    pixels = torch.tensor(images.pixels).permute(0, 3, 1, 2).contiguous()
    return Batch(pixels.to(device), torch.tensor(images.labels, dtype=torch.int64).to(device))


def to_float(batch: Batch) -> Batch:
    """Pixels uint8 to float32 in [0, 1]."""
    return Batch(batch.images.float().div_(255), batch.labels)


def batches(split: Batch) -> Iterator[Batch]:
    """A split in batches to measure, pixels in [0, 1]."""
    pairs = zip(split.images.split(EVALUATION_BATCH), split.labels.split(EVALUATION_BATCH), strict=True)
    return (to_float(Batch(*pair)) for pair in pairs)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16 products: twice as fast there, slower elsewhere."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    known = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return bool(known.get("avx512_bf16") or known.get("amx_bf16"))


def train_epochs(model: Autoencoder, config: RunConfig, train: Batch, test: Batch) -> Iterator[Epoch]:
    """Train a model in place, one record per epoch.

    One fused Adam per objective under one one-cycle schedule (Smith & Topin 2018), anew in each stage.
    Order and noise come from one generator on the device, seeded by the config. Where the device
    multiplies bfloat16 the wide layers do so in training; weights, losses, latent codes and every
    measurement are float32. A model without stages is fitted when it is prepared: one record.

    Args:
        model: a fresh model on its device.
        config: batch size, epochs, learning rate and seed.
        train: the training split, pixels uint8 (n, c, h, w), on the same device.
        test: the test split, likewise; it is measured and never trained on.

    Yields:
        Epoch: numbers of the epoch that has just ended.

    Raises:
        TrainingDiverged: if a loss is no longer finite.
    """
    generator = torch.Generator(train.images.device).manual_seed(config.seed)
    started, number = time.perf_counter(), 0
    model.prepare(train, generator)
    if not model.stages:
        seconds = time.perf_counter() - started
        yield Epoch(1, "closed form", seconds, test_terms(model, train), test_terms(model, test))
    for stage, epochs in stage_epochs(model.stages, config.epochs):
        model.stage = stage.name
        step = _stepper(model, config, train, epochs, generator)
        for index in range(epochs):
            started, number = time.perf_counter(), number + 1
            model.train()
            means = step(index)
            seconds, test_means = time.perf_counter() - started, test_terms(model, test)
            for name, mean in means.items():  # and the test split: no batch comes after the last step
                if not math.isfinite(mean + test_means[name]):
                    raise TrainingDiverged(config.run_id, number, name)
            yield Epoch(number, stage.name, seconds, means, test_means)


def stage_epochs(stages: tuple[Stage, ...], epochs: int) -> list[tuple[Stage, int]]:
    """How many epochs each stage has; the ends are rounded, so a short training may skip all but the last.

    Args:
        stages: shares that sum to 1.
        epochs: how many epochs there are in all.

    Returns:
        The stages that have any, each with its number; the numbers sum to `epochs`.
    """
    ends = [round(epochs * share) for share in accumulate(stage.share for stage in stages)]
    ends[:-1] = [min(end, epochs - 1) for end in ends[:-1]]  # the last stage always has one
    lengths = [end - start for start, end in pairwise([0, *ends])]
    return [(stage, length) for stage, length in zip(stages, lengths, strict=True) if length]


def _stepper(
    model: Autoencoder, config: RunConfig, train: Batch, epochs: int, generator: torch.Generator
) -> Callable[[int], dict[str, float]]:
    """One epoch of a stage, by its index from 0: trains, and returns the mean loss terms."""
    device, count = train.images.device, len(train.images)
    parts = {name: list(parameters) for name, parameters in model.parts().items()}
    fused = device.type in ("cuda", "cpu")
    optimisers = {
        name: torch.optim.Adam(parameters, lr=config.learning_rate, betas=model.betas, fused=fused)
        for name, parameters in parts.items()
    }
    steps = math.ceil(count / config.batch_size)
    schedules = [
        torch.optim.lr_scheduler.OneCycleLR(
            optimiser, config.learning_rate, total_steps=steps * epochs + 1, cycle_momentum=False
        )
        for optimiser in optimisers.values()
    ]
    is_mixed = multiplies_bfloat16(device)

    def epoch(index: int) -> dict[str, float]:
        totals: dict[str, Tensor] = {}
        order = torch.randperm(count, generator=generator, device=device)
        for step, rows in enumerate(order.split(config.batch_size)):
            batch = to_float(Batch(train.images[rows], train.labels[rows]))
            with torch.autocast(device.type, torch.bfloat16, enabled=is_mixed):
                losses = model.losses(batch, generator, (index + step / steps) / epochs)
            for name, objective in losses.objectives.items():
                optimisers[name].zero_grad(set_to_none=True)
                objective.backward(inputs=parts[name])
            for optimiser, schedule in zip(optimisers.values(), schedules, strict=True):
                optimiser.step()
                schedule.step()
            model.project()
            for name, term in losses.terms.items():
                weighted = term.detach() * (len(rows) / count)
                totals[name] = totals[name] + weighted if name in totals else weighted
        return {name: float(total) for name, total in totals.items()}

    return epoch


@torch.no_grad()
def test_terms(model: Autoencoder, test: Batch) -> dict[str, float]:
    """The loss terms on the test split, the same noise every time.

    The split is shuffled: a term that compares a whole batch with the prior must not see the order in
    which the images were collected (MNIST's first and second half differ).

    Args:
        model: the model to measure.
        test: the test split, pixels uint8 (n, c, h, w).

    Returns:
        Nats per image by term, averaged over the split.
    """
    model.eval()
    generator = torch.Generator(test.images.device).manual_seed(TEST_NOISE_SEED)
    order = torch.randperm(len(test.labels), generator=generator, device=test.images.device)
    means: dict[str, float] = {}
    for batch in batches(Batch(test.images[order], test.labels[order])):
        for name, term in model.losses(batch, generator, 1.0).terms.items():
            share = len(batch.labels) / len(test.labels)
            means[name] = means.get(name, 0.0) + float(term) * share
    return means
