"""RunStore: finished runs on disk, one folder per run, named by its run id.

Format 2 (format 1 had neither labels, networks, stages nor conditions, and opens as well):

    weights.safetensors   the variant's parameters by their PyTorch names: float16 (small ones float32)
                          where that decodes within 1/255 of float32, else all float32
    codes.safetensors     the whole test split in its order: codes (n, d) posterior means, f32, beyond
                          8 dimensions f16; log_var f32 (n, d) up to 8 dimensions and kl f32 (d) in nats
                          where the posterior has a spread; labels i16 (n); conditions i16 (n), the
                          class that each image is decoded with, where the decoder is given one;
                          errors f32 (n) mean squared error per pixel of each image
    history.json          a list of epochs: number, stage, seconds, train and test {term: nats}
    metrics.json          numbers by name, as worded in aecore.metrics
    manifest.json         written last: format, run_id, config, title, data_title, classes,
                          image_shape [h, w, c], prior, labels (what the model was told of
                          them; empty where nothing), networks (layers with shapes and parameters, for
                          people), layers (the decoder for the browser, naming
                          tensors of weights.safetensors), parameters, seconds, machine, created,
                          aecore, and files {name: {bytes, sha256}}

A run is written to a hidden folder and renamed into place, so a folder with a run's name is whole.
Nothing is unpickled, and no name given by a person is ever joined to a path.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import platformdirs
import safetensors
import safetensors.numpy

from aecore.config import RunConfig
from aecore.errors import AecoreError, RunDamaged, RunTooNew, StoreNotWritable, UnknownName

FORMAT = 2
MANIFEST = "manifest.json"
FILES = ("weights.safetensors", "codes.safetensors", "history.json", "metrics.json")
ENTRIES: dict[str, type | tuple[type, ...]] = {
    "run_id": str,
    "config": dict,
    "title": str,
    "data_title": str,
    "classes": list,
    "image_shape": list,
    "prior": (str, type(None)),
    "labels": str,
    "networks": dict,
    "layers": list,
    "parameters": int,
    "seconds": (int, float),
    "machine": str,
    "created": str,
    "aecore": str,
    "files": dict,
}
ABOUT = [name for name in ENTRIES if name not in ("run_id", "config", "files")]
"""The entries that training hands over; the store adds the rest."""
SHIPPED = Path(__file__).resolve().parent.parent / "pretrained"


@dataclass(frozen=True)
class FinishedRun:
    """What a finished training hands to the store; shapes and meanings as at the head of this file."""

    config: RunConfig
    weights: Mapping[str, np.ndarray]
    codes: Mapping[str, np.ndarray]
    history: list[dict[str, Any]]
    metrics: Mapping[str, float]
    about: Mapping[str, Any]


@dataclass(frozen=True)
class StoredRun:
    """A run in a store: its manifest read, its arrays read and verified on first use."""

    path: Path
    manifest: Mapping[str, Any]
    config: RunConfig

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def name(self) -> str:
        """What people call it, such as mnist-vae-z2."""
        return self.config.name

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names by label."""
        return tuple(self.manifest["classes"])

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(h, w, c) of its images."""
        height, width, channels = self.manifest["image_shape"]
        return height, width, channels

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the product."""
        return self.path.parent == SHIPPED

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """Parameters by their PyTorch names, float16 or float32."""
        return self._arrays("weights.safetensors")

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """Codes, labels and errors of the test split; see the head of this file."""
        return self._arrays("codes.safetensors")

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """One record per epoch."""
        return self._json("history.json")

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Numbers on the test split by name."""
        return self._json("metrics.json")

    def _json(self, name: str) -> Any:
        content = self._verified(name)
        try:
            return json.loads(content)
        except ValueError as error:
            raise RunDamaged(self.path, f"{name} is not JSON") from error

    def _arrays(self, name: str) -> dict[str, np.ndarray]:
        try:
            return safetensors.numpy.load(self._verified(name))
        except safetensors.SafetensorError as error:
            raise RunDamaged(self.path, f"{name} cannot be read ({error})") from error

    def _verified(self, name: str) -> bytes:
        try:
            content = (self.path / name).read_bytes()
        except OSError as error:
            raise RunDamaged(self.path, f"{name} cannot be read ({error.strerror})") from error
        if hashlib.sha256(content).hexdigest() != self.manifest["files"][name]["sha256"]:
            raise RunDamaged(self.path, f"{name} is not what was written")
        return content


@dataclass(frozen=True)
class Listing:
    """What a store holds: the runs that open, and the errors of those that do not."""

    runs: list[StoredRun]
    damaged: list[AecoreError]


def user_root() -> Path:
    """Where this user's own runs lie: AECORE_RUNS, else a folder of this user's data."""
    configured = os.environ.get("AECORE_RUNS")
    return Path(configured) if configured else Path(platformdirs.user_data_dir("aecore")) / "runs"


class RunStore:
    """Runs in one folder to write to, and in further ones that are only read."""

    def __init__(self, root: Path | None = None, *further: Path) -> None:
        """Name the folders; nothing is read or made yet.

        Args:
            root: where new runs are written; `user_root()` if not given.
            *further: where else to look; the shipped runs if neither is given.
        """
        self.root = Path(root).absolute() if root else user_root()
        self.roots = (self.root, *map(Path, further)) if root or further else (self.root, SHIPPED)

    def listing(self) -> Listing:
        """Every run of every folder: shipped ones first, by data set, variant, latent dimension and age."""
        listing = Listing([], [])
        for path in self._folders():
            try:
                listing.runs.append(read_manifest(path))
            except AecoreError as error:
                listing.damaged.append(error)
        listing.runs.sort(
            key=lambda run: (
                not run.is_shipped,
                run.config.dataset,
                run.config.variant,
                run.config.latent_dim,
                run.manifest["created"],
            )
        )
        return listing

    def _folders(self) -> list[Path]:
        folders: dict[str, Path] = {}
        for root in self.roots:
            for path in sorted(root.iterdir()) if root.is_dir() else ():
                if path.is_dir() and not path.name.startswith("."):
                    folders.setdefault(path.name, path)
        return list(folders.values())

    def find(self, config: RunConfig) -> StoredRun | None:
        """The run of a config, or None where it was never trained.

        Args:
            config: what the run was made from.

        Returns:
            The stored run.
        """
        for root in self.roots:
            if (root / config.run_id).is_dir():
                return read_manifest(root / config.run_id)
        return None

    def open(self, name: str) -> StoredRun:
        """The run of a name or id.

        Args:
            name: a run id, or a name such as "mnist-vae-z2", which means the shipped run of that
                name where there is one (the first of several: the others are variations on it), else
                the newest.

        Returns:
            The stored run.

        Raises:
            UnknownName: if no folder holds such a run.
        """
        for path in self._folders():
            if path.name == name:
                return read_manifest(path)
        listing = self.listing()
        named = [run for run in listing.runs if run.name == name]
        if not named:
            for path in self._folders():
                if path.name.startswith(f"{name}-"):
                    read_manifest(path)  # a damaged run of that name says what is wrong with it
            raise UnknownName("run", name, {run.name for run in listing.runs})
        shipped = [run for run in named if run.is_shipped]
        return shipped[0] if shipped else named[-1]

    @contextmanager
    def lock(self, config: RunConfig) -> Iterator[None]:
        """Hold a config, so that of two processes that want to train it one waits and then opens it.

        Args:
            config: what is about to be trained.

        Yields:
            None: while the lock is held.
        """
        folder = self._writable(".locks")
        lock = filelock.FileLock(folder / f"{config.run_id}.lock")
        try:
            lock.acquire()
        except OSError as error:
            raise StoreNotWritable(self.root, error.strerror or str(error)) from error
        try:
            yield
        finally:
            lock.release()

    def _writable(self, name: str) -> Path:
        try:
            (self.root / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreNotWritable(self.root, error.strerror or str(error)) from error
        return self.root / name

    def write(self, run: FinishedRun) -> StoredRun:
        """Keep a finished run; call it under `lock`.

        Args:
            run: what training handed over.

        Returns:
            The run as stored.

        Raises:
            StoreNotWritable: if the folder cannot be written; nothing is left behind then.
        """
        run_id = run.config.run_id
        partial = self._writable(f".{run_id}.partial")
        final = self.root / run_id
        try:
            files = {
                "weights.safetensors": safetensors.numpy.save(_contiguous(run.weights)),
                "codes.safetensors": safetensors.numpy.save(_contiguous(run.codes)),
                "history.json": _json_bytes(run.history, indent=None),
                "metrics.json": _json_bytes(run.metrics),
            }
            for name, content in files.items():
                _write_through(partial / name, content)
            manifest = {
                "format": FORMAT,
                "run_id": run_id,
                "config": run.config.to_json(),
                **run.about,
                "files": {
                    name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                    for name, content in files.items()
                },
            }
            _write_through(partial / MANIFEST, _json_bytes(manifest))
            if final.exists():  # a damaged run of the same name gives way
                shutil.rmtree(final)
            os.replace(partial, final)
        except OSError as error:
            raise StoreNotWritable(self.root, error.strerror or str(error)) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return read_manifest(final)


def read_manifest(path: Path) -> StoredRun:
    """Open the run in a folder, and see that its files are there at their size.

    Args:
        path: the run's folder.

    Returns:
        The run; its arrays are read and verified later.

    Raises:
        RunDamaged: if the manifest or a file is missing, cut or of another run.
        RunTooNew: if it was written by a later version.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        if manifest["format"] > FORMAT:
            raise RunTooNew(path, manifest["format"], FORMAT)
        if manifest["format"] == 1:
            manifest = {"labels": "", "networks": {}} | manifest
        if wrong := _misfits(manifest):
            raise RunDamaged(path, f"{MANIFEST} lacks or garbles {', '.join(wrong)}")
        config = RunConfig.from_json(manifest["config"])
        sizes = {
            name: manifest["files"][name]["bytes"] for name in FILES if manifest["files"][name]["sha256"]
        }
    except OSError as error:
        raise RunDamaged(path, f"{MANIFEST} cannot be read ({error.strerror})") from error
    except (RunTooNew, RunDamaged):
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, AecoreError) as error:
        raise RunDamaged(path, f"{MANIFEST} does not make sense ({error})") from error
    if manifest["run_id"] != path.name:
        raise RunDamaged(path, f"its manifest is that of {manifest['run_id']}")
    for name, size in sizes.items():
        file = path / name
        found = file.stat().st_size if file.is_file() else None
        if found != size:
            what = f"{name} is missing" if found is None else f"{name} has {found} of {size} bytes"
            raise RunDamaged(path, what)
    return StoredRun(path, manifest, config)


def _misfits(manifest: Mapping[str, Any]) -> list[str]:
    """Names of the entries that are missing or of the wrong type."""
    wrong = [name for name, kind in ENTRIES.items() if not isinstance(manifest.get(name, ...), kind)]
    items = {"classes": str, "image_shape": int, "layers": dict}
    wrong += [
        name for name, kind in items.items() if not all(isinstance(v, kind) for v in manifest.get(name, ()))
    ]
    return wrong if wrong or len(manifest["image_shape"]) == 3 else ["image_shape"]


def _contiguous(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _json_bytes(value: Any, indent: int | None = 1) -> bytes:
    return json.dumps(value, indent=indent, allow_nan=False).encode()


def _write_through(path: Path, content: bytes) -> None:
    """Write and flush to the disk, so that the rename never precedes the bytes."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
