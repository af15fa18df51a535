"""A store survives: kills at every step, at random moments, a full disk, a read-only one, races."""

import dataclasses
import itertools
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from aecore.errors import RunChanged, RunDamaged
from aecore.maintenance import doctor
from aecore.storage import archives
from aecore.storage.run import is_whole
from aecore.storage.store import RunStore
from tests.conftest import ROOT
from tests.faults import writers
from tests.faults.writers import marked, marks
from tests.finished_runs import read_all

FORKED = ["tests.faults.writers"]
KILLS = int(os.environ.get("AECORE_KILLS", "20"))
"""At random moments; more of them for a longer run."""
MOST_STEPS = 150
"""More than any deed takes: a deed that never ends fails."""


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "store")


def is_in_order(store: RunStore) -> bool:
    """Whether a repair leaves nothing to be done and every run whole."""
    assert all(finding.repaired for finding in doctor.examine(store, repair=True))
    assert [path.name for path in store.root.iterdir() if path.name.endswith((".partial", ".aside"))] == []
    for one in store.deleted():
        assert is_whole(store.root / ".trash" / one.token, one.run_id)
    listing = store.listing()
    for run in listing.runs:
        read_all(run)
        assert len(marks(run)) == 1
    return listing.damaged == [] and doctor.examine(store) == []


# Killed


def prepare(store: RunStore, deed: str) -> None:
    """What a deed needs to find, and beside it a run that it must not touch."""
    store.write(marked(1))
    store.annotate(store.find(marked(1).config), "old name", "old note")
    store.write(marked(7, seed=2))
    if deed in ("bring a run back", "empty the trash"):
        store.delete(store.find(marked(1).config))
    if deed == "import a run":
        elsewhere = RunStore(store.root.parent / "elsewhere")
        (store.root.parent / "run.aerun").write_bytes(archives.export(elsewhere.write(marked(2, seed=1))))


@pytest.mark.parametrize("deed", writers.DEEDS)
def test_a_kill_before_any_step_of_a_deed_loses_nothing(processes, tmp_path, deed):
    for step in range(1, MOST_STEPS):
        store = RunStore(tmp_path / str(step) / "store")
        prepare(store, deed)
        child = processes.Process(target=writers.killed_at, args=(step, deed, store.root))
        child.start()
        child.join(120)
        assert child.exitcode in (0, -signal.SIGKILL)
        here = {run.config.seed: run for run in store.listing().runs}
        gone = {one.run_id for one in store.deleted()}
        assert store.listing().damaged == []
        assert marks(here[2]) == {7}
        if deed == "empty the trash":
            assert 0 not in here
        else:
            assert (0 in here) != (marked(1).config.run_id in gone)
        if deed == "replace a run":
            assert marks(here[0]) in ({1}, {2})
        if deed == "name a run":
            assert here[0].annotation.name in ("old name", "new name")
        elif 0 in here:
            assert here[0].annotation.name == "old name"
        if 1 in here:
            assert marks(here[1]) == {2}
        assert is_in_order(store)
        if child.exitcode == 0:
            assert step > 5  # it was killed before that
            return
    pytest.fail("the deed never ended")


def test_whatever_is_killed_at_a_random_moment_every_run_opens_and_the_doctor_is_content(processes, store):
    rng = random.Random(5)
    for number in range(KILLS):
        here, there = multiprocessing.Pipe()
        child = processes.Process(target=writers.for_ever, args=(store.root, number, there))
        child.start()
        assert here.recv() == "ready"
        time.sleep(rng.random() * 0.08)
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        listing = store.listing()
        assert listing.damaged == []
        assert all(len(marks(run)) == 1 for run in listing.runs)
    assert is_in_order(store)


def test_a_run_that_only_lacked_its_name_when_its_writer_was_killed_is_found_by_the_next_training(store):
    run = store.write(marked(3))
    os.replace(run.path, store.root / f".{run.run_id}.partial")
    assert store.find(run.config) is None
    with store.lock(run.config):
        assert marks(store.find(run.config)) == {3}


def test_what_a_killed_writer_left_beside_a_run_does_not_come_back_when_the_run_is_deleted(store):
    run = store.write(marked(3))
    shutil.copytree(run.path, store.root / f".{run.run_id}.partial")
    store.delete(run)
    with store.lock(run.config):
        assert store.find(run.config) is None
    assert is_in_order(store)
    assert store.listing().runs == []


@pytest.mark.parametrize("look", ["find", "open", "listing"])
def test_a_run_that_was_moved_aside_when_its_writer_was_killed_is_back_at_the_next_look(store, look):
    run = store.write(marked(3))
    os.replace(run.path, store.root / f".{run.run_id}.aside")
    found = {
        "find": lambda: store.find(run.config),
        "open": lambda: store.open(run.run_id),
        "listing": lambda: store.listing().runs[0],
    }[look]()
    assert marks(found) == {3}
    assert run.path.is_dir()


def test_where_nothing_may_be_written_a_run_that_lies_aside_is_missed_and_not_waited_for(store, monkeypatch):
    run = store.write(marked(3))
    os.replace(run.path, store.root / f".{run.run_id}.aside")
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    assert store.find(run.config) is None
    assert store.listing().runs == []
    assert sum(pauses) < 4  # two looks of 40 pauses of 5 ms
    assert not run.path.exists()


