"""A file that somebody adopts, recognised by what is in it: an ONNX network, or a table of codes."""

import io
import zipfile
from pathlib import Path
from typing import Literal

import numpy as np

from aecore.adoption import Adoption, Report, Settings, add_codes, adopt_networks, graphs, pictures, tables
from aecore.errors import CannotAdopt
from aecore.importers.source import FAULTS
from aecore.storage import bounded
from aecore.storage.store import RunStore

Kind = Literal["codes in .npz", "codes in Parquet", "network"]
MOST_BYTES = 2**30
CONVERT = (
    "Nothing is unpickled here. Load it where it was made, and export it: torch.onnx.export(decoder, "
    '(torch.zeros(1, d),), "decoder.onnx"); or call aecore.adopt(decoder, ...) there.'
)
OF_KERAS = "Export it where it was made: python -m tf2onnx.convert, or model.export(..., format='onnx')."
PICKLED = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def adopt_file(
    path: Path,
    settings: Settings,
    *,
    encoder: Path | None = None,
    images: np.ndarray | str | None = None,
    labels: np.ndarray | None = None,
    store: RunStore | None = None,
    report: Report | None = None,
) -> Adoption:
    """Keep what is in a file as a run: an ONNX decoder, or codes.

    Args:
        path: of the file; what it is, is told by its bytes.
        settings: how to read and to call it.
        encoder: an ONNX encoder that belongs to a decoder; None for none.
        images: as in `aecore.adopt`; of codes those in the file are taken if not given.
        labels: as in `aecore.adopt`.
        store: where to keep it; your own runs if not given.
        report: called with the share done and what comes next.

    Returns:
        The run, and how the file was read.

    Raises:
        CannotAdopt: if it is nothing of the kind, or cannot be adopted.
    """
    content = _bytes(path)
    kind = recognised(content)
    if kind == "network":
        decoder = graphs.read(content, "decoder")
        other = graphs.read(_bytes(encoder), "encoder") if encoder else None
        return adopt_networks(decoder, other, images, labels, None, settings, store, report)
    if encoder:
        raise CannotAdopt("an encoder was given with codes", "Bring it with its decoder, or leave it out.")
    table = tables.read_npz(content) if kind == "codes in .npz" else tables.read_parquet(content)
    if isinstance(images, str):
        raise CannotAdopt(
            "codes were given with the name of a data set", "Put the images beside them, as the array images."
        )
    found = add_codes(
        table.codes,
        table.images if images is None else images,
        table.labels if labels is None else labels,
        name=settings.name,
        title=settings.title,
        columns=table.columns,
        prior=settings.prior,
        store=store,
        report=report,
    )
    if not table.unused:
        return found
    return Adoption(found.run, (*found.notes, f"Left out: {', '.join(table.unused)[:200]}."), found.off)


def recognised(content: bytes) -> Kind:
    """What a file is, by its bytes.

    Args:
        content: of the file.

    Returns:
        What it is taken for.

    Raises:
        CannotAdopt: if it is pickled or of Keras, with how to convert it.
    """
    if content.startswith(b"PAR1"):
        return "codes in Parquet"
    if content.startswith(b"PK\x03\x04"):
        return _of_archive(content)
    if content.startswith(PICKLED):
        raise CannotAdopt("the file is pickled, as .pt and .pth files are", CONVERT)
    if content.startswith(b"\x89HDF"):
        raise CannotAdopt("the file is a model of Keras (HDF5)", OF_KERAS)
    if content.startswith(b"\x93NUMPY"):
        raise CannotAdopt(
            "the file is a single array (.npy)", "Save it as an .npz: numpy.savez(file, z=codes)."
        )
    return "network"


def _of_archive(content: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except FAULTS as error:
        raise CannotAdopt("the file is a zip archive that was cut off", tables.WANTED) from error
    if any(name.endswith("data.pkl") for name in names):
        raise CannotAdopt("the file is a pickled model of PyTorch (.pt)", CONVERT)
    if "model.weights.h5" in names:
        raise CannotAdopt("the file is a model of Keras (.keras)", OF_KERAS)
    return "codes in .npz"


def images_of(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Images and labels of an .npz or .npy file that a network is adopted with.

    Args:
        path: of the file.

    Returns:
        Images, and labels where there are any.

    Raises:
        CannotAdopt: if there are none.
    """
    content = _bytes(path)
    if content.startswith(b"\x93NUMPY"):
        try:
            return pictures.as_pixels(np.load(io.BytesIO(content), allow_pickle=False)), None
        except (ValueError, MemoryError) as error:  # a header may promise any number of bytes
            raise CannotAdopt(
                f"{path.name} needs pickle, or was cut off", "Save it as plain numbers."
            ) from error
    found, labels = tables.images_of_npz(content)
    return pictures.as_pixels(found), labels


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        content = bounded.read(path, MOST_BYTES) if size <= MOST_BYTES else b""
    except OSError as error:
        raise CannotAdopt(
            f"{path.name} cannot be read ({error.strerror})", "Bring a file that can."
        ) from error
    if size > MOST_BYTES:
        raise CannotAdopt(
            f"{path.name} has {size / 2**20:,.0f} MB, and {MOST_BYTES // 2**20:,} are the most", "Bring less."
        )
    return content
