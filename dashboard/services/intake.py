"""Intake: what one visitor brings, from the upload until it is kept or cancelled; read in the background."""

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from aecore import importers
from aecore.datasets import Images
from aecore.errors import AecoreError, BadImport
from aecore.importers import Prepared, Review, formats, preview, sheets
from aecore.importers.formats import Given
from aecore.importers.settings import Settings
from aecore.importers.sheets import ClassSheet
from aecore.jobs.limits import number
from aecore.storage import atomic
from dashboard.services import engine
from dashboard.services.background import Job, Jobs, Report

SHOWN = 14
"""Images of a class on its sheet."""


@dataclass(frozen=True, eq=False)
class Found:
    """What was read.

    Attributes:
        images: all of it, on the disk.
        sheets: some of each class.
        quick: what `engine.guess_quick` says of a training on it.
        some: of its images; None where none is left out with its class, so that the preview shows such.
    """

    images: Prepared
    sheets: list[ClassSheet]
    quick: tuple[float, int, str] | None
    some: np.ndarray | None = None


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
        classes: that were seen, by what the labels were.
        sides: that were found, where none were asked for.
        background: that was found under transparent pictures, likewise.
        session: of its visitor, and `seen` when that was here last.
        is_closed: whether it was kept or put away, and `is_kept` which of both.
    """

    folder: Path
    path: Path
    title: str
    settings: Settings = field(default_factory=Settings)
    job: Job = field(default_factory=lambda: Job("Reading"))
    columns: tuple[str, ...] = ()
    classes: dict[str | None, tuple[str, ...]] = field(default_factory=dict)
    sides: tuple[int, int] | None = None
    background: str | None = None
    session: str = ""
    seen: float = field(default_factory=time.monotonic)
    is_closed: bool = False
    is_kept: bool = False
    _turn: int = 0
    _samples: dict[Settings, preview.Sample] = field(default_factory=dict)
    _previews: dict[Settings, np.ndarray | None] = field(default_factory=dict)
    _looking: threading.Lock = field(default_factory=threading.Lock)
    _ending: threading.Lock = field(default_factory=threading.Lock)

    @property
    def found(self) -> Found | None:
        """What was read under the settings of now; None while it is being read, or where it failed."""
        return self.job.result if self.job.state == "done" else None

    @property
    def has_folders(self) -> bool:
        """Whether it is of pictures, whose folders could be labels."""
        return self._is_of("pictures")

    @property
    def is_arrays(self) -> bool:
        """Whether it is of arrays, which do not say how they are meant."""
        return self._is_of("arrays")

    def _is_of(self, kind: str) -> bool:
        with contextlib.suppress(AecoreError):
            return formats.of(self.path).__name__.endswith(f".{kind}")
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
            prepared = importers.prepared(self.path, settings, _told(report), self._take_sample)
            found = self._found(prepared, target, report)
        except OSError:
            report(1.0, "")  # where it was cancelled, its files are gone
            raise
        first = found.images.parts["train"]
        seen = [column.name for column in first.columns if column.name not in self.columns]
        self.columns = (*self.columns, *seen)
        if not settings.left_out:
            self.classes[settings.label] = first.classes
        looking.join()
        shown = self.preview()
        if settings.size is None:
            self.sides = first.pixels.shape[1], first.pixels.shape[2]
        if settings.background is None:  # a dozen alone might stand on another one
            self.background = found.images.background
        if self.background is None and shown is not None and shown.shape[1:3] == first.pixels.shape[1:3]:
            self._previews[self._looks()] = shown
        self._look(self._looks())
        return found

    def _found(self, prepared: Prepared, target: Path, report: Report) -> Found:
        report(1.0, "Looking at all of them once more")
        target.mkdir()
        parts = {split: _on_disk(images, target / split) for split, images in prepared.parts.items()}
        images = dataclasses.replace(prepared, parts=parts)
        first = parts["train"]
        some = None
        if self.settings.left_out:
            some = np.array(first.pixels[sheets.shown_rows(first, None, preview.COUNT)])
        found = Found(images, sheets.by_class(parts, SHOWN), _quick(first), some)
        try:
            report(1.0, "")
        except BaseException:
            atomic.remove(target)
            raise
        return found

    def preview(self) -> np.ndarray | None:
        """A dozen of the pictures under the settings of now, uint8 (n, h, w, c); None until they are.

        While they are read anew, those of a class that is left out are among them.
        """
        found = self.found
        if found is not None and found.some is not None:
            return found.some
        return self._previews.get(self._looks())

    def _looks(self) -> Settings:
        """The settings of now, as far as they change how a picture looks."""
        size = self.sides if self.settings.size is None else self.settings.size
        return dataclasses.replace(
            self.settings,
            size=size,
            background=self.settings.background or self.background,
            label=None,
            left_out=(),
            split="given",
            test_share=0.1,
            validation_share=0.0,
            seed=0,
        )

    def _look(self, wanted: Settings) -> None:
        """Read a few, beside the job that reads all."""
        try:
            with self._looking:
                if wanted not in self._previews:
                    read = _reading(wanted)
                    if read not in self._samples and not preview.is_read_whole(self.path):
                        self._samples[read] = preview.sample(self.path)
                    if read in self._samples:
                        self._previews[wanted] = preview.previewed(self._samples[read], wanted)
        except (AecoreError, OSError):  # the job says why
            self._previews.setdefault(wanted, None)

    def _take_sample(self, given: Given) -> None:
        """Look at some of what is read whole in any case, so that it is read once."""
        if preview.is_read_whole(self.path):
            self._samples[_reading(self.settings)] = preview.sample_of(given)
            self._look(self._looks())

    def kept(self, name: str, title: str) -> Review | None:
        """Keep what was read, whole: who closes it meanwhile waits.

        Args:
            name: what to call it.
            title: likewise, by people.

        Returns:
            What was kept; None where it is closed, or not read yet.
        """
        with self._ending:
            found = self.found
            if found is None or self.is_closed:
                return None
            review = importers.kept(found.images, name, title)
            self.is_kept = True
            self._close()
            return review

    def close(self) -> None:
        """Remove all of it."""
        with self._ending:
            self._close()

    def _close(self) -> None:
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


def _reading(settings: Settings) -> Settings:
    """Of some settings those that change how an array is read."""
    return Settings(channels=settings.channels, values=settings.values)


def _told(report: Report) -> Callable[[int, int], None]:
    """Progress in pictures, with their rate; others wait, so that it has an end."""
    began, most = time.monotonic(), number("AECORE_IMPORT_MINUTES", 60)

    def told(done: int, count: int) -> None:
        spent = time.monotonic() - began
        if spent > 60 * most:
            raise BadImport(
                f"{done:,} of {count:,} pictures took {most:g} minutes, and others wait",
                "Bring fewer or smaller ones, import them by the command line, or raise "
                "AECORE_IMPORT_MINUTES.",
            )
        rate = done / max(spent, 1e-3)
        report(min(done / count, 0.99), f"{done:,} of {count:,} pictures, {rate:,.0f} a second")

    return told


def _on_disk(images: Images, path: Path) -> Images:
    """The same images, whose pixels take no memory but where they are looked at."""
    np.save(path.with_suffix(".npy"), images.pixels)
    return dataclasses.replace(images, pixels=np.load(path.with_suffix(".npy"), mmap_mode="r"))
