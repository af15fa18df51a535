"""What a process does to a store before it is killed; run by `multiprocessing`, from a clean process."""

import contextlib
import dataclasses
import itertools
import os
import random
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

import numpy as np

from aecore.errors import RunExists
from aecore.storage import archives, atomic
from aecore.storage.run import FinishedRun, StoredRun
from aecore.storage.store import RunStore
from tests.finished_runs import finished

EVENTS = ("open", "os.rename", "os.mkdir", "os.utime")
"""What Python tells an audit hook before it asks the system for it, with the whole path."""
REMOVALS = ("os.remove", "os.rmdir")
"""The same with no more than a name, where a folder is removed with all in it."""


def marked(mark: int, seed: int = 0) -> FinishedRun:
    """A run with the same number in each of its files."""
    run = finished(seed=seed)
    arrays = {name: np.full_like(array, mark) for name, array in run.codes.items()}
    weights = {name: np.full_like(array, mark) for name, array in run.weights.items()}
    history = [run.history[0] | {"seconds": float(mark)}]
    metrics = {"mse": float(mark)}
    return dataclasses.replace(run, weights=weights, codes=arrays, history=history, metrics=metrics)


def marks(run: StoredRun) -> set[float]:
    """Every number that stands in the files of a `marked` run: one, if they belong together."""
    arrays = [*run.weights.values(), *run.arrays.values()]
    numbers = {float(value) for array in arrays for value in array.ravel()}
    return numbers | {run.metrics["mse"], run.history[0]["seconds"]}


def _write_first(store: RunStore) -> None:
    store.write(marked(2, seed=1))


def _replace(store: RunStore) -> None:
    store.write(marked(2))


def _name(store: RunStore) -> None:
    store.annotate(store.find(marked(1).config), "new name", "new note")


def _delete(store: RunStore) -> None:
    store.delete(store.find(marked(1).config))


def _undelete(store: RunStore) -> None:
    store.undelete(marked(1).config.run_id)


def _empty_trash(store: RunStore) -> None:
    store.purge(everything=True)


def _import(store: RunStore) -> None:
    archives.import_file(store.root.parent / "run.aerun", store)


DEEDS = {
    "write a first run": _write_first,
    "replace a run": _replace,
    "name a run": _name,
    "delete a run": _delete,
    "bring a run back": _undelete,
    "empty the trash": _empty_trash,
    "import a run": _import,
}


def killed_at(step: int, deed: str, root: Path) -> None:
    """Do something to a store, and die by SIGKILL before the system is asked for the step-th time."""
    steps = itertools.count(1)

    def watch(event: str, arguments: tuple) -> None:
        is_here = event in REMOVALS or (event in EVENTS and str(root) in str(arguments[0]))
        if is_here and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def sync(descriptor: int, own=os.fsync) -> None:
        watch("open", (root,))  # of which Python tells no hook: what was only buffered is lost
        own(descriptor)

    def lines(frame: FrameType, event: str, _argument: object) -> Callable | None:
        if event == "line":
            watch("open", (root,))
        return lines if frame.f_code.co_filename == atomic.__file__ else None

    sys.addaudithook(watch)
    os.fsync = sync
    if deed == "name a run":  # a short one: before every line that touches the disk, too
        sys.settrace(lines)
    DEEDS[deed](RunStore(root))


def for_ever(root: Path, seed: int, ready: Connection) -> None:
    """Change a store at random until somebody ends it."""
    store, rng = RunStore(root), random.Random(seed)
    ready.send("ready")
    while True:
        run_seed = rng.randrange(3)
        found = store.find(marked(1, run_seed).config)
        deed = rng.choice(["write", "write", "name", "delete", "undelete"])
        if deed == "name" and found:
            store.annotate(found, f"name {rng.randrange(10)}")
        elif deed == "delete" and found:
            store.delete(found)
        elif deed == "undelete" and store.deleted() and not found:
            gone = [one for one in store.deleted() if one.run_id == marked(1, run_seed).config.run_id]
            with contextlib.suppress(RunExists):  # what a killed writer had not named yet has come back
                store.undelete(gone[0].token if gone else store.deleted()[0].token)
        else:
            store.write(marked(rng.randrange(1, 100), run_seed))


def many_times(root: Path, first: int, count: int, ready: Connection) -> None:
    """Write one config again and again, each time with another number in all of its files."""
    store = RunStore(root)
    ready.send("ready")
    for mark in range(first, first + count):
        store.write(marked(mark))
    ready.send("done")
