"""Worker: trains one job to its end, and keeps it so that a kill loses at most the epoch at hand.

`python -m aecore.jobs.worker RUN_ID --store FOLDER` is what `jobs.advance` spawns; `train_here` is the same
in the process at hand. What the job is told is polled between the steps of an epoch, what follows
from it is done between two epochs, or at once where the epoch at hand is given up.
"""

import argparse
import contextlib
import dataclasses
import errno
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from aecore import jobs
from aecore.config import RunConfig
from aecore.errors import AecoreError, DiskFull, JobGone, OutOfMemory, RunDamaged, Unforeseen, WorkerEnded
from aecore.jobs import Job, Progress, queue
from aecore.storage import atomic, ownership
from aecore.storage.annotations import Annotation
from aecore.storage.atomic import PARTIAL
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

if TYPE_CHECKING:  # torch stays out
    import numpy as np

    from aecore.jobs.epoch_writer import EpochWriter
    from aecore.storage.snapshots import Frame
    from aecore.training.loop import Epoch

POLL_PERIOD = 0.25
"""Seconds between two looks at what it is told, and between two signs of progress within an epoch."""
SHOWN_EVERY = 0.25
"""Seconds between two frames that are only shown; those that are kept are written whatever the pace."""
EARLY = 0.5
"""Share of the epochs in which a code that says nothing is no reason to worry yet: the learning rate rises
for 0.3 of them, and a VAE leaves its prior some time after."""
IDLE = 600.0
"""Seconds for which a paused worker waits before it ends; another one goes on from the checkpoint."""
PATIENCE = 5.0
"""Seconds for which a worker waits until another one lets go of its job."""
BUSY = ("starting", "training", "measuring")
"""What the progress of a worker says that was killed."""
SETTLED = 60.0
"""Seconds after which nobody is writing a file any more that is not whole."""


class _Stop(Exception):
    """A command that ends the work: "keep", "discard" or, where the worker makes room, "leave"."""


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
    job = jobs.submit(config, store, by="command line", rewind=rewind)
    with jobs.held(job.path) as held:
        if found := _stored(store, config):  # another process trained it while this one waited
            jobs.remove(job.path)
            return found
        job = jobs.submit(config, store, by="command line", rewind=rewind)
        jobs.send_command(job, "train")
        work = _Work(job, store, held, may_leave=False)
        try:
            run = work.run(on_epoch, on_trouble)
        except BaseException as error:
            if not held.is_there():
                raise JobGone(config.run_id) from error
            if (job.path / "checkpoint.safetensors").exists():
                with contextlib.suppress(AecoreError, OSError):
                    jobs.send_command(job, "pause")
                    work.tell("paused")
            elif job.by == "command line":
                jobs.remove(job.path)
            raise
        if held.is_there():
            jobs.remove(job.path)
    if run is None:
        raise WorkerEnded(config.run_id, work.number, "somebody discarded it")
    return run


def _stored(store: RunStore, config: RunConfig) -> StoredRun | None:
    try:
        return store.find(config)
    except RunDamaged:
        return None  # train it again; the write replaces it


