"""Hostile imports by the thousand: `python -m tests.core.importers.import_mutations COUNT [SEED]`.

Each is a file of every kind that is read, altered, and read in a child of its own with bounds on time and
memory; what the product does in further processes (pictures, Parquet) is done in the child itself. Printed as
JSON: by kind how many were read, how many refused in a sentence, how many ran out of time or ended a decoder;
what escaped as a foreign exception or wrote anything; the most time and memory. POSIX only, for its `fork`.
"""

import collections
import io
import json
import os
import resource
import signal
import struct
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image
from pyarrow import parquet

from aecore.errors import BadImport
from aecore.images import files as image_files
from aecore.importers import formats, pool, table, worker
from aecore.importers.settings import Settings
from aecore.importers.source import Source
from tests.core.images.picture_mutations import altered

READ, REFUSED, FOREIGN, WROTE = 0, 3, 4, 5
SECONDS = 2.0
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (6, 12, 10, 3), dtype=np.uint8)


def _png(row: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PIXELS[row]).save(stream, "PNG")
    return stream.getvalue()


def _npz(**named: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **named)
    return stream.getvalue()


def _npy(values: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _idx(values: np.ndarray) -> bytes:
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def _parquet(**options: object) -> bytes:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    images = pa.array([{"bytes": _png(k), "path": f"{k}.png"} for k in range(6)], kind)
    stream = io.BytesIO()
    columns = {"image": images, "label": list("ababab"), "weight": [k / 2 for k in range(6)]}
    parquet.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def seeds() -> dict[str, list[dict[str, bytes]]]:
    """Good imports of every kind: files of a folder by name; the first is the one that is altered."""
    labels = np.arange(6, dtype=np.uint8) % 2
    pictures = {f"{'ab'[k % 2]}/{k}.png": _png(k) for k in range(6)}
    flat = {f"{k}.png": _png(k) for k in range(3)}
    csv = b"file_name,label,weight\n0.png,a,0.5\n1.png,b,1\n2.png,a,\n"
    lines = b'{"file_name": "0.png", "label": 1, "more": [1]}\n{"file_name": "1.png", "label": 2}\n'
    return {
        "npz": [
            {"a.npz": _npz(images=PIXELS, labels=labels)},
            {"a.npz": _npz(x_train=PIXELS / 255, y_train=labels, x_test=PIXELS / 255, y_test=labels)},
        ],
        "npy": [{"a.npy": _npy(PIXELS)}, {"a.npy": _npy(PIXELS[..., 0].astype(">f4"))}],
        "zip": [
            {"a.zip": _zip(pictures)},
            {"a.zip": _zip(flat | {"metadata.csv": csv}, zipfile.ZIP_STORED)},
            {"a.zip": _zip({f"train/{name}": content for name, content in pictures.items()})},
        ],
        "csv": [{"metadata.csv": csv} | flat],
        "jsonl": [{"metadata.jsonl": lines} | flat],
        "idx": [
            {"train-images-idx3-ubyte": _idx(PIXELS[..., 0]), "train-labels-idx1-ubyte": _idx(labels)},
            {"train-labels-idx1-ubyte": _idx(labels), "train-images-idx3-ubyte": _idx(PIXELS[..., 0])},
        ],
        "parquet": [{"a.parquet": _parquet()}, {"a.parquet": _parquet(compression="zstd", version="1.0")}],
    }


def mutations(count: int, seed: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Kind and files of altered imports, the kinds in turn."""
    known, random = seeds(), np.random.default_rng(seed)
    kinds = list(known)
    everything = [next(iter(files.values())) for given in known.values() for files in given]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        files = dict(known[kind][random.integers(len(known[kind]))])
        first = next(iter(files))
        content = bytearray(files[first])
        for _ in range(random.integers(5)):  # none at times: what is whole must be read
            content = altered(content, random, everything)
        yield kind, files | {first: bytes(content)}


def outcome(files: dict[str, bytes], read: Callable[[Path], object]) -> tuple[int, float, float]:
    """Exit code or minus the signal, seconds of computing and megabytes beyond the start, of a child."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "in", "brought")
        root.mkdir(parents=True)
        for name, content in files.items():
            (root / name).write_bytes(content)
        path = root / next(iter(files)) if len(files) == 1 else root
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        child = os.fork()
        if child == 0:
            os._exit(_read(path, read))
        _, status, used = os.wait4(child, 0)
        is_clean = sorted(found.name for found in Path(folder).rglob("*")) == sorted(
            ["in", "brought", *files]
        )
    code = os.waitstatus_to_exitcode(status) if is_clean else WROTE
    return code, used.ru_utime + used.ru_stime, (used.ru_maxrss - before) / 1024


def _read(path: Path, read: Callable[[Path], object]) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # native decoders complain there
    image_files.limit_time(SECONDS)
    image_files.limit_memory()
    try:
        read(path)
    except BadImport as error:
        return REFUSED if str(error).startswith("Nothing was imported: ") else FOREIGN
    except BaseException:
        return FOREIGN
    return READ


def read_here(path: Path) -> formats.Given:
    """What is at a path, without further processes."""
    return formats.read(path, Settings(size=16))


def _asked(task: pool.Task, names: list, report: object = None) -> Iterator[tuple[int, dict, bytes]]:
    answer = {"sizes": worker._size, "shades": worker._shade, "pixels": worker._pixels}[task.kind]
    with Source.of(task.path, task.column) as source:
        for row, name in enumerate(names):
            line, _, pixels = worker._answered(answer, source, name, task.form).partition(b"\n")
            yield row, json.loads(line), pixels


def _described(argument: str, content: bytes, name: str) -> dict:
    said = table.answer(argument, content)
    if "error" in said:
        raise BadImport(*said["error"])
    return json.loads(json.dumps(said))


def run(count: int, seed: int = 0) -> dict[str, object]:
    """Read `count` altered imports.

    Args:
        count: how many, over all kinds.
        seed: of the changes.

    Returns:
        `by_kind`, `foreign` (of the first few the number in the order), `seconds` and `megabytes`.
    """
    pool.asked, table._asked = _asked, _described
    words = {
        READ: "read",
        REFUSED: "refused",
        FOREIGN: "foreign",
        WROTE: "wrote",
        -signal.SIGPROF: "out of time",
    }
    by_kind, foreign, seconds, megabytes = {}, [], 0.0, 0.0
    for number, (kind, files) in enumerate(mutations(count, seed)):
        code, took, held = outcome(files, read_here)
        by_kind.setdefault(kind, collections.Counter())[words.get(code, f"ended with {code}")] += 1
        if code in (FOREIGN, WROTE):
            foreign.append(number)
        seconds, megabytes = max(seconds, took), max(megabytes, held)
    return {"by_kind": by_kind, "foreign": foreign[:20], "seconds": seconds, "megabytes": megabytes}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(*map(int, sys.argv[1:])), indent=1))
