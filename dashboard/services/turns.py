"""Turns: how many pages the server runs at a time, so that a crowd does not stand in its own way.

Python runs one thread at a time. Where a hundred pages run at once, each takes and gives back the same few
locks at every element it shows, and the threads spend their time handing these on. A few at a time, the
others waiting in line, are all done sooner.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from dashboard.services.garbage import collector

Given = ParamSpec("Given")
Made = TypeVar("Made")

AT_A_TIME = 2
"""Pages that run at once; more than one, for what waits for the disk."""

AFTER_REST = 0.5
"""Seconds for which a page waits to go on; it then goes on beside those that have a turn."""

_turns = threading.BoundedSemaphore(AT_A_TIME)
_mine = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """Wait in line, and keep the turn while the block runs; parts within a page have the page's."""
    if getattr(_mine, "is_inside", False):
        yield
        return
    _turns.acquire()
    _mine.is_inside = _mine.is_held = True
    try:
        yield
    finally:
        _mine.is_inside = False
        _release()
    collector.collect()


def _release() -> bool:
    """Give the turn back, if this page has one; whether it had."""
    was_held = getattr(_mine, "is_held", False)
    if was_held:
        _mine.is_held = False
        _turns.release()
    return was_held


@contextmanager
def rest() -> Iterator[None]:
    """Give the turn to others while the block runs, and wait in line for another afterwards.

    Not for longer than AFTER_REST: those who have the turns may wait for what this page is working out.
    """
    was_held = _release()
    try:
        yield
    finally:
        if was_held:
            _mine.is_held = _turns.acquire(timeout=AFTER_REST)


def rested(work: Callable[Given, Made]) -> Callable[Given, Made]:
    """Work that may take seconds, or waits until another page has done the same: without the turn.

    Above `st.cache_data`, since whoever asks for what another page works out waits within it.
    """

    @wraps(work)
    def resting(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        with rest():
            return work(*args, **kwargs)

    return resting
