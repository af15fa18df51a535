"""Arrays as people have them: .npy and .npz of MedMNIST, Keras and NumPy, to images with labels.

Nothing is unpickled, and what an array takes is known from its header before it is read.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from aecore.config import is_text
from aecore.datasets import Images
from aecore.errors import BadImport
from aecore.storage import bounded

MOST_BYTES = 4 * 2**30
"""Of all arrays of a file, unpacked."""
MOST_MEMBERS = 64
SPLITS = {
    "train": (("train_images", "train_labels"), ("x_train", "y_train")),
    "validation": (("val_images", "val_labels"), ("x_val", "y_val")),
    "test": (("test_images", "test_labels"), ("x_test", "y_test")),
}
"""Names of the arrays of each split: MedMNIST's, then Keras's."""
WHOLE = (("images", "labels"), ("x", "y"))
"""Names where there is one set of images."""
EXAMPLES = "images and labels, train_images and test_images (MedMNIST), or x_train and x_test (Keras)"


class Given(NamedTuple):
    """What was read: images by split, or all of them as "all", and what was inferred."""

    splits: dict[str, Images]
    notes: tuple[str, ...]


class Pair(NamedTuple):
    """Images of one split, and what was inferred."""

    images: Images
    notes: tuple[str, ...]


def read_file(path: Path) -> Given:
    """Images and labels of an .npz or .npy file.

    Args:
        path: the file.

    Returns:
        What was read.

    Raises:
        BadImport: if it is neither, damaged, too large, or holds no images.
    """
    try:
        with bounded.opened(path) as stream:
            start = stream.read(6)
            stream.seek(0)
            if start == b"\x93NUMPY":
                pair = read_pair(_array(stream, path.name, MOST_BYTES), None)
                return Given({"all": pair.images}, pair.notes)
            if start[:2] == b"PK":
                return _archive(stream)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadImport(f"{path} cannot be read ({reason})", "Name an .npz or .npy file.") from error
    raise BadImport(f"{path.name} is no .npz and no .npy file", "Save it with numpy.savez.")


def _archive(stream: IO[bytes]) -> Given:
    try:
        with zipfile.ZipFile(stream) as archive:
            listed = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            if len(archive.infolist()) > MOST_MEMBERS:
                raise BadImport(f"it holds more than {MOST_MEMBERS} arrays", f"Bring {EXAMPLES} alone.")
            return _chosen(archive, listed)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadImport(f"the file is damaged ({error})", "Save it again with numpy.savez.") from error


def _chosen(archive: zipfile.ZipFile, listed: dict[str, zipfile.ZipInfo]) -> Given:
    """The arrays that are known by name."""
    left = MOST_BYTES

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
    notes: list[str] = []
    values = {
        split: (array(images), array(labels) if labels in listed else None)
        for split, (images, labels) in found.items()
    }
    names = _class_names([labels for _, labels in values.values() if labels is not None])
    splits = {}
    for split, (pixels, labels) in values.items():
        pair = read_pair(pixels, labels, names)
        splits[split] = pair.images
        notes += [note for note in pair.notes if note not in notes]
    return Given(splits, (f"Read by the names {', '.join(pair[0] for pair in found.values())}.", *notes))


def _array(stream: IO[bytes], name: str, most: int) -> np.ndarray:
    """One array, by its header first."""
    try:
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, is_fortran, dtype = read(stream)
    except (ValueError, EOFError, OSError) as error:
        raise BadImport(
            f"{name} is no array ({str(error)[:100]})", "Save it again with numpy.savez."
        ) from error
    if dtype.hasobject or dtype.kind not in "buifUS":
        raise BadImport(
            f"{name} holds {dtype}, and only numbers and words are read",
            "Save it as numbers, without pickle.",
        )
    count = int(np.prod(shape, dtype=object)) if shape else 1
    if count * dtype.itemsize > most:
        size, bound = f"{count * dtype.itemsize / 2**30:,.1f} GB", f"{MOST_BYTES / 2**30:.0f}"
        raise BadImport(
            f"{name} takes {size}, and at most {bound} are read", "Bring fewer or smaller images."
        )
    content = bytearray()
    while len(content) < count * dtype.itemsize:
        part = stream.read(min(2**24, count * dtype.itemsize - len(content)))
        if not part:
            raise BadImport(f"{name} is cut off", "Save it again with numpy.savez.")
        content += part
    flat = np.frombuffer(content, dtype, count)
    return flat.reshape(shape, order="F" if is_fortran else "C")


def read_pair(pixels: np.ndarray, labels: np.ndarray | None, classes: tuple[str, ...] = ()) -> Pair:
    """Images of one split, from arrays of whatever kind.

    Args:
        pixels: (n, h, w), (n, h, w, c) or (n, c, h, w).
        labels: (n,) or (n, 1), numbers or words; None for none.
        classes: names of the classes, where they are known.

    Returns:
        uint8 images and their labels.

    Raises:
        BadImport: if they are no images, or the labels are none of theirs.
    """
    stacked, notes = _stacked(pixels)
    values, told = _bytes(stacked)
    notes += told
    if labels is None:
        return Pair(Images(values), (*notes, "There are no labels."))
    indices, names = _labels(labels, len(values), classes)
    return Pair(Images(values, indices, names), tuple(notes))


def _stacked(pixels: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Images as (n, h, w, c)."""
    if pixels.dtype.kind not in "buif":
        raise BadImport(f"images are {pixels.dtype}, no numbers", "Bring whole numbers in 0..255, or floats.")
    if pixels.ndim == 3:
        return pixels[..., None], ["Images are (n, height, width), one channel."]
    if pixels.ndim == 4 and pixels.shape[3] in (1, 3):
        return pixels, [f"Images are (n, height, width, {pixels.shape[3]})."]
    if pixels.ndim == 4 and pixels.shape[1] in (1, 3):
        return np.moveaxis(pixels, 1, 3), [
            f"Images are (n, {pixels.shape[1]}, height, width): channels first."
        ]
    raise BadImport(
        f"images have the shape {pixels.shape}", "Bring (n, h, w), (n, h, w, c) or (n, c, h, w), c 1 or 3."
    )


