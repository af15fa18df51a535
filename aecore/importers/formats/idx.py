"""IDX files in MNIST's layout, plain or packed: EMNIST, KMNIST, QMNIST and what is written as they are."""

from __future__ import annotations

import gzip
import math
import os
import re
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aecore.datasets import Images
from aecore.errors import BadImport
from aecore.importers import metadata
from aecore.importers.formats import Given, Report, start_of
from aecore.importers.settings import NO_LABELS, Settings, check_count, most_bytes
from aecore.storage import bounded

TITLE = "IDX files as MNIST's"
NAME = re.compile(
    r"(?P<set>.*?)(?P<split>train|t10k|test|val)[-.](?P<what>images|labels)[-.]idx(?P<dimensions>[123])-(?P<kind>ubyte|int)(\.gz)?"
)
SPLITS = {"train": "train", "t10k": "test", "test": "test", "val": "validation"}
KINDS = {0x08: ">u1", 0x0C: ">i4"}
MAPPING = re.compile(r"(\d{1,3}) (\d{1,7})(?: (\d{1,7}))?\s*")
MOST_MAPPING = 2**16


class File(NamedTuple):
    """One file by its name: which set, split and what is in it."""

    path: Path
    set: str
    split: str
    what: str


def recognises(path: Path) -> bool:
    """Whether it is such a file by its name and first bytes, or a folder of them."""
    if path.is_dir():
        return any(file.what == "images" for file in _files(path))
    return bool(NAME.fullmatch(path.name)) and start_of(path, 2) in (b"\0\0", b"\x1f\x8b")


def _files(folder: Path) -> list[File]:
    """The files of a folder, of torchvision's also in its folder raw/."""
    for place in (folder, folder / "raw"):
        names = sorted(entry.name for entry in os.scandir(place)) if place.is_dir() else []
        matches = [(name, NAME.fullmatch(name)) for name in names]
        if found := [
            File(place / name, match["set"], SPLITS[match["split"]], match["what"])
            for name, match in matches
            if match
        ]:
            return found
    return []


def read(path: Path, settings: Settings, report: Report | None) -> Given:
    """Read the images of a set and their labels.

    Args:
        path: a folder of the files of one set, or one of them; those beside it are found by its name.
        settings: whether labels are wanted.
        report: not called: it takes a moment.

    Returns:
        Images by split.

    Raises:
        BadImport: if a file is damaged, or the folder has several sets.
    """
    files = _files(path if path.is_dir() else path.parent)
    sets = sorted({file.set for file in files if file.what == "images"})
    if path.is_file() and (match := NAME.fullmatch(path.name)):
        sets = [match["set"]]
    if len(sets) != 1:
        listed = ", ".join(sets) or "none"
        raise BadImport(f"there are several sets in it: {listed}", "Name a file of images of one of them.")
    own = {(file.split, file.what): file.path for file in files if file.set == sets[0]}
    images = {split: _images(found) for (split, what), found in own.items() if what == "images"}
    if not images:
        raise BadImport(f"{path.name} holds labels, and no images lie beside it", "Bring the images as well.")
    check_count(sum(map(len, images.values())))
    if empty := [split for split, pixels in images.items() if not pixels.size]:
        raise BadImport(f"there are no images in it ({empty[0]})", "Bring files that hold some.")
    is_turned = "emnist" in sets[0].lower()
    if is_turned:  # written column by column, as its authors say
        images = {split: np.ascontiguousarray(pixels.swapaxes(1, 2)) for split, pixels in images.items()}
    notes = [f"Read from {', '.join(own[key].name for key in sorted(own))}."]
    notes += ["EMNIST's images are stored on their side; they were turned upright."] * is_turned
    labelled = {split for split in images if (split, "labels") in own and settings.label != NO_LABELS}
    labels, classes = {}, ()
    if labelled == set(images):
        labels, classes = _labels({split: own[split, "labels"] for split in images}, own)
        notes.append("Labels are those beside the images.")
    else:
        notes.append("Images have no labels.")
    for split, found in labels.items():
        if len(found) != len(images[split]):
            raise BadImport(
                f"there are {len(found):,} labels for {len(images[split]):,} images ({split})",
                "Bring files that belong together.",
            )
    name = {split: "all" if list(images) == [split] else split for split in images}
    return Given(
        {name[split]: Images(pixels, labels.get(split), classes) for split, pixels in images.items()},
        tuple(notes),
    )


