"""Writing so that a kill or a power cut leaves the old or the new, never half of either."""

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from aecore.errors import AecoreError, BadValue, StoreNotReadable, StoreNotWritable

PARTIAL = ".partial"
"""How the name of a file or folder ends that is not whole yet; it begins with a dot."""


def folder_of(variable: str) -> Path | None:
    """The folder that a variable of the environment names; `~` is the user's own, also where quotes kept it.

    Args:
        variable: its name.

    Returns:
        An absolute path; None where it is unset or blank.

    Raises:
        BadValue: if it is the folder of a user that there is not.
    """
    text = os.environ.get(variable, "").strip()
    return expanded(text, variable).absolute() if text else None


def expanded(text: str, setting: str) -> Path:
    """A path in which `~` is the user's own folder, and `~name` that of another.

    Args:
        text: the path as somebody gave it.
        setting: what was given, for the error.

    Returns:
        The path.

    Raises:
        BadValue: if there is no such user.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise BadValue(
            setting, text, "a path; there is no user of this name, or no folder of theirs"
        ) from error


@contextlib.contextmanager
def reading(root: Path) -> Iterator[None]:
    """Word what a disk answers who may not look into a folder, or cannot.

    Args:
        root: the store that is read, for the sentence.

    Yields:
        None: while it is looked at.

    Raises:
        StoreNotReadable: in place of an OSError.
    """
    try:
        yield
    except AecoreError:
        raise
    except OSError as error:
        raise StoreNotReadable(root, error.strerror or str(error)) from error


@contextlib.contextmanager
def writing(root: Path, what: str = "Runs") -> Iterator[None]:
    """Word what a disk answers for a person.

    Args:
        root: the store that is written to, for the sentence.
        what: is stored there, likewise.

    Yields:
        None: while something is written.

    Raises:
        StoreNotWritable: in place of an OSError; a full disk is a `DiskFull`.
    """
    try:
        yield
    except AecoreError:
        raise
    except OSError as error:
        raise StoreNotWritable.of(root, error, what) from error


def write_through(path: Path, content: bytes) -> None:
    """Write and flush to the disk, so that a rename never precedes the bytes."""
    with path.open("wb") as stream:
        stream.write(content)
        flush(stream)


def flush(stream: BinaryIO) -> None:
    """Have what was written to an open file reach the disk."""
    stream.flush()
    os.fsync(stream.fileno())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that its old or its new content is there, whenever one looks.

    Args:
        path: the file, in a folder that exists.
        content: all of it.

    Raises:
        OSError: what the disk answered; nothing is left behind then.
    """
    partial = path.with_name(f".{uuid.uuid4().hex}{PARTIAL}")  # two processes may write the same file
    try:
        write_through(partial, content)
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Have the names in a folder reach the disk: a rename is safe only then."""
    if os.name == "nt":  # folders cannot be opened there, and need not be
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move(source: Path, target: Path) -> None:
    """Rename, and see that it reaches the disk."""
    os.replace(source, target)
    for folder in {source.parent, target.parent}:
        sync_folder(folder)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all in it; what is gone already is no matter."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; what goes meanwhile counts as nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total


def touch(path: Path) -> None:
    """Give a folder a time of change that it never had: the kernel's own clock ticks too coarsely."""
    with contextlib.suppress(OSError):
        os.utime(path, ns=(time.time_ns(), time.time_ns()))
