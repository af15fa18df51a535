"""Codes in a file: `.npz` with `z` (n, d), or Parquet with a column of lists or a column per number.

| what | names in an .npz | columns in Parquet |
| --- | --- | --- |
| codes | z, codes, latents, embeddings | the same, of lists; or z1, z2, ... |
| images | images, x | none |
| labels | labels, label, y, class | class, label, labels, y |

Nothing is unpickled. What else there is one number or word of for each code is kept as a column; the rest is
named and left out.
"""

import contextlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.errors import CannotAdopt

MOST_BYTES = 2**31
"""Of a file unpacked."""
MOST_READ = 256
"""Further columns that are looked at."""
CODES = ("z", "codes", "latents", "embeddings")
IMAGES = ("images", "x")
LABELS = ("class", "labels", "label", "y")
ONE = re.compile(r"z_?([0-9]{1,4})")
WANTED = "Bring an .npz with the array z (n, d), or a Parquet file with a column z of lists."


@dataclass(frozen=True)
class Table:
    """What a file of codes holds.

    Attributes:
        codes: (n, d).
        images: of the codes; None for none.
        labels: of the codes; None for none.
        columns: further values of each code, by name.
        unused: names of what is not used.
    """

    codes: np.ndarray
    images: np.ndarray | None
    labels: np.ndarray | None
    columns: dict[str, Sequence[Any]]
    unused: tuple[str, ...]


def read_npz(content: bytes) -> Table:
    """The codes of an .npz file.

    Args:
        content: of the file.

    Returns:
        The arrays.

    Raises:
        CannotAdopt: if it is none, is too large, needs pickle, or holds no codes.
    """
    return _table(*_arrays(content, (*CODES, *IMAGES, *LABELS), with_columns=True))


def images_of_npz(content: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    """The images of an .npz file, and their labels where it has any.

    Args:
        content: of the file.

    Returns:
        Both arrays.

    Raises:
        CannotAdopt: if it is none, is too large, needs pickle, or holds no images.
    """
    found, names = _arrays(content, (*IMAGES, *LABELS))
    images = next((found[name] for name in IMAGES if name in found), None)
    if images is None:
        listed = ", ".join(names)[:120] or "nothing"
        raise CannotAdopt(f"the file holds {listed}, and no images", "Bring an .npz with the array images.")
    return images, next((found[name] for name in LABELS if name in found), None)


def _arrays(
    content: bytes, wanted: tuple[str, ...], with_columns: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """Arrays of an .npz by name, those that may be columns among them if asked for; and the names of all."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            if unpacked > MOST_BYTES:
                raise _too_large(unpacked)
        with np.load(io.BytesIO(content), allow_pickle=False) as opened:
            names = list(opened.files)
            found = {name: opened[name] for name in names if name in wanted}
            for name in names if with_columns else ():
                with contextlib.suppress(ValueError):  # it would need pickle
                    found.setdefault(name, opened[name])
            return found, names
    except CannotAdopt:
        raise
    except Exception as error:  # whatever an archive of foreign bytes makes NumPy raise
        raise CannotAdopt(f"the file is no .npz that can be read ({type(error).__name__})", WANTED) from error


def _too_large(size: int) -> CannotAdopt:
    most = f"{MOST_BYTES // 2**20:,} are the most"
    return CannotAdopt(f"the file unpacks to {size / 2**20:,.0f} MB, and {most}", "Bring fewer codes.")


def read_parquet(content: bytes) -> Table:
    """The codes of a Parquet file.

    Args:
        content: of the file.

    Returns:
        The arrays; a file that Explore saved gives its own codes back.

    Raises:
        CannotAdopt: if it is none, is too large, or holds no codes.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        size = sum(file.metadata.row_group(k).total_byte_size for k in range(file.metadata.num_row_groups))
        if size > MOST_BYTES:
            raise _too_large(size)
        names = list(file.schema_arrow.names)
        single = [name for name in names if ONE.fullmatch(name)]
        single.sort(key=lambda name: int(ONE.sub(r"\1", name)))
        wanted = [name for name in names if name in (*CODES, *LABELS)]
        fields = {name: file.schema_arrow.field(name).type for name in names if names.count(name) == 1}
        simple = [name for name, kind in fields.items() if pa.types.is_primitive(kind) or _is_word(kind)]
        more = [name for name in simple if name not in (*wanted, *single)][:MOST_READ]
        table = file.read(columns=[*wanted, *single, *more])
        found: dict[str, Any] = {name: np.array(table.column(name).to_pylist()) for name in wanted}
        found |= {name: table.column(name).to_pylist() for name in more}
        if not any(name in found for name in CODES) and single:
            found["z"] = np.stack([table.column(name).to_numpy() for name in single], axis=1)
    except CannotAdopt:
        raise
    except Exception as error:  # whatever foreign bytes make the reader raise
        raise CannotAdopt(
            f"the file is no Parquet that can be read ({type(error).__name__})", WANTED
        ) from error
    return _table(found, [name for name in names if name not in single])


def _is_word(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _columns(found: dict[str, Any], used: set[str | None], count: int) -> dict[str, Sequence[Any]]:
    """Of what is there besides, what is one number or word for each code."""
    columns: dict[str, Sequence[Any]] = {}
    for name, values in found.items():
        if name in used:
            continue
        one_each = _plain(values) if isinstance(values, np.ndarray) else values
        if one_each is not None and len(one_each) == count:
            columns[name] = one_each
    return columns


def _plain(values: np.ndarray) -> list[Any] | None:
    """Numbers or words, one for each code; None where an array is of something else."""
    flat = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if flat.ndim != 1 or flat.dtype.kind not in "buifUS":
        return None
    return [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in flat.tolist()]


def _table(found: dict[str, Any], names: list[str]) -> Table:
    chosen = {
        what: next((name for name in known if name in found), None)
        for what, known in (("codes", CODES), ("images", IMAGES), ("labels", LABELS))
    }
    if chosen["codes"] is None:
        listed = ", ".join(names)[:120] or "nothing"
        raise CannotAdopt(f"the file holds {listed}, and no codes", WANTED)
    codes = found[chosen["codes"]]
    used = set(chosen.values())
    columns = _columns(found, used, len(codes) if codes.ndim else 0)
    return Table(
        codes,
        None if chosen["images"] is None else found[chosen["images"]],
        None if chosen["labels"] is None else found[chosen["labels"]],
        columns,
        tuple(name for name in names if name not in used and name not in columns),
    )
