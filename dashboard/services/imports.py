"""Imports: what visitors bring, read in the background, and kept nowhere before they say so.

What a visitor sent lies in a private folder of this server, which nobody else reads; it goes when it was
kept or cancelled, some time after its visitor has left, and when the server ends. What a server that was
killed has left, the next one removes.
"""

import atexit
import contextlib
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import filelock
import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from aecore.errors import BadImport
from aecore.importers import incoming
from aecore.importers.incoming import Incoming
from aecore.importers.settings import Settings
from aecore.storage import atomic
from aecore.storage.settings import check_writable
from dashboard.services.background import Jobs
from dashboard.services.intake import Intake

PREFIX, LOCK = "aecore-imports-", "in-use.lock"
MOST = 8
"""Imports that are open at a time, of all visitors: each takes what its upload and its images take."""
GRACE, PERIOD = 600.0, 60.0
"""Seconds after which what a visitor left behind is removed, and between two looks for it."""


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

    def close(self, owner: str, only: Intake | None = None) -> None:
        """Remove what a visitor has brought, if anything.

        Args:
            owner: the visitor.
            only: what it has to be; something newer of another tab stays.
        """
        with self._lock:
            if only is None or self._open.get(owner) is only:
                only = self._open.pop(owner, None)
        if only:
            only.close()

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
