"""The worker: commands, accidents, and a run that does not show how often it was interrupted."""

import dataclasses
import errno
import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import filelock
import numpy as np
import pytest
import torch

from aecore import datasets, jobs
from aecore.config import RunConfig
from aecore.errors import (
    DiskFull,
    JobGone,
    NotYours,
    OutOfMemory,
    ReadOnly,
    RunDamaged,
    TrainingDiverged,
    Unforeseen,
    WorkerEnded,
)
from aecore.evaluation import two_sample
from aecore.jobs import Job, JobFolder, Progress, estimate, finalize, queue, snapshot, trainer, worker
from aecore.jobs.epoch_writer import EpochWriter
from aecore.models import build, devices, inference, variants
from aecore.storage import job_folder, replay, snapshots
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore
from aecore.training import checkpoints, loop
from tests.conftest import ROOT, quick
from tests.core.models.small_models import stored_digits, trained

EPOCHS = 6


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "store")


def configured(variant: str = "ae", epochs: int = EPOCHS, **settings: Any) -> RunConfig:
    return variants.configure(variant, "digits", **quick(variant, epochs) | {"batch_size": 256} | settings)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run of a config that nobody interrupted; trained once, and measured as the asking test is."""
    stores: dict[tuple, RunStore] = {}

    def found(config: RunConfig) -> StoredRun:
        shipped = RunStore().roots[1:]
        key = two_sample.STEPS, *(shipped if shipped[0].exists() else ())
        if not (store := stores.get(key)):
            store = stores[key] = RunStore(tmp_path_factory.mktemp("whole"), *shipped)
        return store.find(config) or worker.train_here(config, store)

    return found


def same(one: StoredRun, other: StoredRun) -> bool:
    """Whether two runs are equal in every bit but for the seconds that they took."""
    for arrays in ("weights", "arrays"):
        first, second = getattr(one, arrays), getattr(other, arrays)
        assert first.keys() == second.keys()
        assert all(first[name].dtype == second[name].dtype for name in first)
        assert all(np.array_equal(first[name], second[name]) for name in first)
    timeless = [[record | {"seconds": 0} for record in run.history] for run in (one, other)]
    assert timeless[0] == timeless[1]
    assert one.content("metrics.json") == other.content("metrics.json")
    return True


class Scene:
    """A job and its worker in this process, with something that happens after chosen epochs.

    Attributes:
        told: the states that the worker told, each as (state, epoch).
        naps: what happens one after the other when the worker waits.
    """

    def __init__(self, store: RunStore, config: RunConfig, **given: Any) -> None:
        """Hand the job in."""
        self.store, self.config = store, config
        self.job = jobs.submit(config, store, **given)
        self.told: list[tuple[str, int]] = []
        self.naps: list[Callable[[], object]] = []
        self.after: dict[int, Callable[[], object]] = {}

    def command(self, command: str) -> Callable[[], None]:
        """Something that happens: a command."""
        return lambda: jobs.send_command(self.job, command)

    @property
    def now(self) -> Job | None:
        """The job as its folder tells of it at this moment."""
        return jobs.find(self.config.run_id, self.store)

    def nap(self) -> None:
        """In place of waiting; where nothing more is to happen it would be for ever."""
        assert self.naps, f"it waits after {self.told[-3:]}"
        self.naps.pop(0)()

    def serve(self) -> StoredRun | None:
        """Be a spawned worker; the run that the job became, if any."""
        worker._serve(self.job.folder, self.store)
        progress = self.now.progress if self.now else None
        return self.store.open(progress.result) if progress and progress.result else None


@pytest.fixture
def scene(store, monkeypatch):
    """Set a scene; every step looks at what it is told, and waiting takes no time."""
    scenes: list[Scene] = []

    def begin(config: RunConfig | None = None, **given: Any) -> Scene:
        scenes.append(Scene(store, config or configured(), **given))
        return scenes[-1]

    def told(folder: JobFolder, progress: Progress, own: Callable = JobFolder.write_progress) -> None:
        own(folder, progress)
        if folder == scenes[-1].job.folder:  # else another run is trained, to compare with
            scenes[-1].told.append((progress.state, progress.epoch))

    def kept(self: trainer.Trainer, *given: Any, own: Callable = trainer.Trainer._keep_epoch) -> None:
        own(self, *given)
        number = self._training.number
        if self.folder == scenes[-1].job.folder and number in scenes[-1].after:
            self._writer.flush()
            scenes[-1].after[number]()

    monkeypatch.setattr(trainer, "POLL_PERIOD", 0.0)
    monkeypatch.setattr(JobFolder, "write_progress", told)
    monkeypatch.setattr(trainer.Trainer, "_keep_epoch", kept)
    clock = {name: getattr(time, name) for name in ("monotonic", "perf_counter", "process_time", "time")}
    monkeypatch.setattr(trainer, "time", SimpleNamespace(**clock, sleep=lambda _: scenes[-1].nap()))
    return begin


def broken(monkeypatch: pytest.MonkeyPatch, epoch: int, error: Callable[[], BaseException]) -> None:
    """Have every training raise an error in the middle of an epoch, until the patch is undone."""
    own = loop.Training.epoch

    def breaks(self: loop.Training, report: Callable | None = None) -> loop.Epoch:
        if self.number + 1 < epoch:
            return own(self, report)

        def stop(share: float) -> None:
            if share >= 0.5:
                raise error()

        return own(self, stop)

    monkeypatch.setattr(loop.Training, "epoch", breaks)


# To the end


@pytest.mark.parametrize("variant", ["ae", "vae", "pca", "stacked"])
def test_a_worker_trains_a_job_to_the_run_that_anybody_gets(scene, whole, variant):
    config = configured(variant, 10 if variant == "stacked" else EPOCHS)
    one = scene(config, by="dashboard")
    assert same(one.serve(), whole(config))
    assert (one.now.state, one.now.progress.result) == ("done", config.run_id)
    assert dict.fromkeys(state for state, _ in one.told) == dict.fromkeys(
        ["starting", "training", "measuring", "done"]
    )
    epochs = [epoch for _, epoch in one.told]
    assert epochs == sorted(epochs)
    assert sorted(path.name for path in one.job.path.iterdir()) == [
        "job.json",
        "progress.json",
        "worker.lock",
    ]


@pytest.fixture
def progresses(monkeypatch):
    """Everything that workers tell of their jobs."""
    told: list[Progress] = []

    def keeping(folder: JobFolder, progress: Progress, own: Callable = JobFolder.write_progress) -> None:
        told.append(progress)
        own(folder, progress)

    monkeypatch.setattr(JobFolder, "write_progress", keeping)
    return told


def test_what_measuring_will_take_is_told_from_the_first_epoch_and_runs_down(store, progresses, monkeypatch):
    monkeypatch.setattr(estimate, "seconds_after", lambda *_: 90.0)
    worker.train_here(configured(epochs=2), store)
    while_training = [one.after for one in progresses if one.state == "training" and one.epoch + one.share]
    assert set(while_training) == {90.0}
    measuring = [one.after for one in progresses if one.state == "measuring"]
    assert measuring == sorted(measuring, reverse=True)
    assert measuring[0] == 90.0
    assert 0 <= measuring[-1] < 90.0


def test_a_code_that_says_nothing_is_told_of_while_it_trains_and_once(store, progresses):
    said: list[str] = []
    worker.train_here(configured(epochs=4, learning_rate=10.0), store, on_trouble=said.append)
    assert len(said) == 1
    assert "lower learning rate" in said[0]
    assert "comparisons" not in said[0]
    assert said[0] in {one.trouble for one in progresses if one.state == "training"}


def test_a_code_that_is_in_use_is_no_trouble(store, progresses):
    said: list[str] = []
    worker.train_here(configured(epochs=60, hidden=(128, 64)), store, on_trouble=said.append)
    assert not said
    assert {one.trouble for one in progresses} == {""}


def test_what_a_job_was_called_is_what_its_run_is_called(scene):
    run = scene(configured(epochs=1), name="tiny", note="on a Monday").serve()
    assert (run.annotation.name, run.annotation.note) == ("tiny", "on a Monday")
    assert not scene(configured(epochs=1, seed=1)).serve().annotation


@pytest.mark.parametrize("kept", [False, True])
def test_a_name_that_no_run_can_have_costs_no_training(scene, kept):
    """Handed in by a version that did not look at it."""
    one = scene(configured())
    about = json.loads((one.job.path / "job.json").read_bytes())
    about |= {"name": "a\u200fb\ud800" + "c" * 80, "note": "n" * 1500}
    (one.job.path / "job.json").write_text(json.dumps(about))
    if kept:
        one.after = {2: one.command("keep")}
    label = one.serve().annotation
    assert (label.name, label.note) == ("ab" + "c" * 58, "n" * 1000)


def test_a_run_keeps_its_epochs_only_if_it_shall(scene, store):
    run = scene(configured(epochs=3)).serve()
    assert replay.open_rewind(run).epochs == [0, 1, 2, 3]
    assert not scene(configured(epochs=3, seed=1), rewind=False).serve().has_rewind


def test_a_training_whose_frames_are_all_damaged_is_kept_without_them(scene, monkeypatch):
    def damaged(path, config=None):
        raise RunDamaged(path, "it is cut")

    monkeypatch.setattr(replay, "read_frame", damaged)
    run = scene(configured(epochs=3)).serve()
    assert (len(run.history), run.has_rewind) == (3, False)


def test_a_rewind_does_not_show_that_its_training_was_interrupted(scene, whole, monkeypatch):
    config = configured("vae", 60)  # more epochs than are kept
    one = scene(config)
    for epoch in (7, 23, 41):
        with monkeypatch.context() as patch:
            broken(patch, epoch, KeyboardInterrupt)
            with pytest.raises(KeyboardInterrupt):
                one.serve()
    assert one.serve().rewind_path.read_bytes() == whole(config).rewind_path.read_bytes()
    assert replay.open_rewind(whole(config)).epochs == snapshots.kept_epochs(60)


def test_only_the_last_codes_of_a_rewind_need_the_exact_products(scene, monkeypatch):
    monkeypatch.setattr(devices, "multiplies_bfloat16", lambda device: True)
    own, mixed = snapshot.inference.encode, []
    monkeypatch.setattr(
        snapshot.inference,
        "encode",
        lambda *given: (mixed.append(torch.is_autocast_enabled("cpu")), own(*given))[1],
    )
    one = scene(configured("vae", 4))
    run = one.serve()
    assert mixed[:6] == [True, True, True, True, False, False]  # and in the closing measurement
    assert not any(mixed[4:])
    kept = replay.open_rewind(run)
    weights = {name: torch.tensor(array).float() for name, array in run.weights.items()}
    model = build.build_model(one.config, run.image_shape)
    model.load_state_dict(weights)
    test = inference.on_device(datasets.load_images("digits", "test"), torch.device("cpu"))
    np.testing.assert_allclose(kept.codes(4), own(model, test).mean, atol=0.01)


def test_codes_with_the_products_of_training_are_close_to_the_exact_ones(monkeypatch):
    monkeypatch.setattr(devices, "multiplies_bfloat16", lambda device: True)
    model, test = trained("vae", 20).model, stored_digits("test")
    rough, exact = (snapshot.take_snapshot(model, test, 3, is_exact) for is_exact in (False, True))
    assert rough.codes.dtype == exact.codes.dtype == np.float32
    apart = np.abs(rough.codes - exact.codes) / exact.codes.std(0)
    assert 0 < np.quantile(apart, 0.9) < 0.01
    np.testing.assert_array_equal(exact.codes, snapshot.inference.encode(model, test).mean)


def test_a_frame_stays_as_it_is_while_the_model_is_trained_on():
    model = build.build_model(configured("conv_vae"), (8, 8, 1))
    frame = snapshot.take_snapshot(model, stored_digits("test"), 0, is_exact=True)
    before = {name: array.copy() for name, array in frame.decoder.tensors.items()}
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    assert before
    assert all(np.array_equal(frame.decoder.tensors[name], before[name]) for name in before)


def test_what_is_kept_stays_as_it_is_while_the_training_goes_on(tmp_path):
    tensors = {"weight": torch.zeros(1000, 1000)}
    writer = EpochWriter(JobFolder(tmp_path), 0, [])
    state = loop.State(1, tensors, {})
    writer.write({"number": 1}, checkpoints.Checkpoint(state, 1.0, 1), None)
    tensors["weight"].add_(1.0)
    writer.close()
    assert not checkpoints.read(tmp_path / "checkpoint.safetensors").state.tensors["weight"].any()
    assert writer.number == 1


def test_an_epoch_that_could_not_be_written_is_told_of_with_the_next_and_not_counted(tmp_path, monkeypatch):
    writer = EpochWriter(JobFolder(tmp_path), 0, [])
    state = loop.State(1, {"weight": torch.zeros(2)}, {})

    def refuse(*given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints, "write", refuse)
    writer.write({"number": 1}, checkpoints.Checkpoint(state, 1.0, 1), None)
    with pytest.raises(OSError, match="No space left"):
        writer.write({"number": 2}, checkpoints.Checkpoint(state, 1.0, 1), None)
    writer.flush()
    writer.close()
    assert writer.number == 0


def test_frames_that_are_not_kept_are_shown_and_go(scene, monkeypatch):
    monkeypatch.setattr(trainer, "SHOWN_EVERY", 0.0)
    one = scene(configured(epochs=100))
    seen = set()
    one.after = {epoch: lambda: seen.add(tuple(one.now.frame_epochs)) for epoch in range(1, 101)}
    one.serve()
    kept = snapshots.kept_epochs(100)
    newest = {listed[-1] for listed in seen}
    assert newest == set(range(1, 101))
    assert all(set(listed[:-1]) <= set(kept) for listed in seen)


# Wishes


def test_a_paused_training_waits_after_its_epoch_and_goes_on(scene, whole):
    one = scene()
    one.after = {2: one.command("pause")}
    one.naps = [lambda: None, lambda: None, one.command("train")]
    assert same(one.serve(), whole(one.config))
    paused = [epoch for state, epoch in one.told if state == "paused"]
    assert paused == [2]


def test_a_pause_asked_for_in_the_middle_of_an_epoch_waits_for_its_end(scene, monkeypatch):
    one = scene()
    own = loop.Training.epoch

    def asked(self: loop.Training, report: Callable) -> loop.Epoch:
        if self.number == 2:  # two epochs are done, the third is at hand
            jobs.send_command(one.job, "pause")
        return own(self, report)

    monkeypatch.setattr(loop.Training, "epoch", asked)
    one.naps = [one.command("discard")]
    one.serve()
    assert ("paused", 3) in one.told


def test_one_epoch_at_a_time(scene, whole):
    one = scene()
    one.after = {1: one.command("pause")}
    one.naps = [one.command("step"), one.command("step"), lambda: None, one.command("train")]
    assert same(one.serve(), whole(one.config))
    assert [epoch for state, epoch in one.told if state == "paused"] == [1, 2, 3]


def test_a_step_of_a_job_without_a_worker_is_one_epoch(scene, whole):
    one = scene()
    one.after = {3: one.command("pause")}
    one.naps = [lambda: jobs.submit(configured(seed=1), one.store)]
    assert one.serve() is None
    jobs.dismiss(jobs.find(configured(seed=1).run_id, one.store))
    jobs.send_command(one.job, "step")
    one.naps = [one.command("train")]
    assert same(one.serve(), whole(one.config))
    assert [epoch for state, epoch in one.told if state == "paused"] == [3, 4]


@pytest.mark.parametrize("variant", ["ae", "vae", "aae", "conditional_vae"])
@pytest.mark.parametrize("number", [1, 4])
def test_stop_and_keep_stores_what_a_training_of_so_many_epochs_gives(scene, whole, variant, number):
    one = scene(configured(variant), name="cut short")
    one.after = {number: one.command("keep")}
    run = one.serve()
    stopped = dataclasses.replace(one.config, stop_after=number)
    assert run.config == stopped
    assert one.now.progress.result == stopped.run_id
    assert len(run.history) == number
    assert same(run, whole(stopped))
    assert run.annotation.name == "cut short"
    assert one.store.find(one.config) is None


@pytest.mark.parametrize("number", range(1, 10))
def test_in_any_stage_what_is_kept_is_measured_as_what_was_trained(scene, whole, number):
    one = scene(configured("stacked", 10))
    one.after = {number: one.command("keep")}
    stopped = dataclasses.replace(one.config, stop_after=number)
    assert same(one.serve(), whole(stopped))
    assert ("test_error" in whole(stopped).metrics) == (number >= 7)  # only the last stage classifies


def test_keeping_in_the_middle_of_an_epoch_keeps_the_one_before(scene, whole, monkeypatch):
    one = scene(configured("aae"))
    own = trainer.Trainer._poll

    def asked(self: trainer.Trainer, share: float) -> None:
        if self._training.number == 3 and share > 0.5:
            jobs.send_command(one.job, "keep")
        own(self, share)

    monkeypatch.setattr(trainer.Trainer, "_poll", asked)
    assert same(one.serve(), whole(dataclasses.replace(one.config, stop_after=3)))
    assert {epoch for state, epoch in one.told if state == "measuring"} == {3}


def test_keeping_a_paused_training(scene, whole):
    one = scene()
    one.after = {2: one.command("pause")}
    one.naps = [one.command("keep")]
    assert same(one.serve(), whole(dataclasses.replace(one.config, stop_after=2)))


def test_keeping_a_training_whose_worker_is_gone(scene, whole, monkeypatch):
    one = scene(configured("stacked", 10))
    with monkeypatch.context() as patch:
        broken(patch, 4, KeyboardInterrupt)  # at the border of two stages
        with pytest.raises(KeyboardInterrupt):
            one.serve()
    jobs.send_command(one.job, "keep")
    assert same(one.serve(), whole(dataclasses.replace(one.config, stop_after=3)))


def test_keeping_what_is_measured_already_keeps_all_of_it(scene, whole):
    one = scene()
    one.after = {EPOCHS: one.command("keep")}
    assert same(one.serve(), whole(one.config))


def test_keeping_again_what_was_kept_before_replaces_it(scene, whole):
    for _ in range(2):
        one = scene()
        one.after = {2: one.command("keep")}
        run = one.serve()
    assert same(run, whole(dataclasses.replace(one.config, stop_after=2)))
    assert len(one.store.listing().runs) == 1


def test_stopping_one_that_is_to_be_stopped_later_anyway(scene, whole):
    one = scene(configured(stop_after=5))
    one.after = {2: one.command("keep")}
    assert same(one.serve(), whole(configured(stop_after=2)))


@pytest.mark.parametrize(
    "when", ["between", "paused", "in an epoch", "in the first epoch", "measuring", "loading"]
)
def test_stop_and_discard_leaves_nothing(scene, monkeypatch, when):
    one = scene()
    if when == "between":
        one.after = {2: one.command("discard")}
    elif when == "paused":
        one.after, one.naps = {2: one.command("pause")}, [one.command("discard")]
    elif when == "measuring":
        monkeypatch.setattr(
            finalize.evaluation,
            "evaluate",
            lambda model, train, test, report, held_against: (
                one.command("discard")(),
                report(0.5, "and so on"),
            ),
        )
    elif when == "loading":
        own = datasets.load_images
        monkeypatch.setattr(datasets, "load_images", lambda *a: (one.command("discard")(), own(*a))[1])
    else:
        at, own = (0 if when == "in the first epoch" else 3), trainer.Trainer._poll

        def asked(self: trainer.Trainer, share: float) -> None:
            if self._training.number == at and share > 0.5:
                jobs.send_command(one.job, "discard")
            own(self, share)

        monkeypatch.setattr(trainer.Trainer, "_poll", asked)
    assert one.serve() is None
    assert list((one.store.root / ".training").iterdir()) == []
    assert one.store.listing().runs == []


def test_a_paused_training_makes_room_when_another_waits_and_has_its_turn_again(scene, whole, store):
    one = scene()
    one.after = {2: one.command("pause")}
    one.naps = [lambda: jobs.submit(configured(seed=1), store)]
    assert one.serve() is None
    assert one.now.state == "paused"
    assert not one.now.is_alive
    jobs.send_command(one.job, "train")
    one.after = {}
    assert one.now.state == "queued"
    assert same(one.serve(), whole(one.config))


def test_a_paused_training_lets_go_of_its_memory_after_a_while(scene, monkeypatch):
    monkeypatch.setattr(trainer, "IDLE", -1.0)
    one = scene()
    one.after = {2: one.command("pause")}
    assert one.serve() is None
    assert one.now.state == "paused"


def test_a_training_goes_on_only_where_there_is_room(scene, store):
    one = scene()
    other = jobs.submit(configured(seed=1), store)
    jobs.send_command(other, "pause")
    one.after = {2: one.command("pause")}
    with ExitStack() as held:

        def another_begins() -> None:
            held.enter_context(filelock.FileLock(other.path / "worker.lock"))
            other.folder.write_progress(Progress("training"))
            jobs.send_command(one.job, "train")

        one.naps = [another_begins]
        assert one.serve() is None
    assert one.now.state == "queued"  # it waits for its turn
    assert one.told[-1] == ("paused", 2)


def test_a_worker_for_which_there_is_no_room_ends_at_once(scene, store):
    one = scene()
    other = jobs.submit(configured(seed=1), store)
    other.folder.write_progress(Progress("training"))
    with filelock.FileLock(other.path / "worker.lock"):
        assert one.serve() is None
    assert one.now.state == "queued"
    assert one.now.progress is None


def test_of_two_that_begin_at_once_the_first_in_the_queue_stays(scene, store):
    other = jobs.submit(configured(seed=1), store)
    one = scene()
    other.folder.write_progress(Progress("starting"))
    with filelock.FileLock(other.path / "worker.lock"):
        assert not queue.has_room(one.job, store)
    one.job.folder.write_progress(Progress("starting"))
    with filelock.FileLock(one.job.path / "worker.lock"):
        assert queue.has_room(other, store)


# Accidents


def diverge(monkeypatch: pytest.MonkeyPatch, epoch: int, value: float) -> None:
    """Have a loss of an epoch be no number."""
    own = loop._Stepper.epoch
    monkeypatch.setattr(
        loop._Stepper,
        "epoch",
        lambda self, index, report: (
            own(self, index, report) | ({"reconstruction": value} if index + 1 == epoch else {})
        ),
    )


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_fails_with_its_sentence_and_what_was_good_can_be_kept(
    scene, whole, monkeypatch, value
):
    one = scene()
    with monkeypatch.context() as patch:
        diverge(patch, 4, value)
        one.serve()
    assert one.now.state == "failed"
    assert one.now.progress.error == (
        f"Training {one.config.run_id} stopped in epoch 4: the reconstruction loss is not a finite number. "
        "Lower the learning rate, then train again."
    )
    assert (one.now.progress.epoch, len(one.now.history)) == (3, 3)
    jobs.send_command(one.now, "keep")
    assert one.now.state == "queued"
    assert same(one.serve(), whole(dataclasses.replace(one.config, stop_after=3)))


def test_what_failed_is_tried_again_when_somebody_asks(scene, whole, monkeypatch):
    one = scene()
    with monkeypatch.context() as patch:
        diverge(patch, 4, math.nan)
        one.serve()
        jobs.send_command(one.now, "train")
        one.serve()
        assert one.now.state == "failed"
    jobs.send_command(one.now, "train")
    assert same(one.serve(), whole(one.config))


SHORTAGES = [
    MemoryError,
    partial(np._core._exceptions._ArrayMemoryError, (10**9,), np.dtype(np.float32)),
    partial(torch.OutOfMemoryError, "CUDA out of memory. Tried to allocate 20.00 GiB."),
    partial(
        RuntimeError, "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: not enough memory: you tried"
    ),
    partial(RuntimeError, "DefaultCPUAllocator: can't allocate memory: you tried to allocate 40 bytes."),
    partial(RuntimeError, "MPS backend out of memory (MPS allocated: 18.00 GB)"),
    partial(RuntimeError, "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
    partial(RuntimeError, "std::bad_alloc"),
]


@pytest.mark.parametrize("shortage", SHORTAGES, ids=range(len(SHORTAGES)))
def test_a_lack_of_memory_fails_with_a_sentence_that_says_what_to_change(scene, monkeypatch, shortage):
    one = scene()
    broken(monkeypatch, 3, shortage)
    one.serve()
    assert (one.now.state, one.now.progress.epoch) == ("failed", 2)
    assert one.now.progress.error == str(OutOfMemory(one.config.run_id, 256))
    assert "Choose a smaller batch size" in one.now.progress.error
    assert checkpoints.read(one.job.path / "checkpoint.safetensors").state.number == 2


def test_memory_that_is_really_not_there(store):
    with pytest.raises((MemoryError, RuntimeError)) as caught:
        torch.empty(2**60)
    assert worker.worded(configured(), caught.value, store.root) == str(OutOfMemory(configured().run_id, 256))


def test_an_unknown_accident_is_told_in_our_words_and_traced_in_the_log(scene, monkeypatch, caplog):
    one = scene()
    broken(monkeypatch, 2, lambda: ZeroDivisionError("by nought"))
    one.serve()
    log = one.job.path / "worker.log"
    sentence = str(Unforeseen(f"Training {one.config.run_id}", ZeroDivisionError(), str(log)))
    assert one.now.progress.error == sentence
    assert "Traceback" in caplog.text
    assert "ZeroDivisionError: by nought" in caplog.text


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_worded_as_such_wherever_it_shows(store, code):
    expected = str(DiskFull(store.root, "No space left on device"))
    errors = [
        OSError(code, os.strerror(code)),
        OSError(code, os.strerror(code), "/somewhere/else"),
        DiskFull(store.root / ".training" / "x" / "frames", os.strerror(code)),
    ]
    assert {worker.worded(configured(), error, store.root) for error in errors} == {expected}
    assert str(store.root) in expected
    diverged = TrainingDiverged("a", 1, "kl")
    assert worker.worded(configured(), diverged, store.root) == str(diverged)


NO_ROOM = partial(OSError, errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("calls", [1, 2, 3, 7, 12, 20, 30])
def test_a_disk_that_is_full_at_any_flush_fails_and_the_training_goes_on_when_there_is_room(
    scene, whole, monkeypatch, calls
):
    one, count = scene(configured("vae")), 0
    own = os.fsync

    def refuses(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count >= calls:
            raise NO_ROOM()
        own(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuses)
        one.serve()
    assert count - calls <= 1  # that a pace is not kept ends no training
    assert one.now.state == "failed"
    assert one.now.progress.error == str(DiskFull(one.store.root, "No space left on device"))
    assert list(one.job.path.rglob("*.partial")) == []
    assert not (one.job.path / "reserve").exists()
    jobs.send_command(one.now, "train")
    assert (one.job.path / "reserve").stat().st_size == job_folder.RESERVE
    assert same(one.serve(), whole(one.config))


def test_where_there_is_room_for_nothing_at_all_the_sentence_takes_the_place_of_the_progress(
    scene, monkeypatch
):
    one = scene()
    broken(monkeypatch, 3, NO_ROOM)
    own = os.replace

    def refuses(source: Path, target: Path) -> None:
        told = json.loads(Path(source).read_bytes()) if Path(target).name == "progress.json" else {}
        if told.get("state") == "failed":
            raise NO_ROOM()
        own(source, target)

    monkeypatch.setattr(os, "replace", refuses)
    one.serve()
    assert one.now.state == "failed"
    assert one.now.progress.error == str(DiskFull(one.store.root, "No space left on device"))


# Killed in the middle: what the next worker finds


def left(one: Scene, monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Leave a job as a worker does that is killed in an epoch."""
    with monkeypatch.context() as patch:
        broken(patch, epoch, SystemExit)
        with pytest.raises(SystemExit):
            one.serve()
    progress = json.loads((one.job.path / "progress.json").read_bytes())
    (one.job.path / "progress.json").write_text(json.dumps(progress | {"pid": 1}))


