"""A dozen of the images that somebody brings, as they would be kept, to be seen while one chooses.

Pictures are taken before all are decoded; a file of arrays is read whole in any case, and only once.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from aecore.datasets import Images
from aecore.importers import formats, preparation
from aecore.importers.formats import Given
from aecore.importers.pictures import Pictures, decoded
from aecore.importers.settings import Settings

COUNT = 12


@dataclasses.dataclass(frozen=True, eq=False)
class Sample:
    """Some pictures of a source, at equal distances: undecoded, or of a file of arrays as they were read."""

    found: Pictures | Images


def is_read_whole(path: Path) -> bool:
    """Whether it is a file of arrays, of which `sample_of` takes some once it was read; else `sample` does.

    Args:
        path: as of `importers.prepared`.

    Returns:
        Whether it is.

    Raises:
        BadImport: if it is nothing that is read.
    """
    return not hasattr(formats.of(path), "found")


def sample(path: Path, count: int = COUNT) -> Sample:
    """Take some of the pictures that somebody brings, before any is decoded.

    Args:
        path: as of `importers.prepared`; none that is read whole.
        count: how many.

    Returns:
        Pictures for `previewed`, fewer where there are fewer.

    Raises:
        BadImport: if it cannot be read.
    """
    pictures = formats.of(path).found(path, Settings())
    names = [pictures.names[row] for row in _rows(len(pictures.names), count)]
    return Sample(
        dataclasses.replace(pictures, names=names, splits=["all"] * len(names), labels=None, table={})
    )


def sample_of(given: Given, count: int = COUNT) -> Sample:
    """Take some of what was read.

    Args:
        given: before it is brought to its form.
        count: how many.

    Returns:
        Images for `previewed`, fewer where there are fewer.
    """
    images = next(iter(given.splits.values()))
    return Sample(Images(np.array(images.pixels[_rows(len(images), count)])))  # a copy: the rest is let go


def previewed(some: Sample, settings: Settings) -> np.ndarray:
    """The pictures as they would be kept under some settings.

    Args:
        some: from `sample`.
        settings: size, fit, colour and background.

    Returns:
        uint8 (n, h, w, 1 or 3); broken ones are left out.

    Raises:
        BadImport: if none of them can be read.
    """
    if isinstance(some.found, Images):
        return preparation.prepared(some.found, settings).pixels
    return decoded(some.found, settings, None).splits["all"].pixels


def _rows(length: int, count: int) -> np.ndarray:
    return np.unique(np.linspace(0, max(length - 1, 0), min(count, length)).astype(int))
