"""Trainings whose workers are killed again and again end as if nobody had touched them, to the bit.

AECORE_KILLS=1000 pytest tests/faults kills so many for each variant, at other moments.
"""

import ctypes
import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aecore import jobs
from aecore.config import RunConfig
from aecore.jobs import Job, queue, worker
from aecore.maintenance import doctor
from aecore.models import variants
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore
from aecore.training import checkpoints
from tests.conftest import quick
from tests.faults import trainers
from tests.faults.trainers import KEPT, NAMES, PHASES, SHARED, place

pytestmark = pytest.mark.xdist_group("trainings")  # forked from one process
FORKED = ["tests.faults.trainers"]
KILLS = int(os.environ.get("AECORE_KILLS", "10"))
"""For each variant, at random moments; more of them for a longer run."""
EPOCHS = 20
PATIENCE = 240.0
LATE = ["measuring", "storing", "ending"]
EARLY = [name for name in PHASES if name not in LATE]


def configured(variant: str, epochs: int = EPOCHS, **settings: Any) -> RunConfig:
    return variants.configure(variant, "digits", **quick(variant, epochs) | settings)


def same(one: StoredRun, other: StoredRun) -> bool:
    """Whether two runs are equal in every bit but for the seconds that they took."""
    for arrays in ("weights", "arrays"):
        first, second = getattr(one, arrays), getattr(other, arrays)
        assert first.keys() == second.keys()
        assert all(np.array_equal(first[name], second[name]) for name in first)
    assert timeless(one.history) == timeless(other.history)
    assert one.content("metrics.json") == other.content("metrics.json")
    assert one.rewind_path.read_bytes() == other.rewind_path.read_bytes()
    return True


def timeless(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record | {"seconds": 0.0} for record in history]


class Scene:
    """A job, its workers, and what must hold whenever one of them was killed."""

    def __init__(self, processes: Any, root: Path, config: RunConfig) -> None:
        """Hand the job in."""
        self.processes, self.store, self.config = processes, RunStore(root), config
        self.submitted = jobs.submit(config, self.store, by="dashboard")
        self.shared = self.processes.RawArray(ctypes.c_double, SHARED)
        self.number = 0
        self.kills = 0
        self.hits: Counter[str] = Counter()

    @property
    def job(self) -> Job:
        """The job as its folder tells of it at this moment."""
        return jobs.find(self.config.run_id, self.store)

    def worker(self, target: Callable = trainers.work, *first: Any) -> BaseProcess:
        """Start a worker."""
        self.shared[:] = [0.0] * SHARED
        arguments = (*first, self.store.root, self.config.run_id, self.shared)
        child = self.processes.Process(target=target, args=arguments)
        child.start()
        return child

    def finish(self) -> StoredRun:
        """Let a worker work to the end."""
        for _ in range(2):
            child = self.worker()
            child.join(PATIENCE)
            assert child.exitcode == 0
            if self.job.state == "failed":
                self.try_again()
        return self.store.find(self.config)

    def try_again(self) -> None:
        """What a person does when a worker was killed too often in one epoch for it to go on unasked."""
        assert "its worker ended 3 times" in self.job.progress.error
        jobs.send_command(self.job, "train")

    def bury(self, child: BaseProcess) -> bool:
        """See how a worker ended: whether it was killed before it was done, and in what."""
        child.join(PATIENCE)
        assert child.exitcode in (0, -signal.SIGKILL)
        if child.exitcode == 0:
            return False
        self.kills += 1
        self.hits.update({NAMES[int(self.shared[who])] for who in (0, 1)} - {"nothing"})
        return True

    def check(self, history: list[dict[str, Any]]) -> None:
        """What must hold after every kill."""
        job = self.job
        assert not job.is_alive
        assert self.store.listing().damaged == []
        if job.state == "done":  # killed when only the tidying up was left
            assert self.store.find(self.config)
            return
        assert job.state in ("queued", "interrupted", "failed")
        kept = checkpoints.read(job.path / "checkpoint.safetensors")
        number = kept.state.number if kept else 0
        assert number >= max(self.number, int(self.shared[KEPT]))  # none lost but the epoch at hand
        self.number = number
        told = job.folder.read_history()
        assert len(told) in (number, number + 1)  # one may be told of that is not counted yet
        assert timeless(told) == timeless(history)[: len(told)]
        assert job.progress is None or job.progress.epoch <= number
        assert jobs.queue_length(self.store) == (job.state != "failed")

    def treat(self) -> None:
        """Whatever lies about is put in order by the doctor."""
        assert all(finding.repaired for finding in doctor.examine(self.store, repair=True))
        assert doctor.examine(self.store) == []


