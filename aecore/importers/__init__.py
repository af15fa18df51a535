"""People's own images: read from what they have, made into a data set, and kept beside the shipped ones.

`add_images` takes arrays, `add_file` a file of them; both say what was read (`Review`), and keep nothing of
what they refuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aecore import datasets
from aecore.config import PLAIN, is_text
from aecore.datasets import Images, _imported
from aecore.errors import BadImport, BadValue
from aecore.importers import arrays, library, preparation, splits
from aecore.importers.preparation import Colour, Fit
from aecore.storage.settings import check_writable

WORD = re.compile(r"[a-z][a-z0-9_]{0,27}")
TEST_SHARE = 1 / 6
"""Of the images, where no split was given: MNIST's."""
SMALLEST_SIDE, LARGEST_SIDE = 8, 128
"""Pixels of an image's side, as it is kept."""
MOST_IMAGES = 200_000
MOST_CLASSES = 100


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
        duplicates: images that have an equal one before them.
        notes: what was inferred, a sentence each.
        bytes: that it takes on the disk.
        is_new: whether it was not there already.
    """

    name: str
    title: str
    shape: tuple[int, int, int]
    counts: dict[str, int]
    classes: tuple[str, ...]
    by_class: dict[str, dict[str, int]]
    duplicates: int
    notes: tuple[str, ...]
    bytes: int
    is_new: bool


def add_images(
    pixels: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    name: str,
    title: str = "",
    classes: tuple[str, ...] = (),
    size: int | None = None,
    fit: Fit = "pad",
    colour: Colour | None = None,
    test_share: float = TEST_SHARE,
    seed: int = 0,
    is_dry: bool = False,
) -> Review:
    """Make a data set of arrays; training and test images are drawn from them, equal images to one side.

    Args:
        pixels: (n, h, w), (n, h, w, c) or (n, c, h, w) with c of 1 or 3; whole numbers in 0..255, or floats
            in 0..1 or 0..255.
        labels: the class of each image, (n,), whole numbers or words; None for none.
        name: what to call it: lower-case letters, digits and _, at most 28.
        title: what people call it; the name if not given.
        classes: names of the classes 0, 1, ... of labels that are numbers; their numbers if not given.
        size: side in pixels that images are brought to; as they are if not given.
        fit: how an image of another shape is brought to it.
        colour: "grey" or "rgb"; as they are if not given.
        test_share: of the images that are only measured on, above 0 and at most 0.5.
        seed: of the split.
        is_dry: whether nothing is kept, and only said what would be.

    Returns:
        What was read and kept.

    Raises:
        BadImport: if no data set can be made of them.
        BadValue: if a setting is none of those that are allowed.
        StoreNotWritable: if the folder of data sets cannot be written.
        ReadOnly: where what is stored is only shown.
    """
    given = arrays.read_pair(np.asarray(pixels), None if labels is None else np.asarray(labels), classes)
    made = arrays.Given({"all": given.images}, given.notes)
    return _add(made, name, title, size, fit, colour, test_share, seed, is_dry)


def add_file(
    path: Path,
    *,
    name: str,
    title: str = "",
    size: int | None = None,
    fit: Fit = "pad",
    colour: Colour | None = None,
    test_share: float = TEST_SHARE,
    seed: int = 0,
    is_dry: bool = False,
) -> Review:
    """Make a data set of an .npz or .npy file, as MedMNIST, Keras and NumPy write them; nothing is unpickled.

    Args:
        path: the file.
        name: as of `add_images`, like those that follow.
        title: what people call it.
        size: side in pixels.
        fit: how an image of another shape is brought to it.
        colour: "grey" or "rgb".
        test_share: used where the file has no test images of its own.
        seed: of the split.
        is_dry: whether nothing is kept.

    Returns:
        What was read and kept.

    Raises:
        BadImport: if the file cannot be read, or no data set can be made of it.
        BadValue: as `add_images` does.
        StoreNotWritable: likewise.
        ReadOnly: likewise.
    """
    return _add(arrays.read_file(path), name, title, size, fit, colour, test_share, seed, is_dry)


def _add(
    given: arrays.Given,
    name: str,
    title: str,
    size: int | None,
    fit: Fit,
    colour: Colour | None,
    test_share: float,
    seed: int,
    is_dry: bool,
) -> Review:
    if not is_dry:
        check_writable("importing images")
    _check_settings(name, title, size, test_share)
    notes = list(given.notes)
    parts = {split: preparation.prepared(images, size, fit, colour) for split, images in given.splits.items()}
    _check_images(parts)
    parts, duplicates, told = splits.completed(parts, test_share, seed)
    notes += told
    about = _imported.fingerprint(parts)
    kept = f"{name}_{about[:10]}"
    is_new = kept not in datasets.names()
    if is_new and not is_dry:
        library.write(kept, title or name, about, parts, notes)
    return Review(
        name=kept,
        title=title or name,
        shape=parts["train"].pixels.shape[1:],
        counts={split: len(images) for split, images in parts.items()},
        classes=parts["train"].classes,
        by_class=_by_class(parts),
        duplicates=duplicates,
        notes=tuple(notes),
        bytes=sum(images.pixels.nbytes for images in parts.values()),
        is_new=is_new,
    )


def _check_settings(name: str, title: str, size: int | None, test_share: float) -> None:
    if not WORD.fullmatch(name):
        raise BadValue("name", name, "lower-case letters, digits and _, at most 28, a letter first")
    if not is_text(title):
        raise BadValue("title", title, PLAIN)
    if size is not None and not SMALLEST_SIDE <= size <= LARGEST_SIDE:
        raise BadValue("size", size, f"a whole number of pixels from {SMALLEST_SIDE} to {LARGEST_SIDE}")
    if not 0 < test_share <= 0.5:
        raise BadValue("test_share", test_share, "a number above 0 and at most 0.5")


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
    if count > MOST_IMAGES:
        raise BadImport(f"there are {count:,} images, and at most {MOST_IMAGES:,} are kept", "Bring fewer.")
    classes = next(iter(parts.values())).classes
    if len(classes) > MOST_CLASSES:
        raise BadImport(
            f"there are {len(classes):,} classes, and at most {MOST_CLASSES} are told apart",
            "Bring labels of fewer classes, or none.",
        )


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
