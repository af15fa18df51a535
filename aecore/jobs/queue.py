"""Jobs: trainings that are not finished yet, each a folder that every process reads and its worker writes.

    <root>/.training/<run_id>/
        job.json                 what shall be trained, and what the run will be called
        control.json             what it is told to do: "train", "pause", "step", "keep" or "discard"
        progress.json            how far it is, by its worker
        history.jsonl            one line an epoch, as in the history of a run
        checkpoint.safetensors   see `training.checkpoints`
        frames/000012.safetensors   what the latent plane shows after an epoch, see `storage.snapshots`
        reserve                  bytes set aside, so that a full disk can still be told of
        worker.log               what its worker printed
        worker.lock              held as long as a worker lives: the one truth about that

A worker is a process of its own, spawned by `advance` where a job waits and fewer workers than
AECORE_JOBS (1 if not set) are alive. Whoever looks at jobs calls `advance`; it may be called by many at
once, since a worker that finds its job taken ends at once. Nothing here loads torch.
"""

import contextlib
import dataclasses
import datetime
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import filelock

from aecore.config import RunConfig
from aecore.errors import AecoreError, BadValue, NotYours, StoreNotWritable, UnknownName
from aecore.storage import annotations, atomic, ownership
from aecore.storage.annotations import Annotation
from aecore.storage.records import is_epoch
from aecore.storage.settings import check_writable
from aecore.storage.store import RunStore

FORMAT = 1
FOLDER = ownership.JOBS
COMMANDS = ("train", "pause", "step", "keep", "discard")
MOST_ATTEMPTS = 3
"""Times that an epoch is begun before the job is given up."""
LEAST_SHARE = 0.1
"""Of an epoch, from which on the time left is guessed."""
LEAST_SECONDS = 1.0
"""Of training, likewise: the first steps are several times as slow as those that follow."""
SETTLING = 10.0
"""Seconds in which a worker that was spawned takes its lock."""
REMEMBERED = 24 * 3600.0
"""Seconds for which a finished job says which run it became."""
RESERVE = 65_536
"""Bytes that are set aside for what is told when the disk is full."""
BEGUN_ANEW = "begun anew: what was kept of it was damaged"
"""What is said of a training whose checkpoint or history is not what was written."""
LONGEST_TEXT = 4000
"""Letters of a sentence in a job's files that are read."""
_NEVER = -1.0
_GLIMPSE = 0.005
"""Seconds after which a lock that others only try as well is free again."""

STATES = ("starting", "training", "paused", "measuring", "failed", "done")
Command = Literal["train", "pause", "step", "keep", "discard"]
State = Literal["queued", "starting", "training", "paused", "measuring", "interrupted", "failed", "done"]
_workers: dict[str, tuple[subprocess.Popen, float]] = {}
_advancing = threading.Lock()  # the sessions of one server are threads


@dataclass(frozen=True)
class Progress:
    """How far a job is, as its worker wrote it.

    Attributes:
        state: "starting", "training", "paused", "measuring", "failed" or "done".
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


@dataclass(frozen=True)
class Job:
    """A training that is not finished, as it was when it was read.

    Attributes:
        path: its folder, named by the run id of its config.
        config: what is trained.
        name: what the run will be called; empty for none.
        note: what is noted of it.
        by: who asked for it, "dashboard" or "command line".
        submitted: when, ISO 8601; the queue's order.
        rewind: whether the epochs are kept in the finished run.
        progress: as its worker wrote it; None before the first.
        command: what it is told to do, one of COMMANDS.
        serial: number of the command.
        is_alive: whether a worker lives.
    """

    path: Path
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
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def owner(self) -> str:
        """Whose it is; empty where it is nobody's."""
        return ownership.owner_of(self.path.parent.parent, self.run_id)

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
            return max(progress.after - _age(progress.updated), 0.0) or None
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
        return read_history(self.path)[: self.epochs_done]

    @property
    def frame_epochs(self) -> list[int]:
        """The epochs of which there is a frame, rising."""
        names = (path.stem for path in (self.path / "frames").glob("[0-9]*.safetensors"))
        return sorted(int(name) for name in names if name.isdecimal())

    def frame(self, epoch: int) -> Path:
        """The file of an epoch's frame."""
        return frame_path(self.path, epoch)


