"""What a person looks at before images are kept: some of each class, and their mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aecore.datasets import Images
from aecore.importers.preparation import AT_ONCE

ALL = "All images"


@dataclass(frozen=True, eq=False)
class ClassSheet:
    """What there is of a class.

    Attributes:
        title: the class's name; `ALL` where there are no labels.
        counts: images by split.
        mean: uint8 (h, w, c); None where there is none of it.
        pixels: some of them, uint8 (n, h, w, c).
    """

    title: str
    counts: dict[str, int]
    mean: np.ndarray | None
    pixels: np.ndarray


def by_class(parts: Mapping[str, Images], count: int) -> list[ClassSheet]:
    """Some images of each class, of the first split, with the mean and how many there are.

    Args:
        parts: images by split, of the same classes.
        count: images of a class at most.

    Returns:
        One for each class; one for all where there are no labels.
    """
    first = next(iter(parts.values()))
    labels = list(range(len(first.classes))) if first.classes else [None]
    return [
        ClassSheet(
            ALL if label is None else first.classes[label],
            {split: _count(images, label) for split, images in parts.items()},
            mean_image(first, label),
            np.array(first.pixels[shown_rows(first, label, count)]),
        )
        for label in labels
    ]


def _count(images: Images, label: int | None) -> int:
    return len(images) if label is None else int((images.known_labels == label).sum())


def shown_rows(images: Images, label: int | None, count: int) -> np.ndarray:
    """Rows of some images of a class, at equal distances, so that what lies at the end is seen as well.

    Args:
        images: all there are.
        label: the class; None for all images.
        count: how many at most.

    Returns:
        Rows in order.
    """
    rows = np.arange(len(images)) if label is None else np.flatnonzero(images.known_labels == label)
    return rows[np.unique(np.linspace(0, max(len(rows) - 1, 0), min(count, len(rows))).astype(int))]


def mean_image(images: Images, label: int | None) -> np.ndarray | None:
    """The mean of the images of a class.

    Args:
        images: all there are.
        label: the class; None for all images.

    Returns:
        uint8 (h, w, c); None where there is none of it.
    """
    rows = np.arange(len(images)) if label is None else np.flatnonzero(images.known_labels == label)
    if not len(rows):
        return None
    total = np.zeros(images.pixels.shape[1:], np.float64)
    for start in range(0, len(rows), AT_ONCE):
        total += images.pixels[rows[start : start + AT_ONCE]].sum(axis=0, dtype=np.float64)
    return np.rint(total / len(rows)).astype(np.uint8)


def sheet(pixels: np.ndarray, columns: int, blank: int = 255) -> np.ndarray:
    """Images side by side, in rows, with nothing between.

    Args:
        pixels: uint8 (n, h, w, c).
        columns: how many stand in a row.
        blank: value of places that are left over.

    Returns:
        uint8 (rows * h, columns * w, c).
    """
    count, height, width, channels = pixels.shape
    columns = max(1, min(columns, count))
    rows = max(1, -(-count // columns))
    padded = np.full((rows * columns, height, width, channels), blank, np.uint8)
    padded[:count] = pixels
    grid = padded.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return grid.reshape(rows * height, columns * width, channels)
