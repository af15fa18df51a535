"""Worker: the process that trains one job to its end, or the process at hand where `train_here` does.

`python -m aecore.jobs.worker RUN_ID --store FOLDER` is what `jobs.advance` spawns.
"""

import argparse
import contextlib
import dataclasses
import errno
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from aecore import jobs
from aecore.config import RunConfig
from aecore.errors import AecoreError, DiskFull, JobGone, OutOfMemory, Unforeseen, WorkerEnded
from aecore.jobs import Job, JobFolder, queue
from aecore.jobs.trainer import Trainer, find_stored
from aecore.storage.job_folder import Held
from aecore.storage.run import StoredRun
from aecore.storage.settings import check_writable
from aecore.storage.store import RunStore

if TYPE_CHECKING:  # torch stays out
    from aecore.training.loop import Epoch

PATIENCE = 5.0
"""Seconds for which a worker waits until another one lets go of its job."""


def train_here(
    config: RunConfig,
    store: RunStore,
    on_epoch: Callable[["Epoch"], None] | None = None,
    rewind: bool = True,
    on_trouble: Callable[[str], None] | None = None,
) -> StoredRun:
    """Train a config in this process, from its last whole epoch where there is one, and keep the run.

    Args:
        config: what to train.
        store: where to keep it.
        on_epoch: called with each epoch's record.
        rewind: whether the run keeps its epochs.
        on_trouble: called with a sentence when the code is found to say nothing so far.

    Returns:
        The run; at once where another process has stored it meanwhile.

    Raises:
        WorkerEnded: if somebody stopped the job meanwhile, from another process.
    """
    check_writable("training")
    folder = JobFolder.of(store.root, config.run_id)
    with folder.held() as held:
        try:
            if found := find_stored(store, config):  # another process trained it while this one waited
                folder.remove()
                return found
            job = jobs.submit(config, store, by="command line", rewind=rewind)
        except BaseException:
            if folder.is_empty():
                folder.remove()
            raise
        jobs.send_command(job, "train")
        work = Trainer(job, store, held, may_leave=False)
        try:
            run = work.run(on_epoch, on_trouble)
        except BaseException as error:
            if not held.is_there():
                raise JobGone(config.run_id) from error
            if folder.checkpoint.exists():
                with contextlib.suppress(AecoreError, OSError):
                    jobs.send_command(job, "pause")
                    work.tell("paused")
            elif job.by == "command line":
                folder.remove()
            raise
        if held.is_there():
            folder.remove()
    if run is None:
        raise WorkerEnded(config.run_id, work.number, "somebody discarded it")
    return run


def worded(config: RunConfig, error: BaseException, root: Path) -> str:
    """A sentence about what ended a training, and what to change.

    Args:
        config: what was trained.
        error: what ended it.
        root: the store, for what its disk answered.

    Returns:
        The sentence.
    """
    import torch

    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if is_full or isinstance(error, DiskFull):
        return str(DiskFull(root, os.strerror(errno.ENOSPC)))
    if isinstance(error, AecoreError):
        return str(error)
    shortage = ("not enough memory", "can't allocate memory", "out of memory", "bad_alloc", "alloc_failed")
    is_short = isinstance(error, RuntimeError) and any(word in str(error).lower() for word in shortage)
    if is_short or isinstance(error, MemoryError | torch.OutOfMemoryError):
        return str(OutOfMemory(config.run_id, config.batch_size))
    log = JobFolder.of(root, config.run_id).log
    return str(Unforeseen(f"Training {config.run_id}", error, str(log)))


def main() -> None:
    """Be the worker of one job, then begin what comes after it."""
    parser = argparse.ArgumentParser(prog="aecore.jobs.worker", description="Train one job of a store.")
    parser.add_argument("run_id")
    parser.add_argument("--store", type=Path, required=True)
    arguments = parser.parse_args()
    store = RunStore(*dict.fromkeys([arguments.store, *RunStore().roots[1:]]))
    try:
        if job := jobs.find(arguments.run_id, store):
            _serve(job.folder, store)
    except filelock.Timeout:
        return  # another worker has it
    with contextlib.suppress(AecoreError):
        jobs.advance(store)


def _serve(folder: JobFolder, store: RunStore) -> None:
    """Train a job if nobody else does, and tell of what ended it where something did."""
    with folder.held(PATIENCE) as held:
        job = jobs.find(folder.run_id, store)
        if job is None and folder.is_empty():
            folder.remove()  # somebody discarded it while this worker waited
        elif job and not job.progress_is_final and queue.has_room(job, store):
            _attempt(job, store, held)


def _attempt(job: Job, store: RunStore, held: Held) -> None:
    work = Trainer(job, store, held, may_leave=True)
    try:
        if work.run(None):
            job.folder.finish(work.progress)
    except Exception as error:
        logging.getLogger(__name__).exception("%s failed", job.run_id)
        if not held.is_there():
            return
        job.folder.reserve.unlink(missing_ok=True)
        _, serial = job.folder.read_command()
        work.progress = dataclasses.replace(work.progress, handled=serial)
        work.tell("failed", error=worded(job.config, error, store.root))


if __name__ == "__main__":
    sys.exit(main())
