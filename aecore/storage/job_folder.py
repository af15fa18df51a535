"""Job folder: a training that is not finished, on disk; every process reads it and its worker writes it.

    <root>/.training/<run_id>/
        job.json                 what shall be trained, and what the run will be called; made last
        control.json             what it is told to do, one of COMMANDS, and the command's number
        progress.json            how far it is, by its worker; see `storage.job_progress`
        history.jsonl            one line an epoch, as in the history of a run
        checkpoint.safetensors   see `training.checkpoints`
        frames/000012.safetensors   what the latent plane shows after an epoch, see `storage.snapshots`
        reserve                  bytes set aside, so that a full disk can still be told of
        worker.log               what its worker printed
        worker.lock              held as long as a worker lives: the one truth about that

Nothing else in the project spells these names: a test sees to it.
"""

import contextlib
import dataclasses
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import filelock

from aecore.errors import AecoreError, StoreNotWritable
from aecore.storage import atomic, bounded, job_progress, locks, snapshots
from aecore.storage.job_progress import Progress
from aecore.storage.manifests import is_count
from aecore.storage.records import is_epoch
from aecore.storage.snapshots import Frame

FORMAT = 1
FOLDER = ".training"
COMMANDS = ("train", "pause", "step", "keep", "discard")
MOST_BYTES = 2**20
"""Of a file that says what is trained, what it is told or how far it is: those there are have some kB."""
MOST_OF_EPOCH = 2**16
"""Bytes of a line of the history."""
MOST_SERIAL = 2**53
RESERVE = 65_536
"""Bytes that are set aside for what is told when the disk is full."""
_NEVER = -1.0
UNREADABLE = (
    *(OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError),
    AecoreError,
)
"""What reading a job raises whose folder is being made or removed at this moment, or is damaged."""
Command = Literal["train", "pause", "step", "keep", "discard"]


def _file(name: str, doc: str) -> property:
    """A file of a job's folder, by its one name."""
    return property(lambda folder: folder.path / name, doc=doc)


@dataclass(frozen=True)
class Held:
    """A job that is held.

    Attributes:
        folder: the job's.
        lock: its lock file, open: another file that takes the name is told from it while it is.
    """

    folder: "JobFolder"
    lock: BinaryIO

    def is_there(self) -> bool:
        """Whether the folder is still the one that is held: not removed, and not another one since."""
        try:
            found = os.stat(self.folder.lock)
        except OSError:
            return False
        return os.path.samestat(found, os.fstat(self.lock.fileno())) and self.folder.is_whole()


