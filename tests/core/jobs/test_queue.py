"""Jobs: where each stands, whose turn it is, and what happens to those that somebody tampered with."""

import dataclasses
import datetime
import json
import math
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import filelock
import pytest

from aecore import jobs
from aecore.config import RunConfig
from aecore.errors import BadValue, DiskFull, ReadOnly, StoreNotWritable, UnknownName
from aecore.jobs import Job, JobFolder, Progress, queue
from aecore.models import variants
from aecore.storage import job_progress
from aecore.storage.store import RunStore
from tests.conftest import quick


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "store")


@pytest.fixture
def lives():
    """Have a worker live: hold a job's lock until the test ends."""
    with ExitStack() as held:
        yield lambda job: held.enter_context(filelock.FileLock(job.path / "worker.lock"))


class Spawned:
    """Workers that are only written down; each lives until it is ended."""

    def __init__(self) -> None:
        """None yet."""
        self.commands: list[list[str]] = []
        self.settings: list[dict[str, Any]] = []
        self.ended = False

    def __call__(self, command: list[str], **settings: Any) -> "Spawned":
        """As `subprocess.Popen`."""
        self.commands.append(command)
        self.settings.append(settings)
        return self

    def poll(self) -> int | None:
        """As `subprocess.Popen`: None while it lives."""
        return 0 if self.ended else None

    @property
    def run_ids(self) -> list[str]:
        """Whose workers were spawned, in order."""
        return [command[3] for command in self.commands]


@pytest.fixture
def spawned(monkeypatch):
    """In place of real workers."""
    monkeypatch.setattr(subprocess, "Popen", found := Spawned())
    monkeypatch.setattr(queue, "_workers", [])
    return found


def configured(seed: int = 0) -> RunConfig:
    return variants.configure("ae", "digits", **quick("ae", 10), seed=seed)


def submitted(store: RunStore, count: int) -> list[Job]:
    """So many jobs, in the order of the queue."""
    return [jobs.submit(configured(seed), store) for seed in range(count)]


def now(job: Job) -> Job:
    """A job as its folder tells of it at this moment."""
    return jobs.find(job.run_id, RunStore(job.folder.root))


def told(job: Job, state: str, **more: Any) -> Job:
    """A job whose worker has told something."""
    job.folder.write_progress(Progress(state, **more))
    return now(job)


def told_to(job: Job, command: str, serial: int = 1) -> Job:
    """A job that is told something, with the serial number of the command."""
    (job.path / "control.json").write_text(json.dumps({"command": command, "serial": serial}))
    return now(job)


# Handed in


def test_a_job_says_what_it_was_given(store):
    job = jobs.submit(configured(), store, name="tiny", note="zwölf", by="dashboard", rewind=False)
    assert job == jobs.find(configured().run_id, store)
    assert (job.config, job.name, job.note, job.by) == (configured(), "tiny", "zwölf", "dashboard")
    assert (job.rewind, job.command, job.progress, job.is_alive) == (False, "train", None, False)
    assert job.path == store.root / ".training" / configured().run_id
    assert (job.history, job.frame_epochs, job.seconds_left) == ([], [], None)


def test_a_config_handed_in_again_is_the_same_job(store):
    first = jobs.submit(configured(), store, name="first")
    again = jobs.submit(configured(), store, name="second")
    assert again == first
    assert len(jobs.listing(store)) == 1


def test_a_failed_job_handed_in_again_is_tried_again(store):
    job = told(jobs.submit(configured(), store), "failed", error="It broke.")
    assert job.state == "failed"
    assert jobs.submit(configured(), store).state == "queued"
    assert now(job).progress.error == "It broke."


def test_a_paused_job_handed_in_again_stays_paused(store):
    job = jobs.submit(configured(), store)
    jobs.send_command(job, "pause")
    assert jobs.submit(configured(), store).state == "paused"