def test_attempts_are_counted_and_in_the_end_given_up(scene, monkeypatch):
    one, attempts = scene(), []
    for _ in range(trainer.MOST_ATTEMPTS):
        left(one, monkeypatch, 3)
        attempts.append(one.now.progress.attempt)
        assert one.now.state == "interrupted"
    left_after = one.now
    assert attempts == [1, 1, 2]  # the first one came through two epochs
    left(one, monkeypatch, 3)
    assert one.now.progress.attempt == 3
    one.serve()
    assert left_after.progress.epoch == one.now.progress.epoch == 2
    assert one.now.state == "failed"
    how = "its worker ended 3 times in it"
    assert one.now.progress.error == str(WorkerEnded(one.config.run_id, 3, how))


def test_one_that_was_given_up_has_all_its_attempts_again_when_somebody_asks(scene, whole):
    one = scene()
    one.after = {}
    one.job.folder.write_progress(Progress("training", attempt=3, resumed_at=0, pid=1))
    progress = json.loads((one.job.path / "progress.json").read_bytes())
    (one.job.path / "progress.json").write_text(json.dumps(progress | {"pid": 1}))
    one.serve()
    assert one.now.state == "failed"
    assert "stopped in epoch 1: its worker ended 3 times in it." in one.now.progress.error
    jobs.send_command(one.now, "train")
    assert same(one.serve(), whole(one.config))


