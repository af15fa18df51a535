"""The doctor: finds what an accident left, says what it is, and puts in order what it can."""

import dataclasses
import datetime
import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path

import filelock
import numpy as np
import pytest
import safetensors.numpy

from aecore import jobs, runs
from aecore.cli import app as command_line
from aecore.errors import ReadOnly
from aecore.maintenance import doctor
from aecore.storage import archive_validation, cache, settings
from aecore.storage.locks import is_held
from aecore.storage.store import RunStore
from tests.conftest import ROOT
from tests.finished_runs import finished, read_all


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "store")


@pytest.fixture
def run(store):
    """A run in the store, and beside it a second one that nothing happens to."""
    store.write(finished(seed=1))
    return store.write(finished())


def tree(store: RunStore) -> dict[str, bytes]:
    """Every file of a store and what is in it."""
    files = [path for path in store.root.rglob("*") if path.is_file() and path.parent.name != ".locks"]
    return {str(path.relative_to(store.root)): path.read_bytes() for path in sorted(files)}


def the_finding(store: RunStore, what: str, done: str = ""):
    """See that there is one finding, that looking changes nothing, and what a repair makes of it."""
    before = tree(store)
    (found,) = doctor.examine(store)
    assert what in found.what
    assert not found.repaired
    assert tree(store) == before
    if not done:
        return found
    (repaired,) = doctor.examine(store, repair=True)
    assert (repaired.path, repaired.what, repaired.repaired) == (found.path, found.what, True)
    assert done in repaired.remedy
    assert doctor.examine(store) == doctor.examine(store, repair=True) == []
    read_all(store.open(finished(seed=1).config.run_id))
    return repaired


def test_where_all_is_in_order_there_is_nothing_to_say(store, run):
    cache.write(run, "holes", {}, {"map": np.zeros(3)}, store)
    cache.write("digits", "judge", {}, {"map": np.zeros(3)}, store)
    store.annotate(run, "my first")
    store.delete(store.write(finished(seed=2)))
    with store.lock(finished(seed=3).config):
        pass
    before = tree(store)
    assert doctor.examine(store, repair=True) == []
    assert tree(store) == before


def test_a_folder_that_is_not_there_is_in_order_and_stays_away(store):
    assert doctor.examine(store) == []
    assert not store.root.exists()


def test_what_is_shipped_is_in_order():
    shipped = RunStore(ROOT / "pretrained")
    assert doctor.examine(shipped) == []


# Runs


@pytest.mark.parametrize("name", ["weights.safetensors", "codes.safetensors", "history.json", "metrics.json"])
def test_a_single_bit_that_flipped_is_found_and_the_run_set_aside_not_deleted(store, run, name):
    content = bytearray((run.path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (run.path / name).write_bytes(content)
    found = the_finding(
        store, f"{name} is not what was written", "moved to .damaged; train or import it again"
    )
    assert found.path == run.path
    (kept,) = (store.root / ".damaged").iterdir()
    assert (kept / name).read_bytes() == content
    read_all(store.write(finished()))


def test_what_is_said_of_a_damaged_run_does_not_tell_a_person_to_delete_it(store, run):
    (run.path / "metrics.json").unlink()
    assert "Delete" not in the_finding(store, "metrics.json is missing").what


def test_epochs_that_are_damaged_are_found(store, run):
    epochs = safetensors.numpy.save({"000000/codes": np.zeros((5, 2))})
    again = store.write(dataclasses.replace(finished(), rewind=epochs))
    (again.path / "rewind.safetensors").write_bytes(bytes(len(epochs)))
    the_finding(store, "rewind.safetensors is not what was written", "moved to .damaged")


NANS = np.full(8, np.nan, np.float32)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"history": []}, "its history has 0 epochs"),
        ({"metrics": {"bce": 0.1}}, "its metrics are no numbers by name"),
        (
            {"weights": finished().weights | {"decoder.0.bias": np.full(8, np.nan, np.float32)}},
            "not all numbers",
        ),
        ({"codes": {name: array[:1] for name, array in finished().codes.items()}}, "is expected"),
        ({"about": finished().about | {"layers": [{"type": "relu"}]}}, "its decoder gives the shape [2]"),
    ],
    ids=["no epochs", "no error", "weights that are no numbers", "one code", "a decoder of no image"],
)
def test_a_whole_run_that_no_page_can_show_is_found(store, run, change, what):
    store.write(dataclasses.replace(finished(), **change))
    the_finding(store, what, "moved to .damaged")