def test_a_job_that_is_done_is_begun_anew_when_its_config_is_handed_in_again(store):
    job = jobs.submit(configured(), store)
    jobs.send_command(job, "pause")
    told(job, "done", result=job.run_id)
    again = jobs.submit(configured(), store, name="again")
    assert (again.state, again.name, again.command, again.progress) == ("queued", "again", "train", None)
    assert again.submitted > job.submitted


@pytest.mark.parametrize("is_ending", [False, True])
def test_nothing_of_a_job_that_is_done_is_left_when_its_config_is_handed_in_again(store, lives, is_ending):
    job = told(jobs.submit(configured(), store), "done", result=configured().run_id)
    for left in ("history.jsonl", "checkpoint.safetensors", "control.json"):
        (job.path / left).write_bytes(b"left when its worker was killed in tidying up")
    if is_ending:
        lives(job)
    again = jobs.submit(configured(), store)
    assert now(again).state == ("starting" if is_ending else "queued")
    names = {path.name for path in job.path.iterdir()}
    assert names == {"job.json", "reserve"} | (
        {"worker.lock", "history.jsonl", "checkpoint.safetensors"} if is_ending else set()
    )


def test_what_is_handed_in_by_many_at_once_is_one_job(store):
    found, errors = [], []

    def hand_in() -> None:
        try:
            found.append(jobs.submit(configured(), store))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=hand_in) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert {job.run_id for job in found} == {configured().run_id}
    assert [path.name for path in store.root.joinpath(".training").iterdir()] == [configured().run_id]


def test_handing_in_while_others_discard_never_breaks(store):
    errors = []

    def hand_in() -> None:
        try:
            for _ in range(60):
                jobs.submit(configured(), store)
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=hand_in)
    thread.start()
    while thread.is_alive():
        if job := jobs.find(configured().run_id, store):
            jobs.send_command(job, "discard")
    thread.join()
    assert errors == []


def test_a_finished_job_is_remembered_for_a_day(store):
    young, old = submitted(store, 2)
    for job, age in ((young, 23.9), (old, 24.1)):
        told(job, "done", result=job.run_id)
        then = time.time() - 3600 * age
        os.utime(job.path / "progress.json", (then, then))
    jobs.submit(configured(5), store)
    assert [job.config.seed for job in jobs.listing(store)] == [0, 5]
    assert now(young).state == "done"
    assert not old.path.exists()


# States


STATES = [
    # what the worker wrote, whether it lives, the command (serial 3; 2 were carried out) -> the state
    (None, False, "train", "queued"),
    (None, False, "pause", "paused"),
    (None, False, "step", "queued"),
    (None, True, "train", "starting"),
    ("starting", True, "train", "starting"),
    ("starting", False, "train", "interrupted"),
    ("training", True, "train", "training"),
    ("training", True, "pause", "training"),  # until the epoch at hand ends
    ("training", True, "keep", "training"),
    ("training", False, "train", "interrupted"),
    ("training", False, "keep", "interrupted"),
    ("training", False, "discard", "interrupted"),
    ("training", False, "step", "interrupted"),
    ("training", False, "pause", "paused"),
    ("paused", True, "pause", "paused"),
    ("paused", True, "train", "paused"),  # until its worker looks
    ("paused", False, "pause", "paused"),
    ("paused", False, "train", "queued"),
    ("paused", False, "step", "queued"),
    ("paused", False, "keep", "queued"),
    ("measuring", True, "train", "measuring"),
    ("measuring", False, "train", "interrupted"),
    ("measuring", False, "keep", "interrupted"),
    ("failed", True, "train", "starting"),  # tried again
    ("failed", False, "train", "queued"),
    ("failed", False, "step", "queued"),
    ("failed", False, "keep", "queued"),
    ("failed", False, "pause", "failed"),
    ("done", True, "train", "done"),
    ("done", False, "train", "done"),
    ("done", False, "pause", "done"),
]


