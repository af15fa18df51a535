"""Sprites: 6,000 small colour images of which every factor is known, drawn here when they are asked for.

Each shows one shape on black. Shape, colour, place, size and angle were drawn apart from one another, so that
a code can be held against what made its image, as with dSprites (Matthey, Higgins, Hassabis & Lerchner 2017).
The shape is the label; the others are columns.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from aecore.datasets import Column, Dataset, Images, Layout, Progress, Split

SIDE = 32
COUNTS = {"train": 5000, "test": 1000}
COLOURS = {
    "blue": (0, 114, 178),
    "orange": (230, 159, 0),
    "green": (0, 158, 115),
    "purple": (204, 121, 167),
    "vermilion": (213, 94, 0),
    "sky blue": (86, 180, 233),
}
"""Okabe & Ito 2008: told apart also by who sees fewer colours. In the order of the dashboard's palette."""
SIZES = (5.0, 11.0)
"""Pixels from the middle of a shape to its rim, about; a shape never leaves the image."""
MARGIN = 1.5
"""Pixels between a rim and the edge."""
ROOT_OF_3 = 3**0.5

Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From points (u, v), a shape reaching to about 1, to how far outside of it they are; negative inside."""


def _bar(u: np.ndarray, v: np.ndarray, width: float, height: float) -> np.ndarray:
    return np.maximum(np.abs(u) - width, np.abs(v) - height)


def _triangle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.maximum(v, np.abs(u) * (ROOT_OF_3 / 2) - v / 2) - 0.5


SHAPES: dict[str, Distance] = {
    "circle": lambda u, v: np.sqrt(u * u + v * v) - 0.9,
    "cross": lambda u, v: np.minimum(_bar(u, v, 0.95, 0.3), _bar(u, v, 0.3, 0.95)),
    "ring": lambda u, v: np.abs(np.sqrt(u * u + v * v) - 0.72) - 0.2,
    "square": lambda u, v: _bar(u, v, 0.7, 0.7),
    "star": lambda u, v: np.minimum(_triangle(u, v), _triangle(u, -v)),
    "triangle": _triangle,
}


def load(split: Split, root: Path) -> Images:
    """One split, always the same.

    Args:
        split: "train" (5,000 images) or "test" (1,000).
        root: not used; nothing is read from disk.

    Returns:
        Images of 32 x 32 pixels in colour; columns: colour, x and y of the middle and size in pixels, angle
        in degrees (of a circle or a ring it shows nothing).
    """
    first = 0 if split == "train" else COUNTS["train"]
    return _all()[first : first + COUNTS[split]]


@lru_cache(maxsize=1)
def _all() -> Images:
    """Both splits, one after the other; drawn once in a process, in half a second."""
    count = sum(COUNTS.values())
    chance = np.random.RandomState(0)  # the generator whose stream never changes
    labels = np.arange(count) % len(SHAPES)
    colours = chance.randint(len(COLOURS), size=count)
    sizes = chance.uniform(*SIZES, count)
    room = SIDE - 2 * (sizes + MARGIN)
    x, y = (sizes + MARGIN + chance.uniform(size=count) * room for _ in range(2))
    angles = chance.uniform(0, 360, count)
    pixels = np.zeros((count, SIDE, SIDE, 3), np.uint8)
    for k, distance in enumerate(SHAPES.values()):
        own = np.flatnonzero(labels == k)
        covered = _coverage(distance, x[own], y[own], sizes[own], angles[own])
        inks = np.array(list(COLOURS.values()))[colours[own]]
        pixels[own] = np.rint(covered[..., None] * inks[:, None, None, :])
    columns = (
        Column("colour", colours.astype(np.float64), tuple(COLOURS)),
        *(Column(name, values) for name, values in (("x", x), ("y", y), ("size", sizes), ("angle", angles))),
    )
    return Images(pixels, labels, tuple(SHAPES), columns)


def _coverage(
    distance: Distance, x: np.ndarray, y: np.ndarray, sizes: np.ndarray, angles: np.ndarray
) -> np.ndarray:
    """Which share of each pixel a shape covers, (n, 32, 32), from its distance to the rim."""
    middles = np.arange(SIDE) + 0.5
    across = (middles[None, None, :] - x[:, None, None]) / sizes[:, None, None]
    down = (middles[None, :, None] - y[:, None, None]) / sizes[:, None, None]
    turn = np.radians(angles)[:, None, None]
    u, v = across * np.cos(turn) + down * np.sin(turn), down * np.cos(turn) - across * np.sin(turn)
    return np.clip(0.5 - distance(u, v) * sizes[:, None, None], 0, 1)


def is_present(split: Split, root: Path) -> bool:
    """Always: they are drawn here."""
    return True


def download(root: Path, progress: Progress | None) -> None:
    """Nothing to fetch."""


DATASET = Dataset(
    title="Sprites 32×32",
    classes=tuple(SHAPES),
    epochs=100,
    load=load,
    is_present=is_present,
    download=download,
    layout=Layout(source="aecore/datasets/sprites.py"),
    image_shape=(SIDE, SIDE, 3),
    test_images=COUNTS["test"],
)