def test_weights_of_another_config_are_found_where_there_is_pytorch(store, run):
    other = finished(variant="ae", options={"hidden": (8,)})
    store.write(other)
    assert doctor.examine(store) == []
    (found,) = doctor.examine(store, check_model=runs.check_model)
    assert "its weights do not fit its config" in found.what


def test_a_folder_that_is_no_run_is_set_aside(store, run):
    (store.root / "something").mkdir()
    (store.root / "something" / "else.txt").write_text("mine")
    the_finding(store, "manifest.json cannot be read", "moved to .damaged")
    assert (next((store.root / ".damaged").iterdir()) / "else.txt").read_text() == "mine"


def test_a_run_of_a_later_version_is_named_and_left_alone(store, run):
    manifest = json.loads((run.path / "manifest.json").read_text())
    (run.path / "manifest.json").write_text(json.dumps(manifest | {"format": 3}))
    for repair in (False, True):
        (found,) = doctor.examine(store, repair)
        assert (found.remedy, found.repaired) == ("update aecore", False)
    assert run.path.exists()


def test_a_damaged_run_in_a_folder_that_is_only_read_is_named_and_left_alone(tmp_path):
    shipped = RunStore(settings.SHIPPED)
    path = shipped.write(finished()).path
    (path / "metrics.json").write_text("")
    for repair in (False, True):
        (found,) = doctor.examine(RunStore(), repair)
        assert (found.path, found.repaired) == (path, False)
        assert found.remedy == "get this folder anew; it is only read here"


def test_a_label_that_cannot_be_read_is_set_aside_and_the_run_stays(store, run):
    (run.path / "label.json").write_text("{")
    the_finding(store, "name and note cannot be read", "moved to .damaged; name it again")
    read_all(store.open(run.run_id))


# What a killed writer left


def test_what_is_left_of_a_write_that_never_ended_is_removed(store, run):
    left = store.root / f".{finished(seed=2).config.run_id}.partial"
    left.mkdir()
    (left / "weights.safetensors").write_bytes(b"half")
    the_finding(store, "the beginning of a run whose writing was killed", "removed")
    assert not left.exists()


def test_a_run_that_only_lacked_its_name_is_finished(store, run):
    os.replace(run.path, store.root / f".{run.run_id}.partial")
    the_finding(store, "killed before it got its name", "finished")
    read_all(store.open(run.run_id))


def test_of_a_new_run_that_is_damaged_and_an_old_one_that_is_not_the_old_one_comes_back(store, run):
    partial = store.root / f".{run.run_id}.partial"
    shutil.copytree(run.path, partial)
    os.replace(run.path, store.root / f".{run.run_id}.aside")
    size = (partial / "weights.safetensors").stat().st_size
    (partial / "weights.safetensors").write_bytes(bytes(size))
    the_finding(store, "moved aside for a new one which never came", "brought back")
    read_all(store.open(run.run_id))


def test_a_run_that_was_moved_aside_is_brought_back(store, run):
    os.replace(run.path, store.root / f".{run.run_id}.aside")
    the_finding(store, "moved aside for a new one which never came", "brought back")
    read_all(store.open(run.run_id))


def test_what_was_moved_aside_for_a_run_that_is_there_is_removed(store, run):
    shutil.copytree(run.path, store.root / f".{run.run_id}.aside")
    shutil.copytree(run.path, store.root / f".{run.run_id}.partial")
    the_finding(store, "left over from a write of this run that was killed", "removed; the run is whole")
    read_all(store.open(run.run_id))


