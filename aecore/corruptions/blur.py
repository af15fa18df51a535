"""Gaussian blur: the image out of focus."""

import numpy as np

from aecore.corruptions import Corruption, Draws


def blur(pixels: np.ndarray, level: float, draws: Draws) -> np.ndarray:
    """Gaussian of `level` pixels, edge pixels repeated, cut at int(4 * level + 0.5) pixels."""
    from scipy.ndimage import gaussian_filter  # here: a slider that never blurs need not load it

    return gaussian_filter(pixels, level, mode="nearest", truncate=4.0, axes=(-3, -2))


CORRUPTION = Corruption(
    title="Blur",
    sentence="Every pixel becomes the mean of those around it; nothing is random in it.",
    order=7,
    level="standard deviation in pixels",
    minimum=0.0,
    maximum=4.0,
    step=0.05,
    reference=1.5,
    draws=(),
    formula=blur,
    levels=tuple(quarter / 4 for quarter in range(17)),
)
