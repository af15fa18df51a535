"""Files that a browser sends, written into a folder: names are names, and never lead elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from aecore.errors import BadImport
from aecore.importers.listing import DEEPEST, shown
from aecore.importers.settings import most_images

LONGEST = 200
"""Bytes of a name: file systems take 255, and a copy has a number more."""
TOGETHER = "files"
"""The folder that several are written into."""
FORBIDDEN = frozenset('\\:<>"|?*')
"""In no name, since Windows takes them for something else."""


class Incoming(NamedTuple):
    """One file: its name as the browser says it, with / between folders, and its bytes."""

    name: str
    content: bytes | memoryview


def written(folder: Path, files: Iterable[Incoming]) -> Path:
    """Write what was sent.

    Args:
        folder: empty, and nobody else's.
        files: what to write, one or more.

    Returns:
        What `importers.prepared` takes: the one file that there is, else a folder of all.

    Raises:
        BadImport: if there are none, or too many, or a name leads elsewhere.
        OSError: what the disk answered.
    """
    root = folder / TOGETHER
    root.mkdir()
    paths: list[Path] = []
    for file in files:
        if len(paths) > 2 * most_images():
            raise BadImport(f"there are more than {2 * most_images():,} files", "Bring fewer.")
        path = _free(root.joinpath(*parts_of(file.name)))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as stream:
                stream.write(file.content)
        except (FileExistsError, NotADirectoryError) as error:
            raise BadImport(
                f"{shown(file.name)} is both a file and a folder", "Bring the folder again."
            ) from error
        paths.append(path)
    if not paths:
        raise BadImport("no file came", "Choose some, or a folder.")
    return paths[0] if len(paths) == 1 and paths[0].parent == root else root


def parts_of(name: str) -> tuple[str, ...]:
    """The folders and the name of a file, each seen to be nothing but a name.

    Args:
        name: as a browser says it.

    Returns:
        At least one.

    Raises:
        BadImport: if one of them is none.
    """
    parts = tuple(name.split("/"))
    if not all(map(_is_name, parts)):
        raise BadImport(f"{shown(name) or 'an empty name'} is no name of a file", "Give it another one.")
    if len(parts) > DEEPEST:
        raise BadImport(f"there are more than {DEEPEST} folders within one another", "Bring less deep ones.")
    return parts


def _is_name(part: str) -> bool:
    try:
        size = len(part.encode())
    except UnicodeEncodeError:  # half a character
        return False
    return (
        0 < size <= LONGEST and part not in (".", "..") and part.isprintable() and not set(part) & FORBIDDEN
    )


def _free(path: Path) -> Path:
    """A path that nothing is at: of two files of one name from several folders, both come."""
    if not path.exists():
        return path
    numbered = (path.with_name(f"{path.stem} ({number}){path.suffix}") for number in range(2, 10_000))
    free = next((other for other in numbered if not other.exists()), None)
    if free is None:
        raise BadImport(f"too many files are called {shown(path.name)}", "Bring their folder.")
    return free