def frame_path(folder: Path, epoch: int) -> Path:
    """The file of an epoch's frame in a job's folder."""
    return folder / "frames" / f"{epoch:06d}.safetensors"


def read_history(folder: Path) -> list[dict[str, Any]]:
    """The epochs that a job's folder tells of; a line that was cut off or altered ends them."""
    records: list[dict[str, Any]] = []
    with contextlib.suppress(OSError, ValueError, RecursionError):
        for line in (folder / "history.jsonl").read_bytes().splitlines():
            record = json.loads(line)
            if not is_epoch(record) or record["number"] != len(records) + 1:
                break
            records.append(record)
    return records


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
    label, store = Annotation(name, note), store or RunStore()
    _forget_finished(store)
    job = find(config.run_id, store)
    if job and job.state != "done":
        if job.state == "failed":
            if owner and job.owner and owner != job.owner:
                raise NotYours(job.run_id)
            if label:
                _rename(job, label)
            send_command(job, "train")
        return find(config.run_id, store) or job
    ownership.claim(store.root, config.run_id, owner)
    if job:
        _remove(job.path)
    folder = store.root / FOLDER / config.run_id
    about = {"format": FORMAT, "config": config.to_json(), "name": label.name, "note": label.note, "by": by}
    about |= {"rewind": rewind, "submitted": (submitted := _now())}
    with atomic.writing(store.root):
        while not _made(folder, about):
            pass
    return Job(folder, config, label.name, label.note, by, submitted, rewind, None, "train", 0, False)


def _rename(job: Job, label: Annotation) -> None:
    """Give a job another name and note."""
    with atomic.writing(job.path.parent.parent):
        about = json.loads((job.path / "job.json").read_bytes())
        atomic.write_whole(job.path / "job.json", _json(about | dataclasses.asdict(label)))


