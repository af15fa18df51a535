"""Bounded reading: of what lies in a folder that others write to, regular files alone, and only so much.

A pipe in a file's place would keep whoever opens it waiting for ever, and a file with a hole in it can be
larger than any memory. What is refused is an OSError, as a disk's own refusal is.
"""

import contextlib
import errno
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """Open a regular file to read some of it.

    Args:
        path: whatever is there.

    Yields:
        io.BufferedReader: the file from its beginning.

    Raises:
        OSError: if it is no regular file, or cannot be opened.
    """
    # O_NONBLOCK: else opening a pipe waits for somebody who writes; of a regular file it changes nothing
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        _check(os.fstat(descriptor), path)
        stream = os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
    with stream:
        yield stream


def read(path: Path, most: int) -> bytes:
    """A file as a whole.

    Args:
        path: whatever is there.
        most: bytes that it may have.

    Returns:
        Its content.

    Raises:
        OSError: if it is no regular file, has more bytes, or cannot be read.
    """
    with opened(path) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return content


def check_regular(path: Path) -> None:
    """See that a library, which opens files itself, gets a regular one.

    Args:
        path: whatever is there.

    Raises:
        OSError: if it is none, or nothing is there.
    """
    _check(os.stat(path), path)


def _check(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