@pytest.mark.parametrize(("written", "is_alive", "command", "state"), STATES)
def test_the_state_of_a_job(store, lives, written, is_alive, command, state):
    job = jobs.submit(configured(), store)
    if written:
        told(job, written, handled=2)
    if is_alive:
        lives(job)
    job = told_to(job, command, 3)
    assert job.state == state
    assert job.is_alive == is_alive
    assert job.is_over == (state in ("failed", "done"))
    assert job.progress_is_final == ((job.is_over and not is_alive) or written == "done")


@pytest.mark.parametrize(
    ("written", "command", "state"),
    [
        ("failed", "train", "failed"),
        ("failed", "keep", "failed"),
        ("training", "step", "paused"),  # its worker was killed in the epoch
        ("paused", "step", "paused"),
        ("training", "train", "interrupted"),
    ],
)
def test_a_wish_that_was_carried_out_is_no_news(store, written, command, state):
    job = jobs.submit(configured(), store)
    told(job, written, handled=3)
    assert told_to(job, command, 3).state == state


def test_a_job_that_fails_stays_failed_until_somebody_asks(store):
    job = told(jobs.submit(configured(), store), "failed")
    assert job.state == "failed"
    jobs.send_command(job, "train")
    assert now(job).state == "queued"


def test_a_worker_that_begins_between_two_looks_is_seen(store, lives, monkeypatch):
    job = jobs.submit(configured(), store)
    own = JobFolder.read_progress

    def begins(folder: JobFolder) -> Progress | None:
        lives(job)
        return own(folder)

    told(job, "training")
    monkeypatch.setattr(JobFolder, "read_progress", begins)
    assert now(job).state == "training"


# What it says of itself


def test_time_left_goes_by_the_pace_so_far(store, lives):
    job = jobs.submit(configured(), store)
    lives(job)
    assert told(job, "training", epochs=10).seconds_left is None
    assert told(job, "training", epoch=2, epochs=10, seconds=3.0).seconds_left == pytest.approx(12)
    half = told(job, "training", epoch=2, epochs=10, seconds=3.0, share=0.5)
    assert half.seconds_left == pytest.approx(3.0 / 2.5 * 7.5)
    first = told(job, "training", epochs=10, seconds=1.5, share=0.25)
    assert first.seconds_left == pytest.approx(6.0 * 9.75)
    assert told(job, "training", epochs=10, seconds=0.9, share=0.25).seconds_left is None  # its first steps
    unwritten = told(job, "training", epoch=1, epochs=10, seconds=3.0, share=1.5)
    assert unwritten.seconds_left == pytest.approx(half.seconds_left)
    assert told(job, "training", epoch=9, epochs=10, seconds=3.0, share=1.0).seconds_left == 0
    assert told(job, "measuring", epoch=10, epochs=10, seconds=3.0).seconds_left is None


def test_time_left_is_until_the_run_is_stored(store, lives):
    job = jobs.submit(configured(), store)
    lives(job)
    training = told(job, "training", epoch=2, epochs=10, seconds=3.0, after=50.0)
    assert training.seconds_left == pytest.approx(12 + 50)
    last = told(job, "training", epoch=9, epochs=10, seconds=3.0, share=1.0, after=50.0)
    assert last.seconds_left == 50.0
    measuring = told(job, "measuring", epoch=10, epochs=10, seconds=3.0, after=50.0)
    assert measuring.seconds_left == pytest.approx(50, abs=5)
    written = json.loads((job.path / "progress.json").read_text())
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=51)
    (job.path / "progress.json").write_text(json.dumps(written | {"updated": past.isoformat()}))
    assert now(job).seconds_left is None  # it takes longer than was thought: nothing is better than a second


def record(number: int) -> dict[str, Any]:
    return {
        "number": number,
        "stage": "training",
        "seconds": 0.1,
        "train": {"reconstruction": 1.5},
        "test": {"reconstruction": 2.5},
    }


