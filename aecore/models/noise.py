"""Fresh noise on images in training: the formulas of `aecore.corruptions` on tensors, drawn on the spot."""

import torch
from torch import Generator, Tensor

from aecore import corruptions
from aecore.corruptions import Draws

_SOURCES = {"normal": torch.randn, "uniform": torch.rand}


def corrupt(images: Tensor, kind: str, level: float | Tensor, generator: Generator) -> Tensor:
    """Images with fresh noise, clipped to [0, 1].

    Args:
        images: pixels in [0, 1], shape (batch, c, h, w).
        kind: one of `corruptions.tensor_names()`.
        level: its level, one for all or one per image, shape (batch,).
        generator: where the noise comes from.

    Returns:
        Corrupted pixels, same shape.
    """
    found = corruptions.find(kind)
    levels = torch.as_tensor(level, dtype=images.dtype, device=images.device).reshape(-1, 1, 1, 1)
    drawn = {
        name: source(images.shape, generator=generator, device=images.device)
        for name, source in _SOURCES.items()
        if name in found.draws
    }
    return found.formula(images, levels, Draws(**drawn)).clamp(0, 1)


def corrupt_over_range(images: Tensor, noise: corruptions.NoiseRange, generator: Generator) -> Tensor:
    """Images with fresh noise, each at a level of its own, uniform over a range.

    Args:
        images: pixels in [0, 1], shape (batch, c, h, w).
        noise: the kind of noise, and the range.
        generator: where levels and noise come from.

    Returns:
        Corrupted pixels, same shape.
    """
    draw = torch.rand(len(images), generator=generator, device=images.device)
    return corrupt(images, noise.kind, noise.lowest + (noise.highest - noise.lowest) * draw, generator)