def _made(folder: Path, about: dict[str, Any]) -> bool:
    """Write a job's folder; whether nobody removed the one before it meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for left in ("progress.json", "control.json"):  # of a job whose worker is about to end
            (folder / left).unlink(missing_ok=True)
        _set_aside(folder)
        atomic.write_whole(folder / "job.json", _json(about))
    except FileNotFoundError:
        return False
    return True


def find(run_id: str, store: RunStore | None = None) -> Job | None:
    """The job of a run id; None where there is none, or where its folder cannot be read."""
    folder = (store or RunStore()).root / FOLDER / run_id
    is_plain = Path(run_id).name == run_id and not run_id.startswith(".")
    return _readable(folder) if is_plain else None


def listing(store: RunStore | None = None) -> list[Job]:
    """Every job, in the order in which they were submitted."""
    root = (store or RunStore()).root / FOLDER
    folders = [path for path in root.iterdir() if path.name[0] != "."] if root.is_dir() else []
    jobs = [job for job in map(_readable, folders) if job]
    return sorted(jobs, key=lambda job: (job.submitted, job.run_id))


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
    if command == "keep" and not (job.path / "checkpoint.safetensors").exists():
        raise BadValue(
            "command", command, "train or discard: no epoch is done yet, so there is nothing to keep"
        )
    if not job.path.is_dir() or (command == "discard" and _remove(job.path)):
        return  # it is gone
    handled = job.progress.handled if job.progress else 0
    with atomic.writing(job.path.parent.parent):
        if command in ("train", "step", "keep"):
            _set_aside(job.path)
        serial = max(control(job.path)[1], handled) + 1
        atomic.write_whole(job.path / "control.json", _json({"command": command, "serial": serial}))


def dismiss(job: Job) -> None:
    """Remove what is left of a job that is over; one with a living worker stays."""
    check_writable("removing a training")
    _remove(job.path)


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
    configured = os.environ.get("AECORE_JOBS", "")
    return max(int(configured), 1) if configured.isdecimal() else 1


def is_someone_waiting(job: Job, store: RunStore) -> bool:
    """Whether another job could be trained if this one made room."""
    return any(other.state == "queued" for other in listing(store) if other.run_id != job.run_id)


@dataclass(frozen=True)
class Held:
    """A job that is held.

    Attributes:
        folder: the job's.
        lock: its lock file, open: another file that takes the name is told from it while it is.
    """

    folder: Path
    lock: BinaryIO

    def is_there(self) -> bool:
        """Whether the folder is still the one that is held: not removed, and not another one since."""
        try:
            found = os.stat(self.folder / "worker.lock")
        except OSError:
            return False
        is_same = os.path.samestat(found, os.fstat(self.lock.fileno()))
        return is_same and (self.folder / "job.json").exists()


@contextlib.contextmanager
def held(folder: Path, timeout: float = _NEVER) -> Iterator[Held]:
    """Hold a job as its worker.

    Args:
        folder: the job's.
        timeout: seconds to wait for it; as long as it takes if negative.

    Yields:
        Held: the folder, while it is held.

    Raises:
        filelock.Timeout: if another worker holds it all the time.
        StoreNotWritable: if the folder cannot be written.
    """
    lock, file = filelock.FileLock(folder / "worker.lock"), None
    while file is None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=timeout)
            file = (folder / "worker.lock").open("rb")
        except filelock.Timeout:
            raise
        except FileNotFoundError:  # whoever held it has finished, and removed the folder
            lock.release()
        except OSError as error:
            lock.release()
            raise StoreNotWritable.of(folder.parent.parent, error) from error
    try:
        with file:
            yield Held(folder, file)
    finally:
        lock.release()


def write_progress(folder: Path, progress: Progress) -> None:
    """Tell how far a job is; what only informs need not reach the disk before the next line is trained."""
    written = dataclasses.asdict(dataclasses.replace(progress, updated=_now(), pid=os.getpid()))
    partial = folder / ".progress.partial"
    try:
        partial.write_bytes(_json(written))
        os.replace(partial, folder / "progress.json")
    except OSError:
        if progress.state != "failed":
            raise
        (folder / "progress.json").write_bytes(_json(written))  # into the room that it has already


def control(folder: Path) -> tuple[Command, int]:
    """What a job is told to do, and the serial number of the command."""
    found = _object(folder / "control.json")
    command = found.get("command", found.get("wish"))  # as it was called before
    serial = found.get("serial")
    is_whole = command in COMMANDS and isinstance(serial, int) and serial >= 0
    return (command, serial) if is_whole else ("train", 0)


def finish(folder: Path, progress: Progress) -> None:
    """Leave of a job only which run it became."""
    write_progress(folder, progress)
    for name in ("checkpoint.safetensors", "history.jsonl", "control.json", "reserve"):
        (folder / name).unlink(missing_ok=True)
    for partial in folder.glob(f".*{atomic.PARTIAL}"):  # of a worker that was killed
        partial.unlink(missing_ok=True)
    shutil.rmtree(folder / "frames", ignore_errors=True)


def remove(folder: Path) -> None:
    """Remove a job's folder, at once for whoever looks; its worker calls this while it holds the job."""
    gone = folder.with_name(f".{folder.name}~{uuid.uuid4().hex}")
    try:
        os.replace(folder, gone)
    except OSError:  # where the lock, which is open, keeps a folder in its place
        gone = folder
        (gone / "job.json").unlink(missing_ok=True)
    shutil.rmtree(gone, ignore_errors=True)


def _remove(folder: Path) -> bool:
    """Remove a job unless a worker lives, and say whether it is gone."""
    try:
        with held(folder, timeout=0.2):
            remove(folder)
    except filelock.Timeout:
        return False
    return True


def _forget_finished(store: RunStore) -> None:
    for job in listing(store):
        with contextlib.suppress(FileNotFoundError):  # another process forgets it as well
            age = time.time() - (job.path / "progress.json").stat().st_mtime
            if job.state == "done" and age > REMEMBERED:
                _remove(job.path)