def _bytes(pixels: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Values as uint8, and how they were read."""
    if not pixels.size:
        raise BadImport("there are no images", "Bring some.")
    if pixels.dtype == np.uint8:
        return pixels, ["Values are bytes."]
    if pixels.dtype == bool:
        return pixels.astype(np.uint8) * np.uint8(255), ["Values are true and false: white and black."]
    low, high = pixels.min(), pixels.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise BadImport("images hold values that are not finite", "Leave those images out.")
    if low < 0 or high > 255:
        raise BadImport(f"values run from {low:g} to {high:g}", "Bring 0..1 or 0..255.")
    if pixels.dtype.kind == "f" and high <= 1:
        return np.rint(pixels * 255).astype(np.uint8), ["Values are floats from 0 to 1, 1 being white."]
    return np.rint(pixels).astype(np.uint8), ["Values are numbers from 0 to 255, 255 being white."]


def _class_names(given: list[np.ndarray]) -> tuple[str, ...]:
    """Names of the classes of all splits, so that an index means the same in each."""
    if not given:
        return ()
    values = np.unique(np.concatenate([np.ravel(labels) for labels in given]))
    return tuple(map(_name, values))


def _labels(labels: np.ndarray, count: int, classes: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    flat = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if flat.shape != (count,):
        raise BadImport(
            f"labels have the shape {labels.shape}, for {count:,} images", "Bring one for each image."
        )
    if flat.dtype.kind == "f" and not (np.isfinite(flat).all() and (flat == np.rint(flat)).all()):
        raise BadImport("labels are no whole numbers", "Bring a class for each image.")
    values = np.array([_name(value) for value in flat])
    known = classes or tuple(map(_name, np.unique(flat)))
    if flat.dtype.kind in "biuf" and classes and not set(values) <= set(classes):
        numbers = flat.astype(np.int64)
        if numbers.min() < 0 or numbers.max() >= len(classes):
            raise BadImport(
                f"labels run from {numbers.min()} to {numbers.max()}, for {len(classes)} classes",
                "Count them from 0.",
            )
        return numbers, classes
    if wrong := [name for name in known if not (name and is_text(name))]:
        raise BadImport(f"a class is called {wrong[0][:40]!r}", "Use a short line of plain text.")
    place = {name: k for k, name in enumerate(known)}
    return np.array([place[name] for name in values], np.int64), known


def _name(value: object) -> str:
    """A label as a class is called by it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float | np.floating):
        return str(int(value))
    return str(value)
