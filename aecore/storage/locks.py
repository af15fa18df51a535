"""Locks: one writer at a time of a run's folder, across processes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import filelock

LOCKS = ".locks"
CHANGE = ".change"
"""How the name of a lock ends that is held for a moment, while a folder changes; the lock that is held
through a training ends without it."""
GLIMPSE = 0.005
"""Seconds after which a lock that others only try as well is free again."""


@contextlib.contextmanager
def held(root: Path, name: str, timeout: float = -1) -> Iterator[None]:
    """Hold a lock of a folder of runs.

    Args:
        root: the folder.
        name: the lock's: a run id, or one with `CHANGE` behind it.
        timeout: seconds to wait for it; as long as it takes if negative.

    Yields:
        None: while it is held.

    Raises:
        OSError: if the folder cannot be written, or somebody else held it all the time (`filelock.Timeout`).
    """
    (root / LOCKS).mkdir(parents=True, exist_ok=True)
    path = root / LOCKS / f"{name}.lock"
    lock = filelock.FileLock(path, timeout=timeout)
    lock.acquire()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()  # while it is held: who waits for it sees that it is gone, and makes a new one
        lock.release()


def drop(lock: Path) -> None:
    """Remove the file of a lock that a killed process left; one that is held stays."""
    with contextlib.suppress(filelock.Timeout), filelock.FileLock(lock, timeout=0):
        lock.unlink(missing_ok=True)


def is_held(lock: Path) -> bool:
    """Whether some process holds a lock right now; trying it is the one way to know."""
    try:
        if not lock.is_file():
            return False
        with filelock.FileLock(lock).acquire(timeout=GLIMPSE, poll_interval=GLIMPSE / 5):
            return False
    except filelock.Timeout:
        return True
    except OSError:  # a disk that is only read has no writers
        return False
