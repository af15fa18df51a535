"""Parquet files with a column of pictures, as Hugging Face and Embedding Atlas write them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from aecore.errors import BadImport
from aecore.importers import metadata, table
from aecore.importers.formats import Given, Report, start_of
from aecore.importers.formats.pictures import SPLIT_OF
from aecore.importers.pictures import Pictures, decoded
from aecore.importers.settings import Settings

TITLE = "a Parquet file of pictures"
MOST_FILES = 256
ENDING, METADATA = ".parquet", "metadata.parquet"


def recognises(path: Path) -> bool:
    """Whether it is such a file, or a folder of nothing else."""
    return bool(_files(path)) if path.is_dir() else start_of(path, 4) == b"PAR1"


def _files(path: Path) -> list[Path]:
    """The Parquet files of a folder, or of the folder data/ in it, as Hugging Face has them."""
    for folder in (path, path / "data"):
        if folder.is_dir():
            seen = [entry.name for entry in os.scandir(folder) if not entry.name.startswith(".")]
            found = [name for name in seen if name.endswith(ENDING) and name != METADATA]
            if found:
                return [folder / name for name in sorted(found)]
    return []


def read(path: Path, settings: Settings, report: Report | None) -> Given:
    """Read its pictures, labels and further columns.

    Args:
        path: a file, or a folder of files named after their splits (train-00000-of-00001.parquet).
        settings: how pictures are brought to one form, and which column the labels are.
        report: called as they come.

    Returns:
        Images by split.

    Raises:
        BadImport: if it is damaged, or has no pictures.
    """
    return decoded(found(path, settings), settings, report)


def found(path: Path, settings: Settings) -> Pictures:
    """The pictures there are; none is decoded.

    Args:
        path: as of `read`.
        settings: which column the labels are.

    Returns:
        All of them with what is known of each.

    Raises:
        BadImport: as `read` does.
    """
    files = [path] if path.is_file() else _files(path)
    if len(files) > MOST_FILES:
        raise BadImport(f"there are {len(files):,} files, and at most {MOST_FILES} are read", "Join some.")
    splits = [_split(file.name) for file in files] if len(files) > 1 else ["all"]
    if "all" in splits or "train" not in splits:
        splits = ["all"] * len(files)
    said = [table.described(file) for file in files]
    if len({(one["column"], tuple(one["table"])) for one in said}) > 1:
        raise BadImport("its files have different columns", "Bring them one by one.")
    return _joined(files, splits, said, settings)


def _split(name: str) -> str:
    return SPLIT_OF.get(re.split(r"[^a-z]", name.lower())[0], "all")


def _joined(files: list[Path], splits: list[str], said: list[dict[str, Any]], settings: Settings) -> Pictures:
    """The rows of all files, one after the other."""
    names = list(said[0]["table"])
    label = metadata.label_column(names, settings.label)
    joined = {name: [value for one in said for value in one["table"][name]] for name in names}
    pictures = Pictures(
        path=files[0].parent,
        names=[
            (file.name, row) for file, one in zip(files, said, strict=True) for row in range(one["count"])
        ],
        splits=[split for split, one in zip(splits, said, strict=True) for _ in range(one["count"])],
        labels=joined.pop(label) if label else None,
        label=label or "",
        classes=tuple(said[0]["classes"].get(label, ())),
        table=joined,
        column=said[0]["column"],
        notes=[f"Pictures are the column {said[0]['column']}.", *said[0]["notes"]],
    )
    if label is None:
        pictures.notes.append("Images have no labels: no column is called label or class.")
    if len(set(splits)) > 1:
        pictures.notes.append("Divided by the names of the files.")
    return pictures
