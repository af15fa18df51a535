"""An imported data set as one .npz file: in MedMNIST's keys, and ours so that nothing is lost."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from aecore.datasets import Column, Images
from aecore.importers import library
from aecore.importers.npz_keys import CLASSES, COLUMNS, KEYS


def exported(word: str) -> bytes:
    """All that is kept of an imported data set; `aecore.add_folder` makes the very same of it.

    Args:
        word: its name, or the one that was given.

    Returns:
        An .npz file: train_images, train_labels and so on, and each column as train_column_0 and so on.

    Raises:
        UnknownName: if none of that name was imported.
        AmbiguousName: if several were.
        DatasetDamaged: if it cannot be read.
    """
    name = library.imported(word)
    arrays: dict[str, np.ndarray] = {}
    first: Images | None = None
    for split, images in library.parts(name).items():
        arrays |= {f"{KEYS[split]}_{key}": array for key, array in _of_split(images).items()}
        first = first or images
    assert first is not None, "a data set has splits"
    if first.classes:
        arrays[CLASSES] = np.array(first.classes)
    if first.columns:
        arrays[COLUMNS] = np.array([column.name for column in first.columns])
    with io.BytesIO() as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
        return file.getvalue()


def _of_split(images: Images) -> dict[str, np.ndarray]:
    grey = images.pixels.shape[3] == 1
    found = {"images": images.pixels[..., 0] if grey else images.pixels}
    if images.labels is not None:
        found["labels"] = images.labels[:, None]
    return found | {f"column_{k}": _values(column) for k, column in enumerate(images.columns)}


def _values(column: Column) -> np.ndarray:
    """A column as numbers or as words; of a word that is not known, an empty one."""
    if not column.words:
        return column.values
    words: list[Any] = ["" if np.isnan(value) else column.words[int(value)] for value in column.values]
    return np.array(words, dtype=np.str_)