def test_one_that_is_tried_again_and_killed_while_it_loads_is_not_given_up(scene, whole, monkeypatch):
    one = scene()
    one.job.folder.write_progress(Progress("failed", attempt=4, pid=1))
    jobs.send_command(one.now, "train")

    def ends(*arguments: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(datasets, "load_images", ends)
        with pytest.raises(SystemExit):
            one.serve()
    assert one.now.progress.attempt == 1
    assert same(one.serve(), whole(one.config))


def test_a_worker_that_ends_while_it_measures_is_given_up_likewise(scene, monkeypatch):
    one = scene()

    def ends(*arguments: object) -> None:
        raise SystemExit

    monkeypatch.setattr(finalize.evaluation, "evaluate", ends)
    for _ in range(trainer.MOST_ATTEMPTS + 1):
        with pytest.raises(SystemExit):
            one.serve()
        assert one.now.state == "interrupted"
        progress = json.loads((one.job.path / "progress.json").read_bytes())
        (one.job.path / "progress.json").write_text(json.dumps(progress | {"pid": 1}))
    one.serve()
    assert one.now.state == "failed"
    assert (
        f"stopped in epoch {EPOCHS}: its worker ended 3 times while it was measured."
        in one.now.progress.error
    )


def test_while_the_next_worker_loads_a_job_says_how_far_it_was(scene, monkeypatch):
    one = scene()
    left(one, monkeypatch, 4)
    told = one.now.progress
    one.told.clear()
    with monkeypatch.context() as patch:
        patch.setattr(datasets, "load_images", None)
        one.serve()
    assert told.epoch in (2, 3)  # the third is kept; whether it was told of before the end is chance
    assert one.told[0] == ("starting", told.epoch)
    assert (one.now.state, one.now.progress.epoch) == ("failed", told.epoch)
    assert one.now.progress.seconds == told.seconds > 0
    assert len(one.now.history) == told.epoch


@pytest.mark.parametrize(
    "harm",
    [
        lambda history: history[: len(history) - 20],
        lambda history: history + history.splitlines()[-1],
        lambda history: history + b'{"number": 4, "stage": "training", "seconds',
        lambda history: history + b"\x00" * 100,
        lambda history: b"",
        lambda history: history[len(history) // 2 :],
    ],
    ids=range(6),
)
def test_a_history_that_does_not_fit_the_checkpoint_is_mended_or_all_is_begun_anew(
    scene, whole, monkeypatch, harm
):
    one = scene()
    left(one, monkeypatch, 4)
    history = one.job.path / "history.jsonl"
    history.write_bytes(harm(history.read_bytes()))
    assert same(one.serve(), whole(one.config))


@pytest.mark.parametrize("length", [0, 7, 100, -1])
def test_a_checkpoint_that_was_cut_is_as_none(scene, whole, monkeypatch, length):
    one = scene()
    left(one, monkeypatch, 4)
    checkpoint = one.job.path / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:length])
    assert same(one.serve(), whole(one.config))


