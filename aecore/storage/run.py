"""One run: as training hands it over, and as it lies in a store."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from aecore.config import ADOPTED, RunConfig
from aecore.datasets import Column
from aecore.decoder import Decoder
from aecore.errors import (
    AecoreError,
    RunChanged,
    RunDamaged,
    RunTooNew,
)
from aecore.metrics import defined
from aecore.models import cards
from aecore.storage import annotations, bounded, manifests, records, settings
from aecore.storage.annotations import Annotation
from aecore.storage.manifests import COLUMNS, FILES, REWIND
from aecore.storage.staging import RunDirectory
from aecore.storage.tensors import COLUMN, unpack_labels

READINGS, PAUSE = 40, 0.005
"""How often a manifest is read again whose folder is being replaced, and the seconds in between."""


@dataclass(frozen=True)
class FinishedRun:
    """What a finished training hands to the store; shapes and meanings as at the head of this file."""

    config: RunConfig
    weights: Mapping[str, np.ndarray]
    codes: Mapping[str, np.ndarray]
    history: list[dict[str, Any]]
    metrics: Mapping[str, float]
    about: Mapping[str, Any]
    rewind: bytes | None = None
    """The file of `aecore.storage.replay.assemble`, where epochs were kept."""
    annotation: Annotation | None = None
    """What to call it; what an earlier run of the config was called where none is given."""


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
        """Class names by label; none where the images have no labels."""
        return tuple(self.manifest["classes"])

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(h, w, c) of its images."""
        height, width, channels = self.manifest["image_shape"]
        return height, width, channels

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the product."""
        return self.path.parent == settings.SHIPPED

    @property
    def is_hearsay(self) -> bool:
        """Whether its numbers came with a file and were never measured here."""
        return "imported" in self.manifest and "measured" not in self.manifest

    @property
    def origin(self) -> str:
        """Where it is from, in a word or two: with the product, from a file, or of a day's training."""
        if self.is_shipped:
            return "shipped"
        if "imported" not in self.manifest:
            return self.manifest["created"][:10]
        return f"imported {self.manifest['imported'][:10]}" + ", measured here" * (not self.is_hearsay)

    @property
    def caveat(self) -> str:
        """What to know before its numbers are believed, in two sentences; "" where there is nothing."""
        if not self.is_hearsay:
            return ""
        return (
            f"This run was imported on {self.manifest['imported'][:10]}: its numbers came with the file and "
            f"were not measured here. To measure them again: python -m aecore evaluate {self.run_id} --keep"
        )

    @property
    def annotation(self) -> Annotation:
        """What its owner calls it, as it is now; empty where nothing was said."""
        return annotations.read(self.path)

    @property
    def has_rewind(self) -> bool:
        """Whether its epochs were kept with it."""
        return REWIND in self.manifest["files"]

    @cached_property
    def rewind_path(self) -> Path | None:
        """Its epochs for `aecore.storage.replay`, verified on first use; None where none were kept."""
        if not self.has_rewind:
            return None
        self.verify(REWIND)
        return self.path / REWIND

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """Parameters by their PyTorch names, float16 or float32."""
        return self._arrays("weights.safetensors")

    @property
    def has_decoder(self) -> bool:
        """Whether it can draw what belongs to a code; codes that were brought alone cannot."""
        return bool(self.manifest["layers"])

    @property
    def has_encoder(self) -> bool:
        """Whether new images can be encoded: its variant is here, or the encoder was adopted with it."""
        if self.config.is_trained:
            return self.config.variant in cards.names()
        return self.encoder is not None

    @property
    def encoder(self) -> list[dict[str, Any]] | None:
        """The layers of an adopted model's encoder; None where it has none, or its variant makes it."""
        return self.manifest.get("encoder") if self.config.variant == ADOPTED else None

    @property
    def decoder(self) -> Decoder:
        """Its decoder, whose tensors are among its weights; one without layers where it has none.

        Raises:
            RunDamaged: if its layers are of no known type, or name weights that there are not.
        """
        try:
            return Decoder(self.manifest["layers"], self.weights)
        except (ValueError, TypeError) as error:
            raise RunDamaged(self.path, str(error)) from error

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """Codes, errors and, where it has them, labels of the test split; see the head of `store`."""
        return unpack_labels(self._arrays("codes.safetensors"))

    @property
    def labels(self) -> np.ndarray | None:
        """Labels of the test split, int16 (n,); None where its images have none."""
        return self.arrays.get("labels")

    @property
    def known_labels(self) -> np.ndarray:
        """The labels, for who has made sure that there are any."""
        assert self.labels is not None, "asked for the labels of a run whose images have none"
        return self.labels

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What is known of each code beside its class, where codes came alone; else the data set says it."""
        return tuple(
            Column(record["name"], self.arrays[f"{COLUMN}{place}"], tuple(record["words"]))
            for place, record in enumerate(self.manifest.get(COLUMNS, []))
        )

    @property
    def test_images(self) -> int:
        """How many images the test split has."""
        return len(self.arrays["codes"])

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """One record per epoch."""
        return self._records("history.json", records.read_history)

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Numbers on the test split by name, those left out that a run of its size and prior cannot have.

        One that was trained has the reconstruction error among them.
        """
        numbers = self._records("metrics.json", records.read_metrics)
        if self.config.is_trained and "mse" not in numbers:
            raise RunDamaged(self.path, "its metrics are no numbers by name")
        return defined(numbers, self.config.latent_dim, self.manifest["prior"])

    def _records(self, name: str, read: Callable[[bytes], Any]) -> Any:
        content = self.content(name)
        try:
            return read(content)
        except ValueError as error:
            raise RunDamaged(self.path, str(error)) from error

    def _arrays(self, name: str) -> dict[str, np.ndarray]:
        try:
            return safetensors.numpy.load(self.content(name))
        except safetensors.SafetensorError as error:
            raise RunDamaged(self.path, f"{name} cannot be read ({error})") from error

    def verify(self, name: str) -> None:
        """See that a file is what was written, without keeping it in memory.

        Args:
            name: one of the manifest's files.

        Raises:
            RunDamaged: if it is not.
            RunChanged: if the run was replaced or deleted meanwhile.
        """
        try:
            with bounded.opened(self.path / name) as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise self._wrong(f"{name} cannot be read ({error.strerror})") from error
        if found != self.manifest["files"][name]["sha256"]:
            raise self._wrong(f"{name} is not what was written")

    def content(self, name: str) -> bytes:
        """The bytes of a file, verified.

        Args:
            name: one of the manifest's files.

        Returns:
            All of it.

        Raises:
            RunDamaged: if it is not what was written.
            RunChanged: if the run was replaced or deleted meanwhile.
        """
        try:
            content = bounded.read(self.path / name, self.manifest["files"][name]["bytes"])
        except OSError as error:
            raise self._wrong(f"{name} cannot be read ({error.strerror})") from error
        if hashlib.sha256(content).hexdigest() != self.manifest["files"][name]["sha256"]:
            raise self._wrong(f"{name} is not what was written")
        return content

    def _wrong(self, what: str) -> AecoreError:
        """Damage, unless another process has put a new run here or taken this one away."""
        try:
            is_same = read_manifest(self.path).manifest == self.manifest
        except RunTooNew:
            is_same = False
        except RunDamaged:
            is_same = self.path.exists()
        return RunDamaged(self.path, what) if is_same else RunChanged(self.path)


def is_whole(folder: Path, run_id: str) -> bool:
    """Whether a folder holds a certain run, every byte of it, under whatever name it lies.

    Args:
        folder: where to look.
        run_id: what run it must be.

    Returns:
        Whether its manifest and all of its files are what was written.
    """
    try:
        run = StoredRun(folder, *manifests.read(folder, run_id))
        for name in run.manifest["files"]:
            if name in (*FILES, *manifests.OPTIONAL):
                run.verify(name)
    except AecoreError:
        return False
    return True


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
    place = RunDirectory(path.parent, path.name)
    for _ in range(READINGS):
        before = _identity(path)
        try:
            return StoredRun(path, *manifests.read(path, path.name))
        except RunDamaged:
            if before == _identity(path) and not place.is_vacant and before == _identity(path):
                raise  # nobody is replacing it, now or a moment ago
        time.sleep(PAUSE)
    return StoredRun(path, *manifests.read(path, path.name))


def _identity(path: Path) -> tuple[int, int, int] | None:
    """What tells a folder from one that takes its name later; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _contiguous(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}
