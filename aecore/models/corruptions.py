"""Corruption processes: what a denoising autoencoder is asked to undo. Pixels stay in [0, 1]."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Noise:
    """One corruption.

    Attributes:
        title: what people call it.
        level: what its level counts.
        maximum: the largest level that makes sense.
        reference: the level at which denoisers are compared.
        apply: (images, levels (batch, 1, 1, 1), generator) to corrupted images, not yet clipped.
    """

    title: str
    level: str
    maximum: float
    reference: float
    apply: Callable[[Tensor, Tensor, Generator], Tensor]


def _gaussian(images: Tensor, levels: Tensor, generator: Generator) -> Tensor:
    return images + levels * torch.randn(images.shape, generator=generator, device=images.device)


def _masking(images: Tensor, levels: Tensor, generator: Generator) -> Tensor:
    return images * (_uniform(images, generator) >= levels)


def _salt_and_pepper(images: Tensor, levels: Tensor, generator: Generator) -> Tensor:
    draw = _uniform(images, generator)
    salted = torch.where(draw < levels / 2, torch.ones_like(images), images)
    return torch.where(draw > 1 - levels / 2, torch.zeros_like(images), salted)


def _speckle(images: Tensor, levels: Tensor, generator: Generator) -> Tensor:
    return images * (1 + levels * torch.randn(images.shape, generator=generator, device=images.device))


def _uniform(images: Tensor, generator: Generator) -> Tensor:
    return torch.rand(images.shape, generator=generator, device=images.device)


NOISES = {
    "gaussian": Noise("Gaussian", "standard deviation", 1.0, 0.5, _gaussian),
    "masking": Noise("Masking", "share of pixels set to 0", 1.0, 0.5, _masking),
    "salt_and_pepper": Noise("Salt and pepper", "share of pixels set to 0 or 1", 1.0, 0.3, _salt_and_pepper),
    "speckle": Noise("Speckle", "standard deviation relative to the pixel", 2.0, 0.8, _speckle),
}


def corrupt(images: Tensor, noise: str, level: float | Tensor, generator: Generator) -> Tensor:
    """Images with fresh noise, clipped to [0, 1].

    Args:
        images: pixels in [0, 1], shape (batch, c, h, w).
        noise: a name of NOISES.
        level: its level, one for all or one per image, shape (batch,).
        generator: where the noise comes from.

    Returns:
        Corrupted pixels, same shape.

    Source: Vincent et al. 2010, section 3.3 (masking, salt-and-pepper, Gaussian).
    """
    levels = torch.as_tensor(level, dtype=images.dtype, device=images.device).reshape(-1, 1, 1, 1)
    return NOISES[noise].apply(images, levels, generator).clamp(0, 1)


def corrupt_over_range(images: Tensor, noise: str, low: float, high: float, generator: Generator) -> Tensor:
    """Images with fresh noise, each at a level of its own, uniform over a range.

    Args:
        images: pixels in [0, 1], shape (batch, c, h, w).
        noise: a name of NOISES.
        low: smallest level.
        high: largest level.
        generator: where levels and noise come from.

    Returns:
        Corrupted pixels, same shape.
    """
    draw = torch.rand(len(images), generator=generator, device=images.device)
    return corrupt(images, noise, low + (high - low) * draw, generator)


def move(images: Tensor, most: int, generator: Generator) -> Tensor:
    """Images moved by whole pixels, each by its own, with zeros where nothing was.

    Args:
        images: pixels, shape (batch, c, h, w).
        most: the farthest in each direction; 0 leaves the images as they are.
        generator: where the moves come from.

    Returns:
        Moved pixels, same shape.
    """
    if not most:
        return images
    count, _, height, width = images.shape
    device = images.device
    down, right = torch.randint(2 * most + 1, (2, count, 1, 1), generator=generator, device=device)
    rows = torch.arange(height, device=device).view(1, -1, 1) + down
    columns = torch.arange(width, device=device).view(1, 1, -1) + right
    padded = F.pad(images, (most, most, most, most))
    which = torch.arange(count, device=device).view(-1, 1, 1)
    return padded[which, :, rows, columns].permute(0, 3, 1, 2)
