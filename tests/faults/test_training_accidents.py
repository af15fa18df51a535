"""What else can happen to a training: a disk that is full, two that want the same, and many who look on."""

import ctypes
import multiprocessing
import random
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aecore import jobs
from aecore.config import RunConfig
from aecore.errors import RunDamaged
from aecore.jobs import Job, queue
from aecore.models import variants
from aecore.storage import snapshots
from aecore.storage.store import RunStore
from tests.conftest import quick
from tests.faults import trainers
from tests.faults.test_store_faults import on_a_small_disk
from tests.faults.test_training_kills import same
from tests.faults.trainers import KEPT, SHARED, place

pytestmark = pytest.mark.xdist_group("trainings")  # forked from one process
FORKED = ["tests.faults.trainers"]
PATIENCE = 240.0


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "store")


def configured(epochs: int = 12, **settings: Any) -> RunConfig:
    return variants.configure("vae", "digits", **quick("vae", epochs) | settings)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, processes):
    """The run of `configured()`, which nobody disturbed."""
    store = RunStore(tmp_path_factory.mktemp("whole"))
    child, _ = begun(processes, jobs.submit(configured(), store))
    child.join(PATIENCE)
    return store.find(configured())


def root(job: Job) -> Path:
    """The store that a job is in."""
    return job.folder.root


def now(job: Job) -> Job:
    """A job as its folder tells of it at this moment."""
    return jobs.find(job.run_id, RunStore(root(job)))


def begun(processes: Any, job: Job, target: Any = trainers.work, *first: Any) -> tuple[Any, Any]:
    """A worker that was started, and what it tells of itself."""
    shared = processes.RawArray(ctypes.c_double, SHARED)
    child = processes.Process(target=target, args=(*first, root(job), job.run_id, shared))
    child.start()
    return child, shared


# Two at once


@pytest.mark.parametrize("turn", range(3))
def test_of_two_workers_of_one_job_one_works_and_the_other_ends(processes, store, whole, turn):
    job, ready = jobs.submit(configured(), store), processes.Barrier(2)
    pairs = [begun(processes, job, trainers.race, ready) for _ in range(2)]
    for child, _ in pairs:
        child.join(PATIENCE)
        assert child.exitcode == 0
    assert sorted(shared[place("training")] for _, shared in pairs) == [0, 12]
    assert same(store.find(configured()), whole)


@pytest.mark.parametrize("turn", range(3))
def test_of_two_processes_that_train_one_config_one_trains_and_the_other_opens(processes, store, whole, turn):
    ready, pipes, children = processes.Barrier(2), [], []
    for _ in range(2):
        here, there = multiprocessing.Pipe()
        arguments = (store.root, configured().to_json(), ready, there)
        children.append(processes.Process(target=trainers.train, args=arguments))
        pipes.append(here)
        children[-1].start()
    answers = [pipe.recv() for pipe in pipes]
    for child in children:
        child.join(PATIENCE)
        assert child.exitcode == 0
    assert sorted(answers) == [(str(store.root / configured().run_id), epochs) for epochs in (0, 12)]
    assert same(store.find(configured()), whole)
    assert list((store.root / ".training").iterdir()) == []


def test_a_training_here_takes_over_when_the_worker_that_has_the_job_is_killed(processes, store, whole):
    config = configured(200)
    job = jobs.submit(config, store)
    child, shared = begun(processes, job)
    end = time.monotonic() + PATIENCE
    while shared[KEPT] < 3:
        assert time.monotonic() < end
        time.sleep(0.001)
    here, there = multiprocessing.Pipe()
    ready = processes.Barrier(1)
    other = processes.Process(target=trainers.train, args=(store.root, config.to_json(), ready, there))
    other.start()
    time.sleep(0.3)
    assert not here.poll()  # it waits
    child.kill()
    path, epochs = here.recv()
    other.join(PATIENCE)
    child.join(PATIENCE)
    assert child.exitcode == -signal.SIGKILL
    assert path == str(store.root / config.run_id)
    assert 0 < epochs < 198
    assert [record["number"] for record in store.find(config).history] == list(range(1, 201))


def test_two_servers_that_look_after_one_queue_train_one_job_at_a_time(store, monkeypatch):
    listed = [jobs.submit(configured(seed=seed), store) for seed in (0, 1)]
    workers = []
    for _ in range(2):  # each knows of its own workers alone
        monkeypatch.setattr(queue, "_workers", [])
        jobs.advance(store)
        workers += [process for _, process, _ in queue._workers]
    assert len(workers) == 2
    seen, end = set(), time.monotonic() + PATIENCE
    try:
        while (found := tuple(now(job).state for job in listed)) != ("done", "done"):
            assert time.monotonic() < end, found
            seen.add(found)
            time.sleep(0.005)
    finally:  # one that is forgotten while it runs would fail whichever test comes next
        for process in workers:
            if time.monotonic() >= end:
                process.kill()
            process.wait(PATIENCE)
    busy = ("training", "measuring")
    assert not [states for states in seen if all(state in busy for state in states)]
    assert any(states[1] == "training" for states in seen)


# Many who look on


def test_who_looks_on_sees_whole_epochs_in_their_order_and_nothing_else(processes, store):
    config = configured(60)
    job = jobs.submit(config, store)
    looks, seen, shown = 0, [], set()
    ready = processes.Barrier(3)
    others = [processes.Process(target=trainers.look, args=(store.root, job.run_id, ready)) for _ in range(2)]
    for other in others:
        other.start()
    ready.wait(PATIENCE)
    child, _ = begun(processes, job)
    while child.is_alive():
        (job,) = jobs.listing(store)
        looks += 1
        seen.append(job.state)
        history = job.history
        # Its checkpoint has come, and one is on its way perhaps; its history goes when it ends.
        if job.progress and now(job).state != "done":
            assert job.progress.epoch <= len(history) <= job.epochs_done <= job.progress.epoch + 1
        assert [record["number"] for record in history] == list(range(1, len(history) + 1))
        assert all({"kl", "reconstruction"} <= record["test"].keys() for record in history)
        if epochs := job.frame_epochs:
            shown |= {take_snapshot(job, epochs[-1])}
    child.join(PATIENCE)
    for other in others:
        other.join(PATIENCE)
        assert other.exitcode == 0
    order = ["queued", "starting", "training", "measuring", "done"]
    states = list(dict.fromkeys([*seen, now(job).state]))
    assert states == [state for state in order if state in states]
    assert [order.index(state) for state in seen] == sorted(order.index(state) for state in seen)
    assert looks > 50
    assert len(shown) > 5


def take_snapshot(job: Job, epoch: int) -> int:
    """The epoch of a frame that is looked at, if it is still there."""
    path = job.frame(epoch)
    try:
        frame = snapshots.read_frame(path)
    except RunDamaged:
        assert not path.exists()  # it was only shown
        return -1
    assert frame.epoch == epoch
    assert np.isfinite(frame.codes).all()
    return epoch


def test_whatever_is_wished_of_a_training_meanwhile_it_ends_as_it_would_have(processes, store, whole):
    job, rng = jobs.submit(configured(), store), random.Random(7)
    child, _ = begun(processes, job)
    for _ in range(40):
        jobs.send_command(job, rng.choice(["pause", "step", "train"]))
        time.sleep(rng.random() * 0.03)
        if now(job).state == "done":
            break
    jobs.send_command(job, "train")
    child.join(PATIENCE)
    assert child.exitcode == 0
    assert same(store.find(configured()), whole)


# A disk of two megabytes


def test_a_training_on_a_full_disk_says_so_and_goes_on_when_there_is_room():
    on_a_small_disk("training")