# Two at once


def test_two_processes_that_write_one_config_leave_one_whole_run(processes, store):
    pipes, children = [], []
    for first in (100, 200):
        here, there = multiprocessing.Pipe()
        children.append(processes.Process(target=writers.many_times, args=(store.root, first, 25, there)))
        pipes.append(here)
    for child in children:
        child.start()
    for pipe in pipes:
        assert (pipe.recv(), pipe.recv()) == ("ready", "done")  # an error in one would close the pipe
    for child in children:
        child.join()
    assert marks(store.find(marked(1).config)) <= {124.0, 224.0}
    assert is_in_order(store)


def reading(store: RunStore) -> set[float]:
    """One look at a run that is being replaced: the numbers in it, after at most a few clear retries."""
    for _ in range(20):
        try:
            return marks(store.find(marked(1).config))
        except RunChanged:
            continue
    pytest.fail("the run changed under every one of twenty looks")


def test_who_reads_while_another_writes_gets_the_old_or_the_new_and_never_a_mixture(processes, store):
    store.write(marked(1))
    here, there = multiprocessing.Pipe()
    child = processes.Process(target=writers.many_times, args=(store.root, 2, 100, there))
    child.start()
    seen, changed = set(), 0
    assert here.recv() == "ready"
    while not here.poll():
        found = reading(store)
        assert len(found) == 1
        seen |= found
        listing = store.listing()
        assert (len(listing.runs), listing.damaged) == (1, [])
        held = listing.runs[0]
        try:
            assert len(marks(held)) == 1
        except RunChanged:
            changed += 1
    child.join()
    assert len(seen) > 3  # it did look while the other wrote
    assert is_in_order(store)


def test_a_run_held_while_it_is_replaced_gives_the_old_or_says_that_it_changed(store):
    held, read_before = store.write(marked(1)), store.find(marked(1).config)
    assert read_before.metrics == {"mse": 1.0}
    store.write(marked(2))
    assert read_before.metrics == {"mse": 1.0}
    for part in ("weights", "arrays", "metrics", "history"):
        with pytest.raises(RunChanged, match="Reload the page"):
            getattr(held, part)


def test_a_run_held_while_it_is_deleted_says_that_it_changed(store):
    held = store.write(marked(1))
    store.delete(store.find(held.config))
    with pytest.raises(RunChanged):
        held.weights  # noqa: B018


# Cut


def boundaries(path: Path) -> list[int]:
    """Lengths to cut a file to: at and inside each of its sections, and before its last byte."""
    content = path.read_bytes()
    cuts = {0, 1, len(content) // 2, len(content) - 1}
    if path.suffix == ".safetensors":
        header = 8 + int.from_bytes(content[:8], "little")
        described = json.loads(content[8:header])
        offsets = [entry["data_offsets"] for name, entry in described.items() if name != "__metadata__"]
        cuts |= {4, 8, 8 + (header - 8) // 2, header}
        cuts |= {header + place for start, end in offsets for place in (start, (start + end) // 2, end)}
    return sorted(cut for cut in cuts if cut < len(content))


def test_a_file_cut_at_any_of_its_sections_is_found_and_set_aside_and_the_rest_opens(tmp_path):
    kept = dataclasses.replace(marked(1), rewind=safetensors.numpy.save({"000000/codes": np.zeros((5, 2))}))
    whole = RunStore(tmp_path / "whole").write(kept)
    number = itertools.count()
    for file in sorted(whole.path.iterdir()):
        for length in boundaries(file):
            store = RunStore(tmp_path / f"cut-{next(number)}")
            store.write(marked(7, seed=2))
            run = store.write(kept)
            with (run.path / file.name).open("r+b") as stream:
                stream.truncate(length)
            listing = store.listing()
            assert [one.config.seed for one in listing.runs] == [2]
            (error,) = listing.damaged
            assert isinstance(error, RunDamaged)
            assert file.name in str(error)
            (finding,) = doctor.examine(store)
            assert finding.path == run.path
            (finding,) = doctor.examine(store, repair=True)
            assert finding.repaired
            assert [path.name[: len(run.run_id)] for path in (store.root / ".damaged").iterdir()] == [
                run.run_id
            ]
            assert is_in_order(store)
            read_all(store.write(marked(1)))
    assert next(number) >= 50


# Disks


def on_a_small_disk(scenario: str) -> None:
    """Run a scenario of `tests.faults.small_disk` where it may mount a disk of its own."""
    command = [sys.executable, "-m", "tests.faults.small_disk", scenario]
    reasons = []
    for apart in (["unshare", "--user", "--map-root-user", "--mount"], ["unshare", "--mount"]):
        try:
            subprocess.run([*apart, "true"], check=True, capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.CalledProcessError) as error:
            reasons.append(str(getattr(error, "stderr", "") or error).strip())
            continue
        done = subprocess.run(
            [*apart, *command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode == 77:
            reasons.append(done.stderr.strip())
            continue
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.strip().endswith("as it should be")
        return
    pytest.skip(f"no disk can be mounted here: {'; '.join(reasons)}")


@pytest.mark.parametrize("scenario", ["full", "replacing_on_a_full_disk", "read_only"])
def test_on_a_disk_of_two_megabytes(scenario):
    on_a_small_disk(scenario)