@pytest.fixture
def scene(processes, tmp_path):
    return lambda config, name="killed": Scene(processes, tmp_path / name, config)


def seconds_in(whole: Scene) -> dict[str, float]:
    """How long each phase lasts on an average; measured on a training that nobody killed."""
    pairs = {name: whole.shared[place(name) :][:2] for name in PHASES}
    return {name: seconds / max(count, 1) for name, (count, seconds) in pairs.items()}


def kill_in(one: Scene, phase: str, skipped: int, delay: float) -> bool:
    """Start a worker and kill it a while after it has begun something for the so-many-th time."""
    child = one.worker()
    end = time.monotonic() + PATIENCE
    while one.shared[place(phase)] <= skipped and child.is_alive():
        assert time.monotonic() < end
        time.sleep(0.0002)
    time.sleep(delay)
    child.kill()
    return one.bury(child)


def moments(rng: random.Random) -> Iterator[tuple[str, int]]:
    """What a worker is to be killed in, and how many times it may do so before; each in its turn."""
    while True:
        for phase in rng.sample(EARLY, len(EARLY)) + rng.sample(LATE, len(LATE)):
            yield phase, rng.choice([0, 0, 1, 3]) if phase not in ("loading", *LATE) else 0


def see_to(one: Scene, reference: StoredRun) -> None:
    """If a training has ended see that it ended well, and begin it anew."""
    job = one.job
    if job and job.state == "failed":
        one.try_again()
    if job is None or job.state == "done":  # the doctor removes what was killed in tidying up
        assert same(one.store.find(one.config), reference)
        one.treat()
        jobs.submit(one.config, one.store, by="dashboard")
        one.number = 0


@pytest.mark.parametrize("variant", ["ae", "vae", "aae", "stacked"])
def test_killed_at_random_moments_a_training_ends_as_one_that_was_never_interrupted(scene, variant):
    rng = random.Random(variant)
    config = configured(variant)
    whole = scene(config, "whole")
    reference = whole.finish()
    seconds = seconds_in(whole)
    one = scene(config)
    for phase, skipped in itertools.islice(moments(rng), 3 * KILLS):
        if kill_in(one, phase, skipped, rng.random() * seconds[phase]):
            one.check(reference.history)
        if rng.random() < 0.3:
            one.treat()
        see_to(one, reference)
        if one.kills == KILLS:
            break
    assert one.kills == KILLS
    assert len(one.hits) >= 4, one.hits
    assert same(one.finish(), reference)
    one.treat()


@pytest.mark.parametrize("variant", ["vae", "stacked"])
def test_killed_before_chosen_steps_of_writing_it_ends_so_too(scene, variant):
    rng = random.Random(f"steps of {variant}")
    config = configured(variant)
    reference = scene(config, "whole").finish()
    one = scene(config)
    for _ in range(3 * KILLS):
        if one.bury(one.worker(trainers.killed_at, rng.randrange(1, 200))):
            one.check(reference.history)
        see_to(one, reference)
        if one.kills == KILLS:
            break
    assert one.kills == KILLS
    assert {"keeping", "writing the checkpoint", "writing the frame"} & one.hits.keys()
    assert same(one.finish(), reference)
    one.treat()


def until(is_so: Callable[[], object]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def looked_at(job: Job, store: RunStore) -> Job:
    """A job as one sees it who looks: what can go on does, as soon as the worker before is gone for good."""
    jobs.advance(store)
    return jobs.find(job.run_id, store)


def is_beyond(job: Job, epoch: int) -> bool:
    """Whether a training is under way, and has come further than an epoch."""
    return job.state == "training" and job.progress.epoch > epoch


@pytest.mark.usefixtures("measured_as_elsewhere")
def test_a_worker_as_it_is_really_spawned_is_killed_and_another_goes_on(tmp_path):
    config = configured("vae", 150)
    reference = worker.train_here(config, RunStore(tmp_path / "whole", *RunStore().roots[1:]))
    store, kills, done = RunStore(tmp_path / "killed"), 0, 0
    job = jobs.submit(config, store)
    while kills < 2:
        more = done + 3
        until(lambda more=more: is_beyond(looked_at(job, store), more))
        os.kill(jobs.find(job.run_id, store).progress.pid, signal.SIGKILL)
        until(lambda: not jobs.find(job.run_id, store).is_alive)
        left = jobs.find(job.run_id, store)
        assert left.state == "interrupted"
        assert left.progress.epoch > done
        done, kills = left.progress.epoch, kills + 1
    until(lambda: looked_at(job, store).state == "done")
    assert same(store.find(config), reference)
    assert (job.path / "worker.log").read_bytes() == b""
    until(lambda: queue._reap() or not queue._workers)