def with_history(job: Job, content: bytes, epoch: int) -> list[dict[str, Any]]:
    (job.path / "history.jsonl").write_bytes(content)
    return told(job, "training", epoch=epoch, epochs=10).history


def lines(*numbers: int) -> bytes:
    return b"".join(json.dumps(record(number)).encode() + b"\n" for number in numbers)


def test_the_history_tells_of_whole_epochs_that_are_counted(store):
    job = jobs.submit(configured(), store)
    assert with_history(job, lines(1, 2, 3), 2) == [record(1), record(2)]
    assert with_history(job, lines(1, 2), 3) == [record(1), record(2)]


def test_a_history_cut_anywhere_tells_of_the_epochs_before_the_cut(store):
    job, content = jobs.submit(configured(), store), lines(1, 2, 3)
    for length in range(len(content)):
        whole = content[:length].count(b"\n") + (length in (len(lines(1)) - 1, len(lines(1, 2)) - 1))
        whole += length == len(content) - 1
        assert with_history(job, content[:length], 3) == [record(n) for n in range(1, whole + 1)]


def test_of_a_text_in_a_jobs_files_what_can_be_shown_is_read(store):
    job = jobs.submit(configured(), store)
    texts = dict.fromkeys(("stage", "note", "error", "result", "device", "trouble"), "a\ud800b" + "c" * 10**5)
    written = dataclasses.asdict(Progress("failed", epochs=3)) | texts
    (job.path / "progress.json").write_text(json.dumps(written))
    about = json.loads((job.path / "job.json").read_bytes()) | {"by": "\ud800x", "submitted": "\ud800y"}
    (job.path / "job.json").write_text(json.dumps(about))
    found = now(job)
    assert (found.state, found.by, found.submitted, found.progress.epochs) == ("failed", "x", "y", 3)
    for name in texts:
        assert getattr(found.progress, name) == ("ab" + "c" * 10**5)[: job_progress.LONGEST_TEXT]


@pytest.mark.parametrize(
    "strange",
    [
        b"5",
        b"[1]",
        b'"x"',
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"number": 2}',
        json.dumps(record(7)).encode(),
        json.dumps(record(2) | {"train": {"kl": "x"}}).encode(),
        json.dumps(record(2) | {"test": {"kl": None}}).encode(),
        json.dumps(record(2) | {"test": {"kl": [1]}}).encode(),
        json.dumps(record(2) | {"test": {"kl": math.inf}}).encode(),
        json.dumps(record(2) | {"seconds": 1e300}).encode(),
        json.dumps(record(2) | {"stage": "\ud800"}).encode(),
    ],
)
def test_a_history_with_a_strange_line_ends_before_it(store, strange):
    job = jobs.submit(configured(), store)
    assert with_history(job, lines(1) + strange + b"\n" + lines(2), 3) == [record(1)]


def test_only_whole_frames_count(store):
    job = jobs.submit(configured(), store)
    (job.path / "frames").mkdir()
    for name in ("000012.safetensors", "000002.safetensors", ".x.partial", "nine.safetensors", "000003.txt"):
        (job.path / "frames" / name).touch()
    assert now(job).frame_epochs == [2, 12]
    assert job.frame(12) == job.path / "frames" / "000012.safetensors"


# The queue


def test_jobs_are_listed_in_the_order_in_which_they_were_handed_in(store):
    handed_in = [jobs.submit(configured(seed), store).run_id for seed in (5, 1, 3)]
    assert [job.run_id for job in jobs.listing(store)] == handed_in
    assert jobs.listing(RunStore(store.root / "nothing")) == []


def test_the_length_of_the_queue_counts_those_that_wait(store, lives):
    first, second, third, fourth = submitted(store, 4)
    assert jobs.queue_length(store) == 4
    lives(first)
    told(first, "training")
    told(second, "training")  # interrupted: waits for a new worker
    told(third, "failed")
    jobs.send_command(fourth, "pause")
    assert jobs.queue_length(store) == 1


