"""Queue: whose training has its turn, and what jobs are told. Nothing here loads torch.

A worker is a process of its own, spawned by `advance` where a job waits and fewer workers than
AECORE_JOBS (1 if not set) are alive. Whoever looks at jobs calls `advance`; it may be called by many at
once, since a worker that finds its job taken ends at once.
"""

import contextlib
import dataclasses
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from aecore.config import RunConfig
from aecore.errors import BadValue, NotYours
from aecore.jobs.job import Job, find, listing
from aecore.storage import atomic, job_progress, ownership
from aecore.storage.annotations import Annotation
from aecore.storage.job_folder import COMMANDS, Command, JobFolder
from aecore.storage.settings import check_writable
from aecore.storage.store import RunStore

SETTLING = 10.0
"""Seconds in which a worker that was spawned takes its lock."""
REMEMBERED = 24 * 3600.0
"""Seconds for which a finished job says which run it became."""
_workers: list[tuple[Path, subprocess.Popen[Any], float]] = []
"""Of this process: each one's job, itself, and when it was spawned; it stays until it is asked after."""
_advancing = threading.Lock()  # the sessions of one server are threads


def submit(
    config: RunConfig,
    store: RunStore | None = None,
    *,
    name: str = "",
    note: str = "",
    by: str = "command line",
    owner: str = "",
    rewind: bool = True,
) -> Job:
    """Put a training into the queue; `advance` begins it when its turn comes.

    Args:
        config: what to train.
        store: where; your own runs if not given.
        name: what to call the run.
        note: what to note of it.
        by: where it was asked for, "dashboard" or "command line".
        owner: whose it shall be, see `aecore.storage.ownership`; one that is there already stays whose it is,
            and one that has failed is tried again by its owner, by nobody, or by anybody if it is nobody's.
        rewind: whether its epochs are kept in the run.

    Returns:
        The job; where there is one of this config already, that one, tried again if it had failed, under
        the new name if one is given.

    Raises:
        BadValue: if no run can have this name or note: after the last epoch it would be too late.
        NotYours: if it is somebody else's and has failed, or if a run of its id is somebody else's.
        StoreNotWritable: if the folder cannot be written, or is only shown.
    """
    check_writable("training")
    annotation, store = Annotation(name, note), store or RunStore()
    _forget_finished(store)
    job = find(config.run_id, store)
    if job and job.state != "done":
        if job.state == "failed":
            if owner and job.owner and owner != job.owner:
                raise NotYours(job.run_id)
            if annotation:
                job.folder.change_about(**dataclasses.asdict(annotation))
            send_command(job, "train")
        return find(config.run_id, store) or job
    folder, submitted = JobFolder.of(store.root, config.run_id), job_progress.now()
    about = {"config": config.to_json(), "name": annotation.name, "note": annotation.note, "by": by}
    with store.changing(config.run_id):  # whose it is stays written down until there is a job
        ownership.claim(store.root, config.run_id, owner)
        if job:
            job.folder.remove_unheld()
        folder.create(about | {"rewind": rewind, "submitted": submitted})
    return Job(
        folder, config, annotation.name, annotation.note, by, submitted, rewind, None, "train", 0, False
    )


def queue_length(store: RunStore | None = None) -> int:
    """How many jobs wait for their turn."""
    return sum(job.state in ("queued", "interrupted") for job in listing(store))


def waiting_before(job: Job, store: RunStore | None = None, found: list[Job] | None = None) -> int:
    """How many jobs have their turn before this one's: those under way, and those submitted earlier.

    Args:
        job: which.
        store: where the others are; your own runs if not given.
        found: all of them, if they were just read.

    Returns:
        0 where it is next.
    """
    found = listing(store) if found is None else found
    others = [other for other in found if other.run_id != job.run_id]
    active = [other for other in others if other.is_alive and other.state != "paused"]
    earlier = [other for other in others if other.state in ("queued", "interrupted")]
    return len(active) + sum(other.submitted < job.submitted for other in earlier if other not in active)


