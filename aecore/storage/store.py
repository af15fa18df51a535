"""RunStore: finished runs on disk, one folder per run, named by its run id.

Format 2 (format 1 had neither labels, networks, stages nor conditions, and opens as well):

    weights.safetensors   the variant's parameters by their PyTorch names: float16 (small ones float32)
                          where that decodes within 1/255 of float32, else all float32
    codes.safetensors     the whole test split in its order: codes (n, d) posterior means, f32, beyond
                          8 dimensions f16; log_var f16 (n, d) up to 8 dimensions and kl f32 (d) in nats
                          where the posterior has a spread; labels u8 (n), absent where
                          the images have none; conditions u8 (n), the
                          class that each image is decoded with, where the decoder is given one;
                          errors f16 (n) mean squared error per pixel of each image. Classes are
                          i16 once read; until runs had rewinds they were so on disk too, and
                          log_var and errors f32
    history.json          a list of epochs: number, stage, seconds, train and test {term: nats}
    metrics.json          numbers by name, as worded in aecore.metrics
    manifest.json         written last: format, run_id, config, title, data_title, classes,
                          image_shape [h, w, c], prior, labels (what the model was told of
                          them; empty where nothing), networks (layers with shapes and parameters, for
                          people), layers (the decoder for the browser, naming
                          tensors of weights.safetensors), parameters, seconds, machine, created,
                          aecore, and files {name: {bytes, sha256}}; of a run from a file also imported
                          and, once its numbers were measured here, measured: both times
    rewind.safetensors    optional, among the manifest's files: the epochs, see `replay`
    label.json            optional, not among them: name and note, see `annotations`; changed at any time

A run is written to a hidden folder and renamed into place, so a folder with a run's name is whole, and
one that is replaced lies beside it until the new one is there; see `staging`. Deleted runs lie in
.trash for a while; see `trash`. Nothing is unpickled, and no name given by a person is ever joined
to a path.
"""

import contextlib
import datetime
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.numpy

from aecore.config import RunConfig
from aecore.errors import (
    AecoreError,
    AmbiguousName,
    RunChanged,
    RunExists,
    RunIsShipped,
    StoreNotWritable,
    UnknownName,
)
from aecore.storage import annotations, atomic, job_folder, manifests, ownership, settings, trash
from aecore.storage.annotations import Annotation
from aecore.storage.atomic import write_through
from aecore.storage.locks import CHANGE, LOCKS, held
from aecore.storage.manifests import ABOUT, FILES, FORMAT, MANIFEST, REWIND
from aecore.storage.run import PAUSE, READINGS, FinishedRun, StoredRun, _contiguous, is_whole, read_manifest
from aecore.storage.settings import DERIVED, check_writable, is_read_only, user_root
from aecore.storage.staging import RunDirectory, left_aside
from aecore.storage.tensors import pack_labels

__all__ = [
    "ABOUT",
    "FILES",
    "FORMAT",
    "MANIFEST",
    "REWIND",
    "Annotation",
]  # what else stands here stands below
PATIENCE = 5.0
"""Seconds that a reader waits for a writer which has moved a run aside; that takes it a moment."""


@dataclass(frozen=True)
class Listing:
    """What a store holds: the runs that open, and the errors of those that do not."""

    runs: list[StoredRun]
    damaged: list[AecoreError]


@dataclass(frozen=True)
class Deleted:
    """A deleted run that can be brought back.

    Attributes:
        token: what `RunStore.undelete` takes.
        run_id: its id.
        title: the name its owner gave it, or the name that runs of its kind have.
        when: when it was deleted, in UTC.
    """

    token: str
    run_id: str
    title: str
    when: datetime.datetime


