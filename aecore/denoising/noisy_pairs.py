"""Clean images and the same with noise, many at a time: what denoisers are fitted to and measured on."""

from functools import lru_cache

import numpy as np

from aecore import datasets
from aecore.corruptions import corrupt, draw, find

TRAINING_SEED, TEST_SEED = 1, 0
MOST = 20_000
"""Training images that are held ready; nothing is fitted to more."""
BLOCK = 1000
"""Images that get their noise at a time: it is worked out in float64, which takes room."""


def nearest_level(kind: str, level: float) -> float:
    """The fitted level nearest to a level."""
    return min(find(kind).levels, key=lambda fitted: abs(fitted - level))


def corrupt_batch(images: np.ndarray, kind: str, level: float, seed: int) -> np.ndarray:
    """Many images with noise of their own; what covers a place does so somewhere in the middle half.

    Args:
        images: pixels in [0, 1], shape (n, h, w, c).
        kind: the kind of noise, one of `corruptions.names()`.
        level: its level.
        seed: of the noise and the places.

    Returns:
        Pixels float32 in [0, 1], same shape.
    """
    centres = 0.25 + 0.5 * np.random.default_rng(seed).random((len(images), 2))
    starts = range(0, len(images), BLOCK)
    seeds = np.random.SeedSequence(seed).generate_state(len(starts))
    parts = []
    for start, one in zip(starts, seeds, strict=True):
        block = images[start : start + BLOCK]
        drawn = draw(block.shape, one, centres[start : start + BLOCK])
        parts.append(corrupt(block, kind, level, drawn))
    return np.concatenate(parts)


def training_pair(dataset: str, kind: str, level: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first training images and the same with noise: both float32 (count, h, w, c) in [0, 1]."""
    clean = _training_pixels(dataset)[:count].astype(np.float32) / 255
    return clean, corrupt_batch(clean, kind, level, TRAINING_SEED)


@lru_cache(maxsize=2)
def _training_pixels(dataset: str) -> np.ndarray:
    return datasets.load_images(dataset, "train").pixels[:MOST].copy()
