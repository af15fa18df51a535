"""Scenarios on a disk of two megabytes; run apart, since they mount one: exit code 77 if they cannot."""

import contextlib
import dataclasses
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from aecore import jobs
from aecore.errors import DiskFull, StoreNotWritable
from aecore.jobs import worker
from aecore.maintenance import doctor
from aecore.models import variants
from aecore.storage import archives, cache, job_folder
from aecore.storage.run import FinishedRun
from aecore.storage.store import RunStore
from aecore.training import checkpoints
from tests.faults.writers import marked, marks
from tests.finished_runs import read_all


def sized(kilobytes: int, seed: int) -> FinishedRun:
    """A run whose weights take so many kilobytes."""
    run = marked(1, seed)
    weights = run.weights | {"w": np.zeros(kilobytes * 256, np.float32)}
    about = run.about | {"parameters": sum(array.size for array in weights.values())}
    return dataclasses.replace(run, weights=weights, about=about)


def fill(store: RunStore) -> list[str]:
    """Write runs until the disk is full; the ids of those that were stored."""
    stored = []
    for seed in itertools.count(1):
        try:
            stored.append(store.write(sized(256, seed)).run_id)
        except DiskFull:
            break
    with pytest.raises(DiskFull, match=r"its disk is full \(No space left on device\)"):
        store.write(sized(256, len(stored) + 1))
    return stored


def nothing_left(store: RunStore) -> bool:
    """Whether every run is whole and nothing lies beside them."""
    for run in store.listing().runs:
        read_all(run)
    assert not [path for path in store.root.rglob("*") if path.name.endswith((".partial", ".aside"))]
    return store.listing().damaged == [] and doctor.examine(store) == []


def full(disk: Path) -> None:
    """What was stored stays whole, what was not is said, and room is there again when runs go."""
    store = RunStore(disk / "runs")
    stored = fill(store)
    assert len(stored) > 3
    assert sorted(run.run_id for run in store.listing().runs) == sorted(stored)
    assert nothing_left(store)
    with pytest.raises(DiskFull):
        cache.write("mnist", "holes", {}, {"map": np.zeros(10**6)}, store)
    archive = archives.export(RunStore(Path(tempfile.mkdtemp())).write(sized(1024, 0)))
    with pytest.raises(DiskFull):
        archives.import_file(archive, store)
    assert nothing_left(store)
    store.delete(store.listing().runs[0])  # works without room: it only moves
    with pytest.raises(DiskFull):
        store.write(sized(256, 0))
    assert len(store.purge(everything=True)) == 1
    store.write(sized(200, 0))
    assert nothing_left(store)


def replacing_on_a_full_disk(disk: Path) -> None:
    """A run that is measured again where there is no room for it keeps its old numbers."""
    store = RunStore(disk / "runs")
    store.write(sized(256, 0))
    fill(store)
    with pytest.raises(DiskFull):
        store.write(dataclasses.replace(sized(256, 0), metrics={"mse": 2.0}))
    assert store.find(sized(256, 0).config).metrics == {"mse": 1.0}
    with (disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(4096)):
            pass  # the very last page too
    run = store.find(sized(256, 0).config)
    with pytest.raises(DiskFull):
        store.annotate(run, "a name", "x" * 900)
    assert not run.annotation
    assert [path.name for path in run.path.iterdir() if path.name.startswith(".")] == []


def read_only(disk: Path) -> None:
    """Everything stored can be read; everything else says that the disk is read-only; nothing hangs."""
    store = RunStore(disk / "runs")
    run = store.write(marked(1))
    token = store.delete(store.write(marked(2, seed=1)))
    moved = store.write(marked(3, seed=2))
    archive = archives.export(RunStore(Path(tempfile.mkdtemp())).write(marked(4, seed=3)))
    os.replace(moved.path, store.root / f".{moved.run_id}.aside")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert [marks(found) for found in store.listing().runs] == [{1}]
    assert marks(store.open(run.run_id)) == {1}
    assert [one.token for one in store.deleted()] == [token]
    for refused in (
        lambda: store.write(marked(5)),
        lambda: store.lock(run.config).__enter__(),
        lambda: store.annotate(run, "a name"),
        lambda: store.delete(run),
        lambda: store.undelete(token),
        lambda: archives.import_file(archive, store),
        lambda: cache.write("mnist", "holes", {}, {"map": np.zeros(3)}, store),
    ):
        with pytest.raises(StoreNotWritable, match="Read-only file system"):
            refused()
    (finding,) = doctor.examine(store)
    assert "moved aside" in finding.what
    (finding,) = doctor.examine(store, repair=True)
    assert not finding.repaired
    assert "Read-only file system" in finding.remedy
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert len(store.listing().runs) == 2
    assert nothing_left(store)


def training(disk: Path) -> None:
    """A training that meets a full disk keeps its last epoch, and goes on when there is room."""
    from tests.conftest import quick
    from tests.faults.trainers import measure_quickly

    measure_quickly()
    config = variants.configure("vae", "digits", **quick("vae", 12))
    expected = worker.train_here(config, RunStore(Path(tempfile.mkdtemp())))
    failed_at = set()
    for room in (16, 100, 160, 220, 280, 340, 400, 600, 800, 900, 1000):
        store, filler = RunStore(disk / f"runs-{room}"), disk / "filler"
        store.root.mkdir()
        filler.write_bytes(bytes(max(os.statvfs(disk).f_bavail * 4096 - room * 1024, 0)))
        if room < job_folder.RESERVE / 1024:
            with pytest.raises(DiskFull, match="its disk is full"):
                jobs.submit(config, store)
            filler.unlink()
        job = jobs.submit(config, store)
        worker._serve(job.folder, store)
        job = jobs.find(config.run_id, store)
        if job.state == "failed":
            assert job.progress.error == str(DiskFull(store.root, "No space left on device"))
            kept = checkpoints.read(job.path / "checkpoint.safetensors")
            assert job.progress.epoch == len(job.history) == (kept.state.number if kept else 0)
            failed_at.add(job.progress.epoch)
            filler.unlink()
            jobs.send_command(job, "train")
            worker._serve(job.folder, store)
        run = store.find(config)
        assert run.metrics == expected.metrics
        assert all(np.array_equal(run.weights[name], expected.weights[name]) for name in expected.weights)
        assert nothing_left(store)
        shutil.rmtree(store.root)
        filler.unlink(missing_ok=True)
    assert len(failed_at) > 2, failed_at


def main(scenario: str) -> int:
    """Mount a disk that vanishes with this process, and play one scenario on it."""
    disk = Path(tempfile.mkdtemp())
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)  # noqa: T201  read by the test
        return 77
    scenarios = {
        "full": full,
        "replacing_on_a_full_disk": replacing_on_a_full_disk,
        "read_only": read_only,
        "training": training,
    }
    scenarios[scenario](disk)
    print("as it should be")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