@dataclass(frozen=True)
class JobFolder:
    """The folder of a job, whether it is there or not.

    Attributes:
        path: where; named by the run id of what is trained.
    """

    path: Path

    @classmethod
    def of(cls, root: Path, run_id: str) -> "JobFolder":
        """The folder of a run id in a folder of runs."""
        return cls(root / FOLDER / run_id)

    @property
    def root(self) -> Path:
        """The folder of runs."""
        return self.path.parent.parent

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    about = _file("job.json", "What shall be trained.")
    control = _file("control.json", "What it is told to do.")
    progress = _file("progress.json", "How far it is.")
    history = _file("history.jsonl", "A line for every epoch.")
    checkpoint = _file("checkpoint.safetensors", "The state after the last whole epoch.")
    frames = _file("frames", "The folder of the frames.")
    reserve = _file("reserve", "The bytes that are set aside.")
    log = _file("worker.log", "What its worker printed.")
    lock = _file("worker.lock", "What its worker holds.")

    # What is trained

    def is_whole(self) -> bool:
        """Whether a job is there, not only a folder that is made or removed at this moment."""
        return self.about.exists()

    def is_empty(self) -> bool:
        """Whether nothing is in it but the lock, by which somebody holds it."""
        return {path.name for path in self.path.iterdir()} <= {self.lock.name}

    def read_about(self) -> dict[str, Any]:
        """What shall be trained; OSError, ValueError or TypeError where that cannot be read."""
        return dict(json.loads(bounded.read(self.about, MOST_BYTES)))

    def change_about(self, **changed: Any) -> None:
        """Write other entries into what is said of a job."""
        with atomic.writing(self.root):
            atomic.write_whole(self.about, _json(self.read_about() | changed))

    def create(self, about: Mapping[str, Any]) -> None:
        """Make the folder of a job that waits, whoever removes one of its name meanwhile.

        Args:
            about: what shall be trained.

        Raises:
            StoreNotWritable: if the folder cannot be written.
        """
        with atomic.writing(self.root):
            while True:
                self.path.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileNotFoundError):
                    for left in (self.progress, self.control):  # of a job whose worker is about to end
                        left.unlink(missing_ok=True)
                    self.set_aside()
                    atomic.write_whole(self.about, _json({"format": FORMAT, **about}))
                    return

    def set_aside(self) -> None:
        """See that there is room for a sentence about a full disk, while somebody is there to be told."""
        if not self.reserve.exists() or self.reserve.stat().st_size < RESERVE:
            atomic.write_whole(self.reserve, bytes(RESERVE))

    # What it is told, and what it tells

    def read_command(self) -> tuple[Command, int]:
        """What a job is told to do, and its serial number; to train where that makes no sense."""
        found = read_object(self.control)
        command = found.get("command", found.get("wish"))  # as it was called before
        serial = found.get("serial")
        if command in COMMANDS and is_count(serial, MOST_SERIAL):
            return command, serial
        return "train", 0

    def write_command(self, command: Command, handled: int) -> None:
        """Tell a job something.

        Args:
            command: one of COMMANDS.
            handled: the last serial number that was carried out; the command's is higher.

        Raises:
            StoreNotWritable: if the folder cannot be written.
        """
        with atomic.writing(self.root):
            if command in ("train", "step", "keep"):
                self.set_aside()
            serial = max(self.read_command()[1], handled) + 1
            atomic.write_whole(self.control, _json({"command": command, "serial": serial}))

    def read_progress(self) -> Progress | None:
        """How far a job is; None before its worker said so, and where that makes no sense."""
        return job_progress.parse(read_object(self.progress))

    def write_progress(self, progress: Progress) -> None:
        """Tell how far a job is; what only informs need not reach the disk before the training goes on."""
        told = dataclasses.replace(progress, updated=job_progress.now(), pid=os.getpid())
        written, partial = _json(dataclasses.asdict(told)), self.path / ".progress.partial"
        try:
            partial.write_bytes(written)
            os.replace(partial, self.progress)
        except OSError:
            if progress.state != "failed":
                raise
            self.progress.write_bytes(written)  # into the room that it has already

    def result(self) -> str:
        """The id of the run that a job says it became; empty where it is not done."""
        found = read_object(self.progress)
        return str(found.get("result") or self.run_id) if found.get("state") == "done" else ""

    def seconds_quiet(self) -> float:
        """Since its worker last told how far it is; FileNotFoundError where it never did."""
        return time.time() - self.progress.stat().st_mtime

    # Its epochs

    def read_history(self) -> list[dict[str, Any]]:
        """The epochs that are told of; a line that was cut off or altered ends them."""
        records: list[dict[str, Any]] = []
        with contextlib.suppress(OSError, ValueError, RecursionError), bounded.opened(self.history) as stream:
            while line := stream.readline(MOST_OF_EPOCH):
                record = json.loads(line)
                if not is_epoch(record) or record["number"] != len(records) + 1:
                    break
                records.append(record)
        return records

    def append_history(self, record: Mapping[str, Any]) -> None:
        """Write an epoch down, through to the disk."""
        with self.history.open("ab") as stream:
            stream.write(_line(record))
            atomic.flush(stream)

    def cut_history(self, number: int) -> None:
        """Leave so many epochs in the history; as a whole, since its worker may be killed here as well."""
        lines = b"".join(map(_line, self.read_history()[:number]))
        found = None if self.history.exists() else b""
        with contextlib.suppress(OSError):  # longer than it shall be, or no file at all
            found = bounded.read(self.history, len(lines))
        if lines != found:
            atomic.write_whole(self.history, lines)

    def frame(self, epoch: int) -> Path:
        """The file of an epoch's frame."""
        return self.frames / f"{epoch:06d}.safetensors"

    def frame_files(self) -> list[Path]:
        """Everything that is called like a frame, in order."""
        return sorted(self.frames.glob("[!.]*.safetensors"))

    def frame_epochs(self) -> list[int]:
        """The epochs of which there is a frame, rising."""
        return sorted(int(path.stem) for path in self.frame_files() if path.stem.isdecimal())

    def write_frame(self, frame: Frame, shown: set[int]) -> None:
        """Write a frame, and remove those of other epochs than are shown."""
        snapshots.write_frame(self.frame(frame.epoch), frame)
        for epoch in set(self.frame_epochs()) - shown - {frame.epoch}:
            self.frame(epoch).unlink(missing_ok=True)

    # Who holds it, and its end

    def is_held(self) -> bool:
        """Whether a worker lives."""
        return locks.is_held(self.lock)

    @contextlib.contextmanager
    def held(self, timeout: float = _NEVER) -> Iterator[Held]:
        """Hold a job as its worker.

        Args:
            timeout: seconds to wait for it; as long as it takes if negative.

        Yields:
            Held: the folder, while it is held.

        Raises:
            filelock.Timeout: if another worker holds it all the time.
            StoreNotWritable: if the folder cannot be written.
        """
        lock, file = filelock.FileLock(self.lock), None
        while file is None:
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                lock.acquire(timeout=timeout)
                file = self.lock.open("rb")
            except filelock.Timeout:
                raise
            except FileNotFoundError:  # whoever held it has finished, and removed the folder
                lock.release()
            except OSError as error:
                lock.release()
                raise StoreNotWritable.of(self.root, error) from error
        try:
            with file:
                yield Held(self, file)
        finally:
            lock.release()

    def partials(self) -> list[Path]:
        """Files that are half written: by whoever lives, or by a worker that was killed."""
        return sorted(self.path.rglob(f".*{atomic.PARTIAL}"))

    def finish(self, progress: Progress) -> None:
        """Leave of a job only which run it became."""
        self.write_progress(progress)
        for path in (self.checkpoint, self.history, self.control, self.reserve, *self.partials()):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.frames, ignore_errors=True)

    def remove(self) -> None:
        """Remove it, at once for whoever looks; its worker calls this while it holds the job."""
        gone = self.path.with_name(f".{self.run_id}~{uuid.uuid4().hex}")
        try:
            os.replace(self.path, gone)
        except OSError:  # where the lock, which is open, keeps a folder in its place
            gone = self.path
            self.about.unlink(missing_ok=True)
        shutil.rmtree(gone, ignore_errors=True)

    def remove_unheld(self) -> bool:
        """Remove it unless a worker lives, and say whether it is gone."""
        try:
            with self.held(timeout=0.2):
                self.remove()
        except filelock.Timeout:
            return False
        return True


def folders(root: Path) -> list[JobFolder]:
    """The folders of all jobs in a folder of runs, but for those that are about to go."""
    place = root / FOLDER
    with atomic.reading(root):
        found = list(place.iterdir()) if place.is_dir() else []
    return [JobFolder(path) for path in found if path.name[0] != "."]


def read_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file of a job; an empty one where it cannot be read."""
    try:
        found = json.loads(bounded.read(path, MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=1, allow_nan=False).encode()


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record).encode() + b"\n"
