"""Pictures, wherever they come from, to images of one size with labels and columns."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from aecore.datasets import Column, Images
from aecore.errors import BadImport
from aecore.importers import metadata, pool, preparation
from aecore.importers.formats import Given, Report
from aecore.importers.listing import Skipped, shown
from aecore.importers.settings import GROUNDS, LARGEST_SIDE, SMALLEST_SIDE, Settings, most_bytes, most_images

SIDES = (16, 28, 32, 48, 64)
"""Sides to which pictures of several sizes are brought, where nobody says which."""
LOOKED_AT = 512
"""Pictures of which the background is found, and the size where it is given."""
SHADED = 64
"""Transparent pictures of which the background is found."""
SHARE_OF_LOOKING = 0.1
"""Of the progress, that looking at all headers takes."""


@dataclass
class Pictures:
    """Pictures of one source before any is decoded, in order.

    Attributes:
        path: the folder, zip or Parquet file.
        names: what the source calls them.
        splits: "train", "validation" or "test" of each, or "all" of all.
        labels: the value of each; None where there are none.
        label: what the labels are, for the note.
        classes: names of the classes 0, 1, ... where a file says them.
        are_words: whether labels are names also where they look like numbers.
        table: further values of each, by name.
        column: of a Parquet file.
        notes: what was inferred.
        skipped: what was left out.
    """

    path: Path
    names: list[Any]
    splits: list[str]
    labels: list[Any] | None = None
    label: str = ""
    classes: tuple[str, ...] = ()
    are_words: bool = False
    table: dict[str, list[Any]] = field(default_factory=dict)
    column: str = ""
    notes: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def title(self, row: int) -> str:
        """What to call one of them."""
        name = self.names[row]
        return shown(name) if isinstance(name, str) else f"{shown(name[0])}, row {name[1]:,}"

    def task(self, kind: Any, **form: Any) -> pool.Task:
        """What workers are asked for."""
        return pool.Task(kind, self.path, self.column, form)


def decoded(pictures: Pictures, settings: Settings, report: Report | None) -> Given:
    """Decode them, each by itself: a broken one is named, and never replaced.

    Args:
        pictures: what there is.
        settings: size, fit, colour and background.
        report: called as they come.

    Returns:
        Images by split.

    Raises:
        BadImport: if there are none, too many, or more than may be kept.
    """
    count = len(pictures.names)
    if not count:
        raise BadImport("there are no pictures in it", "Bring PNG, JPEG, WebP, BMP, TIFF or GIF files.")
    if count > most_images():
        raise BadImport(
            f"there are {count:,} pictures, and at most {most_images():,} are kept",
            "Bring fewer, or raise AECORE_MOST_IMAGES.",
        )
    look = _Look(pictures, settings, report)
    channels = 1 if settings.colour == "grey" else 3
    if count * math.prod(look.sides) * channels > most_bytes():
        raise BadImport(
            f"{count:,} pictures of {look.sides[0]} × {look.sides[1]} pixels take more than "
            f"{most_bytes() / 10**9:,.1f} GB",
            "Give a smaller size, or raise AECORE_MOST_DATASET_MB.",
        )
    pixels, faults = _pixels(pictures, settings, look, channels, report)
    kept = np.array([row for row in range(count) if row not in faults], np.int64)
    if not len(kept):
        name, why = pictures.title(0), faults[0]
        raise BadImport(f"none of {count:,} pictures could be read; {name}: {why}", "Bring others.")
    skipped = [Skipped(pictures.title(row), faults[row]) for row in sorted(faults)]
    if settings.colour is None and _is_grey(pixels):  # a broken one is black here
        pixels = pixels[..., :1]
        look.notes.append("All pictures are grey: one channel is kept.")
    return _divided(pictures, pixels, kept, look.notes, skipped)._replace(background=look.found)


def _divided(
    pictures: Pictures, pixels: np.ndarray, kept: np.ndarray, notes: list[str], skipped: list[Skipped]
) -> Given:
    """The pictures that are kept, with what is known of each, by split."""
    notes = [*pictures.notes, *notes]
    table = {name: [values[row] for row in kept] for name, values in pictures.table.items()}
    indices, classes = None, ()
    if pictures.labels is not None:
        values = [pictures.labels[row] for row in kept]
        indices, classes, note = metadata.labels(pictures.label, values, pictures.classes, pictures.are_words)
        notes.append(note)
        if indices is None:
            table = {pictures.label: values} | table
        elif (indices < 0).any():
            lacking = kept[indices < 0]
            skipped += [Skipped(pictures.title(row), "it has no label") for row in lacking]
            there = indices >= 0
            table = {name: [value for value, is_in in zip(values, there, strict=True) if is_in]
                     for name, values in table.items()}  # fmt: skip
            kept, indices = kept[there], indices[there]
    columns, left_out = metadata.columns(table)
    splits = np.array(pictures.splits)[kept]
    if len(kept) < len(pixels):
        pixels = pixels[kept]
    images = Images(np.ascontiguousarray(pixels), indices, classes, columns)
    names = list(dict.fromkeys(splits.tolist()))
    return Given(
        {split: images if len(names) == 1 else images[splits == split] for split in names},
        (*notes, *_of_columns(columns), *left_out),
        (*pictures.skipped, *skipped),
    )


def _of_columns(columns: tuple[Column, ...]) -> list[str]:
    if not columns:
        return []
    named = ", ".join(f"{one.name} ({len(one.words)} words)" if one.words else one.name for one in columns)
    return [f"Also known of each image: {named}."]


class _Look:
    """What the headers say: which size and which background suit all."""

    def __init__(self, pictures: Pictures, settings: Settings, report: Report | None) -> None:
        self.notes: list[str] = []
        self.is_all = settings.sides is None
        count = len(pictures.names)
        rows = (
            np.arange(count) if self.is_all else np.unique(np.linspace(0, count - 1, LOOKED_AT).astype(int))
        )
        clear: list[int] = []
        sizes: Counter[tuple[int, int]] = Counter()
        told = _scaled(report, 0, SHARE_OF_LOOKING) if self.is_all else None
        for k, said, _ in pool.asked(pictures.task("sizes"), [pictures.names[row] for row in rows], told):
            if "error" not in said:
                sizes[tuple(said["size"])] += 1
                if said["is_transparent"]:
                    clear.append(int(rows[k]))
        # answers come in any order: the same pictures must come in alike every time
        self._clear = [pictures.names[row] for row in sorted(clear)]
        self.sides = settings.sides or self._suited(sizes)
        self.found = None if settings.background else self._background(pictures)
        self.ground = GROUNDS[self.found] if self.found else settings.ground

    def _suited(self, sizes: Counter[tuple[int, int]]) -> tuple[int, int]:
        """As they are, where they are alike; else a square near their middle."""
        if not sizes:
            return (SIDES[0], SIDES[0])  # none can be read, which is said when they are
        if len(sizes) == 1:
            (height, width), = sizes  # fmt: skip
            if min(height, width) >= SMALLEST_SIDE and max(height, width) <= LARGEST_SIDE:
                self.notes.append(f"All have {height} × {width} pixels, which is kept.")
                return height, width
        middle = median(max(size) for size in sizes.elements())
        side = max((side for side in SIDES if side <= middle), default=SIDES[0])
        (low_height, low_width), (high_height, high_width) = min(sizes), max(sizes)
        spread = f"from {low_height} × {low_width} to {high_height} × {high_width}"
        known = spread if len(sizes) > 1 else f"{low_height} × {low_width}"
        self.notes.append(f"Pictures have {known} pixels; all are brought to {side} × {side}.")
        return side, side

    def _background(self, pictures: Pictures) -> str | None:
        """What sets off what is drawn, where pictures are transparent: a name of `GROUNDS`."""
        some = self._clear[:: max(1, len(self._clear) // SHADED)]
        said = [said for _, said, _ in pool.asked(pictures.task("shades"), some)] if some else []
        seen = [one for one in said if one.get("clear", 0) > 0]
        if not seen:
            return None
        is_light = math.fsum(one["shade"] for one in seen) / len(seen) >= 0.5
        found = "black" if is_light else "white"
        self.notes.append(f"Transparent pictures stand on {found}.")
        return found


def _pixels(
    pictures: Pictures, settings: Settings, look: _Look, channels: int, report: Report | None
) -> tuple[np.ndarray, dict[int, str]]:
    """Pixels of all, and by row why one has none."""
    count = len(pictures.names)
    pixels = np.zeros((count, *look.sides, channels), np.uint8)
    form = {"sides": look.sides, "channels": channels, "fit": settings.fit, "ground": look.ground}
    faults: dict[int, str] = {}
    whites: dict[str, dict[int, float]] = {}
    told = _scaled(report, SHARE_OF_LOOKING if look.is_all else 0, 1)

    def take(rows: list[int], white: float | None, told: Report | None) -> None:
        task = pictures.task("pixels", **form, white=white)
        for k, said, content in pool.asked(task, [pictures.names[row] for row in rows], told):
            row = rows[k]
            if "error" in said:
                faults[row] = said["error"]
                continue
            pixels[row] = np.frombuffer(content, np.uint8).reshape(pixels.shape[1:])
            if "white" in said:
                whites.setdefault(said["mode"], {})[row] = said["white"]

    take(list(range(count)), None, told)
    for own in list(whites.values()):
        # one white for all that are stored alike, else a dark picture would be as bright as a light one
        white = max(own.values())
        if lower := [row for row, found in own.items() if found < white]:
            take(lower, white, None)
        look.notes.append(f"Deep greys: {white:,g} is white.")
    return pixels, faults


def _is_grey(pixels: np.ndarray) -> bool:
    some = range(0, len(pixels), preparation.AT_ONCE)
    parts = (pixels[start : start + preparation.AT_ONCE] for start in some)
    return all((part == part[..., :1]).all() for part in parts)


def _scaled(report: Report | None, start: float, end: float) -> Report | None:
    """Progress of a part as progress of the whole, in thousandths of it."""
    if report is None:
        return None
    return lambda done, count: report(round(count * (start + (end - start) * done / count)), count)
