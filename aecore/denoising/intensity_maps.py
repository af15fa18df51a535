"""Maps of pixel values that take out what noise does to brightness: none, an affine one, a monotone one.

Clipped noise lifts a black background to about 0.2 and lowers white as much, and no filter knows that
black is black. An affine map moves and stretches all values alike; what clipping does is not linear, and
a monotone map, a table of one value per grey level, follows it. Each is fitted to what a denoiser makes of
noisy training images and what these should have been.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RAW, AFFINE, MONOTONE = "raw", "affine", "monotone"
DEBIASES = {MONOTONE: "Monotone", AFFINE: "Affine", RAW: "None"}
"""The maps there are, the most capable first, and what people call them."""
FAIREST = MONOTONE
"""The one that denoisers are compared with unless another is asked for: the others are cases of it, so none
comes closer on what they are fitted to."""
KNOTS = 257
"""Values of a monotone map's table, evenly spaced: one per grey level of 8 bits, and the end."""

IntensityMap = Callable[[np.ndarray], np.ndarray]
"""Pixels of any shape and range to pixels in [0, 1], same shape."""


@dataclass(frozen=True)
class Affine:
    """The map scale * pixel + offset, clipped to [0, 1]."""

    scale: float
    offset: float

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels of any range to pixels in [0, 1]."""
        return np.clip(self.scale * pixels + self.offset, 0, 1)


@dataclass(frozen=True, eq=False)
class Monotone:
    """A table of outputs, shape (KNOTS,), never falling, for inputs evenly spaced from `low` to `high`."""

    low: float
    high: float
    table: np.ndarray

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels of any range to pixels in [0, 1]: between two inputs linearly, beyond the ends constant."""
        return np.interp(pixels, np.linspace(self.low, self.high, KNOTS), self.table)


IDENTITY = Affine(1.0, 0.0)
"""What leaves pixels raw, but for the clip."""


def fit_affine(pixels: np.ndarray, clean: np.ndarray) -> Affine:
    """The affine map that brings pixels closest to clean ones, by least squares before the clip.

    Args:
        pixels: what a denoiser gave, any shape.
        clean: what it should have given, same shape.

    Returns:
        The map; the mean of the clean pixels where the denoiser gave a constant.
    """
    given, wanted = pixels.ravel().astype(np.float64), clean.ravel().astype(np.float64)
    centred = given - given.mean()
    spread = float(centred @ centred)
    scale = float(centred @ wanted) / spread if spread > 0 else 0.0
    return Affine(scale, float(wanted.mean() - scale * given.mean()))


def fit_monotone(pixels: np.ndarray, clean: np.ndarray) -> Monotone:
    """The rising table that brings pixels closest to clean ones: isotonic regression (Barlow et al. 1972).

    Args:
        pixels: what a denoiser gave, any shape.
        clean: what it should have given in [0, 1], same shape.

    Returns:
        The map; the mean of the clean pixels where the denoiser gave a constant.
    """
    from sklearn.isotonic import isotonic_regression  # here: it takes a moment to import

    given, wanted = pixels.ravel().astype(np.float64), clean.ravel().astype(np.float64)
    low, high = float(given.min()), float(given.max())
    width = (high - low) / (KNOTS - 1) or 1.0
    knot = np.rint((given - low) / width).astype(np.int64)
    count = np.bincount(knot, minlength=KNOTS)
    seen = np.flatnonzero(count)
    means = np.bincount(knot, wanted, KNOTS)[seen] / count[seen]
    rising = isotonic_regression(means, sample_weight=count[seen].astype(np.float64))
    return Monotone(low, high, np.interp(np.arange(KNOTS), seen, rising))


FITS: dict[str, Callable[[np.ndarray, np.ndarray], IntensityMap]] = {
    RAW: lambda pixels, clean: IDENTITY,
    AFFINE: fit_affine,
    MONOTONE: fit_monotone,
}
"""(what a denoiser gave, what it should have given) to the map, by the names of DEBIASES."""
