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


@contextmanager
def rest() -> Iterator[None]:
    """Give the turn to others while the block runs, and wait in line for another afterwards."""
    if not getattr(_mine, "is_held", False):
        yield
        return
    _turns.release()
    _mine.is_held = False
    try:
        yield
    finally:
        _turns.acquire()
        _mine.is_held = True


def rested(work: Callable[Given, Made]) -> Callable[Given, Made]:
    """Work that may take seconds, or waits until another page has done the same: without the turn.

    Above `st.cache_data`, since whoever asks for what another page works out waits within it.
    """

    @wraps(work)
    def resting(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        with rest():
            return work(*args, **kwargs)

    return resting