def test_a_flipped_bit_in_a_checkpoint_is_noticed_and_said_and_the_training_begins_anew(
    scene, whole, monkeypatch
):
    one = scene()
    left(one, monkeypatch, 4)
    checkpoint = one.job.path / "checkpoint.safetensors"
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[:-200] + bytes([content[-200] ^ 64]) + content[-199:])
    notes = []
    one.after = {1: lambda: notes.append(one.now.progress.note), 3: one.command("pause")}
    one.naps = [lambda: notes.append(one.now.progress.note), one.command("train")]
    assert same(one.serve(), whole(one.config))
    assert notes == [jobs.BEGUN_ANEW] * 2


def test_a_flipped_bit_in_what_shall_be_kept_is_a_sentence_and_no_run(scene, store):
    one = scene()

    def harm() -> None:
        checkpoint = one.job.path / "checkpoint.safetensors"
        content = checkpoint.read_bytes()
        checkpoint.write_bytes(content[:-200] + bytes([content[-200] ^ 64]) + content[-199:])
        jobs.send_command(one.job, "keep")

    one.after = {3: harm}
    one.serve()
    assert "removed or changed from outside" in one.now.progress.error
    assert store.listing().runs == []


REMOVED = {
    "while an epoch is trained": lambda one, deed: one.after.update({3: deed}),
    "while it is paused": lambda one, deed: (
        one.after.update({3: one.command("pause")}),
        one.naps.append(deed),
    ),
}