class _Work:
    """One job in the hands of its worker."""

    def __init__(self, job: Job, store: RunStore, held: jobs.Held, may_leave: bool) -> None:
        self.job, self.store, self.held, self.may_leave = job, store, held, may_leave
        self.folder, self.config = job.path, job.config
        self.seconds, self._begun = 0.0, None
        self._writer: EpochWriter | None = None
        self.progress = Progress("starting", epochs=job.config.epochs_to_do)
        self._looked = self._framed = 0.0
        self._note = ""

    @property
    def number(self) -> int:
        """Whole epochs that are kept."""
        return self._writer.number if self._writer else self.progress.epoch

    def run(self, on_epoch: Callable | None, on_trouble: Callable | None = None) -> StoredRun | None:
        """Train what is left, measure and store it; None where the job was discarded or left."""
        try:
            self._begin()
            self._train(on_epoch, on_trouble)
            self._writer.flush()
            return self._finish(self.config)
        except _Stop as stop:
            if str(stop) == "discard":
                self._writer.close()
                jobs.remove(self.folder)
                return None
            self._writer.flush()
            return self._keep() if str(stop) == "keep" else None
        finally:
            if self._writer:
                self._writer.close()

    def _begin(self) -> None:
        """Load what takes long, and put the last checkpoint back."""
        self._note_start()
        import torch

        from aecore import datasets
        from aecore.jobs import finalize
        from aecore.jobs.epoch_writer import EpochWriter
        from aecore.models import build, devices, inference
        from aecore.storage import manifests, snapshots
        from aecore.training import checkpoints, loop

        self._images = datasets.load_splits(self.config.dataset)
        checkpoint = checkpoints.read(self.folder / "checkpoint.safetensors")
        threads = checkpoint.threads if checkpoint else devices.usual_threads()
        if threads != torch.get_num_threads():
            torch.set_num_threads(threads)  # another number of them adds up in another order
        device = devices.best_device()
        self._model = build.build_model(self.config, self._images[1].pixels.shape[1:]).to(device)
        manifests.check_about(finalize.describe(self.config, self._model, self._images[1]), self.config)
        self._pixels = [inference.on_device(images, device) for images in self._images]
        self._training = loop.Training(self._model, self.config, *self._pixels)
        self.seconds = 0.0
        if checkpoint and checkpoint.state.number <= len(jobs.read_history(self.folder)):
            self._restore(checkpoint)  # else it is lost what it came from: as if there were none
        elif (self.folder / "checkpoint.safetensors").exists():
            self._note = jobs.BEGUN_ANEW
        self._shown = snapshots.kept_epochs(self._training.epochs)
        self._writer = EpochWriter(self.folder, self._training.number, self._shown)
        self._count_attempt()
        self._mend_history()
        self.progress = dataclasses.replace(
            self.progress,
            epochs=self._training.epochs,
            device=str(device),
            threads=torch.get_num_threads(),
        )

    def _note_start(self) -> None:
        before = self.job.progress
        self._before = before
        if before:
            kept = {name: getattr(before, name) for name in ("epoch", "stage", "resumed_at", "handled")}
            attempt = before.attempt if before.state in BUSY else 1
            self.progress = dataclasses.replace(self.progress, **kept, attempt=attempt)
            self.seconds = before.seconds
        self.tell("starting")
        for partial in self.folder.rglob(f".*{PARTIAL}"):  # of a worker that was killed
            if time.time() - partial.stat().st_mtime > SETTLED:
                partial.unlink(missing_ok=True)

    def _restore(self, checkpoint) -> None:
        self._training.restore(checkpoint.state)
        self.seconds, self._begun = checkpoint.seconds, None

    def _count_attempt(self) -> None:
        """How often the epoch at hand was begun; a worker that was killed in it said nothing itself."""
        before, attempt = self._before, 1
        was_killed = before and before.state in BUSY
        if was_killed and before.resumed_at == self.number and before.pid != os.getpid():
            attempt = before.attempt + 1
        self.progress = dataclasses.replace(self.progress, attempt=attempt, resumed_at=self.number)
        if attempt > queue.MOST_ATTEMPTS:
            where = "while it was measured" if self._training.is_over else "in it"
            number = min(self.number + 1, self._training.epochs)
            raise WorkerEnded(self.config.run_id, number, f"its worker ended {attempt - 1} times {where}")

    def _mend_history(self) -> None:
        """Take away what the checkpoint does not count; as a whole, since this may be killed as well."""
        records, path = jobs.read_history(self.folder)[: self.number], self.folder / "history.jsonl"
        lines = "".join(json.dumps(record) + "\n" for record in records).encode()
        if lines != (path.read_bytes() if path.exists() else b""):
            atomic.write_whole(path, lines)

    def _train(self, on_epoch: Callable | None, on_trouble: Callable | None) -> None:
        from aecore.jobs.finalize import rounded
        from aecore.storage import records

        self.tell("training")
        self._show_waiting()
        self._expect()
        while not self._training.is_over:
            self._wait()
            self._begun = time.perf_counter()
            epoch = self._training.epoch(self._poll)
            frame = self._frame() if self._is_shown() else None
            before = self.progress.trouble
            if frame:
                self._look_for_trouble(frame.codes, epoch.test)
            if on_trouble and self.progress.trouble and not before:
                on_trouble(self.progress.trouble)
            self.seconds, self._begun = self._seconds_so_far(), None
            record = rounded(dataclasses.asdict(epoch))
            records.check_epoch(record, self.config.run_id)
            self._keep_epoch(record, frame)
            self.progress = dataclasses.replace(self.progress, stage=epoch.stage)
            self.tell("training")
            if on_epoch:
                on_epoch(epoch)

    def _keep_epoch(self, record: dict, frame: "Frame | None") -> None:
        import torch

        from aecore.training.checkpoints import Checkpoint

        state = Checkpoint(self._training.state(), self.seconds, torch.get_num_threads())
        self._writer.write(record, state, frame)

    def _is_shown(self) -> bool:
        """Whether the plane shows the epoch just ended: those that are kept, and others at some pace."""
        return self._training.number in self._shown or time.perf_counter() - self._framed >= SHOWN_EVERY

    def _frame(self, is_exact: bool = False) -> "Frame":
        from aecore.jobs import snapshot

        self._framed = time.perf_counter()
        is_exact = is_exact or self._training.is_over
        return snapshot.take_snapshot(self._model, self._pixels[1], self._training.number, is_exact)

    def _expect(self) -> None:
        """How long the closing measurement will take, so that the time left has it from the start."""
        import torch

        from aecore.jobs import estimation, profile
        from aecore.models import inference

        model, test = self._model, self._pixels[1]
        started = time.perf_counter()
        inference.test_terms(model, test)
        terms = time.perf_counter() - started
        few = inference.to_float(test.take(slice(2)))
        bound = model.negative_elbo(few, torch.Generator(test.images.device))
        own = profile.own_after(terms / 2, terms, *self._images, bound is not None)
        after = estimation.seconds_after(self.config, *self._images, own, self.store)
        self.progress = dataclasses.replace(self.progress, after=after)

    def _look_for_trouble(self, codes: "np.ndarray", terms: dict[str, float]) -> None:
        """Whether the code says nothing so far; a posterior may take a while to leave its prior."""
        from aecore.evaluation import collapse
        from aecore.jobs import snapshot

        found = collapse.of_run(
            snapshot.early_numbers(self._model, self._pixels[1], codes, terms), self.config.latent_dim
        )
        is_early = self._training.number < EARLY * self._training.epochs and found.kind != "constant codes"
        trouble = found.advice if found.is_total and not is_early else ""
        self.progress = dataclasses.replace(self.progress, trouble=trouble)

    def _show_waiting(self) -> None:
        """Show the epoch after which it stands, whatever the pace, if that is not shown already."""
        if not jobs.frame_path(self.folder, self.number).exists():
            self._writer.show(self._frame())

    def _poll(self, share: float) -> None:
        """Between two steps: what it is told, and how far the epoch is."""
        now = time.perf_counter()
        if now - self._looked < POLL_PERIOD:
            return
        self._looked = now
        command, _ = jobs.control(self.folder)
        if command == "discard" or (command == "keep" and self.number):
            raise _Stop(command)
        self.tell("training", share=share)

    def _check_there(self) -> None:
        """End where the job's folder was removed: nobody sees or can stop what goes on without it."""
        if not self.held.is_there():
            raise JobGone(self.config.run_id)

    def _wait(self) -> None:
        """Between two epochs: go on, or wait until somebody commands it."""
        since = time.monotonic()
        while True:
            self._check_there()
            command, serial = jobs.control(self.folder)
            if command != "train":
                self._writer.flush()
            if command == "discard" or (command == "keep" and self.number):
                raise _Stop(command)
            if command == "train" or (command == "step" and serial > self.progress.handled):
                self.progress = dataclasses.replace(self.progress, handled=serial)
                if self.progress.state == "paused":
                    if self.may_leave and not _has_room(self.job, self.store):
                        self.progress = dataclasses.replace(self.progress, handled=max(serial - 1, 0))
                        self.tell("paused")
                        raise _Stop("leave")
                    self.tell("training")
                return
            if self.progress.state != "paused":
                self.progress = dataclasses.replace(self.progress, handled=serial)
                self._show_waiting()
                self.tell("paused")
            waited = time.monotonic() - since
            if self.may_leave and (waited > IDLE or jobs.is_someone_waiting(self.job, self.store)):
                raise _Stop("leave")
            time.sleep(POLL_PERIOD / 2)

    def _seconds_so_far(self) -> float:
        """Seconds trained, with those of the epoch at hand."""
        return self.seconds + (time.perf_counter() - self._begun if self._begun else 0.0)

    def tell(self, state: str, *, share: float = 0.0, note: str = "", **more: str) -> None:
        """Write how far the job is; `JobGone` where its folder is."""
        self._check_there()
        if state == "training" and self._writer:
            share += self._training.number - self.number  # an epoch that is not written yet
        seconds = self._seconds_so_far()
        known = {"state": state, "epoch": self.number, "seconds": seconds, "share": share}
        known["note"] = note or self._note
        self.progress = dataclasses.replace(self.progress, **known, **more)
        jobs.write_progress(self.folder, self.progress)

    def _keep(self) -> StoredRun | None:
        """Store the run as it was after its last whole epoch."""
        from aecore.training import checkpoints

        checkpoint = checkpoints.read(self.folder / "checkpoint.safetensors")
        if checkpoint is None:
            raise JobGone(self.config.run_id)
        self._restore(checkpoint)
        self._writer.show(self._frame(is_exact=True))
        config = self.config.stopped(self.number, self._training.epochs)
        if config != self.config:
            is_own = ownership.owner_of(self.store.root, config.run_id) == self.job.owner
            if not is_own and (found := _stored(self.store, config)):  # somebody else has the same run
                return self._done(found)
        try:
            return self._finish(config)
        except _Stop:
            jobs.remove(self.folder)
            return None

    def _finish(self, config: RunConfig) -> StoredRun:
        from aecore.jobs.finalize import build_finished_run
        from aecore.storage import replay

        history = jobs.read_history(self.folder)[: self.number]
        rewind = None
        if self.job.rewind:
            paths = (self.folder / "frames").glob("[0-9]*.safetensors")
            rewind = replay.assemble(path for path in sorted(paths) if int(path.stem) <= self.number)
        self._measuring_since, self._expected = time.perf_counter(), self.progress.after
        self.tell("measuring")
        measured = history, self.seconds, self._measuring, self.store
        run = build_finished_run(config, self._model, *self._images, *measured)
        label = Annotation(self.job.name, self.job.note) if self.job.name or self.job.note else None
        run = dataclasses.replace(run, rewind=rewind, label=label)
        self.tell("measuring", share=1.0, note="storing the run")
        if len(history) != self.number:
            raise JobGone(self.config.run_id)
        with self.store.lock(config):
            ownership.claim(self.store.root, config.run_id, self.job.owner)  # kept early it has another id
            return self._done(self.store.write(run))

    def _done(self, stored: StoredRun) -> StoredRun:
        """Say which run the training became."""
        self.progress = dataclasses.replace(self.progress, result=stored.run_id)
        self.tell("done", share=1.0)
        return stored

    def _measuring(self, share: float, note: str) -> None:
        command, _ = jobs.control(self.folder)
        if command == "discard":
            raise _Stop(command)
        left = self._expected - (time.perf_counter() - self._measuring_since)
        self.progress = dataclasses.replace(self.progress, after=max(left, 0.0))
        self.tell("measuring", share=share, note=note)


