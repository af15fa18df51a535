"""Imported data sets: people's own images, each a folder that is written whole and never changed.

    <root>/<name>/manifest.json             what it is; written last
    <root>/<name>/train.safetensors         pixels uint8 (n, h, w, c); where there are any, labels int64 (n,)
                                            and column/0, column/1, ... float64 (n,)
    <root>/<name>/test.safetensors          likewise
    <root>/<name>/validation.safetensors    likewise, where such a split was given

A name ends with ten digits of the fingerprint, the SHA-256 of all pixels, labels and columns: a run that
names its data set names its very images.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
import safetensors
import safetensors.numpy

from aecore.config import is_text
from aecore.datasets import _faults
from aecore.errors import DatasetDamaged
from aecore.storage import atomic, bounded

if TYPE_CHECKING:
    from aecore.datasets import Images

FORMAT = 1
NAME = re.compile(r"([a-z][a-z0-9_]{0,27})_([0-9a-f]{10})")
MANIFEST = "manifest.json"
GOING = ".going"
"""How the name of a folder ends that is being removed; it begins with a dot."""
SPLITS = ("train", "validation", "test")
MOST_BYTES = 2**20
"""Of a manifest: the names of a thousand classes have some kB."""
DIGEST = re.compile(r"[0-9a-f]{64}")
MOST_IMAGES, MOST_CLASSES, LARGEST_SIDE = 1_000_000, 1000, 1024
MOST_EPOCHS, FEWEST_EPOCHS, IMAGES_SEEN = 400, 20, 6_000_000
"""A budget is what MNIST gets: so many images seen, each at most 400 times, as the digits are."""


def root() -> Path:
    """Where imported data sets lie: AECORE_DATASETS, else a folder of this user's data."""
    return atomic.folder_of("AECORE_DATASETS") or Path(platformdirs.user_data_dir("aecore")) / "datasets"


def names() -> list[str]:
    """The data sets that were imported, in order; whether each is whole is seen when it is read."""
    place = root()
    try:
        return list(_listed(place, os.stat(place).st_mtime_ns))
    except OSError:
        return []


@lru_cache(maxsize=8)
def _listed(place: Path, changed: int) -> tuple[str, ...]:
    return tuple(sorted(path.name for path in place.iterdir() if NAME.fullmatch(path.name)))


def manifest(name: str) -> dict[str, Any]:
    """What is said of an imported data set, checked.

    Args:
        name: one of `names()`.

    Returns:
        Its manifest: title, image_shape, classes, counts and files by split, fingerprint, about.

    Raises:
        DatasetDamaged: if it cannot be read, or is not what an import writes.
    """
    path = root() / name / MANIFEST
    try:
        found = json.loads(bounded.read(path, MOST_BYTES))
        what = _fault(found, name)
    except (OSError, ValueError, RecursionError) as error:
        found, what = {}, f"{MANIFEST} cannot be read ({type(error).__name__})"
    if what:
        raise DatasetDamaged(name, path.parent, what)
    return found


def _fault(found: Any, name: str) -> str:
    """What is wrong with a manifest; nothing where all of it is as an import writes it."""
    checks: dict[str, Callable[[], bool]] = {
        "it is of another format": lambda: found["format"] == FORMAT,
        "its image shape is none": lambda: _is_shape(*found["image_shape"]),
        "its class names are none": lambda: _are_names(found["classes"]),
        "its fingerprint is none": lambda: bool(DIGEST.fullmatch(found["fingerprint"])),
        "its fingerprint is not that of its name": lambda: name.endswith(f"_{found['fingerprint'][:10]}"),
        "its title is none": lambda: bool(found["title"]) and is_text(found["title"]),
        "its splits are none": lambda: {"train", "test"} <= set(found["counts"]) <= set(SPLITS),
        "its columns are none": lambda: _faults.are_columns(found["columns"]),
        "its counts are none": lambda: all(map(_is_count, found["counts"].values())),
        "its files are none": lambda: set(found["files"]) == set(found["counts"]),
        "its hashes are none": lambda: all(map(DIGEST.fullmatch, found["files"].values())),
        "its notes are none": lambda: all(isinstance(note, str) for note in found["notes"]),
    }
    return next((what for what, holds in checks.items() if not _is_so(holds)), "")