@pytest.mark.parametrize("is_another_there", [False, True])
@pytest.mark.parametrize("when", REMOVED)
def test_a_worker_whose_folder_is_removed_ends_and_stores_nothing(scene, store, when, is_another_there):
    one = scene()

    def remove() -> None:
        shutil.rmtree(one.job.path)
        if is_another_there:
            jobs.submit(one.config, store)

    REMOVED[when](one, remove)
    worker._serve(one.job.folder, store)
    assert store.listing().runs == []
    there = {path.name for path in one.job.path.iterdir()} if one.job.path.exists() else set()
    assert there == ({"job.json", "reserve"} if is_another_there else set())


def test_a_training_here_whose_folder_is_removed_says_so(scene, store):
    one = scene()
    one.after = {3: lambda: shutil.rmtree(one.job.path)}
    with pytest.raises(JobGone, match="its folder was removed or changed from outside"):
        worker.train_here(one.config, store)
    assert store.listing().runs == []


@pytest.mark.parametrize("left_of_it", [b"", b"{}"])
def test_a_run_with_an_empty_history_is_never_stored(scene, store, left_of_it):
    one = scene()
    one.after = {EPOCHS: lambda: (one.job.path / "history.jsonl").write_bytes(left_of_it)}
    one.serve()
    assert store.listing().runs == []
    assert one.now.state == "failed"


