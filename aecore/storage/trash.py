"""What was deleted, kept for a while: <root>/.trash/<name>~<time of deletion, UTC>/, as it was.

Runs lie so in the folder of runs, imported data sets in theirs.
"""

import contextlib
import datetime
import itertools
import os
import re
from dataclasses import dataclass
from pathlib import Path

from aecore.storage import atomic

FOLDER = ".trash"
MOST_DAYS, MOST_BYTES = 30, 2 * 10**9
STAMP = "%Y%m%dT%H%M%S%fZ"
RUN_ID = re.compile(r"[a-z][a-z0-9_]*-[a-z][a-z0-9_]*-z\d+-[0-9a-f]{10}")
WHEN = re.compile(r"\d{8}T\d{12}Z")
TOKEN = re.compile(rf"({RUN_ID.pattern})~({WHEN.pattern})")
GOING = ".going"
"""How the name of an entry ends that is being removed for good; it begins with a dot."""


@dataclass(frozen=True)
class Entry:
    """One deleted run, or data set by its name."""

    path: Path
    run_id: str
    when: datetime.datetime

    @property
    def token(self) -> str:
        """What names it, to bring it back."""
        return self.path.name


def token_of(run_id: str) -> str:
    """The token that brings back a run which is deleted now."""
    return f"{run_id}~{datetime.datetime.now(datetime.UTC).strftime(STAMP)}"


def put(root: Path, run_id: str, token: str) -> None:
    """Move a run there; call it under the run's lock.

    Args:
        root: the folder of runs.
        run_id: one of its runs.
        token: from `token_of`.

    Raises:
        OSError: what the disk answered.
    """
    (root / FOLDER).mkdir(exist_ok=True)
    atomic.move(root / run_id, root / FOLDER / token)
    atomic.touch(root)


def entries(root: Path, names: re.Pattern[str] = RUN_ID) -> list[Entry]:
    """What was deleted and is still there, the newest first.

    Args:
        root: the folder of runs, or of data sets.
        names: what their names are like.

    Returns:
        One entry per deleted run.
    """
    found = []
    with contextlib.suppress(OSError):
        for path in (root / FOLDER).iterdir():
            name, _, stamp = path.name.partition("~")
            if names.fullmatch(name) and WHEN.fullmatch(stamp) and path.is_dir():
                with contextlib.suppress(ValueError):
                    when = datetime.datetime.strptime(stamp, STAMP).replace(tzinfo=datetime.UTC)
                    found.append(Entry(path, name, when))
    return sorted(found, key=lambda entry: entry.when, reverse=True)


def outdated(
    root: Path,
    now: datetime.datetime | None = None,
    names: re.Pattern[str] = RUN_ID,
    most: int | None = None,
) -> list[Path]:
    """What is to be removed for good: older than MOST_DAYS, beyond so many bytes, or half gone already.

    How many there are does not matter: who deletes often takes nothing from others but room.

    Args:
        root: the folder of runs, or of data sets.
        now: the time to count from, in UTC; the present if not given.
        names: what their names are like.
        most: bytes that they may take together; MOST_BYTES if not given.

    Returns:
        Folders below the root.
    """
    since = (now or datetime.datetime.now(datetime.UTC)) - datetime.timedelta(days=MOST_DAYS)
    kept, most = entries(root, names), MOST_BYTES if most is None else most
    sums = itertools.accumulate(atomic.size_of(entry.path) for entry in kept)
    old = [entry.path for entry, total in zip(kept, sums, strict=True) if total > most or entry.when < since]
    return old + sorted((root / FOLDER).glob(f".*{GOING}"))


def remove(path: Path) -> None:
    """Remove a deleted run for good; half of one is never taken for a run.

    Args:
        path: one of `outdated`, or an entry's.

    Raises:
        OSError: what the disk answered.
    """
    if not path.name.endswith(GOING):
        going = path.with_name(f".{path.name}{GOING}")
        os.utime(path)  # since when: the doctor leaves it to whoever is at it
        os.replace(path, going)
        path = going
    atomic.remove(path)
