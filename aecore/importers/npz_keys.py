"""What an exported .npz has beside MedMNIST's arrays: names of classes, and further values of each image.

class_names                        words; train_labels and so on count them from 0
column_names                       words, k of them
train_column_0, val_column_0, ...  float64 (n,) or words (n,), of the column of that number
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from aecore.datasets import Images
from aecore.errors import BadImport
from aecore.importers import metadata

KEYS = {"train": "train", "validation": "val", "test": "test"}
"""MedMNIST's words for the splits."""
CLASSES, COLUMNS = "class_names", "column_names"
Reader = Callable[[str], np.ndarray]
"""Gives the array of a name."""


def classes(listed: Collection[str], array: Reader) -> tuple[str, ...]:
    """What labels mean, where the file says it.

    Args:
        listed: names of its arrays.
        array: gives one.

    Returns:
        Class names; none where it does not.

    Raises:
        BadImport: if they are no words.
    """
    return tuple(_words(array(CLASSES), CLASSES)) if CLASSES in listed else ()


def words(labels: np.ndarray | None, names: tuple[str, ...]) -> np.ndarray | None:
    """Labels that count class names, as these names.

    Args:
        labels: whole numbers (n,) or (n, 1); what is none is given back as it is.
        names: of the classes.

    Returns:
        Words (n,).

    Raises:
        BadImport: if there is a label without a name.
    """
    if labels is None or labels.dtype.kind not in "bui":
        return labels
    flat = labels.ravel().astype(np.int64)
    if flat.size and not 0 <= flat.min() <= flat.max() < len(names):
        raise BadImport(
            f"labels run from {flat.min()} to {flat.max()}, for {len(names)} {CLASSES}", "Count them from 0."
        )
    return np.array(names)[flat]


def with_columns(
    splits: dict[str, Images], listed: Collection[str], array: Reader
) -> tuple[dict[str, Images], tuple[str, ...]]:
    """Images with their further values, where the file has any.

    Args:
        splits: images by split.
        listed: names of its arrays.
        array: gives one.

    Returns:
        The same with columns; and of each that is left out, why.

    Raises:
        BadImport: if a column does not fit the images.
    """
    if COLUMNS not in listed or not splits.keys() <= KEYS.keys():
        return splits, ()
    table: dict[str, list[Any]] = {}
    for k, name in enumerate(_words(array(COLUMNS), COLUMNS)):
        table[name] = []
        for split, images in splits.items():
            key = f"{KEYS[split]}_column_{k}"
            values = array(key) if key in listed else np.empty(0)
            if values.shape != (len(images),) or values.dtype.kind not in "buifU":
                raise BadImport(f"{key} is not one value for each image", "Bring one, or none.")
            table[name] += values.tolist()
    read, told = metadata.columns(table)
    found, start = {}, 0
    for split, images in splits.items():
        rows = slice(start, start + len(images))
        start += len(images)
        own = (*images.columns, *(column[rows] for column in read))
        found[split] = Images(images.pixels, images.labels, images.classes, own)
    return found, told


def _words(found: np.ndarray, name: str) -> list[str]:
    if found.ndim != 1 or found.dtype.kind != "U" or not 0 < len(found) <= metadata.MOST_CLASSES:
        raise BadImport(f"{name} is no list of words", "Bring a few words, or leave it out.")
    return [str(word) for word in found.tolist()]
