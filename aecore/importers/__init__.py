"""People's own images: read from what they have, made into a data set, and kept beside the shipped ones.

`add_folder` takes a folder of pictures or a file of images, `add_images` takes arrays; both say what was read
(`Review`), and keep nothing of what they refuse. Who wants to look first calls `prepared` and then `kept`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aecore.datasets import Images, _faults, _imported
from aecore.errors import BadImport
from aecore.importers import formats, library, metadata, preparation, splits
from aecore.importers.formats import Given, Report, arrays
from aecore.importers.listing import Skipped
from aecore.importers.settings import (
    LARGEST_SIDE,
    MOST_CLASSES,
    SMALLEST_SIDE,
    Settings,
    check_count,
    check_name,
    most_bytes,
)
from aecore.storage.settings import check_writable


@dataclass(frozen=True)
class Review:
    """What an import makes of the images that it was given.

    Attributes:
        name: what runs call the data set: the word that was given, and its fingerprint.
        title: what people call it.
        shape: (h, w, c) of an image.
        counts: images by split.
        classes: class names; none where there are no labels.
        by_class: for each class its images by split.
        columns: what else is known of each image.
        duplicates: images that have an equal one before them.
        notes: what was inferred, a sentence each.
        skipped: files that were left out, and why.
        bytes: that it takes on the disk.
        is_new: whether it was not there already, or is damaged there.
        equals: other data sets, by their names, that hold the very same images, labels and columns.
    """

    name: str
    title: str
    shape: tuple[int, int, int]
    counts: dict[str, int]
    classes: tuple[str, ...]
    by_class: dict[str, dict[str, int]]
    columns: tuple[str, ...]
    duplicates: int
    notes: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    bytes: int
    is_new: bool
    equals: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Prepared:
    """Images as they would be kept; nothing is written yet.

    Attributes:
        parts: images by "train", "validation" and "test".
        notes: what was inferred, a sentence each.
        skipped: what was left out.
        duplicates: images that have an equal one before them.
        fingerprint: of the splits.
        background: on which transparent pictures stand, where that was found and not asked for.
    """

    parts: dict[str, Images]
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    duplicates: int = 0
    fingerprint: str = field(default="")
    background: str | None = None

    @property
    def bytes(self) -> int:
        """That they take on the disk, about."""
        return sum(
            images.pixels.nbytes + 8 * len(images) * (len(images.columns) + 1)
            for images in self.parts.values()
        )

    def review(self, name: str, title: str = "") -> Review:
        """What to say of them.

        Args:
            name: what to call the data set.
            title: what people call it; the name if not given.

        Returns:
            All that a person should look at before they are kept.
        """
        first = self.parts["train"]
        kept = f"{name}_{self.fingerprint[:10]}"
        return Review(
            name=kept,
            title=title or name,
            shape=first.pixels.shape[1:],
            counts={split: len(images) for split, images in self.parts.items()},
            classes=first.classes,
            by_class=_by_class(self.parts),
            columns=tuple(column.name for column in first.columns),
            duplicates=self.duplicates,
            notes=self.notes,
            skipped=self.skipped,
            bytes=self.bytes,
            is_new=not _imported.is_whole(kept),
            equals=tuple(_imported.equals(self.fingerprint, kept)),
        )


def add_images(
    pixels: np.ndarray,
    labels: np.ndarray | Sequence[Any] | None = None,
    *,
    name: str,
    title: str = "",
    classes: Sequence[str] = (),
    columns: Mapping[str, Sequence[Any]] | None = None,
    is_dry: bool = False,
    **settings: Any,
) -> Review:
    """Make a data set of arrays; test and validation images are drawn from them, equal images to one side.

    Args:
        pixels: (n, h, w), (n, h, w, c) or (n, c, h, w) with c of 1 or 3; whole numbers in 0..255, or floats
            in 0..1 or 0..255.
        labels: the class of each image, (n,), whole numbers or words, or numbers that measure; None for none.
        name: what to call it: lower-case letters, digits and _, at most 28.
        title: what people call it; the name if not given.
        classes: names of the classes 0, 1, ... of labels that are numbers; their numbers if not given.
        columns: further values of each image, numbers or words, by name.
        is_dry: whether nothing is kept, and only said what would be.
        **settings: those of `aecore.importers.settings.Settings`, such as size=32.

    Returns:
        What was read and kept.

    Raises:
        BadImport: if no data set can be made of them.
        BadValue: if a setting is none of those that are allowed.
        StoreNotWritable: if the folder of data sets cannot be written.
        ReadOnly: where what is stored is only shown.
    """
    wanted = Settings(**settings)
    check_name(name, title)
    own = None if labels is None else arrays.array_of(labels, "labels")
    found = arrays.given({"all": (arrays.array_of(pixels, "images"), own)}, tuple(classes), wanted)
    if columns:
        images = found.splits["all"]
        given = {key: arrays.array_of(values, f"the values of {key!r}") for key, values in columns.items()}
        if wrong := [key for key, values in given.items() if values.shape[:1] != (len(images),)]:
            count = len(given[wrong[0]]) if given[wrong[0]].ndim else 1
            raise BadImport(
                f"the column {wrong[0]!r} has {count:,} values, for {len(images):,} images",
                "Bring one for each image.",
            )
        plain = {key: values.tolist() for key, values in given.items()}
        read, left_out = metadata.columns(plain)
        images = Images(images.pixels, images.labels, images.classes, (*images.columns, *read))
        found = found._replace(splits={"all": images}, notes=(*found.notes, *left_out))
    return _done(_prepared(found, wanted), name, title, is_dry)


def add_folder(
    path: Path | str,
    *,
    name: str,
    title: str = "",
    is_dry: bool = False,
    report: Report | None = None,
    **settings: Any,
) -> Review:
    """Make a data set of a folder of pictures, or of a file of images; nothing is unpickled or unpacked.

    Args:
        path: a folder or zip of pictures, an .npz or .npy file, Parquet or IDX files; `docs/data.md` says how
            each is read.
        name: as of `add_images`, like those that follow.
        title: what people call it.
        is_dry: whether nothing is kept.
        report: called with (pictures done, pictures in all); what it raises ends the import.
        **settings: as of `add_images`.

    Returns:
        What was read and kept.

    Raises:
        BadImport: if it cannot be read, or no data set can be made of it.
        BadValue: as `add_images` does.
        StoreNotWritable: likewise.
        ReadOnly: likewise.
    """
    wanted = Settings(**settings)
    check_name(name, title)
    if not is_dry:
        check_writable("importing images")
    return _done(prepared(Path(path), wanted, report), name, title, is_dry)


def prepared(
    path: Path,
    settings: Settings,
    report: Report | None = None,
    on_read: Callable[[Given], None] | None = None,
) -> Prepared:
    """Read what somebody brings and divide it, to be looked at; nothing is kept.

    Args:
        path: as of `add_folder`.
        settings: how it is read.
        report: as of `add_folder`.
        on_read: called with what was read, before it is brought to its form and divided.

    Returns:
        The images by split.

    Raises:
        BadImport: if it cannot be read, or no data set can be made of it.
    """
    given = formats.read(path, settings, report)
    if on_read:
        on_read(given)
    return _prepared(given, settings)


def kept(images: Prepared, name: str, title: str = "") -> Review:
    """Keep what was prepared; where the same is there already under this name and whole, it stays as it is.

    Args:
        images: from `prepared`.
        name: what to call the data set.
        title: what people call it; the name if not given.

    Returns:
        What was kept.

    Raises:
        BadImport: if all data sets together would take more than may be kept.
        BadValue: if it cannot be called so.
        StoreNotWritable: if the folder cannot be written; nothing is left behind then.
        ReadOnly: where what is stored is only shown.
    """
    check_writable("importing images")
    check_name(name, title)
    review = images.review(name, title)
    if review.is_new:
        library.check_room(images.bytes)
        library.write(review.name, review.title, images.fingerprint, images.parts, images.notes)
    return review


def _done(images: Prepared, name: str, title: str, is_dry: bool) -> Review:
    return images.review(name, title) if is_dry else kept(images, name, title)


def _prepared(given: Given, settings: Settings) -> Prepared:
    chosen, left_out = preparation.without(given.splits, settings.left_out)
    parts = {split: preparation.prepared(images, settings) for split, images in chosen.items()}
    _check_images(parts)
    parts, duplicates, told = splits.completed(parts, settings)
    _check_parts(parts)
    return Prepared(
        parts,
        (*given.notes, *left_out, *told),
        given.skipped,
        duplicates,
        _imported.fingerprint(parts),
        given.background,
    )


def _check_images(parts: dict[str, Images]) -> None:
    """See that what was read is within bounds and of one shape."""
    shapes = {images.pixels.shape[1:] for images in parts.values()}
    count = sum(map(len, parts.values()))
    height, width, _ = next(iter(shapes))
    if len(shapes) > 1:
        raise BadImport(
            "the splits hold images of different shapes", "Give a size, so that all are brought to it."
        )
    if min(height, width) < SMALLEST_SIDE or max(height, width) > LARGEST_SIDE:
        bounds = f"sides from {SMALLEST_SIDE} to {LARGEST_SIDE} are kept"
        raise BadImport(f"images have {height} × {width} pixels, and {bounds}", "Give a size.")
    check_count(count)
    size = sum(images.pixels.nbytes for images in parts.values())
    if size > most_bytes():
        raise BadImport(
            f"the images take {size / 1e9:,.1f} GB, and at most {most_bytes() / 1e9:,.1f} are kept",
            "Give a smaller size, or raise AECORE_MOST_DATASET_MB.",
        )
    classes = next(iter(parts.values())).classes
    if len(classes) > MOST_CLASSES:
        raise BadImport(
            f"there are {len(classes):,} classes, and at most {MOST_CLASSES} are told apart",
            "Bring labels of fewer classes, or none.",
        )


def _check_parts(parts: dict[str, Images]) -> None:
    """See that everything else can rely on them, as on every data set."""
    for split in ("train", "test"):
        if faults := _faults.faults(parts[split], parts[split].classes):
            raise BadImport(f"of the {split} images, {faults[0]}", "Bring more images, or leave a class out.")


def _by_class(parts: dict[str, Images]) -> dict[str, dict[str, int]]:
    classes = parts["train"].classes
    counted = {
        split: np.bincount(images.known_labels, minlength=len(classes))
        for split, images in parts.items()
        if classes
    }
    return {
        name: {split: int(counts[k]) for split, counts in counted.items()} for k, name in enumerate(classes)
    }
