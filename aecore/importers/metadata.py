"""What is known of each image: values as a table has them, to labels with classes and to columns."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from aecore.config import LONGEST_TEXT, PLAIN
from aecore.datasets import Column
from aecore.datasets._faults import MOST_COLUMNS, MOST_WORDS
from aecore.errors import BadImport
from aecore.importers.listing import BESIDE, shown
from aecore.importers.settings import MOST_CLASSES, most_images

FILE_NAME = "file_name"
"""The column that names an image, as in Hugging Face's imagefolder."""
LABELS = ("label", "class", "category", "labels", "classes", "target", "y")
"""Names of a column that is taken for the labels, the first that there is."""
LIKES = str.maketrans("<>[]`\\", "‹›()'/")
"""What stands in the name of a class for signs that a page could take for markup."""
MOST_BYTES = 64 * 1024**2
"""Of a file of metadata."""
WIDEST = 1000
"""Columns of it: a row that says nothing of a column takes memory for it all the same."""

Values = Sequence[Any]
"""One value for each image: a number, a word, true or false, or None where it is not known."""


class Labels(NamedTuple):
    """Labels as they were read.

    Attributes:
        indices: int64 (n,), −1 where an image has none; None where they are numbers that measure.
        classes: names.
        note: how they were read.
    """

    indices: np.ndarray | None
    classes: tuple[str, ...]
    note: str


def rows(name: str, content: bytes) -> list[dict[str, Any]]:
    """The rows of a metadata.csv or .jsonl.

    Args:
        name: of the file, whose ending tells which it is.
        content: its bytes.

    Returns:
        A dictionary for each image.

    Raises:
        BadImport: if it cannot be read, or has no column of file names.
    """
    try:
        text = content.decode("utf-8-sig")
        if name.lower().endswith(".csv"):
            table = csv.DictReader(io.StringIO(text, newline=""))
            _check_width(name, table.fieldnames or ())  # each row gets a value for each of them
            if twice := [key for key, count in Counter(table.fieldnames or ()).items() if key and count > 1]:
                raise BadImport(f"{shown(name)} has the column {shown(twice[0])} twice", "Leave one out.")
            lines: Iterable[Any] = table
        else:
            lines = (json.loads(line) for line in io.StringIO(text) if line.strip())
        found = list(itertools.islice(lines, most_images() + BESIDE + 1))
    except BadImport:
        raise
    except (ValueError, csv.Error, RecursionError) as error:
        raise BadImport(
            f"{shown(name)} cannot be read ({str(error)[:120]})", "Save it as UTF-8, one image a row."
        ) from error
    if len(found) > most_images() + BESIDE:
        raise BadImport(
            f"{shown(name)} has more than {most_images() + BESIDE:,} rows",
            "Leave those out that name no picture, or raise AECORE_MOST_IMAGES.",
        )
    if not all(isinstance(row, dict) for row in found):
        raise BadImport(f"{shown(name)} has lines that are no objects", "Write one object a line.")
    if not (found and all(isinstance(row.get(FILE_NAME), str) for row in found)):
        raise BadImport(
            f"{shown(name)} has rows without {FILE_NAME}", f"Name each image in a column {FILE_NAME}."
        )
    _check_width(name, set().union(*found))
    return found


def _check_width(name: str, columns: Collection[object]) -> None:
    if len(columns) > WIDEST:
        raise BadImport(
            f"{shown(name)} has {len(columns):,} columns, and at most {WIDEST:,} are read",
            f"Leave some out; {MOST_COLUMNS} are kept.",
        )


def label_column(names: Sequence[str], wanted: str | None) -> str | None:
    """Which column is of the labels.

    Args:
        names: of the columns there are.
        wanted: the one that was asked for, "none", or None for the first that is called so.

    Returns:
        Its name; None where there is none.

    Raises:
        BadImport: if the one that was asked for is not there.
    """
    if wanted == "none":
        return None
    if wanted is None:
        by_name = {name.lower(): name for name in reversed(names)}
        return next((by_name[label] for label in LABELS if label in by_name), None)
    if wanted not in names:
        if likes := [name for name in names if plain(name) == wanted]:  # as the page calls it
            return likes[0]
        listed = ", ".join(map(shown, names[:10])) or "none"
        raise BadImport(f"there is no column {wanted!r}; there are {listed}", "Name one of them, or none.")
    return wanted


