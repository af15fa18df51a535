"""Whose a training or run is, and what the visitors of a server may take of it."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from aecore import jobs
from aecore.errors import DiskFull, NotYours, QueueFull, StoreFull
from aecore.jobs import limits
from aecore.models import variants
from aecore.storage import archives, atomic, ownership, trash
from aecore.storage.job_folder import JobFolder
from aecore.storage.store import RunStore
from tests.conftest import quick
from tests.finished_runs import finished

ANNA, BERT = "a" * 16, "b" * 16


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "store")


def handed_in(store: RunStore, owner: str, seed: int = 0) -> jobs.Job:
    config = variants.configure("ae", "digits", **quick("ae", 2), seed=seed)
    return jobs.submit(config, store, owner=owner)


def test_a_job_is_whose_it_was_handed_in_for_and_a_command_line_is_nobody(store):
    assert handed_in(store, ANNA).owner == ANNA
    assert handed_in(store, "", seed=1).owner == ""


def test_who_hands_in_what_is_there_already_does_not_get_it(store):
    job = handed_in(store, ANNA)
    assert handed_in(store, BERT).owner == ANNA
    job.folder.write_progress(jobs.Progress("failed", error="It broke."))
    with pytest.raises(NotYours):
        handed_in(store, BERT)
    assert jobs.find(job.run_id, store).owner == ANNA
    assert handed_in(store, ANNA).state == "queued"


def test_who_trains_anew_what_was_removed_gets_it(store):
    jobs.dismiss(handed_in(store, ANNA))
    assert handed_in(store, BERT).owner == BERT
    jobs.dismiss(jobs.find(handed_in(store, BERT).run_id, store))
    assert handed_in(store, "").owner == ""


@pytest.mark.parametrize("owner", [ANNA, ""])
def test_nobody_else_claims_what_is_there(store, owner):
    job = handed_in(store, owner)
    with pytest.raises(NotYours):
        ownership.claim(store.root, job.run_id, BERT)
    ownership.claim(store.root, job.run_id, "")
    assert job.owner == owner
    job.folder.write_progress(jobs.Progress("done", result=job.run_id))
    ownership.claim(store.root, job.run_id, BERT)
    assert job.owner == BERT
    (store.root / job.run_id).mkdir()
    with pytest.raises(NotYours):
        ownership.claim(store.root, job.run_id, ANNA)


def imported(store: RunStore, finished_store: RunStore, owner: str):
    archive = archives.export(finished_store.open("digits-ae-z2"))
    return archives.import_archive(archive, store, owner=lambda run_id: owner).run


def test_each_deleted_run_stays_whose_it_was(store, finished_store):
    first = store.delete(imported(store, finished_store, ANNA))
    second = store.delete(run := imported(store, finished_store, BERT))
    third = store.delete(imported(store, finished_store, ""))
    owners = [ownership.owner_of(store.root, token) for token in (first, second, third)]
    assert owners == [ANNA, BERT, ""]
    store.undelete(first)
    assert ownership.owner_of(store.root, run.run_id) == ANNA
    store.purge(everything=True)
    assert [path.name for path in (store.root / ownership.FOLDER).iterdir()] == [run.run_id]


def others_delete_before(monkeypatch, store: RunStore, module: object, name: str):
    """Before a function is carried out, others delete runs of theirs for good."""
    carry_out = getattr(module, name)

    def later(*about):
        RunStore(store.root).purge()
        return carry_out(*about)

    monkeypatch.setattr(module, name, later)


def test_a_run_is_whose_it_is_though_others_delete_theirs_while_it_is_brought_in(
    store, finished_store, monkeypatch
):
    others_delete_before(monkeypatch, store, atomic, "sync_folder")
    assert ownership.owner_of(store.root, imported(store, finished_store, ANNA).run_id) == ANNA


def test_a_run_is_whose_it_is_though_others_delete_theirs_while_it_is_stored(store, monkeypatch):
    others_delete_before(monkeypatch, store, atomic, "sync_folder")
    run = finished()
    with store.lock(run.config):
        ownership.claim(store.root, run.config.run_id, ANNA)
        store.write(run)
    assert ownership.owner_of(store.root, run.config.run_id) == ANNA


def test_a_training_is_whose_it_is_though_others_delete_theirs_while_it_is_handed_in(store, monkeypatch):
    others_delete_before(monkeypatch, store, JobFolder, "create")
    assert handed_in(store, ANNA).owner == ANNA


def test_a_training_stays_whose_it_is_while_a_run_of_its_id_is_deleted(store, finished_store):
    run = imported(store, finished_store, ANNA)
    job = jobs.submit(run.config, store, owner=ANNA)
    token = store.delete(run)
    assert job.owner == ownership.owner_of(store.root, token) == ANNA


@pytest.mark.parametrize("moment", ["before the move", "after the move"])
def test_a_kill_while_a_run_is_deleted_takes_it_from_nobody(store, finished_store, monkeypatch, moment):
    run = imported(store, finished_store, ANNA)
    move = trash.put

    def killed(root: Path, run_id: str, token: str) -> None:
        if moment == "after the move":
            move(root, run_id, token)
        raise KeyboardInterrupt

    monkeypatch.setattr(trash, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        store.delete(run)
    monkeypatch.undo()
    store.purge()
    if moment == "after the move":
        store.undelete(run.run_id)
    assert ownership.owner_of(store.root, run.run_id) == ANNA
    store.purge()
    assert ownership.owner_of(store.root, run.run_id) == ANNA


def test_who_deletes_on_a_full_disk_can_undo_it(store, finished_store, monkeypatch):
    run = imported(store, finished_store, ANNA)
    with monkeypatch.context() as patch:
        patch.setattr(ownership.atomic, "write_whole", lambda path, content: pytest.fail("it is full"))
        token = store.delete(run)
    assert ownership.owner_of(store.root, token) == ANNA


def test_a_deleted_run_does_not_come_back_over_somebody_elses_training(store, finished_store):
    run = imported(store, finished_store, ANNA)
    token = store.delete(run)
    job = jobs.submit(run.config, store, owner=BERT)
    with pytest.raises(NotYours):
        store.undelete(token)
    assert job.owner == BERT
    jobs.dismiss(job)
    assert store.undelete(token).run_id == run.run_id


@pytest.mark.parametrize("content", [b"", b"A" * 16, b"a" * 17, b"\xff" * 16])
def test_what_is_no_owner_is_nobody(store, content):
    job = handed_in(store, ANNA)
    (store.root / ownership.FOLDER / job.run_id).write_bytes(content)
    assert job.owner == ""


def test_a_run_that_was_kept_early_is_whose_its_training_was(store):
    from aecore.jobs import worker

    job = handed_in(store, ANNA)
    worker._serve(job.folder, store)
    run_id = jobs.find(job.run_id, store).progress.result
    assert ownership.owner_of(store.root, run_id) == ANNA
    token = store.delete(store.open(run_id))
    assert ownership.owner_of(store.root, token) == ANNA  # it may come back
    shutil.rmtree(job.path)
    store.purge(everything=True)
    assert token not in [one.token for one in store.deleted()]
    assert ownership.owner_of(store.root, run_id) == ""


def test_a_visitor_has_so_many_trainings_and_all_have_so_many(store, monkeypatch):
    monkeypatch.setenv("AECORE_QUEUE_PER_VISITOR", "2")
    monkeypatch.setenv("AECORE_QUEUE", "3")
    mine = [handed_in(store, ANNA, seed) for seed in range(2)]
    with pytest.raises(QueueFull, match="2 trainings of yours wait or train already"):
        limits.check_queue(store, ANNA)
    limits.check_queue(store, BERT)
    limits.check_queue(store)
    handed_in(store, BERT, 2)
    with pytest.raises(QueueFull, match="3 trainings on this server wait or train already"):
        limits.check_queue(store)
    mine[0].folder.write_progress(jobs.Progress("done", result="x"))
    limits.check_queue(store, ANNA)


@pytest.mark.parametrize("text", ["", "many", "-1", "0", "nan", "inf"])
def test_a_limit_that_is_no_positive_number_is_not_set(monkeypatch, text):
    monkeypatch.setenv("AECORE_QUEUE", text)
    assert limits.number("AECORE_QUEUE", 60) == 60


def test_a_store_takes_as_much_as_it_may_and_a_disk_keeps_some_room(store, monkeypatch):
    handed_in(store, ANNA)
    limits.check_room(store.root)
    monkeypatch.setenv("AECORE_STORE_GB", "0.00001")
    with pytest.raises(StoreFull, match="AECORE_STORE_GB"):
        limits.check_room(store.root)
    monkeypatch.delenv("AECORE_STORE_GB")
    monkeypatch.setattr(limits.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**8))
    with pytest.raises(DiskFull, match="100 MB are left"):
        limits.check_room(store.root)