def test_a_history_is_mended_as_a_whole(scene, monkeypatch):
    one = scene()
    left(one, monkeypatch, 4)
    history = one.job.path / "history.jsonl"
    history.write_bytes(history.read_bytes() + b"cut off")
    before = history.read_bytes()

    def refuses(source: Path, target: Path, own: Callable = os.replace) -> None:
        if Path(target) == history:
            raise SystemExit
        own(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuses)
        with pytest.raises(SystemExit):
            one.serve()
    assert history.read_bytes() == before


def test_what_a_killed_worker_had_half_written_goes(scene, monkeypatch):
    one = scene()
    left(one, monkeypatch, 4)
    old, young = one.job.path / ".old.partial", one.job.path / "frames" / ".young.partial"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    left(one, monkeypatch, 5)
    assert (old.exists(), young.exists()) == (False, True)  # it may be another process's
    one.serve()
    assert sorted(path.name for path in one.job.path.rglob("*.partial")) == []


def test_a_training_goes_on_with_the_threads_that_it_began_with(scene, monkeypatch):
    one = scene()
    with monkeypatch.context() as patch:
        patch.setattr(torch, "get_num_threads", lambda: 7)
        left(one, patch, 3)
    numbers = []
    monkeypatch.setattr(torch, "set_num_threads", numbers.append)
    one.serve()
    assert numbers == [7]