def _has_room(job: Job, store: RunStore) -> bool:
    """Whether fewer workers than may be are at work beside this one's job."""
    others = [other for other in jobs.listing(store) if other.run_id != job.run_id]
    active = [other for other in others if other.is_alive and other.state != "paused"]
    before = [o for o in active if o.state in ("training", "measuring") or o.submitted < job.submitted]
    return len(before) < jobs.slots()


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
    log = root / jobs.FOLDER / config.run_id / "worker.log"
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
            _serve(job.path, store)
    except filelock.Timeout:
        return  # another worker has it
    with contextlib.suppress(AecoreError):
        jobs.advance(store)


def _serve(folder: Path, store: RunStore) -> None:
    """Train a job if nobody else does, and tell of what ended it where something did."""
    with jobs.held(folder, PATIENCE) as held:
        job = jobs.find(folder.name, store)
        if job is None and {path.name for path in folder.iterdir()} <= {"worker.lock"}:
            jobs.remove(folder)  # somebody discarded it while this worker waited
        elif job and not job.progress_is_final and _has_room(job, store):
            _attempt(job, store, held)


def _attempt(job: Job, store: RunStore, held: jobs.Held) -> None:
    work = _Work(job, store, held, may_leave=True)
    try:
        if work.run(None):
            jobs.finish(job.path, work.progress)
    except Exception as error:
        logging.getLogger(__name__).exception("%s failed", job.run_id)
        if not held.is_there():
            return
        (job.path / "reserve").unlink(missing_ok=True)
        _, serial = jobs.control(job.path)
        work.progress = dataclasses.replace(work.progress, handled=serial)
        work.tell("failed", error=worded(job.config, error, store.root))


if __name__ == "__main__":
    sys.exit(main())