def test_how_many_have_their_turn_before_a_job(store, lives):
    first, second, third, fourth = submitted(store, 4)
    assert [jobs.waiting_before(job, store) for job in (first, second, third, fourth)] == [0, 1, 2, 3]
    lives(fourth)
    told(fourth, "training")
    jobs.send_command(second, "pause")
    assert jobs.waiting_before(now(first), store) == 1  # the one under way
    assert jobs.waiting_before(now(third), store) == 2
    told(fourth, "paused")  # leaves room
    assert jobs.waiting_before(now(third), store) == 1


def test_a_job_that_waits_gets_a_worker(store, spawned):
    (job,) = submitted(store, 1)
    jobs.advance(store)
    assert spawned.commands == [
        [sys.executable, "-m", "aecore.jobs.worker", job.run_id, "--store", str(store.root)]
    ]
    assert spawned.settings[0]["start_new_session"]
    assert spawned.settings[0]["stdin"] == subprocess.DEVNULL


def test_at_most_as_many_workers_as_there_are_slots(store, spawned, monkeypatch):
    listed = [job.run_id for job in submitted(store, 4)]
    for _ in range(3):
        jobs.advance(store)
    assert spawned.run_ids == listed[:1]
    monkeypatch.setenv("AECORE_JOBS", "3")
    for _ in range(3):
        jobs.advance(store)
    assert spawned.run_ids == listed[:3]


@pytest.mark.parametrize(
    ("set_to", "count"), [("", 1), ("2", 2), ("0", 1), ("-3", 1), ("many", 1), ("1e9", 1), ("9" * 5000, 1)]
)
def test_how_many_trainings_run_at_once(monkeypatch, set_to, count):
    monkeypatch.setenv("AECORE_JOBS", set_to)
    assert jobs.slots() == count