def test_a_frame_that_was_lost_is_written_again(scene, monkeypatch):
    one = scene()
    left(one, monkeypatch, 4)
    one.now.frame(3).unlink()
    left(one, monkeypatch, 4)
    assert one.now.frame_epochs == [0, 1, 2, 3]


# In the process at hand


def interrupted_at(epoch: int) -> Callable[[loop.Epoch], None]:
    def interrupt(done: loop.Epoch) -> None:
        if done.number == epoch:
            raise KeyboardInterrupt

    return interrupt


def test_a_training_that_is_interrupted_here_goes_on_here(store, whole):
    with pytest.raises(KeyboardInterrupt):
        worker.train_here(configured(), store, interrupted_at(4))
    job = jobs.find(configured().run_id, store)
    assert (job.state, job.progress.epoch, job.by) == ("paused", 4, "command line")
    epochs: list[loop.Epoch] = []
    assert same(worker.train_here(configured(), store, epochs.append), whole(configured()))
    assert [epoch.number for epoch in epochs] == [5, 6]
    assert list((store.root / ".training").iterdir()) == []


@pytest.mark.parametrize("where", ["load_images", "build_model"])
def test_a_training_interrupted_while_it_is_loaded_again_loses_nothing(store, whole, monkeypatch, where):
    with pytest.raises(KeyboardInterrupt):
        worker.train_here(configured(), store, interrupted_at(4))

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(datasets if where == "load_images" else build, where, interrupt)
        with pytest.raises(KeyboardInterrupt):
            worker.train_here(configured(), store)
    assert jobs.find(configured().run_id, store).progress.epoch == 4
    epochs: list[loop.Epoch] = []
    assert same(worker.train_here(configured(), store, epochs.append), whole(configured()))
    assert len(epochs) == 2


