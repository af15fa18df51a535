"""Imports: what visitors bring, read in the background, and kept nowhere before they say so.

What a visitor sent lies in a private folder of this server, which nobody else reads; it goes when it was
kept or cancelled, some time after its visitor has left, and when the server ends. What a server that was
killed has left, the next one removes.
"""

import atexit
import contextlib
import dataclasses
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from aecore import importers
from aecore.datasets import Images
from aecore.errors import AecoreError, BadImport
from aecore.importers import Prepared, formats, incoming, preview, sheets
from aecore.importers.incoming import Incoming
from aecore.importers.settings import Settings
from aecore.importers.sheets import ClassSheet
from aecore.storage import atomic
from aecore.storage.settings import check_writable
from dashboard.services import engine
from dashboard.services.background import Job, Jobs, Report

PREFIX, LOCK = "aecore-imports-", "in-use.lock"
MOST = 8
"""Imports that are open at a time, of all visitors: each takes what its upload and its images take."""
GRACE, PERIOD = 600.0, 60.0
"""Seconds after which what a visitor left behind is removed, and between two looks for it."""
SHOWN = 14
"""Images of a class on its sheet."""


@dataclass(frozen=True, eq=False)
class Found:
    """What was read.

    Attributes:
        images: all of it, on the disk.
        sheets: some of each class.
        quick: what `engine.guess_quick` says of a training on it.
    """

    images: Prepared
    sheets: list[ClassSheet]
    quick: tuple[float, int, str] | None


@dataclass(eq=False)
class Intake:
    """What one visitor brings, from the upload until it is kept or cancelled.

    Attributes:
        folder: where it lies.
        path: what is read.
        title: what it is called, by the name of the file or folder.
        settings: how it is read now.
        job: that reads it.
        columns: names of further values that were seen, which could be labels.
        sides: that were found, where none were asked for.
        session: of its visitor, and `seen` when that was here last.
    """

    folder: Path
    path: Path
    title: str
    settings: Settings = field(default_factory=Settings)
    job: Job = field(default_factory=lambda: Job("Reading"))
    columns: tuple[str, ...] = ()
    sides: tuple[int, int] | None = None
    session: str = ""
    seen: float = field(default_factory=time.monotonic)
    is_closed: bool = False
    _turn: int = 0
    _sample: preview.Sample | None = None
    _previews: dict[Settings, np.ndarray | None] = field(default_factory=dict)
    _looking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def found(self) -> Found | None:
        """What was read under the settings of now; None while it is being read, or where it failed."""
        return self.job.result if self.job.state == "done" else None

    @property
    def has_folders(self) -> bool:
        """Whether it is of pictures, whose folders could be labels."""
        with contextlib.suppress(AecoreError):
            return formats.of(self.path).__name__.endswith(".pictures")
        return False

    def read(self, settings: Settings, jobs: Jobs) -> None:
        """Read it anew.

        Args:
            settings: how.
            jobs: who does it.
        """
        self._drop()
        self._turn += 1
        self.settings = settings
        target = self.folder / f"read-{self._turn}"
        looking = threading.Thread(target=self._look, args=(self._looks(),), daemon=True)
        looking.start()
        self.job = jobs.start(
            f"{self.folder.name}-{self._turn}",
            f"Reading {self.title}",
            lambda report: self._read(target, looking, report),
        )

    def _read(self, target: Path, looking: threading.Thread, report: Report) -> Found:
        settings = self.settings
        try:
            found = self._found(importers.prepared(self.path, settings, _told(report)), target, report)
        except OSError:
            report(1.0, "")  # where it was cancelled, its files are gone
            raise
        first = found.images.parts["train"]
        seen = [column.name for column in first.columns if column.name not in self.columns]
        self.columns = (*self.columns, *seen)
        looking.join()
        if settings.size is None:
            shown = self.preview()
            self.sides = first.pixels.shape[1], first.pixels.shape[2]
            if shown is not None and shown.shape[1:3] == self.sides:
                self._previews[self._looks()] = shown
            self._look(self._looks())
        return found

    def _found(self, prepared: Prepared, target: Path, report: Report) -> Found:
        report(1.0, "Looking at all of them once more")
        target.mkdir()
        parts = {split: _on_disk(images, target / split) for split, images in prepared.parts.items()}
        images = dataclasses.replace(prepared, parts=parts)
        found = Found(images, sheets.by_class(parts, SHOWN), _quick(parts["train"]))
        try:
            report(1.0, "")
        except BaseException:
            atomic.remove(target)
            raise
        return found

    def preview(self) -> np.ndarray | None:
        """A dozen of the pictures under the settings of now, uint8 (n, h, w, c); None until they are."""
        return self._previews.get(self._looks())

    def _looks(self) -> Settings:
        """The settings of now, as far as they change how a picture looks."""
        size = self.sides if self.settings.size is None else self.settings.size
        return dataclasses.replace(
            self.settings, size=size, label=None, test_share=0.1, validation_share=0.0, seed=0
        )

    def _look(self, wanted: Settings) -> None:
        """Read a few, beside the job that reads all."""
        try:
            with self._looking:
                if wanted not in self._previews:
                    self._sample = self._sample or preview.sample(self.path, Settings())
                    self._previews[wanted] = preview.previewed(self._sample, wanted)
        except (AecoreError, OSError):  # the job says why
            self._previews.setdefault(wanted, None)

    def close(self) -> None:
        """Remove all of it."""
        self.is_closed = True
        self._drop()
        atomic.remove(self.folder)

    def _drop(self) -> None:
        """Let go what was read, or is being read."""
        self.job.stop()
        self.job.result = None
        atomic.remove(self.folder / f"read-{self._turn}")