def _is_so(holds: Callable[[], bool]) -> bool:
    try:
        return bool(holds())
    except (TypeError, ValueError, LookupError, AttributeError):
        return False


def _is_shape(height: object, width: object, channels: object) -> bool:
    sides = all(type(side) is int and 1 <= side <= LARGEST_SIDE for side in (height, width))
    return sides and type(channels) is int and channels in (1, 3)


def _are_names(names: list[object]) -> bool:
    return isinstance(names, list) and len(names) <= MOST_CLASSES and all(map(is_text, names))


def _is_count(value: object) -> bool:
    return type(value) is int and 1 <= value <= MOST_IMAGES


def load(name: str, split: str) -> Images:
    """One split of an imported data set; every byte is verified, once in a process.

    Args:
        name: one of `names()`.
        split: "train", "test" or, where there is one, "validation".

    Returns:
        Its images.

    Raises:
        DatasetDamaged: if a file is not what was written.
    """
    from aecore.datasets import Column, Images

    about, path = manifest(name), root() / name / f"{split}.safetensors"
    try:
        bounded.check_regular(path)
        if _digest(path, _state(path)) != about["files"][split]:
            raise DatasetDamaged(name, path.parent, f"{path.name} was altered")
        arrays = safetensors.numpy.load_file(path)
        pixels, labels = arrays["pixels"], arrays.get("labels")
        columns = tuple(
            Column(column["name"], arrays[f"column/{k}"], tuple(column["words"]))
            for k, column in enumerate(about["columns"])
        )
    except DatasetDamaged:
        raise
    except (OSError, ValueError, KeyError, safetensors.SafetensorError) as error:
        raise DatasetDamaged(name, path.parent, f"{path.name} cannot be read") from error
    if pixels.shape != (about["counts"][split], *about["image_shape"]):
        raise DatasetDamaged(name, path.parent, f"{path.name} holds other images than its manifest says")
    return Images(pixels, labels, tuple(about["classes"]), columns)


def equals(digest: str, name: str) -> list[str]:
    """The imported data sets of a fingerprint, but the one of this name."""
    return [other for other in names() if other != name and other.endswith(f"_{digest[:10]}")]


def is_whole(name: str) -> bool:
    """Whether a data set is there, and every file is what was written."""
    try:
        files = manifest(name)["files"].items()
        paths = [(root() / name / f"{split}.safetensors", digest) for split, digest in files]
        found = [(path, _state(path), digest) for path, digest in paths]
        return all(_digest(path, state) == digest for path, state, digest in found)
    except (OSError, DatasetDamaged):
        return False


def _state(path: Path) -> tuple[int, ...]:
    """What is another once a file was written, also in place of one that is as old to the clock's tick."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


@lru_cache(maxsize=64)
def _digest(path: Path, state: tuple[int, ...]) -> str:
    with bounded.opened(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fingerprint(splits: dict[str, Images]) -> str:
    """What names the images of a data set: all that is equal in equal splits, equal fingerprints."""
    digest = hashlib.sha256()
    for split in sorted(splits):
        images = splits[split]
        digest.update(f"{split}:{images.pixels.shape}:{images.digest};".encode())
        for column in images.columns:
            digest.update(json.dumps([column.name, *column.words]).encode() + column.values.tobytes())
    return digest.hexdigest()


def tensors(images: Images) -> dict[str, np.ndarray]:
    """What the file of a split holds."""
    labels = {} if images.labels is None else {"labels": images.labels.astype(np.int64)}
    columns = {f"column/{k}": column.values for k, column in enumerate(images.columns)}
    return {"pixels": np.ascontiguousarray(images.pixels), **labels, **columns}


def epochs(images: int) -> int:
    """A training budget that suits so many training images."""
    return int(np.clip(round(IMAGES_SEEN / max(images, 1)), FEWEST_EPOCHS, MOST_EPOCHS))
