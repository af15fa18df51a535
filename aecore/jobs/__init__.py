"""Trainings that are not finished: the queue, the worker that trains, and what it writes. No torch here."""

from aecore.jobs.job import BEGUN_ANEW, Job, State, find, listing, unfinished
from aecore.jobs.queue import (
    advance,
    dismiss,
    is_someone_waiting,
    queue_length,
    send_command,
    slots,
    submit,
    waiting_before,
)
from aecore.storage.job_folder import Command, JobFolder
from aecore.storage.job_progress import Progress

__all__ = [
    "BEGUN_ANEW",
    "Command",
    "Job",
    "JobFolder",
    "Progress",
    "State",
    "advance",
    "dismiss",
    "find",
    "is_someone_waiting",
    "listing",
    "queue_length",
    "send_command",
    "slots",
    "submit",
    "unfinished",
    "waiting_before",
]