def test_what_a_living_writer_has_not_ended_yet_is_left_alone(store, run):
    left = store.root / f".{run.run_id}.partial"
    with store.changing(run.run_id):
        left.mkdir()
        assert doctor.examine(store, repair=True) == []
        assert left.exists()
    the_finding(store, "left over", "removed")


# Derived results


def test_results_of_a_run_that_is_gone_are_removed(store, run):
    path = cache.write(run, "holes", {}, {"map": np.zeros(3)}, store)
    shutil.rmtree(run.path)
    the_finding(store, "derived from a run that is no longer there", "removed")
    assert not path.parent.exists()


def test_results_of_a_run_that_can_still_be_brought_back_stay(store, run):
    path = cache.write(run, "holes", {}, {"map": np.zeros(3)}, store)
    store.delete(run)
    assert doctor.examine(store, repair=True) == []
    assert path.exists()


def test_results_of_a_shipped_run_are_no_orphans():
    shipped = RunStore(settings.SHIPPED).write(finished())
    cache.write(shipped, "holes", {}, {"map": np.zeros(3)})
    assert doctor.examine(RunStore()) == []


@pytest.mark.parametrize("length", [0, 8, 60, -1])
def test_a_result_that_was_cut_is_removed(store, run, length):
    path = cache.write("digits", "judge", {}, {"map": np.zeros(3)}, store)
    path.write_bytes(path.read_bytes()[:length])
    the_finding(store, "a derived result that cannot be read", "removed; it is computed again")
    assert not path.exists()


def test_a_result_of_weights_that_the_run_no_longer_has_is_removed(store, run):
    cache.write(run, "holes", {}, {"map": np.zeros(3)}, store)
    other = {name: np.ones_like(array) for name, array in finished().weights.items()}
    again = store.write(dataclasses.replace(finished(), weights=other))
    kept = cache.write(again, "holes", {}, {"map": np.ones(3)}, store)
    the_finding(store, "derived from weights that the run no longer has", "removed; it is computed again")
    assert kept.exists()


def test_a_result_that_is_being_written_is_left_alone_and_one_that_was_is_not(store, run):
    partial = cache.write("digits", "judge", {}, {"map": np.zeros(3)}, store).with_name(".abc.partial")
    partial.write_bytes(b"half")
    assert doctor.examine(store) == []
    os.utime(partial, (time.time() - 3600,) * 2)
    the_finding(store, "a derived result whose writing was killed", "removed")


# Deleted runs and locks


def test_a_run_deleted_long_ago_is_removed_for_good(store, run):
    folder = store.root / ".trash" / store.delete(run)
    when = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=40)
    folder.rename(folder.with_name(f"{run.run_id}~{when:%Y%m%dT%H%M%S%f}Z"))
    what = "a run deleted more than 30 days ago, or beyond the room for deleted runs"
    the_finding(store, what, "removed for good")
    assert store.deleted() == []


def test_a_deleted_run_that_is_half_gone_is_no_longer_offered_and_goes(store, run):
    folder = store.root / ".trash" / store.delete(run)
    going = folder.rename(folder.with_name(f".{folder.name}.going"))
    assert store.deleted() == doctor.examine(store) == []
    os.utime(going, (time.time() - 120,) * 2)
    the_finding(store, "a run deleted", "removed for good")


def test_a_lock_of_nothing_that_nobody_holds_is_removed(store, run):
    lock = store.root / ".locks" / f"{finished(seed=2).config.run_id}.lock"
    lock.write_text("")
    assert doctor.examine(store) == []  # it may be one that somebody is about to hold
    os.utime(lock, (time.time() - 120,) * 2)
    the_finding(store, "a lock that nobody holds, of a run that is not there", "removed")
    assert not lock.exists()


def test_a_lock_that_somebody_holds_is_left_alone(store, run):
    with store.lock(finished(seed=2).config):
        (lock,) = (store.root / ".locks").iterdir()
        assert doctor.examine(store, repair=True) == []
        assert lock.exists()


