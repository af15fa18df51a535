"""The folder of imported data sets: written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import safetensors.numpy

from aecore import datasets
from aecore.datasets import Images, _imported
from aecore.errors import BadImport, UnknownName
from aecore.importers.settings import most_bytes_in_all
from aecore.storage import atomic, locks, trash
from aecore.storage.settings import check_writable


def write(name: str, title: str, fingerprint: str, parts: dict[str, Images], notes: Sequence[str]) -> Path:
    """Keep a data set; what is there under its name already has the same images, and stays if it is whole.

    Args:
        name: a word and the beginning of the fingerprint.
        title: what people call it.
        fingerprint: of the splits.
        parts: images by split.
        notes: how they were read.

    Returns:
        Its folder.

    Raises:
        StoreNotWritable: if the folder cannot be written; nothing is left behind then.
        ReadOnly: where what is stored is only shown.
    """
    check_writable("importing images")
    root = _imported.root()
    final, partial = root / name, root / f".{name}{atomic.PARTIAL}"
    with atomic.writing(root, "Data sets"), locks.held(root, name):
        if _imported.is_whole(name):
            return final
        if final.exists():
            trash.put(root, name, trash.token_of(name))
        atomic.remove(partial)  # of an import that was killed
        partial.mkdir(parents=True)
        try:
            files = {}
            for split, images in parts.items():
                path = partial / f"{split}.safetensors"
                safetensors.numpy.save_file(_imported.tensors(images), path)
                with path.open("r+b") as stream:
                    atomic.flush(stream)
                    files[split] = hashlib.file_digest(stream, "sha256").hexdigest()
            first = parts["train"]
            about = {
                "format": _imported.FORMAT,
                "title": title,
                "image_shape": list(first.pixels.shape[1:]),
                "classes": list(first.classes),
                "columns": [{"name": one.name, "words": list(one.words)} for one in first.columns],
                "counts": {split: len(images) for split, images in parts.items()},
                "files": files,
                "fingerprint": fingerprint,
                "notes": list(notes),
            }
            atomic.write_whole(partial / _imported.MANIFEST, json.dumps(about, indent=1).encode())
            atomic.sync_folder(partial)
            atomic.move(partial, final)
        except BaseException:
            atomic.remove(partial)
            raise
    return final


def check_room(size: int) -> None:
    """See that one more data set may be kept.

    Args:
        size: bytes that it takes.

    Raises:
        BadImport: if all together would take more than may be kept.
    """
    held = sum(used(name) for name in _imported.names())
    if held + size > most_bytes_in_all():
        raise BadImport(
            f"it takes {size / 1e6:,.0f} MB, and of {most_bytes_in_all() / 1e6:,.0f} MB for all data sets "
            f"{held / 1e6:,.0f} are used",
            "Remove one that is not needed, or raise AECORE_MOST_DATASETS_MB.",
        )


def used(name: str) -> int:
    """Bytes that an imported data set takes on the disk."""
    try:
        return sum(entry.stat().st_size for entry in os.scandir(_imported.root() / name))
    except OSError:
        return 0


def imported(word: str) -> str:
    """The imported data set that a person means.

    Args:
        word: its name, or the one that was given.

    Returns:
        Its name.

    Raises:
        UnknownName: if none of that name was imported.
        AmbiguousName: if several were.
    """
    name = datasets.find(word)
    if not datasets.is_imported(name):
        raise UnknownName("imported data set", word, _imported.names())
    return name


def about(name: str) -> dict[str, Any]:
    """What is said of an imported data set: title, image_shape, classes, columns, counts by split and notes.

    Args:
        name: of an imported data set.

    Returns:
        Its manifest, checked.

    Raises:
        DatasetDamaged: if it cannot be read.
    """
    return _imported.manifest(name)


def parts(name: str) -> dict[str, Images]:
    """All images of an imported data set, by split.

    Args:
        name: of an imported data set.

    Returns:
        Training images first.

    Raises:
        DatasetDamaged: if they cannot be read.
    """
    counts = _imported.manifest(name)["counts"]
    return {split: _imported.load(name, split) for split in _imported.SPLITS if split in counts}
