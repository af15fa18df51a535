"""A finished model at work: images to codes and back, a batch at a time, and its loss terms on a split."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from aecore.datasets import Images
from aecore.models.base import Autoencoder, Batch, Posterior

EVALUATION_BATCH = 2000
TEST_NOISE_SEED = 1


def on_device(images: Images, device: torch.device) -> Batch:
    """Pixels as uint8 (n, c, h, w), and labels, if any: a quarter of the memory of float32, copied once."""
    pixels = torch.tensor(images.pixels).permute(0, 3, 1, 2).contiguous()
    labels = None if images.labels is None else torch.tensor(images.labels, dtype=torch.int64).to(device)
    return Batch(pixels.to(device), labels)


def to_float(batch: Batch) -> Batch:
    """Pixels uint8 to float32 in [0, 1]."""
    return Batch(batch.images.float().div_(255), batch.labels)


def batches(split: Batch) -> Iterator[Batch]:
    """A split in batches to measure, pixels in [0, 1]."""
    return map(to_float, split.parts(EVALUATION_BATCH))


@contextmanager
def _frozen(model: Autoencoder) -> Iterator[None]:
    """Let a loss differentiate by what it likes, an image or a code, without a graph of the parameters."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        with torch.enable_grad():
            yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


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
    order = torch.randperm(len(test.images), generator=generator, device=test.images.device)
    means: dict[str, float] = {}
    with _frozen(model):
        for batch in batches(test.take(order)):
            for name, term in model.losses(batch, generator, 1.0).terms.items():
                share = len(batch.images) / len(test.images)
                means[name] = means.get(name, 0.0) + float(term.detach()) * share
    return means


@torch.no_grad()
def encode(model: Autoencoder, split: Batch) -> Posterior:
    """q(z|x) of images, in batches, on the CPU.

    Args:
        model: a finished model.
        split: pixels uint8 (n, c, h, w) on the model's device.

    Returns:
        Mean (n, d), and log-variance (n, d) where the posterior has a spread.
    """
    model.eval()
    found = [model.posterior(batch.images) for batch in batches(split)]
    mean = torch.cat([part.mean for part in found]).cpu()
    spreads = [part.log_var for part in found if part.log_var is not None]
    return Posterior(mean, torch.cat(spreads).cpu() if spreads else None)


@torch.no_grad()
def conditions(model: Autoencoder, split: Batch) -> np.ndarray | None:
    """The class that each image is decoded with.

    Args:
        model: a finished model.
        split: pixels uint8 (n, c, h, w) and labels, on the model's device.

    Returns:
        int16 (n,); None where the decoder takes no class.
    """
    if not model.is_conditional:
        return None
    model.eval()
    given = [model.conditions(batch) for batch in batches(split)]
    return torch.cat([classes.cpu() for classes in given if classes is not None]).numpy().astype(np.int16)


@torch.no_grad()
def decode(model: Autoencoder, codes: np.ndarray, conditions: np.ndarray | None = None) -> np.ndarray:
    """Images of latent codes, in batches.

    Args:
        model: a finished model.
        codes: float32 (n, d).
        conditions: classes (n,), where the decoder takes one.

    Returns:
        Pixels float32 (n, h, w, c) in [0, 1].
    """
    model.eval()
    device = next(model.parameters()).device
    parts = torch.tensor(codes, dtype=torch.float32).split(EVALUATION_BATCH)
    classes = [None] * len(parts)
    if conditions is not None:
        classes = torch.tensor(conditions, dtype=torch.int64).to(device).split(EVALUATION_BATCH)
    pairs = zip(parts, classes, strict=True)
    images = torch.cat([model.decode(part.to(device), chosen).cpu() for part, chosen in pairs])
    return images.permute(0, 2, 3, 1).contiguous().numpy()


@torch.no_grad()
def reconstruct(model: Autoencoder, split: Batch) -> np.ndarray:
    """Images through encoder and decoder.

    Args:
        model: a finished model.
        split: pixels uint8 (n, c, h, w) and labels, on the model's device.

    Returns:
        Pixels float32 (n, h, w, c) in [0, 1].
    """
    return decode(model, encode(model, split).mean.numpy(), conditions(model, split))