def test_what_stands_in_a_locks_place_is_moved_so_that_the_run_can_be_trained(store, run):
    (store.root / ".locks" / f"{finished(seed=2).config.run_id}.lock").mkdir()
    the_finding(store, "no lock stands in a lock's place", "moved to .damaged")
    with store.lock(finished(seed=2).config):
        pass


# Others who work meanwhile


def test_whoever_works_while_the_doctor_looks_leaves_nothing_to_find(store, run):
    ended, found = threading.Event(), []

    def work() -> None:
        while not ended.is_set():
            other = store.write(finished(seed=2))
            store.annotate(other, "Other")
            with store.lock(finished(seed=3).config):
                store.delete(other)
            store.purge(everything=True)

    worker = threading.Thread(target=work)
    worker.start()
    looks = 0
    until = time.monotonic() + 5
    try:
        while time.monotonic() < until and not found:
            found = doctor.examine(store)
            looks += 1
    finally:
        ended.set()
        worker.join()
    assert found == []
    assert looks > 10


def test_a_write_that_ends_between_two_looks_of_the_doctor_is_none_that_was_killed(store, run, monkeypatch):
    partial = store.root / f".{run.run_id}.partial"
    lock = store.root / ".locks" / f"{finished(seed=2).config.run_id}.change.lock"
    named = run.path / ".label.json.partial"
    for path in (partial, named):
        path.write_text("half")
    lock.write_text("")

    def ends(asked: Path) -> bool:
        for path in (partial, lock, named):
            path.unlink(missing_ok=True)
        return is_held(asked)

    monkeypatch.setattr(doctor, "is_held", ends)
    for path in (partial, lock, named):
        path.write_text("half")
        assert doctor.examine(store) == []


# Trainings


@pytest.fixture
def job(store, run):
    """The folder of a training that was interrupted."""
    config = finished(seed=5).config
    folder = store.root / ".training" / config.run_id
    (folder / "frames").mkdir(parents=True)
    about = {"format": 1, "config": config.to_json(), "name": "", "note": "", "by": "dashboard"}
    (folder / "job.json").write_text(json.dumps(about))
    (folder / "progress.json").write_text(json.dumps({"state": "training", "epoch": 3}))
    (folder / "control.json").write_text(json.dumps({"command": "train"}))
    whole = safetensors.numpy.save({"w": np.zeros(9, np.float32)})
    (folder / "checkpoint.safetensors").write_bytes(whole)
    (folder / "frames" / "000001.safetensors").write_bytes(whole)
    return folder


def test_a_training_that_was_interrupted_is_in_order(store, job):
    before = tree(store)
    assert doctor.examine(store, repair=True) == []
    assert tree(store) == before


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"config": {}}', '{"config": {"variant": "../x"}}']
)
def test_a_training_that_nobody_can_read_is_set_aside(store, job, content):
    (job / "job.json").write_text(content)
    the_finding(store, "a training whose job.json cannot be read", "moved to .damaged; start it again")
    assert not job.exists()


def test_a_training_of_another_config_than_its_folder_says_is_set_aside(store, job):
    config = finished(seed=6).config
    (job / "job.json").write_text(json.dumps({"config": config.to_json()}))
    the_finding(store, "a training whose job.json cannot be read", "moved to .damaged")


def test_a_training_that_is_just_being_handed_in_is_left_alone_and_one_that_was_removed_goes(store, job):
    (job / "job.json").unlink()
    assert doctor.examine(store, repair=True) == []
    os.utime(job, (time.time() - 120,) * 2)
    the_finding(store, "left over from a training that was removed", "removed")
    assert not job.exists()


@pytest.mark.parametrize("length", [0, 4, 20, -1])
def test_a_checkpoint_that_was_cut_is_set_aside_and_the_training_stays(store, job, length):
    checkpoint = job / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:length])
    the_finding(store, "a checkpoint that cannot be read", "the training begins anew")
    assert (job / "job.json").exists()
    assert not checkpoint.exists()


