"""Clean images and the same with noise, many at a time: what denoisers are fitted to and measured on."""

from functools import lru_cache

import numpy as np

from aecore import datasets
from aecore.images.corruptions import CORRUPTIONS, degrade, fields

TRAINING_SEED, TEST_SEED = 1, 0
MOST = 20_000
"""Training images that are held ready; nothing is fitted to more."""
PHOTONS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
LEVELS = {"blur": 17}
"""How many levels of a kind are fitted, evenly spaced so that its reference is one; else USUALLY."""
USUALLY = 21
BLOCK = 1000
"""Images that get their noise at a time: it is worked out in float64, which takes room."""


def levels(kind: str) -> tuple[float, ...]:
    """The levels at which denoisers are fitted to a kind of noise, from the smallest up."""
    if kind == "poisson":
        return PHOTONS
    low, high = CORRUPTIONS[kind].minimum, CORRUPTIONS[kind].maximum
    return tuple(round(float(level), 6) for level in np.linspace(low, high, LEVELS.get(kind, USUALLY)))


def nearest_level(kind: str, level: float) -> float:
    """The fitted level nearest to a level."""
    return min(levels(kind), key=lambda fitted: abs(fitted - level))


def corrupt_batch(images: np.ndarray, kind: str, level: float, seed: int) -> np.ndarray:
    """Many images with noise of their own; a square covers each somewhere in its middle half.

    Args:
        images: pixels in [0, 1], shape (n, h, w, c).
        kind: a name of `images.corruptions.CORRUPTIONS`.
        level: its level.
        seed: of the noise and the places.

    Returns:
        Pixels float32 in [0, 1], same shape.
    """
    if kind == "square":
        places = 0.25 + 0.5 * np.random.default_rng(seed).random((len(images), 2))
        drawn = fields(images.shape[1:], seed)  # a square needs no noise
        pairs = zip(images, places, strict=True)
        return np.stack([degrade(image, kind, level, drawn, tuple(place)) for image, place in pairs])
    blocks = [images[start : start + BLOCK] for start in range(0, len(images), BLOCK)]
    seeds = np.random.SeedSequence(seed).generate_state(len(blocks))
    pairs = zip(blocks, seeds, strict=True)
    return np.concatenate([degrade(block, kind, level, fields(block.shape, one)) for block, one in pairs])


def training_pair(dataset: str, kind: str, level: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first training images and the same with noise: both float32 (count, h, w, c) in [0, 1]."""
    clean = _training_pixels(dataset)[:count].astype(np.float32) / 255
    return clean, corrupt_batch(clean, kind, level, TRAINING_SEED)


@lru_cache(maxsize=2)
def _training_pixels(dataset: str) -> np.ndarray:
    return datasets.load_images(dataset, "train").pixels[:MOST].copy()
