"""Turns: how many pages the server runs at a time, so that a crowd does not stand in its own way.

Python runs one thread at a time. Where a hundred pages run at once, each takes and gives back the same few
locks at every element it shows, and the threads spend their time handing these on. A few at a time, the
others waiting in line, are all done sooner.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.services.garbage import collector

AT_A_TIME = 2
"""Pages that run at once; more than one, for what waits for the disk."""

_turns = threading.BoundedSemaphore(AT_A_TIME)
_mine = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """Wait in line, and keep the turn while the block runs; parts within a page have the page's."""
    if getattr(_mine, "is_held", False):
        yield
        return
    with _turns:
        _mine.is_held = True
        try:
            yield
        finally:
            _mine.is_held = False
    collector.collect()