def test_a_job_never_gets_two_workers_from_one_process(store, spawned, monkeypatch):
    monkeypatch.setenv("AECORE_JOBS", "8")
    submitted(store, 3)
    threads = [threading.Thread(target=jobs.advance, args=(store,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spawned.run_ids) == len(set(spawned.run_ids)) == 3


def test_a_worker_that_never_took_its_job_is_replaced(store, spawned, monkeypatch):
    (job,) = submitted(store, 1)
    jobs.advance(store)
    spawned.ended = True
    jobs.advance(store)
    assert spawned.run_ids == [job.run_id] * 2
    spawned.ended = False
    jobs.advance(store)
    assert spawned.run_ids == [job.run_id] * 2
    monkeypatch.setattr(queue, "SETTLING", 0.0)  # alive, yet it takes no lock
    jobs.advance(store)
    assert spawned.run_ids == [job.run_id] * 3


def test_a_worker_that_is_replaced_is_asked_after_until_it_has_ended(store, spawned, monkeypatch):
    submitted(store, 1)
    jobs.advance(store)
    monkeypatch.setattr(queue, "SETTLING", 0.0)
    jobs.advance(store)
    assert len(spawned.run_ids) == len(queue._workers) == 2
    spawned.ended = True
    queue._reap()
    assert queue._workers == []


def test_while_one_is_trained_the_others_wait(store, spawned, lives):
    first, second = submitted(store, 2)
    lives(first)
    for state in ("starting", "training", "measuring"):
        told(first, state)
        jobs.advance(store)
        assert spawned.run_ids == []
    told(first, "paused")
    jobs.advance(store)
    assert spawned.run_ids == [second.run_id]


def test_those_that_are_over_or_paused_get_no_worker(store, spawned):
    first, second, third, fourth = submitted(store, 4)
    told(first, "failed")
    told(second, "done")
    jobs.send_command(third, "pause")
    jobs.advance(store)
    assert spawned.run_ids == [fourth.run_id]


def test_one_that_was_interrupted_has_its_old_turn(store, spawned):
    first, _ = submitted(store, 2)
    told(first, "training", epoch=3)
    jobs.advance(store)
    assert spawned.run_ids == [first.run_id]


def test_one_that_is_asked_to_be_kept_or_discarded_gets_a_worker_to_do_it(store, spawned):
    (job,) = submitted(store, 1)
    told(job, "failed", epoch=3, handled=0)
    (job.path / "checkpoint.safetensors").touch()
    jobs.send_command(now(job), "keep")
    jobs.advance(store)
    assert spawned.run_ids == [job.run_id]


# Wishes


def test_each_wish_has_a_number_of_its_own(store):
    (job,) = submitted(store, 1)
    for number, command in enumerate(("pause", "train", "step", "step"), 1):
        jobs.send_command(job, command)
        assert job.folder.read_command() == (command, number)


@pytest.mark.parametrize("left", [None, b"", b"{", b"[]", b'{"command": "step", "serial": "x"}'])
def test_a_wish_is_news_even_where_those_before_it_are_lost(store, left):
    job = told(submitted(store, 1)[0], "failed", handled=7)
    if left is not None:
        (job.path / "control.json").write_bytes(left)
    jobs.send_command(job, "train")
    assert now(job).state == "queued"
    assert now(job).serial == 8


def test_an_unknown_wish_is_refused(store):
    with pytest.raises(BadValue, match="it must be one of train, pause, step, keep, discard"):
        jobs.send_command(submitted(store, 1)[0], "explode")


def test_there_is_nothing_to_keep_before_the_first_epoch_is_done(store):
    (job,) = submitted(store, 1)
    with pytest.raises(BadValue, match="no epoch is done yet"):
        jobs.send_command(job, "keep")
    assert now(job).command == "train"


def test_a_job_without_a_worker_is_discarded_at_once(store):
    first, second = submitted(store, 2)
    told(first, "training", epoch=3)
    jobs.send_command(first, "discard")
    assert not first.path.exists()
    assert [path.name for path in first.path.parent.iterdir()] == [second.run_id]


def test_a_job_with_a_worker_is_discarded_by_it(store, lives):
    (job,) = submitted(store, 1)
    lives(job)
    jobs.send_command(job, "discard")
    assert now(job).command == "discard"


def test_wishing_something_of_a_job_that_is_gone_changes_nothing(store):
    (job,) = submitted(store, 1)
    jobs.send_command(job, "discard")
    for command in ("train", "pause", "step", "discard"):
        jobs.send_command(job, command)
    jobs.dismiss(job)
    assert jobs.listing(store) == []
    assert list((store.root / ".training").iterdir()) == []


def test_a_job_that_is_over_is_dismissed_and_one_whose_worker_lives_is_not(store, lives):
    first, second = submitted(store, 2)
    told(first, "failed")
    lives(second)
    jobs.dismiss(first)
    jobs.dismiss(second)
    assert jobs.listing(store) == [now(second)]


def test_an_unfinished_training_is_found_by_its_id_and_a_done_one_is_not(store):
    first, second = submitted(store, 2)
    told(second, "done", result=second.run_id)
    assert jobs.unfinished(first.run_id, store) == first
    for run_id in (second.run_id, "mnist-ae-z2-0123456789"):
        with pytest.raises(UnknownName, match=f"There is no unfinished training called '{run_id}'"):
            jobs.unfinished(run_id, store)


# Where nothing may be changed


def test_where_runs_are_only_shown_jobs_are_only_listed(store, spawned, monkeypatch):
    first, second = submitted(store, 2)
    told(second, "failed")
    before = sorted(store.root.rglob("*"))
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    for refused in (
        lambda: jobs.submit(configured(9), store),
        lambda: jobs.send_command(first, "pause"),
        lambda: jobs.send_command(first, "discard"),
        lambda: jobs.dismiss(second),
        lambda: jobs.advance(store),
    ):
        with pytest.raises(ReadOnly, match="AECORE_READ_ONLY=1"):
            refused()
    assert [job.state for job in jobs.listing(store)] == ["queued", "failed"]
    assert sorted(store.root.rglob("*")) == before
    assert spawned.commands == []


def test_a_disk_that_is_full_is_told_of_when_a_job_is_handed_in_and_no_half_job_stays(store, monkeypatch):
    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(DiskFull, match="its disk is full"):
        jobs.submit(configured(), store)
    monkeypatch.undo()
    assert jobs.listing(store) == []
    assert jobs.submit(configured(), store).state == "queued"


def test_a_folder_that_cannot_be_made_is_told_of(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreNotWritable, match="Runs cannot be stored in"):
        jobs.submit(configured(), RunStore(tmp_path / "file"))


# Tampered with


OUTSIDE = ["../other", "..", ".", "", "/etc", "a/b", ".hidden", "..\x00", "x" * 5000, "a\x00b", "\ud800"]


@pytest.mark.parametrize("run_id", OUTSIDE)
def test_a_name_that_leads_elsewhere_finds_nothing(store, run_id):
    submitted(store, 1)
    outside = store.root / "other"
    outside.mkdir()
    (outside / "job.json").write_bytes((now(jobs.listing(store)[0]).path / "job.json").read_bytes())
    assert jobs.find(run_id, store) is None


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "5", "null", DEEP, '{"config": 3}', '{"config": {"variant": "ae"}}', "\x00"]
)
def test_a_job_that_makes_no_sense_is_left_out(store, content):
    first, second = submitted(store, 2)
    (first.path / "job.json").write_text(content)
    assert jobs.listing(store) == [second]
    assert jobs.find(first.run_id, store) is None


