"""Paths between two latent codes, and how far they stray from real ones."""

import numpy as np

from aecore.errors import BadValue, WrongShape

PARALLEL = 1e-6
"""Below this angle, in radians, the two paths are the same to the last digit."""


def straight(start: np.ndarray, end: np.ndarray, steps: int) -> np.ndarray:
    """Codes on the straight line between two, in even steps.

    Args:
        start: shape (d,).
        end: likewise.
        steps: how many, at least 2; the two ends are among them.

    Returns:
        float32 (steps, d).
    """
    start, end, share = _checked(start, end, steps)
    return ((1 - share) * start + share * end).astype(np.float32)


def spherical(start: np.ndarray, end: np.ndarray, steps: int) -> np.ndarray:
    """Codes on an arc round the origin: the direction turns and the length changes, both evenly.

    Args:
        start: shape (d,).
        end: likewise.
        steps: how many, at least 2; the two ends are among them.

    Returns:
        float32 (steps, d). Between codes of equal length every code has that length. Where no arc is
        defined, since a code is 0 or both lie in one direction, it is the straight line; between
        opposite codes, where there are many, the arc leaves along the axis that the start has least of.

    Source: Shoemake 1985; White 2016, "Sampling generative networks", section 3.
    """
    start, end, share = _checked(start, end, steps)
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if min(lengths) == 0:
        return straight(start, end, steps)
    first, last = start / lengths[0], end / lengths[1]
    angle = float(np.arccos(np.clip(first @ last, -1, 1)))
    across = last - (first @ last) * first
    if angle < PARALLEL or len(first) == 1:  # on a line nothing can turn
        return straight(start, end, steps)
    if np.pi - angle < PARALLEL:
        axis = np.eye(len(first))[np.argmin(np.abs(first))]
        across = axis - (first @ axis) * first
    across /= np.linalg.norm(across)
    directions = np.cos(share * angle) * first + np.sin(share * angle) * across
    path = ((1 - share) * lengths[0] + share * lengths[1]) * directions
    path[[0, -1]] = start, end  # to the last digit
    return path.astype(np.float32)


def _checked(start: np.ndarray, end: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    if start.ndim != 1 or start.shape != end.shape:
        raise WrongShape("the ends of a path", (*start.shape, *end.shape), "two codes of one length")
    if steps < 2:
        raise BadValue("steps", steps, "a whole number from 2")
    return start, end, np.linspace(0, 1, steps)[:, None]


def nearest_distance(path: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Distance from each code of a path to the nearest real code, in units of the codes' spread.

    Args:
        path: shape (steps, d).
        codes: real codes, shape (n, d).

    Returns:
        float32 (steps,): Euclidean distances divided by the codes' root mean squared distance from
        their mean, so that planes of different scale compare; 0 at a real code.
    """
    path, codes = np.asarray(path, np.float64), np.asarray(codes, np.float64)
    spread = float(np.sqrt(np.square(codes - codes.mean(0)).sum(1).mean()))
    nearest = np.array([np.sqrt(np.square(codes - code).sum(1).min()) for code in path])
    return (nearest / (spread or 1.0)).astype(np.float32)