class RunStore:
    """Runs in one folder to write to, and in further ones that are only read."""

    def __init__(self, root: Path | None = None, *further: Path) -> None:
        """Name the folders; nothing is read or made yet.

        Args:
            root: where new runs are written; `user_root()` if not given.
            *further: where else to look; the shipped runs if neither is given.
        """
        self.root = Path(root).absolute() if root else user_root()
        self.roots = (self.root, *map(Path, further)) if root or further else (self.root, settings.SHIPPED)

    def there(self) -> list[Path]:
        """Those of the folders that there are.

        Returns:
            Folders, each of which can be looked into.

        Raises:
            StoreNotReadable: if one cannot be looked into: that there is none is another thing.
        """
        found = []
        for root in self.roots:
            with atomic.reading(root):
                if root.is_dir():
                    os.scandir(root).close()
                    found.append(root)
        return found

    def listing(self) -> Listing:
        """Every run of every folder: shipped ones first, by data set, variant, latent dimension and age."""
        listing = Listing([], [])
        for path in self._folders():
            try:
                listing.runs.append(read_manifest(path))
            except AecoreError as error:
                if path.exists():  # else it was deleted since its name was read
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
        for root in self.there():
            # What kind an entry is was read with its name: a run that is moved right now counts as there.
            names = {entry.name for entry in os.scandir(root) if entry.is_dir()}
            for run_id in left_aside(names) - names:
                self._recover(RunDirectory(root, run_id))
                names |= {run_id} & set(os.listdir(root))
            for name in sorted(names):
                if not name.startswith("."):
                    folders.setdefault(name, root / name)
        return list(folders.values())

    def _recover(self, place: RunDirectory) -> bool:
        """Wait for a writer that moved a run aside, or bring the run back; whether it is in its place."""
        if place.root == self.root and not is_read_only():
            with contextlib.suppress(StoreNotWritable):  # then it stays as it is, and nothing is lost
                if place.is_vacant:
                    with self.changing(place.run_id, PATIENCE):
                        return place.final.exists()
        for _ in range(READINGS):
            if not place.is_vacant:
                break
            time.sleep(PAUSE)
        return place.final.exists()

    def find(self, config: RunConfig) -> StoredRun | None:
        """The run of a config, or None where it was never trained.

        Args:
            config: what the run was made from.

        Returns:
            The stored run.
        """
        places = [RunDirectory(root, config.run_id) for root in self.there()]
        for _ in range(READINGS):
            for place in places:
                if place.final.is_dir():
                    return read_manifest(place.final)
            if not any(
                (place.is_vacant and self._recover(place)) or place.final.is_dir() for place in places
            ):
                break
        return None

    def open(self, name: str) -> StoredRun:
        """The run of a name or id.

        Args:
            name: a run id, or a name such as "mnist-vae-z2", which means the shipped run of that
                name where there is one (the first of several: the others are variations on it), else
                the newest; or the name that a person gave it, where no run is called so otherwise.

        Returns:
            The stored run.

        Raises:
            AmbiguousName: if a person gave the name to several.
            UnknownName: if no folder holds such a run.
        """
        for path in self._folders():
            if path.name == name:
                return read_manifest(path)
        listing = self.listing()
        named = [run for run in listing.runs if run.name == name]
        if not named:
            called = [run for run in listing.runs if name and run.annotation.name == " ".join(name.split())]
            if len(called) == 1:
                return called[0]
            if called:
                raise AmbiguousName(name, [run.run_id for run in called])
            for path in self._folders():
                if path.name.startswith(f"{name}-"):
                    read_manifest(path)  # a damaged run of that name says what is wrong with it
            known = {name for run in listing.runs for name in (run.name, run.annotation.name) if name}
            raise UnknownName("run", name, known)
        shipped = [run for run in named if run.is_shipped]
        return shipped[0] if shipped else named[-1]

    @contextlib.contextmanager
    def lock(self, config: RunConfig) -> Iterator[None]:
        """Hold a config, so that of two processes that want to train it one waits and then opens it.

        Args:
            config: what is about to be trained.

        Yields:
            None: while the lock is held.

        Raises:
            StoreNotWritable: if the folder cannot be written.
            ReadOnly: where what is stored is only shown.
        """
        check_writable("training")
        with contextlib.ExitStack() as stack:
            with atomic.writing(self.root):
                stack.enter_context(held(self.root, config.run_id))
            if RunDirectory(self.root, config.run_id).needs_recovery:
                with self.changing(config.run_id):
                    pass  # what a killed process has left is brought back
            yield

    @contextlib.contextmanager
    def changing(self, run_id: str, timeout: float = -1) -> Iterator[RunDirectory]:
        """Hold a run's folder for the moment in which it changes; it is recovered first.

        Args:
            run_id: the run's id, checked: it is joined to a path.
            timeout: seconds to wait for another process that changes it; as long as it takes if negative.

        Yields:
            RunDirectory: where the run lies.

        Raises:
            StoreNotWritable: if the folder cannot be written, also by what is done under it.
        """
        place = RunDirectory(self.root, run_id)
        with atomic.writing(self.root), held(self.root, run_id + CHANGE, timeout):
            place.recover(lambda folder: is_whole(folder, run_id))
            yield place

    def write(self, run: FinishedRun, instead_of: StoredRun | None = None) -> StoredRun:
        """Keep a finished run; call it under `lock`.

        Args:
            run: what training handed over.
            instead_of: the run that it was made from, and alone may take the place of.

        Returns:
            The run as stored. A run of its config gives way, and is lost at no moment; its annotation stays.

        Raises:
            RunChanged: if that run was deleted meanwhile, or another one is in its place.
            StoreNotWritable: if the folder cannot be written; nothing is left behind then.
            ReadOnly: where what is stored is only shown.
        """
        check_writable("storing runs")
        run_id = run.config.run_id
        with self.changing(run_id) as place:
            if instead_of and not _is_still(instead_of, place.final):
                raise RunChanged(instead_of.path)
            partial = place.begin()
            try:
                files = {
                    "weights.safetensors": safetensors.numpy.save(_contiguous(run.weights)),
                    "codes.safetensors": safetensors.numpy.save(_contiguous(pack_labels(run.codes))),
                    "history.json": _json_bytes(run.history, indent=None),
                    "metrics.json": _json_bytes(dict(sorted(run.metrics.items()))),
                }
                if run.rewind is not None:
                    files[REWIND] = run.rewind
                for name, content in files.items():
                    write_through(partial / name, content)
                if annotation := run.annotation or annotations.read(place.final):
                    write_through(partial / annotations.FILE, annotation.to_bytes())
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
                write_through(partial / MANIFEST, _json_bytes(manifest))
                place.commit()
            finally:
                atomic.remove(partial)
        return read_manifest(place.final)

    def annotate(self, run: StoredRun, name: str, note: str = "") -> Annotation:
        """Call a run something; two empty texts take its annotation away.

        Args:
            run: one of the user's own.
            name: one line of plain text.
            note: plain text of several lines.

        Returns:
            The annotation as it is kept: spaces at ends and in rows are gone.

        Raises:
            BadValue: if one of them is too long or no plain text; `annotations` has the limits.
            RunIsShipped: if the run is none of the user's own.
            StoreNotWritable: if the folder cannot be written; the old one stays then.
            ReadOnly: where what is stored is only shown.
        """
        check_writable("naming runs")
        annotation = Annotation(name, note)
        self._check_own(run, "named")
        with self.changing(run.run_id) as place:
            read_manifest(place.final)  # gone or damaged: it says so
            if annotation:
                atomic.write_whole(place.final / annotations.FILE, annotation.to_bytes())
            else:
                (place.final / annotations.FILE).unlink(missing_ok=True)
            atomic.touch(self.root)  # what lists runs looks at the root's time
        return annotation

    def delete(self, run: StoredRun) -> str:
        """Delete a run; for a while `undelete` brings it back. What was derived from it stays as long.

        Args:
            run: one of the user's own.

        Returns:
            A token for `undelete`.

        Raises:
            RunIsShipped: if the run is none of the user's own.
            RunChanged: if it is gone already.
            StoreNotWritable: if the folder cannot be written.
            ReadOnly: where what is stored is only shown.
        """
        check_writable("deleting runs")
        self._check_own(run, "deleted")
        with self.changing(run.run_id) as place:
            if not place.final.exists():
                raise RunChanged(run.path)
            token = trash.token_of(run.run_id)
            with ownership.kept(self.root, run.run_id, token):
                trash.put(self.root, run.run_id, token)
        self.purge()
        return token

    def undelete(self, token: str) -> StoredRun:
        """Bring a deleted run back.

        Args:
            token: what `delete` returned, or the run's id: then the one deleted last is meant.

        Returns:
            The run.

        Raises:
            UnknownName: if nothing of that name was deleted, or it is gone for good.
            RunExists: if a run of that id was made meanwhile.
            NotYours: if somebody else trains one.
            StoreNotWritable: if the folder cannot be written.
            ReadOnly: where what is stored is only shown.
        """
        check_writable("bringing deleted runs back")
        kept = trash.entries(self.root)
        entry = next((entry for entry in kept if token in (entry.token, entry.run_id)), None)
        if entry is None:
            raise UnknownName("deleted run", token, {entry.token for entry in kept})
        with self.changing(entry.run_id) as place:
            if place.final.exists():
                raise RunExists(entry.run_id)
            ownership.claim(self.root, entry.run_id, ownership.owner_of(self.root, entry.token))
            atomic.move(entry.path, place.final)
            atomic.touch(self.root)
        return read_manifest(place.final)

    def deleted(self) -> list[Deleted]:
        """What can be brought back, the newest first."""
        self.there()
        return [
            Deleted(entry.token, entry.run_id, _title_of(entry), entry.when)
            for entry in trash.entries(self.root)
        ]

    def purge(self, everything: bool = False) -> list[str]:
        """Remove deleted runs for good, and what was derived from them.

        Args:
            everything: all of them, not only those that `aecore.storage.trash` keeps no longer.

        Returns:
            Names of the folders that were removed.

        Raises:
            StoreNotWritable: if the folder cannot be written.
            ReadOnly: where what is stored is only shown.
        """
        check_writable("removing deleted runs")
        self.there()
        going = trash.outdated(self.root)
        if everything:
            going += [entry.path for entry in trash.entries(self.root) if entry.path not in going]
        with atomic.writing(self.root):
            for path in going:
                with contextlib.suppress(FileNotFoundError):  # another process is at it
                    trash.remove(path)
        entries = trash.entries(self.root)
        kept = {entry.run_id for entry in entries}
        for run_id in {name.name.lstrip(".").partition("~")[0] for name in going} - kept:
            if trash.RUN_ID.fullmatch(run_id) and not any((root / run_id).exists() for root in self.roots):
                atomic.remove(self.root / DERIVED / run_id)
        ownership.forget(self.root, self._owned)
        return [path.name for path in going]

    def _owned(self) -> set[str]:
        """Ids and tokens that have an owner to remember; locks first, since who stores a run holds one."""
        busy = {lock.name.removesuffix(".lock").removesuffix(CHANGE) for lock in _inside(self.root / LOCKS)}
        places = (self.root, self.root / job_folder.FOLDER, self.root / trash.FOLDER)
        there = busy | {path.name for place in places for path in _inside(place)}
        written = {path.name for path in _inside(self.root / ownership.FOLDER)}
        return there | {name for name in written if name.partition("~")[0] in busy}  # on its way to the trash

    def _check_own(self, run: StoredRun, action: str) -> None:
        if run.is_shipped or run.path.parent != self.root or not trash.RUN_ID.fullmatch(run.run_id):
            raise RunIsShipped(run.run_id, action)


def _is_still(run: StoredRun, folder: Path) -> bool:
    """Whether the run in a folder is the one that was read there, whatever was measured of it since."""
    with contextlib.suppress(AecoreError):
        found = manifests.read(folder, run.run_id)[0]
        weights = [one["files"]["weights.safetensors"]["sha256"] for one in (found, run.manifest)]
        return weights[0] == weights[1] and found.get("imported") == run.manifest.get("imported")
    return False


def _inside(folder: Path) -> list[Path]:
    """What lies in a folder; nothing where there is none."""
    with contextlib.suppress(OSError):
        return list(folder.iterdir())
    return []


def _title_of(entry: trash.Entry) -> str:
    """What to call a deleted run, whatever is left of it."""
    with contextlib.suppress(AecoreError):
        config = manifests.read(entry.path, entry.run_id)[1]
        return annotations.read(entry.path).name or config.name
    return entry.run_id


def _json_bytes(value: Any, indent: int | None = 1) -> bytes:
    separators = (",", ":") if indent is None else None
    return json.dumps(value, indent=indent, separators=separators, allow_nan=False).encode()