@pytest.mark.parametrize(
    "change",
    [
        {"config": {}},
        {"config": None},
        {"config": {"epochs": float("inf")}},
        {"format": 1, "name": None},
    ],
)
def test_a_job_whose_parts_make_no_sense_is_left_out_or_read_as_words(store, change):
    first, second = submitted(store, 2)
    about = json.loads((first.path / "job.json").read_bytes())
    config = change.get("config", about["config"])
    merged = about["config"] | config if isinstance(config, dict) and config else config
    (first.path / "job.json").write_text(json.dumps(about | change | {"config": merged}))
    listed = jobs.listing(store)
    assert listed[-1] == second
    assert all(isinstance(job.name, str) for job in listed)


def test_a_job_in_the_folder_of_another_config_is_left_out(store):
    first, second = submitted(store, 2)
    (first.path / "job.json").write_bytes((second.path / "job.json").read_bytes())
    assert jobs.listing(store) == [second]


def test_folders_that_are_being_made_or_are_none_are_passed_over(store):
    (job,) = submitted(store, 1)
    (job.path.parent / configured(1).run_id).mkdir()
    (job.path.parent / f".{configured(2).run_id}~x").mkdir()
    (job.path.parent / "a file").touch()
    assert jobs.listing(store) == [job]


BAD_VALUES = [None, "x", [], {}, True, -1, float("nan"), float("inf"), 10**400]


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Progress)])
@pytest.mark.parametrize("value", BAD_VALUES, ids=lambda value: str(value)[:9])
def test_a_progress_with_a_strange_value_is_none(store, field, value):
    (job,) = submitted(store, 1)
    told(job, "training", epoch=1)
    written = json.loads((job.path / "progress.json").read_bytes())
    is_like = isinstance(value, str) and isinstance(written[field], str) and field != "state"
    (job.path / "progress.json").write_text(json.dumps(written | {field: value}))
    found = now(job)
    assert (found.progress is None) == (not is_like)
    assert found.state == ("interrupted" if is_like else "queued")
    assert isinstance(found.history, list)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"state": "training"}', b"\xff", DEEP.encode()]
)
def test_a_progress_that_makes_no_sense_is_none(store, content):
    (job,) = submitted(store, 1)
    (job.path / "progress.json").write_bytes(content)
    assert now(job).progress is None
    assert now(job).state == "queued"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        DEEP,
        '{"command": "explode", "serial": 1}',
        '{"command": ["pause"], "serial": 1}',
        '{"command": "pause"}',
        '{"command": "pause", "serial": "1"}',
        '{"command": "pause", "serial": -1}',
        '{"command": "pause", "serial": true}',
        '{"command": "pause", "serial": %s}' % ("9" * 4300),
    ],
)
def test_a_wish_that_makes_no_sense_is_none(store, content):
    (job,) = submitted(store, 1)
    (job.path / "control.json").write_text(content)
    assert (now(job).command, now(job).serial) == ("train", 0)
    jobs.send_command(job, "pause")
    assert (now(job).command, now(job).serial) == ("pause", 1)