def _quick(images: Images) -> tuple[float, int, str] | None:
    with contextlib.suppress(AecoreError):  # nobody waits for a guess
        return engine.guess_quick(images.pixels.shape[1:], len(images))
    return None


def _told(report: Report) -> Callable[[int, int], None]:
    """Progress in pictures, with their rate."""
    began = time.monotonic()

    def told(done: int, count: int) -> None:
        rate = done / max(time.monotonic() - began, 1e-3)
        report(min(done / count, 0.99), f"{done:,} of {count:,} pictures, {rate:,.0f} a second")

    return told


def _on_disk(images: Images, path: Path) -> Images:
    """The same images, whose pixels take no memory but where they are looked at."""
    np.save(path.with_suffix(".npy"), images.pixels)
    return dataclasses.replace(images, pixels=np.load(path.with_suffix(".npy"), mmap_mode="r"))


class Intakes:
    """What visitors bring to this server, one at a time each."""

    def __init__(self, is_here: Callable[[str], bool]) -> None:
        """Make a place for it, once what others have left is gone.

        Args:
            is_here: whether a session, by its id, has a browser at its other end.
        """
        _remove_left()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._own = filelock.FileLock(self.folder / LOCK)
        self._own.acquire()
        self._is_here, self._lock, self.jobs = is_here, threading.Lock(), Jobs()
        self._open: dict[str, Intake] = {}
        atexit.register(self.end)

    def of(self, owner: str, session: str = "") -> Intake | None:
        """What a visitor has brought, if anything.

        Args:
            owner: the visitor.
            session: the one that asks, which it belongs to from here on.

        Returns:
            It, whether it is read yet or not.
        """
        with self._lock:
            intake = self._open.get(owner)
            if intake:
                intake.session, intake.seen = session or intake.session, time.monotonic()
            return intake

    def take(self, owner: str, title: str, files: Sequence[Incoming], session: str = "") -> Intake:
        """Take in what a visitor sends, in place of what they sent before, and begin to read it.

        Args:
            owner: the visitor.
            title: what to call it.
            files: what was sent.
            session: the visitor's.

        Returns:
            It.

        Raises:
            BadImport: if it cannot be taken in; nothing of it is left then.
            StoreNotWritable: if there is no room on the disk; likewise.
            ReadOnly: where what is stored is only shown.
        """
        check_writable("importing images")
        self.close(owner)
        with self._lock:
            if len(self._open) >= MOST:
                raise BadImport(f"{MOST} imports are open on this server", "Try again in some minutes.")
            folder = self.folder / secrets.token_hex(8)
            intake = self._open[owner] = Intake(folder, folder, title, session=session)
        try:
            with atomic.writing(self.folder):
                folder.mkdir(mode=0o700)
                intake.path = incoming.written(folder, files)
        except BaseException:
            self.close(owner)
            raise
        intake.read(Settings(), self.jobs)
        return intake

    def close(self, owner: str) -> None:
        """Remove what a visitor has brought, if anything."""
        with self._lock:
            intake = self._open.pop(owner, None)
        if intake:
            intake.close()

    def sweep(self, now: float | None = None) -> None:
        """Remove what visitors have left behind.

        Args:
            now: the time, as `time.monotonic` gives it; the present if not given.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            for intake in self._open.values():
                if self._is_here(intake.session):
                    intake.seen = max(intake.seen, now)
            gone = [owner for owner, intake in self._open.items() if now - intake.seen > GRACE]
        for owner in gone:
            self.close(owner)

    def end(self) -> None:
        """Remove all of it, and the place."""
        for owner in list(self._open):
            self.close(owner)
        self._own.release()
        atomic.remove(self.folder)


def _remove_left() -> None:
    """Remove what servers of this user have left that are no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, filelock.Timeout):
            if folder.is_symlink() or (hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()):
                continue
            if not (folder / LOCK).exists() and time.time() - folder.stat().st_mtime < PERIOD:
                continue  # a server that starts right now
            with filelock.FileLock(folder / LOCK, timeout=0):
                atomic.remove(folder)


@st.cache_resource(show_spinner=False)
def intakes() -> Intakes:
    """The one register of this server, looked through once a minute."""

    def is_here(session: str) -> bool:
        return not runtime.exists() or runtime.get_instance().is_active_session(session)

    register = Intakes(is_here)

    def look() -> None:
        while True:
            time.sleep(PERIOD)
            register.sweep()

    threading.Thread(target=look, name="imports", daemon=True).start()
    return register


def session_id() -> str:
    """Of the session that runs."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def brought(files: Sequence[Any]) -> list[Incoming]:
    """Uploaded files as they are taken in.

    Args:
        files: Streamlit's; one that gave way to others has no content.

    Returns:
        Each with its name.

    Raises:
        BadImport: if some have given way: the server keeps only so much of what one visitor sends.
    """
    if any(not hasattr(file, "getbuffer") for file in files):
        raise BadImport("it is more than this server keeps of an upload", "Bring it as one smaller zip.")
    return [Incoming(file.name, file.getbuffer()) for file in files]
