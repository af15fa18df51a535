"""What a visitor may change of what lies on a server that several share."""

import io
import json

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from aecore import jobs
from aecore.config import RunConfig
from aecore.errors import NotYours, QueueFull
from aecore.models import variants
from aecore.storage import archives, ownership
from aecore.storage.run import FinishedRun
from aecore.storage.store import ABOUT, RunStore
from dashboard.services import engine, visitors
from dashboard.train import controls, queue, start
from tests.conftest import quick
from tests.dashboard.archive_mutations import members, sealed

ANNA, BERT = "a" * 16, "b" * 16


@pytest.fixture
def elsewhere(monkeypatch):
    """Anna, on a machine of her own."""
    monkeypatch.setattr(visitors, "owner", lambda: ANNA)
    monkeypatch.setattr(visitors, "_is_local", lambda: False)


def waiting(owner: str, seed: int = 0) -> jobs.Job:
    config = variants.configure("ae", "digits", **quick("ae"), seed=seed)
    return jobs.submit(config, by="dashboard", owner=owner)


def stored(finished_store, variant: str, owner: str) -> str:
    run = finished_store.open(f"digits-{variant}-z2")
    about = {name: run.manifest[name] for name in ABOUT}
    content = (run.config, run.weights, run.arrays, run.history, run.metrics, about)
    ownership.claim(RunStore().root, run.run_id, owner)
    return RunStore().write(FinishedRun(*content)).run_id


def labels(app: AppTest) -> list[str]:
    assert not app.exception
    return [button.label for button in app.button]


def watched(job: jobs.Job) -> AppTest:
    def page(run_id: str) -> None:
        from aecore import jobs
        from dashboard.train import controls

        controls.show_controls(jobs.find(run_id))

    return AppTest.from_function(page, args=(job.run_id,), default_timeout=60).run()


def listed() -> AppTest:
    def page() -> None:
        from dashboard.train import library

        library.show_library()

    return AppTest.from_function(page, default_timeout=60).run()


def test_others_trainings_have_no_buttons_and_say_why(elsewhere):
    assert "Discard it" in labels(watched(waiting(ANNA)))
    app = watched(waiting(BERT, 1))
    assert labels(app) == []
    assert [one.value for one in app.caption] == [visitors.OTHERS]


@pytest.mark.parametrize(("control", "is_allowed"), [("", False), ("own", False), ("all", True)])
def test_a_setting_lets_everybody_change_everything(elsewhere, monkeypatch, control, is_allowed):
    monkeypatch.setenv("AECORE_CONTROL", control)
    assert visitors.may_change(waiting(BERT).run_id) == is_allowed


@pytest.mark.parametrize(("control", "is_allowed"), [("", True), ("own", False)])
def test_who_sits_at_the_server_may_change_everything_unless_that_is_a_proxy(
    monkeypatch, control, is_allowed
):
    monkeypatch.setattr(visitors, "owner", lambda: ANNA)
    monkeypatch.setattr(visitors, "_is_local", lambda: True)
    monkeypatch.setenv("AECORE_CONTROL", control)
    assert visitors.may_change(waiting(BERT).run_id) == is_allowed
    assert visitors.may_change(waiting(ANNA, 1).run_id)


def test_where_what_is_stored_is_only_shown_nobody_may_change_anything(monkeypatch):
    job = waiting(ANNA)
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    monkeypatch.setenv("AECORE_CONTROL", "all")
    assert not visitors.may_change(job.run_id)


@pytest.mark.parametrize(
    "deed", [controls._dismiss, controls._try_again, controls._keep_last, queue._discard]
)
def test_a_message_that_presses_what_is_not_shown_is_refused(elsewhere, deed):
    job = waiting(BERT)
    with pytest.raises(NotYours):
        deed(job)
    assert jobs.find(job.run_id).command == "train"