FILES = ("job.json", "control.json", "progress.json", "history.jsonl")


def holed(path: Path) -> None:
    """A file with a hole, larger than any memory."""
    path.unlink(missing_ok=True)
    path.touch()
    os.truncate(path, 1 << 40)


def piped(path: Path) -> None:
    """A pipe, to which nobody writes."""
    path.unlink(missing_ok=True)
    os.mkfifo(path)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "put",
    [
        holed,
        pytest.param(
            piped, marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")
        ),
    ],
)
def test_a_file_that_is_a_pipe_or_has_a_hole_is_unreadable_and_no_other_job_is_the_worse(store, name, put):
    job, other = submitted(store, 2)
    told(job, "training", epoch=1)
    put(job.path / name)
    found = []
    looking = threading.Thread(target=lambda: found.extend(jobs.listing(store)), daemon=True)
    looking.start()
    looking.join(30)
    assert [one.run_id for one in found if one.run_id == other.run_id] == [other.run_id]
    assert (job.run_id in {one.run_id for one in found}) == (name != "job.json")
    assert all(one.history == [] for one in found)


def test_files_cut_anywhere_never_break_a_look(store):
    (job,) = submitted(store, 1)
    told(job, "training", epoch=1)
    jobs.send_command(job, "pause")
    for name in ("job.json", "progress.json", "control.json"):
        whole = (job.path / name).read_bytes()
        for length in range(len(whole)):
            (job.path / name).write_bytes(whole[:length])
            assert len(jobs.listing(store)) == (name != "job.json")
        (job.path / name).write_bytes(whole)
    assert now(job).state == "paused"


# Names

NAMES = {
    "name": ["n" * 61, "a\u200fb", "a\u202eb", "a\u2060b", "a\ud800b", "a\x00b"],
    "note": ["n" * 1001, "a\u200fb", "a\ud800b"],
}


@pytest.mark.parametrize(("what", "text"), [(what, text) for what in NAMES for text in NAMES[what]])
def test_what_the_finished_run_could_not_be_called_is_refused_before_anything_is_trained(store, what, text):
    with pytest.raises(BadValue, match=f"{what} cannot be .* without marks that print nothing"):
        jobs.submit(configured(), store, **{what: text})
    assert jobs.listing(store) == []


@pytest.mark.parametrize("what", NAMES)
def test_the_longest_name_that_a_run_can_have_is_taken(store, what):
    longest = {"name": 60, "note": 1000}[what]
    assert getattr(jobs.submit(configured(), store, **{what: "ü" * longest}), what) == "ü" * longest


def test_a_failed_job_handed_in_again_takes_the_new_name(store):
    told(jobs.submit(configured(), store, name="first", note="kept"), "failed", error="It broke.")
    assert jobs.submit(configured(), store, name="second").name == "second"
    told(jobs.find(configured().run_id, store), "failed", error="It broke.")
    assert jobs.submit(configured(), store).name == "second"
