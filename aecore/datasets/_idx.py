"""The IDX files of MNIST and its kin: torchvision names and fetches them, numpy reads them.

Layout, torchvision's own: ROOT/<torchvision name>/raw/<four files>. Reading does not go through
torchvision, because that would load torch into every page that shows an image; a test holds both
readings equal. Every file is verified by its SHA-256 before use.

A file that is not below the root may have come with the product: SHIPPED has the same layout, its files
packed with gzip (shipped/SOURCES.md says whose they are). They are 28 % larger than with LZMA and unpacked
ten times as fast: the 10,000 images of Fashion-MNIST in 40 ms rather than 400.
"""

import contextlib
import functools
import gzip
import hashlib
import http.client
import os
import socket
import ssl
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import numpy as np

from aecore.datasets import Images, Progress, Split
from aecore.errors import DataDamaged, DataMissing
from aecore.storage import bounded

PREFIX = {"train": "train", "test": "t10k"}
TIMEOUT_S = 30
LARGEST_ARCHIVE = 1 << 28
LARGEST_FILE = 1 << 26
"""Bytes of a file once it is unpacked; the 60,000 training images have 47 million."""
SHIPPED = Path(__file__).resolve().parent / "shipped"

Found = TypeVar("Found")


@dataclass(frozen=True)
class IdxFiles:
    """The four files of one data set: `sha256` maps each name to the hash of its unpacked bytes."""

    title: str
    classes: tuple[str, ...]
    torchvision_name: str
    sha256: dict[str, str]

    def folder(self, root: Path) -> Path:
        """Where torchvision's layout keeps the files below a root."""
        return root / self.torchvision_name / "raw"

    def missing(self, root: Path) -> list[str]:
        """Names of the files that are neither there nor came with the product."""
        return [name for name in self.sha256 if not self._path(root, name).is_file()]

    def is_present(self, split: Split, root: Path) -> bool:
        """Whether both files of a split can be read (their content is verified when that is done)."""
        return not any(name.startswith(PREFIX[split]) for name in self.missing(root))

    def _path(self, root: Path, name: str) -> Path:
        """The file below a root, else the packed one that came with the product, if there is one."""
        path = self.folder(root) / name
        packed = self.folder(SHIPPED) / f"{name}.gz"
        return packed if packed.is_file() and not path.is_file() else path

    def load(self, split: Split, root: Path) -> Images:
        """Read and verify one split.

        Args:
            split: "train" or "test".
            root: folder above the torchvision layout.

        Returns:
            Pixels uint8 (n, h, w, 1) and labels int64 (n,).
        """
        pixels = self._read(root, f"{PREFIX[split]}-images-idx3-ubyte")
        labels = self._read(root, f"{PREFIX[split]}-labels-idx1-ubyte")
        return Images(pixels[..., None], labels.astype(np.int64), self.classes)

    def _read(self, root: Path, name: str) -> np.ndarray:
        path = self._path(root, name)
        try:
            with bounded.opened(path) as stream:
                content = gzip.GzipFile(fileobj=stream) if path.suffix == ".gz" else stream
                raw = content.read(LARGEST_FILE + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataDamaged(path, f"it cannot be unpacked: {error}") from error
        except OSError as error:
            raise DataDamaged(path, f"it cannot be read: {error.strerror or error}") from error
        if len(raw) > LARGEST_FILE:
            raise DataDamaged(path, f"it has more than the {LARGEST_FILE:,} bytes that any of them has")
        found = hashlib.sha256(raw).hexdigest()
        if found != self.sha256[name]:
            raise DataDamaged(path, f"{len(raw):,} bytes with SHA-256 {found[:12]}…, not the official ones")
        dimensions = raw[3]
        shape = np.frombuffer(raw, ">i4", count=dimensions, offset=4)
        return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)

    def download(self, root: Path, progress: Progress | None = None) -> None:
        """Fetch the missing files from torchvision's mirrors, verify and unpack them.

        Args:
            root: folder above the torchvision layout; made if need be.
            progress: called with (bytes done, bytes in all).

        Raises:
            DataMissing: if a file cannot be had or the folder cannot be written.
        """
        source = getattr(import_torchvision().datasets, self.torchvision_name)
        missing, folder = self.missing(root), self.folder(root)
        archives = [(name, md5) for name, md5 in source.resources if name.removesuffix(".gz") in missing]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sizes = [_first(source.mirrors, name, _size) for name, _ in archives]
            done = 0
            for (name, md5), size in zip(archives, sizes, strict=True):
                report = (lambda n, done=done: progress(done + n, sum(sizes))) if progress else None
                packed = _first(source.mirrors, name, functools.partial(_fetch, md5=md5, report=report))
                _write(folder / name.removesuffix(".gz"), gzip.decompress(packed))
                done += size
        except (OSError, http.client.HTTPException) as error:
            raise DataMissing(self.title, missing, source.mirrors, folder, _reason(error)) from error


def import_torchvision() -> ModuleType:
    """Import torchvision, also where its compiled operators do not load.

    Its Linux wheels are CUDA builds; beside a CPU-only torch `import torchvision` stops at
    'operator torchvision::nms does not exist'. Data sets need no such operator, so declaring the
    two names is enough, and is done only when the import fails in that way.
    """
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        import torch

        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision

        torchvision._declared_operators = library  # the declaration ends with its object
    import torchvision.datasets

    return torchvision


def _first(mirrors: Sequence[str], name: str, action: Callable[[str], Found]) -> Found:
    """The result of an action on the first mirror that answers; the last mirror's error if none does."""
    *others, last = mirrors
    for mirror in others:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return action(mirror + name)
    return action(last + name)


def _reason(error: OSError | http.client.HTTPException) -> str:
    """Why a download failed, in words of our own; the library's are for its log."""
    cause = getattr(error, "reason", error)  # urllib wraps what its socket said
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.url} answered {error.code} ({http.client.responses.get(error.code, 'unknown')})"
    if isinstance(cause, TimeoutError):
        return f"nothing arrived within {TIMEOUT_S} s, as where a machine is offline"
    if isinstance(cause, socket.gaierror):
        return "no server was found by its name, as where a machine is offline"
    if isinstance(cause, ssl.SSLError):
        return "the connection is not safe, since the server's certificate could not be checked"
    if isinstance(cause, ConnectionError | http.client.HTTPException):
        return "the server refused the connection or broke it off, as where a machine is offline"
    return getattr(cause, "strerror", None) or str(cause)  # the disk's answer, or our own words


def _open(url: str, method: str = "GET") -> http.client.HTTPResponse:
    request = urllib.request.Request(url, headers={"User-Agent": "aecore"}, method=method)
    return urllib.request.urlopen(request, timeout=TIMEOUT_S)


def _size(url: str) -> int:
    with _open(url, "HEAD") as response:
        length = response.headers["Content-Length"] or ""
        return int(length) if length.isdecimal() else 0


def _fetch(url: str, md5: str, report: Callable[[int], None] | None) -> bytes:
    received = bytearray()
    with _open(url) as response:
        while chunk := response.read(1 << 18):
            received += chunk
            if len(received) > LARGEST_ARCHIVE:
                raise OSError(f"{url} sends more than {LARGEST_ARCHIVE:,} bytes")
            if report:
                report(len(received))
    if hashlib.md5(received, usedforsecurity=False).hexdigest() != md5:
        raise OSError(f"{url} arrived damaged")
    return bytes(received)


def _write(path: Path, content: bytes) -> None:
    """Write a whole file or none: under another name first, then renamed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
