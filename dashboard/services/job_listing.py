"""Job listing: the trainings there are, read once for all the sessions that ask within a moment.

Every page that shows the queue looks at every job each second or two. Forty pages over forty jobs would
read thousands of files a second, and no press would be answered.
"""

import math
import threading
import time
from concurrent.futures import Future
from pathlib import Path

from aecore import jobs
from aecore.jobs import Job
from aecore.storage.store import RunStore

RECENT = 0.5
"""Seconds for which a look at the queue serves others, where a page follows what goes on by itself."""


class _Read:
    """One read of all jobs: when it began, which is never until it does, and what it finds."""

    def __init__(self) -> None:
        self.began, self.found = math.inf, Future()


_lock, _reading, _advancing = threading.Lock(), threading.Lock(), threading.Lock()
_last: dict[Path, _Read] = {}
_next: dict[Path, _Read] = {}
_advanced: dict[Path, float] = {}


def now() -> list[Job]:
    """Every training as it is after this call began, in queue order."""
    return _since(time.monotonic())


def recent() -> list[Job]:
    """Every training as it is, or as it was half a second ago at most, in queue order."""
    return _since(time.monotonic() - RECENT)


def _since(moment: float) -> list[Job]:
    """What a read found that began after a moment; all who ask while one goes on share the next."""
    root = RunStore().root
    with _lock:
        last, is_mine = _last.get(root), False
        if last and last.began > moment:
            read = last
        else:
            is_mine = root not in _next
            read = _next.setdefault(root, _Read())
    if is_mine:
        with _reading:
            _carry_out(root, read)
    return read.found.result()


def _carry_out(root: Path, read: _Read) -> None:
    with _lock:
        del _next[root]
        read.began, _last[root] = time.monotonic(), read
    try:
        read.found.set_result(jobs.listing())
    except BaseException as error:
        with _lock:
            _last.pop(root, None)
        read.found.set_exception(error)


def advance() -> None:
    """Begin what waits, if no session has just done so."""
    root = RunStore().root
    with _advancing:
        is_due = time.monotonic() - _advanced.get(root, 0.0) > RECENT
        if is_due:
            _advanced[root] = time.monotonic()
    if is_due:
        jobs.advance()
