"""Parquet files, read in a process of its own: what is in their columns, and the pictures of one.

python -m aecore.importers.table PATH < nothing       what its columns are, as JSON
python -m aecore.importers.table - < content          its rows, as JSON
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aecore.datasets._faults import MOST_WORDS
from aecore.errors import BadImport
from aecore.images import child_process, files
from aecore.importers import metadata, settings

if TYPE_CHECKING:
    import pyarrow

SECONDS = 30.0
"""Of computing, for all columns beside the pictures."""
MOST_ANSWER = 256 * 1024**2
AT_ONCE = 32
"""Pictures of a Parquet file that are read together."""
PICTURE_COLUMNS = ("image", "img", "picture", "pixels", "bytes")
"""Names of a column of plain bytes that is taken for the pictures; else the first of bytes."""
CLASS_LABELS = b"huggingface"
"""Where Hugging Face keeps what its columns mean, as JSON."""


def described(path: Path) -> dict[str, Any]:
    """What a Parquet file holds beside its pictures.

    Args:
        path: the file.

    Returns:
        count, column (of the pictures), table (values by name), classes (names by column), notes.

    Raises:
        BadImport: if it cannot be read, or has no column of pictures.
    """
    return _asked(str(path), b"", path.name)


def rows(content: bytes) -> list[dict[str, Any]]:
    """The rows of a metadata.parquet.

    Args:
        content: its bytes.

    Returns:
        A dictionary for each image.

    Raises:
        BadImport: if it cannot be read, or has no column of file names.
    """
    found = _asked("-", content, "metadata.parquet")["table"]
    names = found.get(metadata.FILE_NAME, [])
    if not names or not all(isinstance(name, str) for name in names):
        raise BadImport(
            f"metadata.parquet has rows without {metadata.FILE_NAME}",
            f"Name each image in a column {metadata.FILE_NAME}.",
        )
    return [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]


def _asked(argument: str, content: bytes, name: str) -> dict[str, Any]:
    """What the process says, or why it cannot."""
    remedy = "Write it again, with pyarrow or datasets."
    try:
        ended = subprocess.run(
            child_process.command("aecore.importers.table", argument),
            input=content,
            capture_output=True,
            check=False,
            timeout=10 * SECONDS,
            env=child_process.environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadImport(f"{name} cannot be read ({type(error).__name__})", remedy) from error
    if ended.returncode or len(ended.stdout) > MOST_ANSWER:
        raise BadImport(f"{name} is damaged, or takes too long or too much memory to read", remedy)
    said = json.loads(ended.stdout)
    if "error" in said:
        raise BadImport(*said["error"])
    return said


def main(argument: str) -> int:
    """Say what a file holds, within limits."""
    content = sys.stdin.buffer.read(metadata.MOST_BYTES + 1)
    from pyarrow import compute, parquet  # noqa: F401  before the bound: they hold much by themselves

    files.limit_time(SECONDS)
    files.limit_memory()
    json.dump(answer(argument, content), sys.stdout)
    return 0


def answer(argument: str, content: bytes) -> dict[str, Any]:
    """What a file holds, or as "error" why it cannot be read.

    Args:
        argument: its path, or "-".
        content: of the file, where there is no path.

    Returns:
        As `described` says.
    """
    try:
        return _said(Path(argument) if argument != "-" else io.BytesIO(content))
    except BadImport as error:
        return {"error": (error.what, error.remedy)}
    except MemoryError:
        raise
    except Exception as error:  # the library may stumble over a bad file in any way
        what = f"the Parquet file is damaged ({str(error)[:120]})"
        return {"error": (what, "Write it again, with pyarrow or datasets.")}


def _said(source: Path | io.BytesIO) -> dict[str, Any]:
    import pyarrow as pa
    from pyarrow import compute, parquet

    file = parquet.ParquetFile(source, pre_buffer=False, buffer_size=2**20)
    most = settings.most_images()
    if file.metadata.num_rows > most:
        raise BadImport(
            f"it has {file.metadata.num_rows:,} rows, and at most {most:,} are read", "Bring fewer."
        )
    schema = file.schema_arrow
    column = "" if isinstance(source, io.BytesIO) else _picture_column(schema)
    table, notes = {}, []
    for field in schema:
        if field.name == column.partition(".")[0] and column:
            continue
        plain = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        text = pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        if not (plain or text or pa.types.is_boolean(field.type) or pa.types.is_dictionary(field.type)):
            notes.append(f"The column {field.name[:40]} is left out: it holds {str(field.type)[:60]}.")
            continue
        values = file.read([field.name], use_threads=False).column(0)
        if text and field.name != metadata.FILE_NAME:
            distinct = compute.count_distinct(values).as_py()  # pyright: ignore[reportAttributeAccessIssue]
            if distinct > MOST_WORDS:
                notes.append(
                    f"The column {field.name[:40]} is left out: it has {distinct:,} different words."
                )
                continue
        table[field.name] = values.to_pylist()
    return {
        "count": file.metadata.num_rows,
        "column": column,
        "table": table,
        "classes": _classes(schema),
        "notes": notes,
    }


def _picture_column(schema: pyarrow.Schema) -> str:
    """The column of pictures: {bytes, path} as Hugging Face writes them, else plain bytes."""
    import pyarrow as pa

    def is_bytes(kind: pyarrow.DataType) -> bool:
        return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)

    for field in schema:
        if pa.types.is_struct(field.type):
            inner = {part.name: part.type for part in field.type}
            if "bytes" in inner and is_bytes(inner["bytes"]):
                return f"{field.name}.bytes"
    plain = [field.name for field in schema if is_bytes(field.type)]
    if not plain:
        raise BadImport(
            f"it has no column of pictures, only {', '.join(schema.names[:10])[:200]}",
            "Write pictures as {bytes, path} or as plain bytes.",
        )
    return next((name for name in PICTURE_COLUMNS if name in plain), plain[0])


def _classes(schema: pyarrow.Schema) -> dict[str, list[str]]:
    """Names of classes, as Hugging Face keeps them beside the schema."""
    found = {}
    with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
        features = json.loads((schema.metadata or {})[CLASS_LABELS])["info"]["features"]
        for name, feature in features.items():
            names = feature.get("names") if feature.get("_type") == "ClassLabel" else None
            if isinstance(names, list) and all(isinstance(one, str) for one in names):
                found[name] = names
    return found


class Pictures:
    """The pictures of Parquet files, read in the order of their rows.

    Args:
        folder: that the files lie in.
        column: of the pictures, "image.bytes" where they lie within a structure.
    """

    def __init__(self, folder: Path, column: str) -> None:
        from pyarrow import parquet

        self._parquet = parquet  # now: what it holds by itself is not of the pictures
        self._folder, self._column = folder, column
        self._file, self._next = "", 0
        self._rows: Iterator[bytes | None] = iter(())

    def read(self, name: tuple[str, int], most: int) -> bytes:
        """One picture.

        Args:
            name: the file and the row in it; later rows are found fast.
            most: bytes that it may have.

        Returns:
            Its bytes.

        Raises:
            ValueError: if the row has none, or more.
        """
        file, row = name
        if file != self._file or row < self._next:
            self._open(file, row)
        content = None
        while self._next <= row:
            content = next(self._rows)
            self._next += 1
        if content is None:
            raise ValueError("the row has no picture")
        if len(content) > most:
            raise ValueError(f"it has more than {most:,} bytes")
        return content

    def _open(self, file: str, row: int) -> None:
        opened = self._parquet.ParquetFile(self._folder / file, pre_buffer=False, buffer_size=2**20)
        group, start = 0, 0
        while start + opened.metadata.row_group(group).num_rows <= row:
            start += opened.metadata.row_group(group).num_rows
            group += 1
        batches = opened.iter_batches(
            AT_ONCE, row_groups=range(group, opened.num_row_groups), columns=[self._column], use_threads=False
        )
        self._rows = (content for batch in batches for content in self._contents(batch))
        self._file, self._next = file, start

    def _contents(self, batch: pyarrow.RecordBatch) -> list[bytes | None]:
        values = batch.column(0)
        if "." in self._column:
            values = values.field(0)  # pyright: ignore[reportAttributeAccessIssue]  of a structure
        return values.to_pylist()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
