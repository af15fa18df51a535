"""Arrays as people have them: .npy and .npz of MedMNIST, Keras and NumPy, to images with labels.

Nothing is unpickled, and what an array takes is known from its header before it is read.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from aecore.config import PLAIN, is_text
from aecore.datasets import Images
from aecore.errors import BadImport, quoted
from aecore.importers import metadata, npz_keys
from aecore.importers.formats import Given, Report, start_of
from aecore.importers.settings import NO_LABELS, Channels, Settings, Values, check_count, most_bytes
from aecore.importers.source import FAULTS
from aecore.storage import bounded

TITLE = "an .npz or .npy file"
MOST_MEMBERS = 256
MOST_DIMENSIONS = 8
"""Of an array; images have four."""
SPLITS = {
    "train": (("train_images", "train_labels"), ("x_train", "y_train")),
    "validation": (("val_images", "val_labels"), ("x_val", "y_val")),
    "test": (("test_images", "test_labels"), ("x_test", "y_test")),
}
"""Names of the arrays of each split: MedMNIST's, then Keras's."""
WHOLE = (("images", "labels"), ("x", "y"))
"""Names where there is one set of images."""
AS_FOUND = Settings()
EXAMPLES = "images and labels, train_images and test_images (MedMNIST), or x_train and x_test (Keras)"


def recognises(path: Path) -> bool:
    """Whether it is such a file: by its first bytes, of an archive also by the names in it."""
    start = start_of(path, 6)
    if start[:2] != b"PK":
        return start == b"\x93NUMPY"
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return path.suffix.lower() == ".npz"
    return bool(names) and all(name.endswith(".npy") for name in names)


def read(path: Path, settings: Settings, report: Report | None) -> Given:
    """Images and labels of an .npz or .npy file.

    Args:
        path: the file.
        settings: whether labels are wanted, and how pixels are meant.
        report: not called: it takes a moment.

    Returns:
        What was read.

    Raises:
        BadImport: if it is damaged, too large, or holds no images.
    """
    try:
        with bounded.opened(path) as stream:
            if start_of(path, 2) == b"PK":
                return _archive(stream, settings)
            return given({"all": (_array(stream, path.name, most_bytes()), None)}, settings=settings)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadImport(f"{path} cannot be read ({reason})", "Name an .npz or .npy file.") from error


def array_of(values: Any, what: str) -> np.ndarray:
    """What somebody calls an array, as one.

    Args:
        values: an array, or lists within one another.
        what: it is, for the error.

    Returns:
        The array.

    Raises:
        BadImport: if its parts are of different lengths.
    """
    try:
        return np.asarray(values)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadImport(f"{what} are no array ({str(error)[:80]})", "Bring parts of one length.") from error


def given(
    splits: dict[str, tuple[np.ndarray, np.ndarray | None]],
    classes: tuple[str, ...] = (),
    settings: Settings = AS_FOUND,
) -> Given:
    """Arrays as images with labels.

    Args:
        splits: pixels and labels of each split, or of "all"; pixels (n, h, w), (n, h, w, c) or (n, c, h, w)
            with c of 1 or 3.
        classes: names of the classes 0, 1, ...; what labels say if not given.
        settings: where channels stand, and what values run to.

    Returns:
        Images of uint8 (n, h, w, c), labels as indices into the classes, or numbers as a column.

    Raises:
        BadImport: if they are no images, or the labels none.
    """
    notes: dict[str, None] = {}
    read: dict[str, np.ndarray] = {}
    values: list[Any] = []
    # before there is an object for each label
    check_count(sum(len(pixels) for pixels, _ in splits.values() if pixels.ndim))
    stacked = {split: _stacked(pixels, settings.channels) for split, (pixels, _) in splits.items()}
    highest = max((_highest(pixels) for pixels, _ in stacked.values()), default=0)
    for split, (pixels, labels) in splits.items():
        read[split], meaning = _bytes(stacked[split][0], settings.values, highest)
        notes |= dict.fromkeys([*stacked[split][1], *meaning])
        if labels is not None:
            values += _values(labels, len(pixels))
    indices, columns = None, ()
    if values and all(labels is not None for _, labels in splits.values()):
        found = _in_classes(values, classes) if classes else metadata.labels("labels", values)
        notes[found.note] = None
        indices, classes = found.indices, found.classes
        if indices is None:
            columns, _ = metadata.columns({"label": values})
        elif (indices < 0).any():
            raise BadImport("an image has an empty label", "Bring a label for each image.")
    images, start = {}, 0
    for split, pixels in read.items():
        rows = slice(start, start + len(pixels))
        start += len(pixels)
        own = None if indices is None else indices[rows]
        images[split] = Images(
            pixels, own, classes if own is not None else (), tuple(column[rows] for column in columns)
        )
    return Given(images, tuple(notes))


def _archive(stream: IO[bytes], settings: Settings) -> Given:
    try:
        with zipfile.ZipFile(stream) as archive:
            listed = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            if len(archive.infolist()) > MOST_MEMBERS:
                raise BadImport(f"it holds more than {MOST_MEMBERS} arrays", f"Bring {EXAMPLES} alone.")
            return _chosen(archive, listed, settings)
    except BadImport:
        raise
    except FAULTS as error:
        raise BadImport(f"the file is damaged ({error})", "Save it again with numpy.savez.") from error


def _chosen(archive: zipfile.ZipFile, listed: dict[str, zipfile.ZipInfo], settings: Settings) -> Given:
    """The arrays that are known by name."""
    left = most_bytes()

    def array(name: str) -> np.ndarray:
        nonlocal left
        with archive.open(listed[name]) as member:
            found = _array(member, name, left)
        left -= found.nbytes
        return found

    known = {
        split: next((pair for pair in pairs if pair[0] in listed), None) for split, pairs in SPLITS.items()
    }
    found = {split: pair for split, pair in known.items() if pair}
    if not found and (pair := next((pair for pair in WHOLE if pair[0] in listed), None)):
        found = {"all": pair}
    if not found:
        names = ", ".join(sorted(listed)[:10]) or "nothing"
        raise BadImport(f"none of its arrays has a known name; it holds {names}", f"Call them {EXAMPLES}.")
    is_labelled = settings.label != NO_LABELS and all(labels in listed for _, labels in found.values())
    values = {
        split: (array(images), array(labels) if is_labelled else None)
        for split, (images, labels) in found.items()
    }
    classes = npz_keys.classes(listed, array) if is_labelled else ()
    if classes:
        values = {
            split: (pixels, npz_keys.words(labels, classes)) for split, (pixels, labels) in values.items()
        }
    read = given(values, classes, settings)
    splits, told = npz_keys.with_columns(read.splits, listed, array)
    names = ", ".join(pair[0] for pair in found.values())
    return Given(splits, (f"Read by the names {names}.", *read.notes, *told))


def _array(stream: IO[bytes], name: str, most: int) -> np.ndarray:
    """One array, by its header first."""
    try:
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, is_fortran, dtype = read(stream)
    except Exception as error:  # NumPy reads the header as Python's own literals: it may fail in any way
        raise BadImport(
            f"{name} is no array ({str(error)[:100]})", "Save it again with numpy.savez."
        ) from error
    if dtype.hasobject or dtype.kind not in "buifUS":
        raise BadImport(
            f"{name} holds {dtype}, and only numbers and words are read",
            "Save it as numbers, without pickle.",
        )
    if 0 in shape:
        raise BadImport(f"{name} is empty", "Bring some images.")
    if len(shape) > MOST_DIMENSIONS or min(shape, default=1) < 0 or not dtype.itemsize:
        raise BadImport(
            f"{name} has the type {dtype} and the shape {str(shape)[:80]}, which no array has",
            "Save it again with numpy.savez.",
        )
    count = math.prod(shape)
    if count * dtype.itemsize > most:
        size, bound = f"{count * dtype.itemsize / 2**30:,.1f} GB", f"{most_bytes() / 2**30:.1f}"
        raise BadImport(
            f"{name} takes {size}, and at most {bound} are read", "Bring fewer or smaller images."
        )
    if len(shape) > 2:  # images
        check_count(shape[0])
    content = bytearray()
    while len(content) < count * dtype.itemsize:
        part = stream.read(min(2**24, count * dtype.itemsize - len(content)))
        if not part:
            raise BadImport(f"{name} is cut off", "Save it again with numpy.savez.")
        content += part
    return np.frombuffer(content, dtype, count).reshape(shape, order="F" if is_fortran else "C")


def _stacked(pixels: np.ndarray, channels: Channels | None) -> tuple[np.ndarray, list[str]]:
    """Images as (n, h, w, c)."""
    if pixels.dtype.kind not in "buif":
        raise BadImport(f"images are {pixels.dtype}, no numbers", "Bring whole numbers in 0..255, or floats.")
    if pixels.ndim == 3:
        return pixels[..., None], ["Images are (n, height, width), one channel."]
    if pixels.ndim == 4 and pixels.shape[3] in (1, 3) and channels != "first":
        return pixels, [f"Images are (n, height, width, {pixels.shape[3]})."]
    if pixels.ndim == 4 and pixels.shape[1] in (1, 3) and channels != "last":
        return np.moveaxis(pixels, 1, 3), [
            f"Images are (n, {pixels.shape[1]}, height, width): channels first."
        ]
    raise BadImport(
        f"images have the shape {pixels.shape}{f', channels {channels}' if channels else ''}",
        "Bring (n, h, w), (n, h, w, c) or (n, c, h, w), c 1 or 3.",
    )


def _highest(pixels: np.ndarray) -> float:
    if not pixels.size:
        raise BadImport("there are no images", "Bring some.")
    low, high = pixels.min(), pixels.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise BadImport("images hold values that are not finite", "Leave those images out.")
    return float(high)


def _bytes(pixels: np.ndarray, values: Values | None, highest: float) -> tuple[np.ndarray, list[str]]:
    """Values as uint8, and how they were read; `highest` is the highest of all splits."""
    if pixels.dtype == bool:
        return pixels.astype(np.uint8) * np.uint8(255), ["Values are true and false: white and black."]
    is_unit = values == "0..1" or (values is None and 0 < highest <= 1)
    low, high = pixels.min(), pixels.max()
    if low < 0 or high > (1 if is_unit else 255):
        raise BadImport(f"values run from {low:g} to {high:g}", f"Bring {values or '0..1 or 0..255'}.")
    if is_unit:
        kind = "floats from 0 to 1, 1 being white" if pixels.dtype.kind == "f" else "0 and 1: black and white"
        return np.rint(pixels * 255.0).astype(np.uint8), [f"Values are {kind}."]
    if pixels.dtype == np.uint8:
        return pixels, ["Values are bytes."]
    return np.rint(pixels).astype(np.uint8), ["Values are numbers from 0 to 255, 255 being white."]


def _values(labels: np.ndarray, count: int) -> list[Any]:
    """Labels as plain values, one for each image."""
    flat = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if flat.shape != (count,):
        raise BadImport(
            f"labels have the shape {labels.shape}, for {count:,} images", "Bring one for each image."
        )
    if flat.dtype.kind == "f" and not np.isfinite(flat).all():
        raise BadImport("labels hold values that are not finite", "Bring a label for each image.")
    return [
        value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in flat.tolist()
    ]


def _in_classes(values: list[Any], classes: tuple[str, ...]) -> metadata.Labels:
    """Labels as indices into classes that are known by name."""
    if wrong := [name for name in classes if not (isinstance(name, str) and name and is_text(name))]:
        raise BadImport(f"a class is called {quoted(wrong[0])}", f"Call it by {PLAIN}.")
    note = "Labels are those that were given."
    place = {name: k for k, name in enumerate(classes)}
    if all(str(value) in place for value in values):
        return metadata.Labels(np.array([place[str(value)] for value in values], np.int64), classes, note)
    if not all(isinstance(value, int | float) and value == int(value) for value in values):
        raise BadImport("labels are neither classes nor their numbers", "Bring one of both for each image.")
    low, high = int(min(values)), int(max(values))
    if low < 0 or high >= len(classes):
        raise BadImport(f"labels run from {low} to {high}, for {len(classes)} classes", "Count them from 0.")
    return metadata.Labels(np.array(values, np.int64), classes, note)
