"""Workers that tell what they are at, so that they can be killed in it; run by `multiprocessing`."""

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, MutableSequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

import scipy.ndimage  # noqa: F401  what a worker imports on its way, here once for all of them
import sklearn.datasets
import sklearn.linear_model
import sklearn.neighbors  # noqa: F401
import torch._dynamo  # noqa: F401

from aecore import jobs, runs
from aecore.config import RunConfig
from aecore.evaluation import classifier, two_sample
from aecore.jobs import snapshot, trainer, worker
from aecore.jobs.epoch_writer import EpochWriter
from aecore.maintenance import doctor
from aecore.models import cards
from aecore.storage import atomic, snapshots
from aecore.storage.job_folder import JobFolder
from aecore.storage.store import RunStore
from aecore.training import checkpoints, loop

cards.names()  # read by every worker, here once for all of them
PHASES = {
    "loading": (trainer.Trainer, "_begin"),
    "training": (loop.Training, "epoch"),
    "showing": (snapshot, "take_snapshot"),
    "handing over": (trainer.Trainer, "_keep_epoch"),
    "keeping": (EpochWriter, "_write"),
    "writing the frame": (snapshots, "write_frame"),
    "writing the checkpoint": (checkpoints, "write"),
    "telling": (JobFolder, "write_progress"),
    "measuring": (trainer.Trainer, "_finish"),
    "storing": (RunStore, "write"),
    "ending": (JobFolder, "finish"),
}
"""What a worker is at, and the function that it is at it in; the innermost counts."""
NAMES = ["nothing", *PHASES]
EVENTS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.listdir", "os.scandir")
"""What Python tells an audit hook before it asks the system for it."""

Shared = MutableSequence[float]
"""Numbers of the phases that the training and its writer are in, how many epochs are kept, and by phase how
often it was entered and the seconds spent in it."""
KEPT, FIRST = 2, 3
SHARED = FIRST + 2 * len(NAMES)


def measure_quickly() -> None:
    """Have this process measure as the tests do: networks that know little will do, and take no seconds."""
    classifier.JUDGE_STEPS, two_sample.STEPS = 15, 5


def watched(shared: Shared) -> None:
    """Have this process write down what it is at.

    Args:
        shared: where, seen by the process that kills this one.
    """
    for number, (owner, name) in enumerate(PHASES.values(), 1):
        setattr(owner, name, _telling(getattr(owner, name), number, shared))


def place(phase: str) -> int:
    """Where it is told how often a phase was entered; the seconds follow."""
    return FIRST + 2 * NAMES.index(phase)


def _telling(own: Callable, number: int, shared: Shared) -> Callable:
    def told(*arguments: Any, **settings: Any) -> Any:
        who = int(threading.current_thread() is not threading.main_thread())
        before, started = shared[who], time.perf_counter()
        shared[who] = number
        shared[FIRST + 2 * number] += 1
        try:
            return own(*arguments, **settings)
        finally:
            shared[who] = before
            shared[FIRST + 2 * number + 1] += time.perf_counter() - started
            if NAMES[number] == "keeping":
                shared[KEPT] = arguments[0].number

    return told


def work(root: Path, run_id: str, shared: Shared) -> None:
    """Be the worker of a job, and tell what it is at.

    Args:
        root: the store.
        run_id: the job's.
        shared: see `Shared`.
    """
    measure_quickly()
    watched(shared)
    sys.argv = ["aecore.jobs.worker", run_id, "--store", str(root)]
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
        if shared[place("training")] and next(steps) == step:
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
        return lines if frame.f_code.co_filename == atomic.__file__ else None

    sys.addaudithook(hear)
    os.fsync = sync
    sys.settrace(lines)  # every line that touches the disk
    threading.settrace(lines)
    work(root, run_id, shared)


def race(ready: Any, root: Path, run_id: str, shared: Shared) -> None:
    """Be the worker of a job as soon as all others are ready to be."""
    ready.wait()
    work(root, run_id, shared)


def train(root: Path, config: dict[str, Any], ready: Any, answer: Connection) -> None:
    """Train a config in this process once all others are ready.

    Args:
        root: the store.
        config: what to train, as JSON.
        ready: the barrier that they meet at.
        answer: is told the run's path and how many epochs were trained here.
    """
    measure_quickly()
    epochs: list[loop.Epoch] = []
    ready.wait()
    run = runs.train_config(RunConfig.from_json(config), RunStore(root), epochs.append)
    answer.send((str(run.stored.path), len(epochs)))


def look(root: Path, run_id: str, ready: Any) -> None:
    """Look at the jobs of a store as pages do, and with a doctor's eye, from `ready` until one is done."""
    ready.wait()
    store, looks = RunStore(root), 0
    while (job := jobs.find(run_id, store)).state != "done":
        assert job.state != "interrupted", job
        kept = job.progress.epoch if job.progress else 0
        told = len(job.history)
        is_over = jobs.find(run_id, store).state == "done"  # its history goes when it ends
        assert is_over or kept <= told <= job.epochs_done <= kept + 1, job
        assert jobs.queue_length(store) <= 1
        if looks % 10 == 0:
            found = [finding for finding in doctor.examine(store) if finding.path != store.root]
            assert not found, found
        looks += 1
        time.sleep(0.002)
    assert looks > 10