def _set_aside(folder: Path) -> None:
    """See that there is room for a sentence about a full disk, while somebody is there to be told."""
    reserve = folder / "reserve"
    if not reserve.exists() or reserve.stat().st_size < RESERVE:
        atomic.write_whole(reserve, bytes(RESERVE))


def _readable(folder: Path) -> Job | None:
    try:
        return _read(folder)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, AecoreError):
        return None  # being made or removed this moment, or damaged: that is the doctor's


def _read(folder: Path) -> Job:
    about = json.loads((folder / "job.json").read_bytes())
    config = RunConfig.from_json(about["config"])
    if config.run_id != folder.name:
        raise ValueError(f"{folder.name} trains {config.run_id}")
    is_alive, progress = _is_held(folder / "worker.lock"), _progress(folder)
    if progress and progress.state in ("starting", "training", "measuring"):
        is_alive = is_alive or _is_held(folder / "worker.lock")  # it may have begun between the two looks
    label = annotations.fitted(str(about["name"]), str(about["note"]))  # of a version that did not check them
    words = label.name, label.note, _shown(str(about["by"])), _shown(str(about["submitted"]))
    rest = (bool(about.get("rewind", True)), progress, *control(folder), is_alive)
    return Job(folder, config, *words, *rest)


def _progress(folder: Path) -> Progress | None:
    written = _object(folder / "progress.json")
    fields = dataclasses.fields(Progress)
    is_whole = set(written) == {field.name for field in fields} and written["state"] in STATES
    if not is_whole or not all(_is_like(field.default, written[field.name]) for field in fields[1:]):
        return None
    return Progress(**{name: _shown(value) for name, value in written.items()})


def _shown(value: Any) -> Any:
    """A value that was read; of a text only what can be written and shown, and not without an end."""
    return value.encode(errors="ignore").decode()[:LONGEST_TEXT] if isinstance(value, str) else value


def _is_like(default: Any, value: Any) -> bool:
    """Whether a value that was read is of the kind of another; numbers are finite and not negative."""
    if isinstance(default, str):
        return isinstance(value, str)
    kinds = int | float if isinstance(default, float) else int
    return isinstance(value, kinds) and not isinstance(value, bool) and 0 <= value <= sys.maxsize


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_held(lock: Path) -> bool:
    """Whether a process holds a lock; trying it is the one way to know."""
    if not lock.exists():
        return False
    probe = filelock.FileLock(lock)
    try:
        probe.acquire(timeout=_GLIMPSE, poll_interval=_GLIMPSE / 5)
    except filelock.Timeout:
        return True
    except OSError:
        return False  # on a disk that is only read nobody trains
    probe.release()
    return False


def _is_settling(job: Job) -> bool:
    """Whether a worker of this process was spawned for the job and has not taken its lock yet."""
    worker = _workers.get(str(job.path))
    return bool(worker) and worker[0].poll() is None and time.monotonic() - worker[1] < SETTLING


def _reap() -> None:
    """Ask after the workers that this process spawned, so that none stays as a zombie."""
    for key, (worker, _) in list(_workers.items()):
        if worker.poll() is not None:
            _workers.pop(key, None)


def _spawn(job: Job, store: RunStore) -> None:
    """Start a worker that outlives this process."""
    command = [sys.executable, "-m", "aecore.jobs.worker", job.run_id, "--store", str(store.root)]
    apart = {"start_new_session": True}
    if os.name == "nt":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}
    folder = Path(__file__).resolve().parents[2]
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    with atomic.writing(store.root), (job.path / "worker.log").open("ab") as log:
        worker = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            **apart,
        )
    _workers[str(job.path)] = worker, time.monotonic()


def _age(moment: str) -> float:
    """Seconds since a moment as `_now` words it; 0 where it is none, or lies ahead."""
    try:
        since = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(moment)
    except (ValueError, TypeError):
        return 0.0
    return max(since.total_seconds(), 0.0)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, allow_nan=False).encode()
