"""Job: a training that is not finished, as its folder tells of it at one moment. Nothing here loads torch."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aecore.config import RunConfig
from aecore.errors import DatasetInUse, UnknownName
from aecore.storage import annotations, job_folder, job_progress, ownership
from aecore.storage.job_folder import Command, JobFolder
from aecore.storage.job_progress import Progress
from aecore.storage.store import RunStore

LEAST_SHARE = 0.1
"""Of an epoch, from which on the time left is guessed."""
LEAST_SECONDS = 1.0
"""Of training, likewise: the first steps are several times as slow as those that follow."""
BEGUN_ANEW = "begun anew: what was kept of it was damaged"
"""What is said of a training whose checkpoint or history is not what was written."""
State = Literal["queued", "starting", "training", "paused", "measuring", "interrupted", "failed", "done"]


@dataclass(frozen=True)
class Job:
    """A training that is not finished, as it was when it was read.

    Attributes:
        folder: its folder, named by the run id of its config.
        config: what is trained.
        name: what the run will be called; empty for none.
        note: what is noted of it.
        by: who asked for it, "dashboard" or "command line".
        submitted: when, ISO 8601; the queue's order.
        rewind: whether the epochs are kept in the finished run.
        progress: as its worker wrote it; None before the first.
        command: what it is told to do, one of `job_folder.COMMANDS`.
        serial: number of the command.
        is_alive: whether a worker lives.
    """

    folder: JobFolder
    config: RunConfig
    name: str
    note: str
    by: str
    submitted: str
    rewind: bool
    progress: Progress | None
    command: Command
    serial: int
    is_alive: bool

    @property
    def path(self) -> Path:
        """Where its folder is."""
        return self.folder.path

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.folder.run_id

    @property
    def owner(self) -> str:
        """Whose it is; empty where it is nobody's."""
        return ownership.owner_of(self.folder.root, self.run_id)

    @property
    def state(self) -> State:
        """Where it stands, for people.

        "interrupted" means that its worker ended in the middle, and that another one will go on.
        """
        written = self.progress.state if self.progress else None
        if written == "done":
            return "done"
        if self.is_alive:
            return written if written in ("training", "paused", "measuring") else "starting"
        has_news = self.progress is None or self.serial > self.progress.handled
        if written == "failed":
            return "queued" if has_news and self.command != "pause" else "failed"
        if self.command == "pause" or (self.command == "step" and not has_news):
            return "paused"
        return "queued" if written in (None, "paused") else "interrupted"

    @property
    def progress_is_final(self) -> bool:
        """Whether its worker, which is the caller, has nothing to do: it is done or has failed unasked."""
        return dataclasses.replace(self, is_alive=False).is_over

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens unless somebody asks for it."""
        return self.state in ("failed", "done")

    @property
    def seconds_left(self) -> float | None:
        """Until the run is stored: a guess from the pace so far; None while nothing is known."""
        progress = self.progress
        if progress and self.state == "measuring":
            return max(progress.after - progress.age, 0.0) or None
        if progress is None or self.state not in ("training", "paused"):
            return None
        done = progress.epoch + progress.share
        if done < LEAST_SHARE or (progress.epoch == 0 and progress.seconds < LEAST_SECONDS):
            return None
        return progress.seconds / done * max(progress.epochs - done, 0.0) + progress.after

    @property
    def kept_id(self) -> str:
        """The id of the run that "keep" makes of it as it is now; empty where no epoch is whole."""
        progress = self.progress
        if progress is None or not progress.epoch:
            return ""
        return progress.result or self.config.stopped(progress.epoch, progress.epochs).run_id

    @property
    def epochs_done(self) -> int:
        """Whole epochs; in a training under way also one that is still on its way to the disk."""
        if self.progress is None:
            return 0
        return self.progress.epoch + (int(self.progress.share) if self.state == "training" else 0)

    @property
    def history(self) -> list[dict[str, Any]]:
        """One record per whole epoch, as in the history of a run."""
        return self.folder.read_history()[: self.epochs_done]

    @property
    def frame_epochs(self) -> list[int]:
        """The epochs of which there is a frame, rising."""
        return self.folder.frame_epochs()

    def frame(self, epoch: int) -> Path:
        """The file of an epoch's frame."""
        return self.folder.frame(epoch)


def find(run_id: str, store: RunStore | None = None) -> Job | None:
    """The job of a run id; None where there is none, or where its folder cannot be read."""
    is_plain = Path(run_id).name == run_id and not run_id.startswith(".")
    return _readable(JobFolder.of((store or RunStore()).root, run_id)) if is_plain else None


def listing(store: RunStore | None = None) -> list[Job]:
    """Every job, in the order in which they were submitted."""
    folders = job_folder.folders((store or RunStore()).root)
    jobs = [job for job in map(_readable, folders) if job]
    return sorted(jobs, key=lambda job: (job.submitted, job.run_id))


def check_unused(dataset: str, store: RunStore | None = None) -> None:
    """See that no training which has not ended learns from a data set: without it, it could not end.

    Args:
        dataset: its name.
        store: where trainings are; your own runs if not given.

    Raises:
        DatasetInUse: if one does.
    """
    for job in listing(store):
        if job.config.dataset == dataset and job.state != "done":
            raise DatasetInUse(dataset, job.run_id)


def unfinished(run_id: str, store: RunStore | None = None) -> Job:
    """The job of a run id, which there must be.

    Args:
        run_id: of what is trained.
        store: where to look; your own runs if not given.

    Returns:
        The job.

    Raises:
        UnknownName: if there is none, or it is done.
    """
    job = find(run_id, store)
    if job is None or job.state == "done":
        known = [other.run_id for other in listing(store) if other.state != "done"]
        raise UnknownName("unfinished training", run_id, known)
    return job


def _readable(folder: JobFolder) -> Job | None:
    try:
        return _read(folder)
    except job_folder.UNREADABLE:
        return None  # the damaged are the doctor's


def _read(folder: JobFolder) -> Job:
    about = folder.read_about()
    config = RunConfig.from_json(about["config"])
    if config.run_id != folder.run_id:
        raise ValueError(f"{folder.run_id} trains {config.run_id}")
    is_alive, progress = folder.is_held(), folder.read_progress()
    if progress and progress.state in job_progress.BUSY:
        is_alive = is_alive or folder.is_held()  # it may have begun between the two looks
    label = annotations.fitted(str(about["name"]), str(about["note"]))  # of a version that did not check them
    by, submitted = (job_progress.shown(str(about[name])) for name in ("by", "submitted"))
    rest = (bool(about.get("rewind", True)), progress, *folder.read_command(), is_alive)
    return Job(folder, config, label.name, label.note, by, submitted, *rest)
