"""Trainer: one job in the hands of its worker, kept so that a kill loses at most the epoch at hand.

What the job is told is polled between the steps of an epoch; what follows from it is done between two
epochs, or at once where the epoch at hand is given up.
"""

import contextlib
import dataclasses
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aecore.config import RunConfig
from aecore.errors import JobGone, RunDamaged, WorkerEnded
from aecore.jobs import queue
from aecore.jobs.job import BEGUN_ANEW, Job
from aecore.storage import job_progress, ownership
from aecore.storage.annotations import Annotation
from aecore.storage.job_folder import Held
from aecore.storage.job_progress import Progress
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

if TYPE_CHECKING:  # torch stays out
    import numpy as np

    from aecore.jobs.epoch_writer import EpochWriter
    from aecore.storage.snapshots import Frame
    from aecore.training.checkpoints import Checkpoint
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
SETTLED = 60.0
"""Seconds after which nobody is writing a file any more that is not whole."""
LEARNED_AFTER = (1, 2, 3, 10, 100)
"""Epochs of a worker after which their pace is kept, and after the last, whether or not it ends there."""
MOST_ATTEMPTS = 3
"""Times that an epoch is begun before the job is given up."""


class _Stop(Exception):
    """A command that ends the work: "keep", "discard" or, where the worker makes room, "leave"."""


def find_stored(store: RunStore, config: RunConfig) -> StoredRun | None:
    """The run of a config; None where it was never trained, or where a training replaces what is damaged."""
    try:
        return store.find(config)
    except RunDamaged:
        return None


