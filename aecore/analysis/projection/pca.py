"""PCA: the plane through the points along which they differ most; exact, linear, and nothing in it random."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore.analysis.projection._principal import principal_axes

CAN_PLACE = True
TITLE = "PCA"
NOTE = (
    "PCA shows the two directions in which the points differ most and hides all others, so classes that lie "
    "apart in a third direction lie on top of each other here. Distances on the map are true, but for what "
    "those other directions add."
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """PCA has nothing to choose."""


def positions(points: np.ndarray, settings: Settings, report: Callable[[float, str], None]) -> np.ndarray:
    """The first two principal components of every point.

    Args:
        points: shape (n, d).
        settings: none.
        report: called with the share done and a note.

    Returns:
        float64 (n, 2), in the units of the points.

    Source: Pearson 1901.
    """
    report(0.0, "principal axes")
    return principal_axes(points, 2).scores(points)


def place(points: np.ndarray, positions: np.ndarray, settings: Settings, new: np.ndarray) -> np.ndarray:
    """New points on the axes of the old ones, exactly.

    Args:
        points: what was projected, shape (n, d).
        positions: where it is, shape (n, 2); not needed.
        settings: none.
        new: shape (k, d).

    Returns:
        float64 (k, 2).
    """
    return principal_axes(points, 2).scores(new)