def _images(path: Path) -> np.ndarray:
    pixels = _array(path)
    if pixels.ndim != 3 or pixels.dtype != np.uint8:
        raise BadImport(f"{path.name} holds {pixels.dtype} {pixels.shape}", "Bring bytes, (n, h, w).")
    return pixels[..., None]


def _labels(
    paths: dict[str, Path], own: dict[tuple[str, str], Path]
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Labels of each split as indices, and names of the classes in all of them."""
    values = {}
    for split, path in paths.items():
        found = _array(path)
        values[split] = (
            found[:, 0] if found.ndim == 2 else found.ravel()
        ).tolist()  # QMNIST: the first of eight
    joined = [value for found in values.values() for value in found]
    read = metadata.labels("the labels", joined, _mapping(next(iter(own.values()))))
    if read.indices is None:
        raise BadImport("labels are more than a hundred numbers", "Bring labels of fewer classes.")
    indices, start = {}, 0
    for split, found in values.items():
        indices[split] = read.indices[start : start + len(found)]
        start += len(found)
    return indices, read.classes


def _mapping(path: Path) -> tuple[str, ...]:
    """The characters of EMNIST's classes, where its mapping lies beside its files."""
    match = NAME.fullmatch(path.name)
    beside = path.with_name(f"{match['set'].rstrip('-')}-mapping.txt") if match else path
    try:
        lines = bounded.read(beside, MOST_MAPPING).decode("ascii").splitlines()
        pairs = [MAPPING.fullmatch(line) for line in lines if line.strip()]
        named = {int(pair[1]): chr(int(pair[2])) for pair in pairs if pair}
    except (OSError, ValueError, OverflowError):
        return ()
    return tuple(named.get(k, str(k)) for k in range(max(named, default=-1) + 1))


def _array(path: Path) -> np.ndarray:
    """One IDX file, by its header first."""
    try:
        with bounded.opened(path) as stream:
            content = gzip.GzipFile(fileobj=stream) if start_of(path, 2) == b"\x1f\x8b" else stream
            header = content.read(4)
            kind, dimensions = (header[2], header[3]) if len(header) == 4 else (0, 0)
            if header[:2] != b"\0\0" or kind not in KINDS or not 1 <= dimensions <= 3:
                raise BadImport(
                    f"{path.name} is no IDX file of images or labels", "Bring it as it was published."
                )
            shape = tuple(np.frombuffer(content.read(4 * dimensions), ">u4").tolist())
            if len(shape) != dimensions:
                raise EOFError("it is cut off")
            count = math.prod(shape) * np.dtype(KINDS[kind]).itemsize
            if count > most_bytes():
                most = f"{most_bytes() / 1e9:,.1f} GB"
                raise BadImport(
                    f"{path.name} takes {count / 1e9:,.1f} GB, and at most {most} are read",
                    "Bring fewer images.",
                )
            if dimensions > 2:  # images
                check_count(shape[0])
            # in parts: a header that promises more than there is costs what there is
            raw = bytearray()
            while len(raw) <= count and (part := content.read(2**24)):
                raw += part
    except (OSError, EOFError, ValueError, zlib.error) as error:
        if isinstance(error, BadImport):
            raise
        raise BadImport(f"{path.name} cannot be read ({error})", "Bring it as it was published.") from error
    if len(raw) != count:
        raise BadImport(f"{path.name} is cut off or longer than it says", "Bring it as it was published.")
    return np.frombuffer(raw, KINDS[kind]).reshape(shape)
