"""Codes in a file: `.npz` with `z` (n, d), or Parquet with a column of lists or a column per number.

| what | names in an .npz | columns in Parquet |
| --- | --- | --- |
| codes | z, codes, latents, embeddings | the same, of lists; or z1, z2, ... |
| images | images, x | none |
| labels | labels, label, y, class | class, label, labels, y |

Nothing is unpickled. What else is there is named and left out.
"""

import io
import re
import zipfile
from dataclasses import dataclass

import numpy as np

from aecore.errors import CannotAdopt

MOST_BYTES = 2**31
"""Of a file unpacked."""
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
        left_out: names of what is not used.
    """

    codes: np.ndarray
    images: np.ndarray | None
    labels: np.ndarray | None
    left_out: tuple[str, ...]


def read_npz(content: bytes) -> Table:
    """The codes of an .npz file.

    Args:
        content: of the file.

    Returns:
        The arrays.

    Raises:
        CannotAdopt: if it is none, is too large, needs pickle, or holds no codes.
    """
    return _table(*_arrays(content, (*CODES, *IMAGES, *LABELS)))


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


def _arrays(content: bytes, wanted: tuple[str, ...]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Arrays of an .npz by name, and the names of all."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            if unpacked > MOST_BYTES:
                raise _too_large(unpacked)
        with np.load(io.BytesIO(content), allow_pickle=False) as opened:
            names = list(opened.files)
            return {name: opened[name] for name in names if name in wanted}, names
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
        table = file.read(columns=[*wanted, *single])
        found = {name: np.array(table.column(name).to_pylist()) for name in wanted}
        if not any(name in found for name in CODES) and single:
            found["z"] = np.stack([table.column(name).to_numpy() for name in single], axis=1)
    except CannotAdopt:
        raise
    except Exception as error:  # whatever foreign bytes make the reader raise
        raise CannotAdopt(
            f"the file is no Parquet that can be read ({type(error).__name__})", WANTED
        ) from error
    return _table(found, [name for name in names if name not in single])


def _table(found: dict[str, np.ndarray], names: list[str]) -> Table:
    chosen = {
        what: next((name for name in known if name in found), None)
        for what, known in (("codes", CODES), ("images", IMAGES), ("labels", LABELS))
    }
    if chosen["codes"] is None:
        listed = ", ".join(names)[:120] or "nothing"
        raise CannotAdopt(f"the file holds {listed}, and no codes", WANTED)
    used = set(chosen.values())
    return Table(
        found[chosen["codes"]],
        None if chosen["images"] is None else found[chosen["images"]],
        None if chosen["labels"] is None else found[chosen["labels"]],
        tuple(name for name in names if name not in used),
    )
