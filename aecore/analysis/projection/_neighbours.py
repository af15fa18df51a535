"""Exact nearest neighbours, a block of rows at a time, so that a search can say how far it is."""

from collections.abc import Callable

import numpy as np

from aecore.metrics._distances import squared_distances


def nearest(
    points: np.ndarray,
    among: np.ndarray,
    k: int,
    *,
    is_same: bool = False,
    on_share: Callable[[float], None] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of some points to each of others.

    Args:
        points: shape (n, d).
        among: shape (m, d), m at least k, or more than k where a point is not its own neighbour.
        k: how many.
        is_same: whether `points` are `among` themselves; then no point is its own neighbour.
        on_share: called with the share done, 0 to 1; it may raise to stop.

    Returns:
        Indices into `among` and Euclidean distances, both (n, k), nearest first.
    """
    indices, distances = np.empty((len(points), k), np.int64), np.empty((len(points), k))
    for part, apart in squared_distances(points, among):
        if is_same:
            own = np.arange(part.start, part.stop)
            apart[own - part.start, own] = np.inf
        found = np.argpartition(apart, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(apart, found, axis=1)
        order = np.argsort(values, axis=1, kind="stable")
        indices[part] = np.take_along_axis(found, order, axis=1)
        distances[part] = np.sqrt(np.take_along_axis(values, order, axis=1))
        if on_share:
            on_share(part.stop / len(points))
    return indices, distances