def labels(name: str, values: Values, known: Sequence[str] = (), are_words: bool = False) -> Labels:
    """Values of one column as labels.

    Args:
        name: the column's, for the note.
        values: one for each image.
        known: names of the classes 0, 1, ... where a file says them.
        are_words: whether they are names also where they look like numbers.

    Returns:
        Classes, or none where the values are numbers that measure: more than `MOST_CLASSES`, or not whole.

    Raises:
        BadImport: if there are more classes than are told apart, or one has no plain name of its own.
    """
    numbers = None if are_words else _numbers(values)
    if numbers is not None:
        there = numbers[~np.isnan(numbers)]
        distinct = np.unique(there)
        if not len(there):
            return Labels(None, (), f"{shown(name)} is empty: images have no labels.")
        if (distinct != np.rint(distinct)).any() or len(distinct) > max(MOST_CLASSES, len(known)):
            return Labels(None, (), f"{shown(name)} holds numbers that measure; they colour the plane.")
        if known and there.min() >= 0 and there.max() < len(known):
            names = [known[int(value)] for value in distinct]
        else:
            names = [str(int(value)) for value in distinct]
        indices = np.searchsorted(distinct, np.where(np.isnan(numbers), distinct[:1], numbers))
        indices = np.where(np.isnan(numbers), -1, indices)
    else:
        words = ["" if value is None else str(value).strip() for value in values]
        # numbers in their order, then words in theirs
        names = sorted({word for word in words if word}, key=lambda word: (_rank(word), word))
        place = {word: k for k, word in enumerate(names)} | {"": -1}
        indices = np.array([place[word] for word in words])
    if len(names) > MOST_CLASSES:
        raise BadImport(
            f"{shown(name)} has {len(names):,} classes, and at most {MOST_CLASSES} are told apart",
            "Choose another column for the labels, or none.",
        )
    called = [plain(word) for word in names]
    altered = [(word, own) for word, own in zip(names, called, strict=True) if own != word]
    if wrong := [word for word, own in altered if not own.strip() or called.count(own) > 1]:
        raise BadImport(f"a class is called {shown(wrong[0])!r}", f"Call it by {PLAIN}.")
    return Labels(indices.astype(np.int64), tuple(called), _told(name, altered))


def plain(word: str) -> str:
    """A name or a word as a page can show it: signs that it could take for markup are their likes.

    Args:
        word: of a class or a column.

    Returns:
        A short line, of which `is_text` holds.
    """
    line = "".join(letter if letter.isprintable() else "�" for letter in word.translate(LIKES))
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


def _told(name: str, altered: Sequence[tuple[str, str]]) -> str:
    """Where labels are from, and which classes are called otherwise here.

    Of arrays, whose column has no other name, it is said that they were given.
    """
    source = "Labels are those that were given." if name == "labels" else f"Labels are {shown(name)}."
    return f"{source} {_called(altered)}." if altered else source


def _called(altered: Sequence[tuple[str, str]]) -> str:
    called = [f"{shown(word)!r} is called {shown(own)!r}" for word, own in altered[:3]]
    more = f", and {len(altered) - 3} more are written otherwise" if len(altered) > 3 else ""
    return ", ".join(called) + more


def _rank(word: str) -> float:
    return int(word[:15]) if word.isdecimal() else math.inf


def columns(table: Mapping[str, Values]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Values as columns that can colour a plane.

    Args:
        table: one value for each image, by name.

    Returns:
        Columns of numbers and of words; and a note on each that is left out, or written otherwise.
    """
    found: list[Column] = []
    notes = []
    for given, values in table.items():
        name = str(given)  # of Python, where it may be anything
        own = plain(name)
        column, told = _column(own, values)
        if column and any(own == other.name for other in found):
            column, told = None, f"another one is called {shown(own)}"
        if column and len(found) < MOST_COLUMNS:
            found.append(column)
            if own != name:
                notes.append(f"The column {shown(name)!r} is called {shown(own)!r}.")
            if told:
                notes.append(f"In the column {shown(own)} {told}.")
        else:
            why = f"{MOST_COLUMNS} are kept" if column else told
            notes.append(f"The column {shown(name)} is left out: {why}.")
    return tuple(found), tuple(notes)


def _column(name: str, values: Values) -> tuple[Column | None, str]:
    """A column, and what was altered of its words; or None, and why."""
    if not name:
        return None, "it has no name"
    if any(isinstance(value, list | dict | tuple) for value in values):
        return None, "its values are lists"
    numbers = _numbers(values)
    if numbers is not None:
        return (None, "it is empty") if np.isnan(numbers).all() else (Column(name, numbers), "")
    words = ["" if value is None else str(value).strip() for value in values]
    distinct = sorted({word for word in words if word})
    if len(distinct) > MOST_WORDS:
        return None, f"it has {len(distinct):,} different words"
    called = [plain(word) for word in distinct]
    altered = [(word, own) for word, own in zip(distinct, called, strict=True) if own != word]
    if alike := [word for word, own in altered if called.count(own) > 1]:
        return None, f"{shown(alike[0])!r} and another word would be written alike"
    place = {word: float(k) for k, word in enumerate(distinct)} | {"": math.nan}
    return Column(name, np.array([place[word] for word in words]), tuple(called)), _called(altered)


def _numbers(values: Values) -> np.ndarray | None:
    """Values as float64, NaN where one is not known; None where they are words."""
    found = np.full(len(values), math.nan)
    for row, value in enumerate(values):
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if isinstance(value, str) and "_" in value:
            return None  # Python would read 1_0 as 10, and two names would be one class
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
        found[row] = number if math.isfinite(number) else math.nan
    return found
