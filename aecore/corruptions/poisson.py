"""Poisson noise: the image as a count of few photons."""

import math

import numpy as np

from aecore.corruptions import Corruption, Draws


def count_photons(pixels: np.ndarray, level: float, draws: Draws) -> np.ndarray:
    """The smallest count whose Poisson CDF at mean image * level reaches uniform, / level.

    Args:
        pixels: in [0, 1], shape (..., h, w, c).
        level: photons at white.
        draws: `uniform` of the same shape.

    Returns:
        Pixels, same shape. Counts are found by inversion, by the same sums as a loop over one pixel makes.
    """
    mean, draw = pixels.ravel() * level, draws.uniform.ravel()
    counts, probability = np.zeros_like(mean), np.exp(-mean)
    reached, open_ = probability.copy(), np.flatnonzero(draw > probability)
    most = math.ceil(level + 12 * math.sqrt(level) + 20)  # beyond it lies less than a draw resolves
    for count in range(1, most + 1):
        if not len(open_):
            break
        counts[open_] = count
        probability[open_] *= mean[open_] / count
        reached[open_] += probability[open_]
        open_ = open_[draw[open_] > reached[open_]]
    return (counts / level).reshape(pixels.shape)


CORRUPTION = Corruption(
    title="Poisson",
    sentence="Every pixel is a count of photons, Poisson distributed round its brightness.",
    order=6,
    level="photons at white: fewer are noisier",
    minimum=1.0,
    maximum=100.0,
    step=1.0,
    reference=10.0,
    draws=("uniform",),
    formula=count_photons,
    levels=(1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100),
    is_log=True,
)
