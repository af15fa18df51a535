"""What an accident left of trainings: the folders below <root>/.training, looked at by the doctor."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aecore import jobs
from aecore.config import RunConfig
from aecore.errors import AecoreError
from aecore.jobs import queue
from aecore.maintenance.findings import DAMAGED, Case, entries, opens, set_aside
from aecore.storage import atomic, trash
from aecore.storage.atomic import PARTIAL
from aecore.storage.locks import is_held
from aecore.storage.run import is_whole
from aecore.storage.store import RunStore

YOUNG = 60.0
"""Seconds for which a folder without job.json may be one that is being made."""


def cases(store: RunStore) -> Iterator[Case]:
    """Jobs that cannot go on, and what is left of those that are over.

    Args:
        store: whose jobs.

    Yields:
        Case: what to do about each; jobs with a living worker are left alone.
    """
    for folder in entries(store.root / jobs.FOLDER):
        if not folder.is_dir() or is_held(folder / "worker.lock"):
            continue
        with contextlib.suppress(FileNotFoundError):  # removed by another process meanwhile
            if folder.name.startswith(".") or not (folder / "job.json").exists():
                if _age(folder) > YOUNG:
                    what = "left over from a training that was removed"
                    yield Case(folder, what, "removed", _removal(folder))
            elif not _is_job(folder):
                what, done = "a training whose job.json cannot be read", f"moved to {DAMAGED}; start it again"
                yield Case(folder, what, done, lambda folder=folder: set_aside(store.root, folder))
            elif _read(folder / "progress.json").get("state") == "done":
                yield from _finished(store, folder)
            else:
                yield from _parts(store.root, folder)


def _is_job(folder: Path) -> bool:
    try:
        return RunConfig.from_json(_read(folder / "job.json")["config"]).run_id == folder.name
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, AecoreError):
        return False


def _read(path: Path) -> dict[str, Any]:
    """The object in a JSON file; an empty one where it cannot be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _removal(folder: Path) -> Callable[[], None]:
    def act() -> None:
        with jobs.held(folder, timeout=0):
            jobs.remove(folder)

    return act


def _finished(store: RunStore, folder: Path) -> Iterator[Case]:
    """A training that is over; for a day it says which run it became, and that is in order."""
    result = str(_read(folder / "progress.json").get("result") or folder.name)
    is_kept = any(is_whole(root / result, result) for root in store.roots if trash.RUN_ID.fullmatch(result))
    is_kept = is_kept or result in {entry.run_id for entry in trash.entries(store.root)}
    has_state = (folder / "checkpoint.safetensors").exists()
    if has_state and not is_kept:
        what = f"a training that says it is finished, but there is no whole run {result}"
        done = f"moved to {DAMAGED}; start it again"
        yield Case(folder, what, done, lambda: set_aside(store.root, folder))
    elif has_state or _age(folder / "progress.json") > queue.REMEMBERED:
        yield Case(folder, "left over from a training that is finished", "removed", _removal(folder))


def _parts(root: Path, folder: Path) -> Iterator[Case]:
    """Files of a training that goes on, which a kill or a full disk has cut."""
    checkpoint = folder / "checkpoint.safetensors"
    if checkpoint.exists() and not opens(checkpoint):
        what, done = "a checkpoint that cannot be read", f"moved to {DAMAGED}; the training begins anew"
        yield Case(checkpoint, what, done, lambda: set_aside(root, checkpoint))
    for name in ("progress.json", "control.json"):
        path = folder / name
        if path.exists() and not _read(path):
            what, done = f"a training whose {name} cannot be read", f"moved to {DAMAGED}; it is written anew"
            yield Case(path, what, done, lambda path=path: set_aside(root, path))
    for frame in sorted((folder / "frames").glob("*.safetensors")):
        if not frame.name.startswith(".") and not opens(frame):
            what = "an epoch of a training that cannot be shown"
            yield Case(frame, what, "removed", lambda frame=frame: atomic.remove(frame))
    for partial in sorted(folder.rglob(f".*{PARTIAL}")):
        what = "left over from a training that was killed"
        yield Case(partial, what, "removed", lambda partial=partial: atomic.remove(partial))
