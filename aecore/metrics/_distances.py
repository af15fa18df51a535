"""Distances between many points, a block of rows at a time: never a dense n x n matrix."""

from collections.abc import Iterator

import numpy as np

BLOCK = 2**20
"""Entries of a block: it stays near the processor's cache, and the products are still large ones."""

PRECISE = 64
"""Up to so many dimensions in float64: there near neighbours are so near that |a|² + |b|² − 2ab needs
it. Beyond, as for images, distances differ by little and float32 is twice as fast."""

LARGEST = 1e15
"""Codes of a magnitude beyond this are refused: squared distances between codes up to here stay far within
float32, in which scikit-learn and the projections compute."""


def squared_distances(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Squared Euclidean distances from every point of `a` to all points of `b`.

    Args:
        a: shape (n, d).
        b: shape (m, d).

    Yields:
        A slice of the rows of `a`, and their distances, shape (rows, m), never negative. The array is
        the reader's to change, and is overwritten by the next block.
    """
    kind = np.float64 if a.shape[1] <= PRECISE else np.float32
    middle = b.mean(0, dtype=np.float64)  # rounding grows with the distance from the origin
    a, b = (a - middle).astype(kind), (b - middle).astype(kind)
    a_lengths, b_lengths = (np.square(points).sum(1) for points in (a, b))
    a *= -2
    rows = max(1, BLOCK // len(b))
    buffer = np.empty((min(rows, len(a)), len(b)), kind)
    for start in range(0, len(a), rows):
        part = slice(start, min(start + rows, len(a)))
        found = np.matmul(a[part], b.T, out=buffer[: part.stop - start])
        found += a_lengths[part, None]
        found += b_lengths
        yield part, np.maximum(found, 0, out=found)
