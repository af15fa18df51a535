"""Job progress: how far a training is, as its worker writes it and every process reads it."""

import dataclasses
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

STATES = ("starting", "training", "paused", "measuring", "failed", "done")
BUSY = ("starting", "training", "measuring")
"""What the progress of a worker says that was killed."""
LONGEST_TEXT = 4000
"""Letters of a sentence in a job's files that are read."""
MOST = 2**53
"""Of a number in them: a whole one up to here is the same as a float."""


@dataclass(frozen=True)
class Progress:
    """How far a job is, as its worker wrote it.

    Attributes:
        state: one of STATES.
        epoch: whole epochs done.
        epochs: epochs to do in all.
        stage: the stretch of the training that the epoch at hand belongs to.
        share: of the epoch at hand, or of the closing measurement, 0 to 1; above 1 in the epoch at hand
            while the one before is still on its way to the disk.
        seconds: trained so far, wall time of every attempt, the epoch at hand included.
        note: what it is at.
        error: a sentence, where it failed.
        result: id of the run it became, when done.
        device: what it is trained on.
        threads: that PyTorch computes with.
        attempt: how often the epoch at hand was begun, 1 unless a worker ended in it.
        resumed_at: the epoch after which this worker went on; 0 where it began.
        pid: the worker's process.
        handled: serial of the last command that was carried out to its end.
        updated: when this was written, ISO 8601.
        after: seconds that the closing measurement will take or, while it is under way, will still take.
        trouble: a sentence, where the code says nothing about the image so far.
    """

    state: Literal["starting", "training", "paused", "measuring", "failed", "done"]
    epoch: int = 0
    epochs: int = 0
    stage: str = ""
    share: float = 0.0
    seconds: float = 0.0
    note: str = ""
    error: str = ""
    result: str = ""
    device: str = ""
    threads: int = 0
    attempt: int = 1
    resumed_at: int = 0
    pid: int = 0
    handled: int = 0
    updated: str = ""
    after: float = 0.0
    trouble: str = ""

    @property
    def age(self) -> float:
        """Seconds since this was written; 0 where that is no moment, or lies ahead."""
        try:
            since = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(self.updated)
        except (ValueError, TypeError):
            return 0.0
        return max(since.total_seconds(), 0.0)


def now() -> str:
    """This moment, ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")


def parse(written: Mapping[str, Any]) -> Progress | None:
    """A progress from what was read; None where a part of it is missing or strange."""
    fields = dataclasses.fields(Progress)
    is_whole = set(written) == {field.name for field in fields} and written["state"] in STATES
    if not is_whole or not all(_is_like(field.default, written[field.name]) for field in fields[1:]):
        return None
    return Progress(**{name: shown(value) for name, value in written.items()})


def shown(value: Any) -> Any:
    """A value that was read; of a text only what can be written and shown, and not without an end."""
    return value.encode(errors="ignore").decode()[:LONGEST_TEXT] if isinstance(value, str) else value


def _is_like(default: Any, value: Any) -> bool:
    """Whether a value that was read is of the kind of another; numbers are finite and not negative."""
    if isinstance(default, str):
        return isinstance(value, str)
    kinds = int | float if isinstance(default, float) else int
    return isinstance(value, kinds) and not isinstance(value, bool) and 0 <= value <= MOST
