"""Job listing: the trainings there are, read once for all the sessions that ask within a moment.

Every page that shows the queue looks at every job each second or two. Forty pages over forty jobs would
read thousands of files a second, and no press would be answered.
"""

import threading
import time
from pathlib import Path

from aecore import jobs
from aecore.jobs import Job
from aecore.store import RunStore

RECENT = 0.5
"""Seconds for which a look at the queue serves others, where a page follows what goes on by itself."""

_reading, _advancing = threading.Lock(), threading.Lock()
_read: dict[Path, tuple[float, list[Job]]] = {}
_advanced: dict[Path, float] = {}


def now() -> list[Job]:
    """Every training as it is after this call began, in queue order."""
    return _since(time.monotonic())


def recent() -> list[Job]:
    """Every training as it is, or as it was half a second ago at most, in queue order."""
    return _since(time.monotonic() - RECENT)


def _since(moment: float) -> list[Job]:
    root = RunStore().root
    if found := _read_since(root, moment):
        return found[0]
    with _reading:  # whoever waits here finds what another has read meanwhile
        if found := _read_since(root, moment):
            return found[0]
        began, listed = time.monotonic(), jobs.listing()
        _read[root] = began, listed
        return listed


def _read_since(root: Path, moment: float) -> tuple[list[Job]] | None:
    """What was read after a moment; None where nothing was."""
    began, found = _read.get(root, (-1.0, []))
    return (found,) if began > moment else None


def advance() -> None:
    """Begin what waits, if no session has just done so."""
    root = RunStore().root
    with _advancing:
        is_due = time.monotonic() - _advanced.get(root, 0.0) > RECENT
        if is_due:
            _advanced[root] = time.monotonic()
    if is_due:
        jobs.advance()
