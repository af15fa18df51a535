"""What is wrong with the images that a file of a data set gives, in the words of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from aecore.config import PLAIN, is_text
from aecore.errors import quoted

if TYPE_CHECKING:
    from aecore.datasets import Column, Dataset, Images

LEAST_IMAGES = 16
"""One more than the neighbours that the measures ask for."""
MOST_CLASSES = 1000
MOST_COLUMNS, MOST_WORDS = 64, 1000
"""Columns beside the labels, and words of one of them."""
LARGEST_SIDE = 1024
"""Pixels; a model of larger images trains on no machine that this is for."""


def faults_of_record(record: Dataset) -> list[str]:
    """All that is wrong with what a file says of its data set, likewise; its images are not looked at."""
    found = []
    if not (record.title and is_text(record.title)):
        found.append(f"its title {quoted(record.title)} is not {PLAIN}")
    if not (isinstance(record.epochs, int) and record.epochs >= 1):
        found.append(f"its epochs are {quoted(record.epochs)}, not a whole number from 1")
    if not isinstance(record.classes, tuple):
        found.append(f"its classes are {quoted(record.classes)}, not a tuple of names")
    return found


def faults(images: Images, classes: tuple[str, ...]) -> list[str]:
    """All that is wrong with a split, in the words of a sentence.

    Args:
        images: what a data set's `load` returned.
        classes: those that its record names; none where its images have no labels.

    Returns:
        A few words for each fault; none where everything that training, measures and pages rely on holds.
    """
    found = _faults_of_classes(images.classes, classes)
    pixels, labels = images.pixels, images.labels
    if not (isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.ndim == 4):
        found.append(f"pixels are {_described(pixels)}, not uint8 (n, h, w, c)")
    else:
        found += _faults_of_pixels(pixels)
    if labels is None:
        found += ["they have classes and no labels"] if classes else []
    elif not classes:
        found.append("they have labels and its record names no classes")
    elif not (isinstance(labels, np.ndarray) and labels.dtype.kind in "iu" and labels.ndim == 1):
        found.append(f"labels are {_described(labels)}, not whole numbers (n,)")
    else:
        found += _faults_of_labels(labels, len(pixels), images.classes)
    return found + faults_of_columns(images.columns, len(images.pixels))


def are_columns(records: object) -> bool:
    """Whether these may be what a manifest says of columns: the name and the words of each."""
    if not isinstance(records, list) or len(records) > MOST_COLUMNS:
        return False
    return all(
        isinstance(record, dict) and is_text(record.get("name")) and _are_words(record.get("words"))
        for record in records
    )


def _are_words(words: object) -> bool:
    return isinstance(words, list) and len(words) <= MOST_WORDS and all(map(is_text, words))


def faults_of_columns(columns: Sequence[Column], count: int) -> list[str]:
    """All that is wrong with what is known of `count` images beside their labels, likewise."""
    found = []
    if len(columns) > MOST_COLUMNS or len({column.name for column in columns}) < len(columns):
        found.append(f"its columns are more than {MOST_COLUMNS} or have a name twice")
    for column in columns:
        values, words = column.values, column.words
        if not (column.name and is_text(column.name)):
            found.append(f"the name of a column {quoted(column.name)} is not {PLAIN}")
        elif not (isinstance(values, np.ndarray) and values.dtype == np.float64 and values.shape == (count,)):
            found.append(f"the column {column.name} is {_described(values)}, not float64 ({count},)")
        elif np.isinf(values).any():
            found.append(f"the column {column.name} holds values that are not finite")
        elif words and (fault := _fault_of_words(values, words)):
            found.append(f"the column {column.name} {fault}")
    return found


def _fault_of_words(values: np.ndarray, words: tuple[str, ...]) -> str:
    known = values[~np.isnan(values)]
    if len(words) > MOST_WORDS:
        return f"has {len(words):,} words, more than {MOST_WORDS:,}"
    if not all(isinstance(word, str) and word and is_text(word) for word in words):
        return f"has a word that is not {PLAIN}"
    if len(set(words)) < len(words):
        return "has a word twice"
    if (known != np.rint(known)).any() or known.min(initial=0) < 0 or known.max(initial=0) >= len(words):
        return "points at words that it does not have"
    return ""


def _faults_of_classes(own: tuple[str, ...], classes: tuple[str, ...]) -> list[str]:
    found = []
    if len(classes) > MOST_CLASSES:
        found.append(f"there are {len(classes):,} classes, more than {MOST_CLASSES:,}")
    if not all(isinstance(name, str) and name for name in classes) or len(set(classes)) < len(classes):
        found.append("class names are not all different, non-empty strings")
    elif wrong := [name for name in classes if not is_text(name)]:
        found.append(f"the name of a class {quoted(wrong[0])} is not {PLAIN}")
    if tuple(own) != tuple(classes):
        found.append(f"the {len(own)} classes of the images are not the {len(classes)} of its record")
    return found


def _faults_of_pixels(pixels: np.ndarray) -> list[str]:
    count, height, width, channels = pixels.shape
    found = []
    if count < LEAST_IMAGES:
        found.append(f"there are {count} images, and measuring needs at least {LEAST_IMAGES}")
    if not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE):
        found.append(f"images have {height} × {width} pixels, not 1 to {LARGEST_SIDE:,} a side")
    if channels not in (1, 3):
        found.append(f"images have {channels} channels, not 1 or 3")
    return found


def _faults_of_labels(labels: np.ndarray, count: int, classes: tuple[str, ...]) -> list[str]:
    found = []
    if len(labels) != count:
        found.append(f"there are {len(labels):,} labels for {count:,} images")
    if not len(labels):
        return found
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= len(classes):
        hint = "; subtract 1" if low == 1 and high == len(classes) else ""
        found.append(f"labels run from {low} to {high}, not from 0 to {len(classes) - 1}{hint}")
    elif lacking := [classes[label] for label in np.setdiff1d(np.arange(len(classes)), labels)]:
        found.append(f"no image has the class {' or '.join(map(repr, lacking[:5]))}")
    return found


def _described(array: object) -> str:
    if isinstance(array, np.ndarray):
        return f"{array.dtype} {array.shape}"
    return type(array).__name__
