"""Commands about trainings that are not finished."""

import time
from typing import Annotated

import typer
from rich.table import Table

from aecore import jobs
from aecore.cli.console import (
    JsonOption,
    StoreOption,
    check_apart,
    err,
    out,
    print_json,
    print_table,
    store_of,
)
from aecore.config import RunConfig
from aecore.errors import AecoreError
from aecore.jobs import Job
from aecore.jobs.pace import duration_words
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

PATIENCE, PERIOD = 10.0, 0.1
"""Seconds to wait for a worker that is told something, and from one look to the next."""


def enqueue(config: RunConfig, places: RunStore, rewind: bool) -> None:
    """Put a config into the queue and begin it where there is room.

    Args:
        config: what to train.
        places: the store.
        rewind: whether the run keeps its epochs.
    """
    if found := _stored(config, places):
        warn_of_import(found)
        out.print(f"{config.run_id}  was trained before: {found.path}")
        return
    job = jobs.submit(config, places, rewind=rewind)
    if job.state == "paused":
        jobs.send_command(job, "train")
    jobs.advance(places)
    before = jobs.waiting_before(job, places)
    out.print(
        f"{job.run_id}  {f'waiting, {before} before it' if before else 'begins'}; see: python -m aecore jobs"
    )


def warn_of_import(run: StoredRun) -> None:
    """Say that what stands in for a training came from a file, where it did, and how to train it here."""
    if run.caveat:
        err.print(f"{run.caveat}\nTo train it here: python -m aecore delete {run.run_id}, then train.")


def _stored(config: RunConfig, places: RunStore) -> StoredRun | None:
    try:
        return places.find(config)
    except AecoreError:
        return None


def list_jobs(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List trainings that are not finished, in the order of the queue, and begin what waits."""
    places = store_of(store)
    if jobs.queue_length(places):
        jobs.advance(places)
    found = [job for job in jobs.listing(places) if job.state != "done"]
    if as_json:
        print_json([_summary(job) for job in found])
        return
    table = Table("training", "state", "epoch", "left", "asked by", box=None)
    for job in found:
        epochs = f"{job.progress.epoch if job.progress else 0}/{job.config.epochs_to_do}"
        left = "" if job.seconds_left is None else duration_words(job.seconds_left)
        table.add_row(job.run_id, job.state, epochs, left, job.by)
    if found:
        print_table(table)
    else:
        out.print("No training is under way. Begin one: python -m aecore train vae digits")
    for job in found:
        if job.progress and (said := job.progress.error if job.state == "failed" else job.progress.trouble):
            out.print(f"{job.run_id}: {said}")


def cancel(
    run_id: Annotated[str, typer.Argument(help="Of the training; see jobs.")],
    keep: Annotated[
        bool, typer.Option("--keep", help="Store the run as it was after its last whole epoch.")
    ] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Only pause it; train --resume goes on.")] = False,
    store: StoreOption = None,
) -> None:
    """Stop a training and discard it, unless it shall be kept or only paused."""
    if keep:
        check_apart("cancel", "--keep", {"--pause": pause})
    places = store_of(store)
    job = jobs.unfinished(run_id, places)
    jobs.send_command(job, "keep" if keep else "pause" if pause else "discard")
    if keep:
        kept = _settled(job, places)
        jobs.advance(places)  # where no worker lives one is needed to measure it
        epochs = kept.progress.epoch if kept.progress else 0
        out.print(f"{run_id}  is measured and stored as it is after epoch {epochs}: {kept.kept_id}")
        out.print(f"To look at it then: python -m aecore show {kept.kept_id}")
    else:
        out.print(f"{run_id}  {'pauses after its epoch' if pause else 'is discarded'}")


def _settled(job: Job, places: RunStore) -> Job:
    """A training that shall be kept, once it is certain after which epoch: its worker may just end one."""
    deadline = time.monotonic() + PATIENCE
    while job.is_alive and job.state not in ("measuring", "done") and time.monotonic() < deadline:
        time.sleep(PERIOD)
        job = jobs.find(job.run_id, places) or job
    return job


def _summary(job: Job) -> dict[str, object]:
    progress = job.progress
    return {
        "run_id": job.run_id,
        "state": job.state,
        "epoch": progress.epoch if progress else 0,
        "epochs": job.config.epochs_to_do,
        "seconds_left": job.seconds_left,
        "error": progress.error if progress else "",
        "trouble": progress.trouble if progress else "",
        "by": job.by,
        "submitted": job.submitted,
        "config": job.config.to_json(),
    }
