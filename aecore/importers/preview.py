"""A dozen of the pictures that somebody brings, as they would be kept, to be seen while one chooses."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from aecore.datasets import Images
from aecore.importers import formats, preparation
from aecore.importers.pictures import Pictures, decoded
from aecore.importers.settings import Settings

COUNT = 12


@dataclasses.dataclass(frozen=True, eq=False)
class Sample:
    """Some pictures of a source, at equal distances: undecoded, or of a file of arrays as they were read."""

    found: Pictures | Images


def sample(path: Path, settings: Settings, count: int = COUNT) -> Sample:
    """Take some of what somebody brings.

    Args:
        path: as of `importers.prepared`.
        settings: which labels are meant, where that changes what is read.
        count: how many.

    Returns:
        Pictures for `previewed`; fewer where there are fewer.

    Raises:
        BadImport: if it cannot be read.
    """
    module = formats.of(path)
    if hasattr(module, "found"):
        pictures = module.found(path, settings)
        names = [pictures.names[row] for row in _rows(len(pictures.names), count)]
        return Sample(
            dataclasses.replace(pictures, names=names, splits=["all"] * len(names), labels=None, table={})
        )
    images = next(iter(module.read(path, settings, None).splits.values()))
    some = _rows(len(images), count)
    return Sample(Images(np.array(images.pixels[some])))  # a copy: the rest of the file is let go


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