def test_others_runs_can_be_opened_and_exported_and_nothing_else(elsewhere, finished_store):
    mine, theirs = stored(finished_store, "ae", ANNA), stored(finished_store, "vae", BERT)
    app = listed()
    keys = [button.key for button in app.button]
    assert f"delete-{mine}" in keys
    assert f"delete-{theirs}" not in keys
    text = "\n".join(one.value for one in (*app.markdown, *app.caption))
    assert "## Runs on this server" in text
    assert "Everyone on this server shares these runs." in text


def test_what_others_deleted_only_they_bring_back(elsewhere, finished_store):
    store = RunStore()
    for run_id in (stored(finished_store, "ae", ANNA), stored(finished_store, "vae", BERT)):
        store.delete(store.open(run_id))
    assert labels(listed()).count("Undo") == 1


def archive_of(config: RunConfig, finished_store) -> bytes:
    """A run of a config that was never trained: what a stranger makes to take another's place."""
    contents = members(archives.export(finished_store.open(f"digits-{config.variant}-z2")))
    manifest = json.loads(contents["manifest.json"])
    manifest |= {"config": config.to_json(), "run_id": config.run_id}
    return sealed(contents | {"manifest.json": json.dumps(manifest).encode()})


def test_who_imports_a_run_of_anothers_training_is_refused_and_the_training_stays_theirs(
    elsewhere, finished_store
):
    job = waiting(BERT)
    with pytest.raises(NotYours):
        engine.import_archive(io.BytesIO(archive_of(job.config, finished_store)))
    assert RunStore().find(job.config) is None
    assert jobs.find(job.run_id).owner == BERT


def test_what_a_visitor_imports_is_theirs_and_so_is_what_they_train(elsewhere, finished_store):
    job = waiting(ANNA)
    assert engine.import_archive(io.BytesIO(archive_of(job.config, finished_store))).run.run_id == job.run_id
    assert visitors.may_change(job.run_id)


def test_who_may_change_all_takes_nothing_from_its_owner(monkeypatch, finished_store):
    monkeypatch.setattr(visitors, "owner", lambda: ANNA)
    monkeypatch.setattr(visitors, "may_change_all", lambda: True)
    job = waiting(BERT)
    engine.import_archive(io.BytesIO(archive_of(job.config, finished_store)))
    assert ownership.owner_of(RunStore().root, job.run_id) == BERT


def failed(owner: str, seed: int = 0) -> jobs.Job:
    job = waiting(owner, seed)
    job.folder.write_progress(jobs.Progress("failed", epochs=2, error="It broke."))
    return jobs.find(job.run_id)


def test_anothers_failed_training_is_neither_renamed_nor_tried_again(elsewhere):
    job = failed(BERT)
    with pytest.raises(NotYours):
        start._hand_in(job.config, "Anna was here", "")
    found = jobs.find(job.run_id)
    assert (found.name, found.state, found.owner) == ("", "failed", BERT)


@pytest.mark.parametrize(
    "deed",
    [
        lambda job: start._hand_in(job.config, "", ""),
        controls._try_again,
        lambda job: controls._ask(job, "step"),
    ],
)
def test_what_gets_under_way_again_counts_like_what_is_new(elsewhere, monkeypatch, deed):
    monkeypatch.setattr(jobs, "advance", lambda: None)
    monkeypatch.setenv("AECORE_QUEUE_PER_VISITOR", "1")
    job = failed(ANNA)
    other = waiting(ANNA, 1)
    with pytest.raises(QueueFull):
        deed(job)
    assert jobs.find(job.run_id).state == "failed"
    jobs.dismiss(other)
    deed(job)
    assert jobs.find(job.run_id).state == "queued"


def test_the_secret_is_the_same_however_streamlit_masks_it():
    first, again, other = (generate_xsrf_token_string(secret) for secret in (b"a" * 16, b"a" * 16, b"b" * 16))
    assert first != again
    assert visitors._secret(first) == visitors._secret(again) == (b"a" * 16).hex()
    assert visitors._secret(other) == (b"b" * 16).hex()


@pytest.mark.parametrize("cookie", ["", "2|", "2||00|1", "2|zz|00|1", "nonsense"])
def test_what_is_no_secret_is_none(cookie):
    assert visitors._secret(cookie) == ""
