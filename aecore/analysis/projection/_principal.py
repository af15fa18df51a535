"""Principal axes, exact and with signs that do not depend on the machine."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Axes:
    """The directions in which points differ most.

    Attributes:
        mean: of the points, shape (d,).
        directions: of unit length and orthogonal, by falling variance, shape (count, d).
    """

    mean: np.ndarray
    directions: np.ndarray

    def scores(self, points: np.ndarray) -> np.ndarray:
        """Coordinates (n, count) of points (n, d) along the axes; float64."""
        return (points - self.mean) @ self.directions.T


def principal_axes(points: np.ndarray, count: int) -> Axes:
    """The first principal axes of points.

    Args:
        points: shape (n, d).
        count: how many axes, at most d.

    Returns:
        The eigenvectors of the covariance, which for the few hundred numbers of an image is faster than a
        singular value decomposition of all images; the latter where there are fewer points than numbers. An
        axis points to where its largest entry is positive.
    """
    mean = points.mean(0, dtype=np.float64)
    centred = points - mean
    if count <= len(points) < points.shape[1]:
        directions = np.linalg.svd(centred, full_matrices=False).Vh[:count]
    else:
        directions = np.linalg.eigh(centred.T @ centred).eigenvectors.T[::-1][:count]
    largest = np.abs(directions).argmax(1)
    signs = np.sign(directions[np.arange(count), largest])
    return Axes(mean, directions * signs[:, None])