def test_an_epoch_that_cannot_be_shown_goes_and_the_training_stays(store, job):
    (job / "frames" / "000002.safetensors").write_bytes(b"half")
    the_finding(store, "an epoch of a training that cannot be shown", "removed")
    assert (job / "frames" / "000001.safetensors").exists()


@pytest.mark.parametrize("name", ["progress.json", "control.json"])
def test_a_word_of_a_training_that_cannot_be_read_is_set_aside(store, job, name):
    (job / name).write_text("{")
    the_finding(store, f"a training whose {name} cannot be read", "it is written anew")


def test_what_a_killed_worker_was_writing_is_removed(store, job):
    for folder in (job, job / "frames"):
        (folder / ".abc.partial").write_bytes(b"half")
    assert [one.repaired for one in doctor.examine(store, repair=True)] == [True, True]
    assert doctor.examine(store) == []


def test_a_training_whose_worker_lives_is_left_alone(store, job):
    (job / "checkpoint.safetensors").write_bytes(b"half")
    (job / ".abc.partial").write_bytes(b"half")
    with filelock.FileLock(job / "worker.lock"):
        assert doctor.examine(store, repair=True) == []
    assert len(doctor.examine(store)) == 2


def over(job, run_id: str, days: float = 0.0) -> None:
    """Let a training say that it became a run, so many days ago."""
    (job / "progress.json").write_text(json.dumps({"state": "done", "result": run_id}))
    os.utime(job / "progress.json", (time.time() - days * 86400,) * 2)


def test_a_training_that_has_just_finished_may_say_so_for_a_day(store, job):
    (job / "checkpoint.safetensors").unlink()
    over(job, store.write(finished(seed=5)).run_id)
    assert doctor.examine(store, repair=True) == []
    over(job, finished(seed=5).config.run_id, days=1.5)
    the_finding(store, "left over from a training that is finished", "removed")
    assert not job.exists()


def test_a_training_that_is_finished_keeps_no_checkpoint_once_its_run_is_kept(store, job):
    over(job, store.write(finished(seed=5)).run_id)
    the_finding(store, "left over from a training that is finished", "removed")
    assert not job.exists()


def test_a_training_whose_run_was_deleted_is_no_lost_one(store, job):
    kept = store.write(finished(seed=5))
    over(job, kept.run_id)
    store.delete(kept)
    the_finding(store, "left over from a training that is finished", "removed")


@pytest.mark.parametrize("result", [finished(seed=5).config.run_id, "../../evil", ""])
def test_a_training_that_says_it_is_finished_while_there_is_no_run_is_set_aside_whole(store, job, result):
    over(job, result)
    the_finding(store, "there is no whole run", "moved to .damaged; start it again")
    (kept,) = (store.root / ".damaged").iterdir()
    assert (kept / "checkpoint.safetensors").exists()


def test_a_training_that_was_really_handed_in_is_in_order_while_it_waits(store, run):
    job = jobs.submit(finished(seed=5).config, store)
    assert doctor.examine(store, repair=True) == []
    jobs.send_command(job, "pause")
    assert doctor.examine(store, repair=True) == []
    assert jobs.find(job.run_id, store).command == "pause"


# What cannot be repaired


def test_where_what_is_stored_is_only_shown_the_doctor_looks_and_touches_nothing(store, run, monkeypatch):
    os.replace(run.path, store.root / f".{run.run_id}.aside")
    before = tree(store)
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    assert len(doctor.examine(store)) == 1
    with pytest.raises(ReadOnly, match="repairing is switched off"):
        doctor.examine(store, repair=True)
    assert tree(store) == before


def test_what_the_disk_refuses_is_said_and_the_rest_is_repaired(store, run, monkeypatch):
    (run.path / "metrics.json").write_text("")
    left = store.root / f".{finished(seed=2).config.run_id}.partial"
    left.mkdir()

    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("os.replace", refuse)
    removed, damaged = doctor.examine(store, repair=True)
    assert (removed.repaired, damaged.repaired) == (True, False)
    assert "Read-only file system" in damaged.remedy