class Trainer:
    """One job in the hands of its worker."""

    def __init__(self, job: Job, store: RunStore, held: Held, may_leave: bool) -> None:
        self.job, self.store, self.held, self.may_leave = job, store, held, may_leave
        self.folder, self.config = job.folder, job.config
        self._born = time.perf_counter() - (time.process_time() if may_leave else 0.0)  # what Python took
        self.seconds, self._begun = 0.0, None
        self._epochs: dict[str, list[float]] = {}
        self._steps: list[float] = []
        self._opened: EpochWriter | None = None
        self.progress = Progress("starting", epochs=job.config.epochs_to_do)
        self._looked = self._framed = 0.0
        self._note = ""

    @property
    def number(self) -> int:
        """Whole epochs that are kept."""
        return self._opened.number if self._opened else self.progress.epoch

    @property
    def _writer(self) -> "EpochWriter":
        assert self._opened is not None, "opened before anything is trained"
        return self._opened

    def run(
        self, on_epoch: Callable[["Epoch"], None] | None, on_trouble: Callable[[str], None] | None = None
    ) -> StoredRun | None:
        """Train what is left, measure and store it; None where the job was discarded or left."""
        try:
            self._begin()
            self._train(on_epoch, on_trouble)
            self._writer.flush()
            return self._finish(self.config)
        except _Stop as stop:
            if self._epochs:
                self._keep_pace()
            if str(stop) == "discard":
                self._writer.close()
                self.folder.remove()
                return None
            self._writer.flush()
            return self._keep() if str(stop) == "keep" else None
        finally:
            if self._opened:
                self._opened.close()

    def _begin(self) -> None:
        """Load what takes long, and put the last checkpoint back."""
        self._note_start()
        import torch

        from aecore import datasets
        from aecore.jobs import finalize
        from aecore.jobs.epoch_writer import EpochWriter
        from aecore.models import build, devices, inference
        from aecore.storage import archive_validation, snapshots
        from aecore.training import checkpoints, loop

        self._images = datasets.load_splits(self.config.dataset)
        checkpoint = checkpoints.read(self.folder.checkpoint)
        threads = checkpoint.threads if checkpoint else devices.usual_threads()
        if threads != torch.get_num_threads():
            torch.set_num_threads(threads)  # another number of them adds up in another order
        device = devices.best_device()
        self._model = build.build_model(self.config, self._images[1].pixels.shape[1:]).to(device)
        about = finalize.describe(self.config, self._model, self._images[1])
        shapes = {name: tuple(tensor.shape) for name, tensor in self._model.state_dict().items()}
        archive_validation.check_about(about, self.config, shapes)
        self._pixels = [inference.on_device(images, device) for images in self._images]
        self._training = loop.Training(self._model, self.config, *self._pixels)
        self.seconds = 0.0
        if checkpoint and checkpoint.state.number <= len(self.folder.read_history()):
            self._restore(checkpoint)  # else it is lost what it came from: as if there were none
        elif self.folder.checkpoint.exists():
            self._note = BEGUN_ANEW
        self._shown = snapshots.kept_epochs(self._training.epochs)
        self._opened = EpochWriter(self.folder, self._training.number, self._shown)
        self._count_attempt()
        self.folder.cut_history(self.number)
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
            attempt = before.attempt if before.state in job_progress.BUSY else 1
            self.progress = dataclasses.replace(self.progress, **kept, attempt=attempt)
            self.seconds = before.seconds
        self.tell("starting")
        for partial in self.folder.partials():  # of a worker that was killed
            if time.time() - partial.stat().st_mtime > SETTLED:
                partial.unlink(missing_ok=True)

    def _restore(self, checkpoint: "Checkpoint") -> None:
        self._training.restore(checkpoint.state)
        self.seconds, self._begun = checkpoint.seconds, None

    def _count_attempt(self) -> None:
        """How often the epoch at hand was begun; a worker that was killed in it said nothing itself."""
        before, attempt = self._before, 1
        if before and before.state in job_progress.BUSY and before.pid != os.getpid():  # it was killed
            attempt = before.attempt + 1 if before.resumed_at == self.number else 1
        self.progress = dataclasses.replace(self.progress, attempt=attempt, resumed_at=self.number)
        if attempt > MOST_ATTEMPTS:
            where = "while it was measured" if self._training.is_over else "in it"
            number = min(self.number + 1, self._training.epochs)
            raise WorkerEnded(self.config.run_id, number, f"its worker ended {attempt - 1} times {where}")

    def _train(
        self, on_epoch: Callable[["Epoch"], None] | None, on_trouble: Callable[[str], None] | None
    ) -> None:
        from aecore.jobs.finalize import rounded
        from aecore.storage import records

        self.tell("training")
        self._show_waiting()
        self._start = time.perf_counter() - self._born  # without a guess that is made once for a data set
        self._expect()
        while not self._training.is_over:
            self._wait()
            self._begun = started = time.perf_counter()
            self._steps = []
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
            self._learn_pace(epoch.stage, time.perf_counter() - started)
            if on_epoch:
                on_epoch(epoch)

    def _keep_epoch(self, record: dict[str, Any], frame: "Frame | None") -> None:
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
        from aecore.jobs import closing, estimate

        self._own = closing.own_seconds(self._model, *self._images, self._pixels[1])
        after = estimate.seconds_after(self.config, *self._images, self._own, self.store)
        self.progress = dataclasses.replace(self.progress, after=after)

    def _learn_pace(self, stage: str, seconds: float) -> None:
        """Note how long an epoch took, and keep what is known: early for who waits, and once all are done."""
        from aecore.jobs import estimate

        if stage not in self._epochs:  # its first steps take what no later ones do
            seconds = estimate.steady_seconds(seconds, self._steps)
        self._epochs.setdefault(stage, []).append(seconds)
        if sum(map(len, self._epochs.values())) in LEARNED_AFTER or self._training.is_over:
            self._keep_pace()

    def _keep_pace(self) -> None:
        from aecore.jobs import estimate

        estimate.learn_pace(self.config, self._model, self._start, self._epochs, self._own, self.store)

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
        if not self.folder.frame(self.number).exists():
            self._writer.show(self._frame())

    def _poll(self, share: float) -> None:
        """Between two steps: what it is told, and how far the epoch is."""
        now = time.perf_counter()
        self._steps.append(now)
        if now - self._looked < POLL_PERIOD:
            return
        self._looked = now
        command, _ = self.folder.read_command()
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
            command, serial = self.folder.read_command()
            if command != "train":
                self._writer.flush()
            if command == "discard" or (command == "keep" and self.number):
                raise _Stop(command)
            if command == "train" or (command == "step" and serial > self.progress.handled):
                self.progress = dataclasses.replace(self.progress, handled=serial)
                if self.progress.state == "paused":
                    if self.may_leave and not queue.has_room(self.job, self.store):
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
            if self.may_leave and (waited > IDLE or queue.is_someone_waiting(self.job, self.store)):
                raise _Stop("leave")
            time.sleep(POLL_PERIOD / 2)

    def _seconds_so_far(self) -> float:
        """Seconds trained, with those of the epoch at hand."""
        return self.seconds + (time.perf_counter() - self._begun if self._begun else 0.0)

    def tell(self, state: str, *, share: float = 0.0, note: str = "", **more: str) -> None:
        """Write how far the job is; `JobGone` where its folder is."""
        self._check_there()
        if state == "training" and self._opened:
            share += self._training.number - self.number  # an epoch that is not written yet
        seconds = self._seconds_so_far()
        known = {"state": state, "epoch": self.number, "seconds": seconds, "share": share}
        known["note"] = note or self._note
        self.progress = dataclasses.replace(self.progress, **known, **more)
        self.folder.write_progress(self.progress)

    def _keep(self) -> StoredRun | None:
        """Store the run as it was after its last whole epoch."""
        from aecore.training import checkpoints

        checkpoint = checkpoints.read(self.folder.checkpoint)
        if checkpoint is None:
            raise JobGone(self.config.run_id)
        self._restore(checkpoint)
        self._writer.show(self._frame(is_exact=True))
        config = self.config.stopped(self.number, self._training.epochs)
        if config != self.config:
            is_own = ownership.owner_of(self.store.root, config.run_id) == self.job.owner
            if not is_own and (found := find_stored(self.store, config)):  # somebody else has the same run
                return self._done(found)
        try:
            return self._finish(config)
        except _Stop:
            self.folder.remove()
            return None

    def _finish(self, config: RunConfig) -> StoredRun:
        from aecore.evaluation import baselines
        from aecore.jobs import estimate
        from aecore.jobs.finalize import build_finished_run
        from aecore.storage import replay

        history = self.folder.read_history()[: self.number]
        rewind = None
        if self.job.rewind:
            epochs = [epoch for epoch in self.folder.frame_epochs() if epoch <= self.number]
            with contextlib.suppress(RunDamaged):  # a training is not lost for a look back
                rewind = replay.assemble(map(self.folder.frame, epochs), config=self.config)
        self._measuring_since, self._expected = time.perf_counter(), self.progress.after
        self.tell("measuring")
        self._measuring(0.0, "working out what the mean image and PCA reach, once for this data set")
        held_against = baselines.kept(config, *self._images, self.store)
        started = time.perf_counter()
        measured = history, self.seconds, held_against, self._measuring
        run = build_finished_run(config, self._model, *self._images, *measured)
        estimate.learn_closing(config.dataset, time.perf_counter() - started - self._own, self.store)
        annotation = Annotation(self.job.name, self.job.note) if self.job.name or self.job.note else None
        run = dataclasses.replace(run, rewind=rewind, annotation=annotation)
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
        command, _ = self.folder.read_command()
        if command == "discard":
            raise _Stop(command)
        left = self._expected - (time.perf_counter() - self._measuring_since)
        self.progress = dataclasses.replace(self.progress, after=max(left, 0.0))
        self.tell("measuring", share=share, note=note)