def send_command(job: Job, command: Command) -> None:
    """Send a job a command; its worker carries it out, and `advance` spawns one where there is none.

    Args:
        job: which.
        command: "train" begins or goes on; "pause" stops after the epoch at hand, "step" after one more;
            "keep" stops now and stores the run as it was after its last whole epoch; "discard" removes
            the job.

    Raises:
        BadValue: if there is nothing to keep yet, or no such command.
        StoreNotWritable: if the folder cannot be written, or is only shown.
    """
    check_writable("training")
    if command not in COMMANDS:
        raise BadValue("command", command, "one of " + ", ".join(COMMANDS))
    if command == "keep" and not job.folder.checkpoint.exists():
        raise BadValue(
            "command", command, "train or discard: no epoch is done yet, so there is nothing to keep"
        )
    if not job.path.is_dir() or (command == "discard" and job.folder.remove_unheld()):
        return  # it is gone
    job.folder.write_command(command, job.progress.handled if job.progress else 0)


def dismiss(job: Job) -> None:
    """Remove what is left of a job that is over; one with a living worker stays."""
    check_writable("removing a training")
    job.folder.remove_unheld()


def advance(store: RunStore | None = None) -> None:
    """Begin what waits: spawn workers for the first jobs of the queue while there is room for them.

    Args:
        store: whose jobs; your own if not given.
    """
    check_writable("training")
    store = store or RunStore()
    with _advancing:
        _reap()
        jobs = listing(store)
        settling = {job.run_id for job in jobs if not job.is_alive and _is_settling(job)}
        active = sum((job.is_alive and job.state != "paused") or job.run_id in settling for job in jobs)
        waits = (job for job in jobs if job.state in ("queued", "interrupted"))
        waiting = [job for job in waits if job.run_id not in settling]
        for job in waiting[: max(slots() - active, 0)]:
            _spawn(job, store)


def slots() -> int:
    """How many trainings run at once: AECORE_JOBS, 1 if not set."""
    configured = os.environ.get("AECORE_JOBS", "").strip()
    return max(int(configured), 1) if re.fullmatch(r"[0-9]{1,9}", configured) else 1


def is_someone_waiting(job: Job, store: RunStore) -> bool:
    """Whether another job could be trained if this one made room."""
    return any(other.state == "queued" for other in listing(store) if other.run_id != job.run_id)


def has_room(job: Job, store: RunStore) -> bool:
    """Whether fewer workers than may be are at work beside this one's job."""
    others = [other for other in listing(store) if other.run_id != job.run_id]
    active = [other for other in others if other.is_alive and other.state != "paused"]
    before = [o for o in active if o.state in ("training", "measuring") or o.submitted < job.submitted]
    return len(before) < slots()


def _forget_finished(store: RunStore) -> None:
    for job in listing(store):
        with contextlib.suppress(FileNotFoundError):  # another process forgets it as well
            if job.state == "done" and job.folder.seconds_quiet() > REMEMBERED:
                job.folder.remove_unheld()


def _is_settling(job: Job) -> bool:
    """Whether a worker of this process was spawned for the job and has not taken its lock yet."""
    return any(
        path == job.path and worker.poll() is None and time.monotonic() - spawned < SETTLING
        for path, worker, spawned in _workers
    )


def _reap() -> None:
    """Ask after the workers that this process spawned, so that none stays as a zombie."""
    _workers[:] = [spawned for spawned in _workers if spawned[1].poll() is None]


def _spawn(job: Job, store: RunStore) -> None:
    """Start a worker that outlives this process."""
    command = [sys.executable, "-m", "aecore.jobs.worker", job.run_id, "--store", str(store.root)]
    apart: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}
    folder = Path(__file__).resolve().parents[2]
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    with atomic.writing(store.root), job.folder.log.open("ab") as log:
        worker = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            **apart,
        )
    _workers.append((job.path, worker, time.monotonic()))
