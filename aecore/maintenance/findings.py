"""What the doctor repairs with: a case, and moving what is damaged out of the way."""

import contextlib
import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors

from aecore.storage import atomic, bounded, trash

DAMAGED = ".damaged"
REPAIR = "python -m aecore doctor --repair does it"
YOUNG = 60.0
"""Seconds for which a folder may be one that is being made or removed, and a lock one about to be held."""


@dataclass(frozen=True)
class Case:
    """A finding before anything was done.

    Attributes:
        path: where.
        what: what was found.
        done: what `act` does, in the past tense.
        act: repairs it; None where nobody but a person can.
        remedy: what to do where it is not repaired; the command that does, if not given.
    """

    path: Path
    what: str
    done: str = ""
    act: Callable[[], Any] | None = None
    remedy: str = REPAIR


def set_aside(root: Path, path: Path) -> None:
    """Move something damaged out of the way, to where a person can still look at it.

    Args:
        root: the folder of runs.
        path: a file or a folder below it.

    Raises:
        OSError: what the disk answered.
    """
    (root / DAMAGED).mkdir(exist_ok=True)
    stamp = datetime.datetime.now(datetime.UTC).strftime(trash.STAMP)
    atomic.move(path, root / DAMAGED / f"{'~'.join(path.relative_to(root).parts).lstrip('.')}~{stamp}")
    atomic.touch(root)


def opens(path: Path) -> bool:
    """Whether a file is a whole safetensors file; its numbers are not read."""
    try:
        bounded.check_regular(path)
        with safetensors.safe_open(path, framework="numpy"):
            return True
    except (OSError, ValueError, OverflowError, safetensors.SafetensorError):
        return False


def entries(folder: Path) -> list[Path]:
    """What a folder holds, in order; nothing where there is none."""
    with contextlib.suppress(OSError):
        return sorted(folder.iterdir())
    return []


def is_quiet(path: Path, seconds: float) -> bool:
    """Whether something is there to which nothing was done for so long."""
    try:
        return time.time() - path.stat().st_mtime > seconds
    except OSError:
        return False