# The command


@pytest.fixture
def aecore(monkeypatch, capsys):
    """Run the command line in this process: exit code, standard output, standard error."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # typer replaces it

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["aecore", *map(str, words)])
        try:
            command_line.main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code or 0
        return code, *capsys.readouterr()

    return run


def test_doctor_exits_with_0_where_all_is_in_order(aecore, store, run):
    code, out, _ = aecore("doctor", "--store", store.root)
    assert (code, out) == (0, "2 runs are whole, every hash verified; all is in order.\n")


def test_doctor_names_what_it_finds_and_what_it_did(aecore, store, run):
    (run.path / "metrics.json").write_text("")
    code, out, _ = aecore("doctor", "--store", store.root)
    assert code == 1
    assert str(run.path) in out
    assert "metrics.json has 0 of" in out
    assert "to do: python -m aecore doctor --repair does it" in out
    assert "1 runs are whole, every hash verified; 1 of 1 findings are left to do." in out
    code, out, _ = aecore("doctor", "--repair", "--store", store.root)
    assert code == 0
    assert "repaired: moved to .damaged; train or import it again" in out
    assert aecore("doctor", "--store", store.root)[0] == 0


def test_doctor_as_json_parses(aecore, store, run):
    assert json.loads(aecore("doctor", "--json", "--store", store.root)[1]) == []
    (run.path / "metrics.json").write_text("")
    code, out, _ = aecore("doctor", "--json", "--store", store.root)
    (found,) = json.loads(out)
    assert (code, found["path"], found["repaired"]) == (1, str(run.path), False)
    assert set(found) == {"path", "what", "remedy", "repaired"}


def test_a_run_goes_out_and_comes_in_by_commands(aecore, store, run, tmp_path):
    code, out, _ = aecore("export", run.run_id, "--to", tmp_path, "--store", store.root)
    assert (code, out.split()[0]) == (0, str(tmp_path / f"{run.run_id}.aerun"))
    file = tmp_path / f"{run.run_id}.aerun"
    code, out, err = aecore("import", file, "--store", tmp_path / "other")
    assert (code, out.split()[0], err) == (0, run.run_id, "")
    code, out, err = aecore("import", file, "--store", tmp_path / "other")
    assert (code, out.split()[0]) == (0, run.run_id)
    assert err == f"{run.run_id} was there already; nothing was written.\n"


def test_what_is_no_archive_is_refused_by_the_command(aecore, tmp_path):
    (tmp_path / "a.aerun").write_text("evil")
    code, out, err = aecore("import", tmp_path / "a.aerun", "--store", tmp_path / "store")
    assert (code, out) == (1, "")
    assert err.startswith("This file cannot be imported: it is no zip file")


def test_export_wants_a_folder_that_exists(aecore, store, run, tmp_path):
    code, _, err = aecore("export", run.run_id, "--to", tmp_path / "nowhere", "--store", store.root)
    assert code == 2
    assert "a folder that exists" in err


def test_a_run_is_deleted_listed_and_brought_back_by_commands(aecore, store, run):
    code, out, _ = aecore("delete", run.run_id, "--store", store.root)
    assert "to bring it back: python -m aecore undelete " in out
    token = out.split()[-1]
    assert code == 0
    assert [one.token for one in store.deleted()] == [token]
    listed = aecore("undelete", "--store", store.root)[1].splitlines()
    assert listed[0] == "These can be brought back: python -m aecore undelete NAME"
    assert token in listed[1]
    (entry,) = json.loads(aecore("undelete", "--json", "--store", store.root)[1])
    assert (entry["token"], entry["run_id"]) == (token, run.run_id)
    assert aecore("undelete", token, "--store", store.root)[0] == 0
    read_all(store.open(run.run_id))
    assert "Nothing was deleted" in aecore("undelete", "--store", store.root)[1]


def test_the_trash_is_emptied_by_a_command(aecore, store, run):
    aecore("delete", run.run_id, "--store", store.root)
    code, out, _ = aecore("delete", "--empty-trash", "--store", store.root)
    assert (code, out) == (0, "1 deleted run is gone for good.\n")
    assert aecore("undelete", run.run_id, "--store", store.root)[0] == 2
    for words in ([], [run.run_id, "--empty-trash"]):
        assert aecore("delete", *words, "--store", store.root)[0] == 2


def test_a_run_is_named_by_a_command(aecore, store, run):
    assert "has no name" in aecore("label", run.run_id, "--store", store.root)[1]
    aecore("label", run.run_id, "--name", "my first", "--store", store.root)
    aecore("label", run.run_id, "--note", "a note", "--store", store.root)
    assert aecore("label", run.run_id, "--store", store.root)[1] == f"{run.run_id}  my first\na note\n"
    aecore("label", run.run_id, "--name", "", "--store", store.root)
    assert (run.annotation.name, run.annotation.note) == ("", "a note")
    code, _, err = aecore("label", run.run_id, "--name", "x" * 61, "--store", store.root)
    assert (code, "at most 60 characters" in err) == (2, True)


def test_a_name_that_means_another_run_too_is_given_and_said_not_to_open_it(aecore, store, run):
    (other,) = (one for one in store.listing().runs if one.run_id != run.run_id)
    for name in (other.name, other.run_id):
        code, out, err = aecore("label", run.run_id, "--name", name, "--store", store.root)
        assert (code, out) == (0, f"{run.run_id}  {name}\n")
        assert " ".join(err.split()) == f"Another run is called {name} too: open this one by its id."
    assert aecore("label", run.run_id, "--name", "alone", "--store", store.root)[2] == ""


@pytest.mark.parametrize(
    "words",
    [
        ["delete", "RUN"],
        ["undelete", "RUN"],
        ["label", "RUN", "--name", "a"],
        ["doctor", "--repair"],
        ["import", "x"],
    ],
    ids=lambda words: words[0],
)
def test_commands_that_change_something_are_switched_off_where_it_is_only_shown(
    aecore, store, run, monkeypatch, words
):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    words = [run.run_id if word == "RUN" else word for word in words]
    code, _, err = aecore(*words, "--store", store.root)
    assert code == 1
    assert "AECORE_READ_ONLY=1" in err
    read_all(store.open(run.run_id))


@pytest.mark.parametrize("error", [OverflowError("far"), IndexError("none"), RuntimeError("torch")])
def test_whatever_one_run_does_the_others_are_looked_at(store, run, error):
    seen = []

    def check_model(found):
        seen.append(found.run_id)
        if found.run_id == run.run_id:
            raise error

    (found,) = doctor.examine(store, check_model=check_model)
    assert found.path == run.path
    assert str(error) in found.what
    assert len(set(seen)) == 2


def test_what_no_check_foresaw_is_damage_and_no_end(store, run, monkeypatch):
    def unforeseen(found):
        raise OverflowError("cannot convert float infinity to integer")

    monkeypatch.setattr(archive_validation, "_check_metrics", unforeseen)
    assert [found.path.parent for found in doctor.examine(store)] == [store.root] * 2


@pytest.mark.parametrize("name", [".derived", ".derived/digits", ".training", ".trash", "linked-run"])
def test_a_repair_follows_no_link_out_of_the_folder_of_runs(tmp_path, name):
    outside, store = tmp_path / "outside", RunStore(tmp_path / "runs")
    for file in (
        "a.conf",
        "sub/b.conf",
        ".x.partial",
        "sub/.y.partial",
        ".z.going",
        "sub/frames/c.safetensors",
    ):
        (outside / file).parent.mkdir(parents=True, exist_ok=True)
        (outside / file).write_text("somebody else's")
        os.utime(outside / file, (0, 0))
    before = sorted(outside.rglob("*"))
    link = store.root / name
    link.parent.mkdir(parents=True)
    link.symlink_to(outside, target_is_directory=True)
    doctor.examine(store, repair=True)
    assert sorted(outside.rglob("*")) == before
