"""The bytes of pictures by their names: of a folder, a zip or a Parquet file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aecore.storage import bounded

FAULTS = (
    *(OSError, ValueError, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error),
    *(NotImplementedError, RuntimeError, EOFError),
)
"""What reading a zip that is damaged or hostile ends in."""


class Source:
    """Pictures' bytes by name: of a folder, a zip or a Parquet file, which stays open."""

    def __init__(self, read: Callable[[Any, int], bytes], close: Callable[[], None]) -> None:
        self.read, self._close = read, close

    @classmethod
    def of(cls, path: Path, column: str = "") -> Source:
        """Open one.

        Args:
            path: a folder, a zip, or a Parquet file.
            column: of the pictures in a Parquet file, whose names are its rows.

        Returns:
            The source, to be closed by leaving `with`.
        """
        if column:
            from aecore.importers import table

            return cls(table.Pictures(path, column).read, lambda: None)
        if path.is_dir():
            return cls(lambda name, most: bounded.read(path / name, most), lambda: None)
        archive = zipfile.ZipFile(path)
        return cls(lambda name, most: _member(archive, name, most), archive.close)

    def __enter__(self) -> Source:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what is open."""
        self._close()


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it has more than {most:,} bytes")
    return content