def test_a_training_interrupted_before_its_first_epoch_is_done_leaves_nothing(store, monkeypatch):
    broken(monkeypatch, 1, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        worker.train_here(configured(), store)
    assert jobs.listing(store) == []


def test_what_waits_in_the_dashboard_still_waits_when_its_training_here_is_interrupted(store, monkeypatch):
    jobs.submit(configured(), store, by="dashboard")
    broken(monkeypatch, 1, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        worker.train_here(configured(), store)
    assert jobs.find(configured().run_id, store).state == "interrupted"


def test_a_config_that_is_trained_here_is_submitted_and_looked_for_once(store, monkeypatch):
    asked = []
    for owner, name in ((jobs, "submit"), (trainer.RunStore, "find")):
        own = getattr(owner, name)
        monkeypatch.setattr(
            owner, name, lambda *given, own=own, **more: (asked.append(own), own(*given, **more))[1]
        )
    worker.train_here(configured(epochs=1), store)
    assert [own.__name__ for own in asked] == ["find", "submit"]


@pytest.mark.parametrize("refusal", ["read only", "somebody else's"])
def test_a_training_here_that_is_refused_leaves_no_folder(store, monkeypatch, refusal):
    if refusal == "read only":
        monkeypatch.setenv("AECORE_READ_ONLY", "1")
    else:
        monkeypatch.setattr(jobs, "submit", lambda *_, **more: (_ for _ in ()).throw(NotYours("x")))
    with pytest.raises((ReadOnly, NotYours)):
        worker.train_here(configured(), store)
    assert list(store.root.rglob("digits-*")) == []


def test_a_training_here_that_somebody_discards_says_so(store, monkeypatch):
    monkeypatch.setattr(trainer, "POLL_PERIOD", 0.0)
    job = jobs.submit(configured(), store)
    with pytest.raises(WorkerEnded, match="somebody discarded it"):
        worker.train_here(configured(), store, lambda epoch: jobs.send_command(job, "discard"))
    assert jobs.listing(store) == []


def test_a_training_here_that_somebody_stops_is_kept_as_it_was(store, whole):
    job = jobs.submit(configured(), store)
    run = worker.train_here(
        configured(), store, lambda epoch: epoch.number == 3 and jobs.send_command(job, "keep")
    )
    assert same(run, whole(configured(stop_after=3)))


def test_a_paused_job_that_is_trained_here_goes_on(store, whole):
    jobs.send_command(jobs.submit(configured(), store), "pause")
    assert same(worker.train_here(configured(), store), whole(configured()))


def test_a_failed_job_that_is_trained_here_is_tried_again(store, whole):
    job = jobs.submit(configured(), store)
    job.folder.write_progress(Progress("failed", error="It broke."))
    assert same(worker.train_here(configured(), store), whole(configured()))


# Processes


def spawned(job: Job, store: RunStore, **environment: str) -> subprocess.Popen:
    """A worker as `advance` spawns it, to wait for."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "aecore.jobs.worker",
        job.run_id,
        "--store",
        str(store.root),
    ]
    with (job.path / "worker.log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT
        )


def until(is_so: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.mark.usefixtures("measured_as_elsewhere")
def test_a_queue_that_was_begun_once_comes_to_its_end_by_itself(store, whole):
    listed = [jobs.submit(configured(seed=seed), store) for seed in (0, 1)]
    jobs.advance(store)
    until(lambda: all(jobs.find(job.run_id, store).state == "done" for job in listed))
    assert same(store.find(configured()), whole(configured()))
    until(lambda: queue._reap() or not queue._workers)
    ended = [jobs.find(job.run_id, store).progress for job in listed]
    assert ended[0].updated < ended[1].updated
    assert [(job.path / "worker.log").read_text() for job in listed] == ["", ""]
    assert os.getpid() not in {progress.pid for progress in ended}


def test_a_worker_with_nothing_to_do_ends_in_silence(store):
    done = jobs.submit(configured(), store)
    done.folder.write_progress(Progress("done"))
    held = jobs.submit(configured(seed=1), store)
    missing = dataclasses.replace(done, folder=JobFolder(done.path.with_name("digits-ae-z2-0123456789")))
    with filelock.FileLock(held.path / "worker.lock"):
        workers = [spawned(job, store) for job in (done, held)]
        command = [
            sys.executable,
            "-m",
            "aecore.jobs.worker",
            missing.run_id,
            "--store",
            str(store.root),
        ]
        assert subprocess.run(command, cwd=ROOT, timeout=120, check=False).returncode == 0
        assert [process.wait(120) for process in workers] == [0, 0]
    assert (done.path / "worker.log").read_text() == ""
    assert jobs.find(held.run_id, store).state == "queued"
    assert not missing.path.exists()


CUSTOM = """
import builtins
import sys
own = builtins.__import__
def imported(name, *arguments, **settings):
    module = own(name, *arguments, **settings)
    loop = sys.modules.get("aecore.training.loop")
    if name.partition(".")[0] == "aecore" and hasattr(loop, "Training"):
        def epoch(self, report=None):
            raise ZeroDivisionError("in the other process")
        loop.Training.epoch = epoch
    return module
builtins.__import__ = imported
"""


def test_the_log_of_a_worker_shows_where_it_failed(store, tmp_path):
    (tmp_path / "custom").mkdir()
    (tmp_path / "custom" / "sitecustomize.py").write_text(CUSTOM)
    job = jobs.submit(configured(), store)
    process = spawned(job, store, PYTHONPATH=str(tmp_path / "custom"))
    assert process.wait(120) == 0
    job = jobs.find(job.run_id, store)
    assert (job.state, job.progress.error) == (
        "failed",
        str(Unforeseen(f"Training {job.run_id}", ZeroDivisionError(), str(job.path / "worker.log"))),
    )
    log = (job.path / "worker.log").read_text()
    assert f"{job.run_id} failed" in log
    assert "Traceback (most recent call last)" in log
    assert "ZeroDivisionError: in the other process" in log


@pytest.mark.usefixtures("measured_as_elsewhere")
def test_a_training_here_waits_for_the_worker_that_has_the_job_and_opens_its_run(store, whole):
    job = jobs.submit(configured(), store)
    process = spawned(job, store)
    until(lambda: jobs.find(job.run_id, store).is_alive or process.poll() is not None)
    epochs: list[loop.Epoch] = []
    run = worker.train_here(configured(), store, epochs.append)
    assert epochs == []
    assert same(run, whole(configured()))
    assert process.wait(120) == 0
