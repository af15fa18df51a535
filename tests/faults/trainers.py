"""Workers that tell what they are at, so that they can be killed in it; run by `multiprocessing`."""

import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, MutableSequence
from pathlib import Path
from types import FrameType
from typing import Any

import skimage.metrics  # noqa: F401  what a worker imports on its way, once for all of them
import sklearn.datasets  # noqa: F401
import sklearn.linear_model  # noqa: F401
import sklearn.neighbors
import torch._dynamo

from aecore import checkpoints, disk, finishing, frames, jobs, rewinds, training, worker  # noqa: F401
from aecore.store import RunStore

PHASES = {
    "loading": (worker._Work, "_begin"),
    "training": (training.Training, "epoch"),
    "showing": (worker._Work, "_show"),
    "keeping": (worker._Work, "_keep_epoch"),
    "writing the checkpoint": (checkpoints, "write"),
    "telling": (jobs, "write_progress"),
    "measuring": (worker._Work, "_finish"),
    "storing": (RunStore, "write"),
    "ending": (jobs, "finish"),
}
"""What a worker is at, and the function that it is at it in; the innermost counts."""
NAMES = ["nothing", *PHASES]
EVENTS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.listdir", "os.scandir")
"""What Python tells an audit hook before it asks the system for it."""

Shared = MutableSequence[float]
"""The number of the phase; how many epochs are kept; then by phase: how often entered, seconds in it."""
SHARED = 2 + 2 * len(NAMES)


def watched(shared: Shared) -> None:
    """Have this process write down what it is at.

    Args:
        shared: where, seen by the process that kills this one.
    """
    for number, (owner, name) in enumerate(PHASES.values(), 1):
        setattr(owner, name, _telling(getattr(owner, name), number, shared))


def _telling(own: Callable, number: int, shared: Shared) -> Callable:
    def told(*arguments: Any, **settings: Any) -> Any:
        before, started = shared[0], time.perf_counter()
        shared[0] = number
        shared[2 + 2 * number] += 1
        try:
            return own(*arguments, **settings)
        finally:
            shared[0] = before
            shared[3 + 2 * number] += time.perf_counter() - started
            if NAMES[number] == "keeping":
                shared[1] = arguments[0].number

    return told


def work(root: Path, run_id: str, shared: Shared) -> None:
    """Be the worker of a job, and tell what it is at.

    Args:
        root: the store.
        run_id: the job's.
        shared: see `Shared`.
    """
    watched(shared)
    sys.argv = ["aecore.worker", run_id, "--store", str(root)]
    worker.main()


def killed_at(step: int, root: Path, run_id: str, shared: Shared) -> None:
    """Be the worker of a job, and die by SIGKILL before the system is asked for the step-th time.

    Args:
        step: from 1; steps are counted from the first epoch on.
        root: the store.
        run_id: the job's.
        shared: see `Shared`.
    """
    steps = itertools.count(1)

    def watch() -> None:
        if shared[2 + 2 * NAMES.index("training")] and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(event: str, arguments: tuple) -> None:
        if event in EVENTS and str(root) in str(arguments[0]):
            watch()

    def sync(descriptor: int, own: Callable = os.fsync) -> None:
        watch()  # Python tells no hook of it: what was only buffered is lost
        own(descriptor)

    def lines(frame: FrameType, event: str, _argument: object) -> Callable | None:
        if event == "line":
            watch()
        return lines if frame.f_code.co_filename == disk.__file__ else None

    sys.addaudithook(hear)
    os.fsync = sync
    sys.settrace(lines)  # every line that touches the disk
    work(root, run_id, shared)


def race(root: Path, run_id: str, ready: Any, shared: Shared) -> None:
    """Be the worker of a job as soon as all others are ready to be."""
    ready.wait()
    work(root, run_id, shared)


def train(root: Path, run_id: str, ready: Any, answers: Any) -> None:
    """Train the config of a job in this process, and answer with the run's path and the epochs trained."""
    from aecore import runs

    store, epochs = RunStore(root), []
    config = jobs.find(run_id, store).config
    ready.wait()
    run = runs.train_config(config, store, epochs.append)
    answers.put((str(run.stored.path), len(epochs)))
