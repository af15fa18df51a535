"""A black square over a part of the image."""

import numpy as np

from aecore.corruptions import Corruption, Draws


def cover(pixels: np.ndarray, level: float, draws: Draws) -> np.ndarray:
    """0 where |row + 0.5 - y * h| < level * h / 2, and in the columns likewise."""
    rows, columns = (
        np.abs(np.arange(length) + 0.5 - draws.centre[..., axis, None] * length) < level * length / 2
        for axis, length in enumerate(pixels.shape[-3:-1])
    )
    return pixels * ~(rows[..., :, None] & columns[..., None, :])[..., None]


CORRUPTION = Corruption(
    title="Masking, a square",
    sentence="A square of the image becomes black; nothing is random in it.",
    order=4,
    level="side as a share of the image's",
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    reference=0.4,
    draws=("centre",),
    formula=cover,
)
