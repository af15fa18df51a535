"""A person's own runs on the Train page: named, noted, taken along, brought in, deleted, undone, rewound."""

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore import runs
from aecore.errors import StoreNotWritable
from aecore.evaluation import collapse
from aecore.storage import archives
from aecore.storage import replay as stored_replay
from aecore.storage.run import FinishedRun, StoredRun
from aecore.storage.snapshots import Frame
from aecore.storage.store import ABOUT, RunStore
from dashboard.services import cached_reads
from dashboard.shared import replay, undo
from dashboard.train import library
from tests.conftest import quick
from tests.dashboard.archive_mutations import members, sealed

EPOCHS = (0, 1, 2)


def take_snapshot(run: StoredRun, epoch: int) -> Frame:
    """An epoch of a training that there never was: the run's codes, drawn together."""
    shown = np.full((8, *run.image_shape), 10 * epoch, np.uint8)
    codes = run.arrays["codes"].astype(np.float32) * (epoch / EPOCHS[-1])
    return Frame(epoch, codes, run.decoder, shown, 0.1 / (epoch + 1))


@pytest.fixture
def keep(finished_store) -> Callable[..., StoredRun]:
    """Put a run into the person's own store."""

    def put(variant: str = "vae", with_rewind: bool = False) -> StoredRun:
        run = finished_store.open(f"digits-{variant}-z2")
        frames = (
            stored_replay.packed([take_snapshot(run, epoch) for epoch in EPOCHS]) if with_rewind else None
        )
        about = {name: run.manifest[name] for name in ABOUT}
        content = (run.config, run.weights, run.arrays, run.history, run.metrics, about)
        return RunStore().write(FinishedRun(*content, rewind=frames))

    return put


def shown() -> AppTest:
    def page() -> None:
        from dashboard.shared import actions
        from dashboard.train import library

        with actions.telling():
            library.show_library()

    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    return app


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def texts(app: AppTest) -> str:
    return "\n".join(one.value for one in [*app.markdown, *app.caption])


# The list


def test_without_a_run_the_list_says_how_to_come_by_one():
    app = shown()
    assert "No runs yet. Runs you train or import appear here" in app.info[0].value
    assert not [one for one in app.button if one.label != "Import"]


def test_a_run_stands_there_with_what_it_is_and_reached_and_weighs(keep):
    run = keep()  # two epochs of a VAE, whose code says nothing yet
    assert collapse.of_run(run.metrics, 2).is_total
    said = texts(shown())
    assert "**Variational autoencoder on Digits 8×8**" in said
    size = sum(file.stat().st_size for file in run.path.iterdir())
    mse = run.metrics["mse"]
    assert f"z = 2 · 2 epochs · MSE {mse:.4f} per pixel ↓ · collapsed · {size / 1e3:.0f} kB · " in said


def test_shipped_runs_are_not_in_the_list(keep):
    keep()
    assert [run.is_shipped for run in library.own_runs()] == [False]


def test_the_newest_come_first_and_all_when_asked_for(keep, monkeypatch):
    keep("vae"), keep("ae"), keep("sparse")
    monkeypatch.setattr(library, "SHOWN", 2)
    app = shown()
    assert [b.label for b in app.button].count("Delete") == 2
    app.toggle[0].set_value(True).run()
    assert [b.label for b in app.button].count("Delete") == 3
    created = [run.manifest["created"] for run in library.own_runs()]
    assert created == sorted(created, reverse=True)


def test_each_leads_to_explore(keep):
    run = keep()
    (link,) = shown().get("page_link")
    assert link.proto.page == "explore"
    assert link.proto.query_string == f"dataset=digits&variant=vae&run={run.run_id}"


# Name and note


def test_a_name_comes_first_wherever_runs_are_listed(keep):
    run = keep()
    RunStore().annotate(run, "Before · lunch", "With the *old* settings\n2nd line")
    run = RunStore().open(run.run_id)
    assert cached_reads.run_labels([run], with_title=True)[run.run_id].startswith(
        "Before, lunch · Variational"
    )
    assert cached_reads.short_labels([run, RunStore().open("digits-ae-z2")])[run.run_id] == "Before, lunch"
    said = texts(shown())
    assert "**Before · lunch**" in said
    assert "Variational autoencoder on Digits 8×8 · z = 2" in said


def test_two_runs_of_one_name_can_be_told_apart(keep):
    runs = [keep("vae"), keep("ae")]
    for run in runs:
        RunStore().annotate(run, "Mine", "")
    short = cached_reads.short_labels(runs)
    assert len(set(short.values())) == 2
    assert all(name.startswith("Mine") for name in short.values())


def test_a_note_is_shown_as_it_was_written(keep):
    RunStore().annotate(keep(), "a*b*", "<b>one</b>\ntwo")
    said = texts(shown())
    assert r"a\*b\*" in said
    assert "\\<b\\>one" in said
    assert "  \ntwo" in said


# Take along, bring in


def test_a_run_is_exported_as_a_file_of_its_name(keep):
    run = keep()
    (export,) = shown().get("download_button")
    assert export.proto.label == "Export"
    assert archives.export(run)[:4] == b"PK\x03\x04"


def uploaded(app: AppTest, content: bytes) -> AppTest:
    app.get("file_uploader")[0].upload(f"mine{archives.SUFFIX}", content, "application/zip")
    return button(app, "Import").click().run()


def test_what_was_exported_comes_in_again_and_is_in_the_list_at_once(keep):
    run = keep()
    content = archives.export(run)
    RunStore().delete(run)
    app = uploaded(shown(), content)
    assert not app.error
    assert [one.value for one in app.success] == [r"Variational autoencoder on Digits 8×8 is here now."]
    assert [b.label for b in app.button].count("Delete") == 1


def test_a_run_that_is_there_already_says_so(keep):
    content = archives.export(keep())
    assert "was here already" in uploaded(shown(), content).success[0].value


@pytest.mark.parametrize("what", ["no zip", "another zip"])
def test_a_file_that_is_no_run_is_a_sentence(what):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "hello")
    app = uploaded(shown(), buffer.getvalue() if what == "another zip" else b"hello")
    assert not app.exception
    assert len(app.error) == 1
    assert not library.own_runs()


def test_import_without_a_file_asks_for_one():
    app = button(shown(), "Import").click().run()
    assert [one.value for one in app.warning] == ["Choose a file first."]


# Delete and undo


def test_a_deleted_run_is_gone_and_undo_stands_there_and_brings_it_back_with_its_name(keep):
    run = keep()
    RunStore().annotate(run, "Mine", "")
    app = button(shown(), "Delete").click().run()
    assert not library.own_runs()
    assert "Mine was deleted on" in texts(app)
    app = shown()  # another browser, or a reload
    button(app, "Undo").click().run()
    (back,) = library.own_runs()
    assert (back.run_id, back.annotation.name) == (run.run_id, "Mine")
    assert not [one for one in app.button if one.label == "Undo"]


def test_what_was_deleted_long_ago_is_out_of_the_way(keep, monkeypatch):
    RunStore().delete(keep())
    monkeypatch.setattr(undo, "FRESH", -1.0)
    app = shown()
    assert [one.label for one in app.expander] == ["Deleted before", "Import a run"]
    button(app, "Undo").click().run()
    assert len(library.own_runs()) == 1


def test_a_run_that_is_there_again_is_not_offered_to_be_brought_back(keep):
    RunStore().delete(keep())
    keep()
    assert not [one for one in shown().button if one.label == "Undo"]


def test_a_disk_that_refuses_says_so_and_the_run_stays(keep, monkeypatch):
    def refuse(store: RunStore, run: StoredRun) -> str:
        raise StoreNotWritable(store.root, "Read-only file system")

    keep()
    monkeypatch.setattr(RunStore, "delete", refuse)
    app = button(shown(), "Delete").click().run()
    assert ["Read-only file system" in one.value for one in app.toast] == [True]
    assert len(library.own_runs()) == 1


def test_read_only_lists_and_exports_and_changes_nothing(keep, monkeypatch):
    keep()
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    app = shown()
    assert not app.button
    assert not app.get("file_uploader")
    assert len(app.get("download_button")) == 1
    assert "neither changed nor brought in" in texts(app)


def test_a_run_whose_row_fails_says_so_and_the_others_are_listed(keep, monkeypatch):
    runs_there = [keep("ae"), keep("vae")]
    described = library.describe

    def fail(run: StoredRun) -> str:
        if run.run_id == runs_there[0].run_id:
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        return described(run)

    monkeypatch.setattr(library, "describe", fail)
    app = shown()
    assert f"Showing {runs_there[0].run_id} failed" in app.error[0].value
    assert f"delete-{runs_there[1].run_id}" in [button.key for button in app.button]


# Rewind


def scrubbed(run: StoredRun) -> AppTest:
    def page(run_id: str) -> None:
        from aecore.storage.store import RunStore
        from dashboard.shared import replay

        replay.show_rewind(RunStore().open(run_id))

    app = AppTest.from_function(page, args=(run.run_id,), default_timeout=60).run()
    assert not app.exception
    return app


def test_a_run_without_kept_epochs_says_so(keep):
    run = keep()
    assert not replay.is_there(run)
    assert "no rewind" in scrubbed(run).info[0].value


def test_the_scrubber_says_what_it_holds(keep):
    (said,) = [one.value for one in scrubbed(keep(with_rewind=True)).caption]
    assert said.startswith("The codes of all 599 test images after every epoch from 0 to 2;")
    assert "kB" in said


@pytest.fixture
def given(monkeypatch) -> dict:
    """What the component is packed from."""
    calls = {}
    monkeypatch.setattr(replay, "pack_rewind", lambda **all_of_it: calls.update(all_of_it) or b"")
    monkeypatch.setattr(replay, "rewind", lambda packed, key: type("Result", (), {"epoch": None}))
    replay.packed_rewind.clear()
    yield calls
    replay.packed_rewind.clear()


def test_a_rewind_opens_on_the_two_dimensions_with_the_largest_kl(given):
    run = runs.train("vae", "digits", latent_dim=4, **quick("vae")).stored
    scrubbed(run)
    assert given["axes"] == tuple(sorted(np.argsort(-run.arrays["kl"], kind="stable")[:2].tolist()))


def test_a_small_rewind_brings_every_decoder_at_once(keep, given):
    run = keep("conditional_vae", with_rewind=True)
    scrubbed(run)
    assert given["epochs"] == [0, 1, 2]
    assert set(given["decoders"]) == {0, 1, 2}
    assert not given["is_live"]
    np.testing.assert_allclose(given["codes"][1], run.arrays["codes"] / 2, rtol=1e-6)
    np.testing.assert_array_equal(given["conditions"], run.arrays["conditions"])
    assert given["shown"].shape == (3, 8, 8, 8, 1)
    losses = [record["test"]["reconstruction"] for record in run.history]
    assert given["test_losses"] == [None, *losses]
    assert given["decoder_error"] is None


def test_a_rewind_is_small_by_what_its_decoders_weigh_unpacked(keep, given, monkeypatch):
    run = keep(with_rewind=True)
    found = stored_replay.open_rewind(run)
    total = sum(array.nbytes for epoch in EPOCHS for array in found.decoder(epoch).tensors.values())
    for most, brought in ((total, set(EPOCHS)), (total - 1, {2})):
        monkeypatch.setattr(replay, "AT_ONCE", most)
        replay.packed_rewind.clear()
        scrubbed(run)
        assert set(given["decoders"]) == brought


def test_a_large_rewind_brings_the_last_decoder_and_the_others_when_asked(keep, given, monkeypatch):
    monkeypatch.setattr(replay, "AT_ONCE", 1000)
    brought = []
    monkeypatch.setattr(replay, "rewind", lambda packed, key: type("Result", (), {"epoch": 1}))
    monkeypatch.setattr(replay, "rewind_decoder", lambda packed, key: brought.append(packed))
    monkeypatch.setattr(replay, "pack_decoder", lambda epoch, decoder, name: (epoch, name))
    replay.packed_decoder.clear()
    run = keep(with_rewind=True)
    scrubbed(run)
    replay.packed_decoder.clear()
    assert set(given["decoders"]) == {2}
    assert brought == [(1, run.run_id)]


def test_an_epoch_that_there_never_was_brings_the_last_decoder(keep):
    run = keep(with_rewind=True)
    changed = (run.path / "manifest.json").stat().st_mtime_ns
    assert replay.packed_decoder(run.path, changed, 77) == replay.packed_decoder(run.path, changed, 2)


def test_a_damaged_rewind_is_a_sentence_and_the_run_stays(keep):
    run = keep(with_rewind=True)
    path = run.rewind_path
    path.write_bytes(path.read_bytes()[:-8] + bytes(8))
    app = scrubbed(run)
    assert len(app.error) == 1
    assert "rewind" in app.error[0].value


# On Explore


def explored(run: StoredRun) -> AppTest:
    app = AppTest.from_file("../../dashboard/app_pages/explore.py", default_timeout=60)
    for name, value in {"dataset": "digits", "variant": "vae", "run": run.run_id}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def test_explore_offers_the_rewind_of_a_run_that_has_one_and_opens_it_when_asked(keep, given):
    explored(keep(with_rewind=True))
    assert not given  # closed: the first view stays light


def test_explore_has_no_rewind_where_there_is_none(keep):
    assert not [one for one in explored(keep()).expander if one.label.startswith("Rewind")]


# Imported runs


@pytest.fixture
def imported(finished_run) -> StoredRun:
    """A run that came as a file, with numbers of its own."""
    contents = members(archives.export(finished_run("vae").stored))
    return archives.import_file(sealed(contents | {"metrics.json": b'{"mse": 0.000001}'}), RunStore())


def test_an_imported_run_says_so_until_its_numbers_are_measured_here(imported):
    app = shown()
    assert f"{imported.origin} · numbers as in its file" in texts(app)
    button(app, "Measure again").click().run()
    assert not app.exception
    found = RunStore().open(imported.run_id)
    assert found.metrics["mse"] > 0.001
    after = texts(shown())
    assert f"{imported.origin}, measured here" in after
    assert "numbers as in its file" not in after


def test_an_imported_run_is_marked_in_every_list(imported, finished_run):
    trained = finished_run("ae").stored
    labels = cached_reads.run_labels([imported, trained], with_title=True)
    assert imported.origin in labels[imported.run_id]
    assert "imported" not in labels[trained.run_id]
    assert cached_reads.short_labels([imported, trained])[imported.run_id].endswith(" · imported")


def test_a_training_is_not_called_done_because_of_an_imported_run(imported):
    def page(run_id: str) -> None:
        from aecore.storage.store import RunStore
        from dashboard.train import start

        start._show_existing(RunStore().open(run_id), "")

    app = AppTest.from_function(page, args=(imported.run_id,), default_timeout=60).run()
    assert not app.exception
    assert not app.success
    assert "its numbers came with the file and were not measured here" in app.warning[0].value
    assert "delete it among your runs first" in app.warning[0].value


def test_an_imported_run_is_no_training_of_ones_own(imported):
    def page(run_id: str) -> None:
        from aecore.storage.store import RunStore
        from dashboard.train import finished

        finished.show_finished(RunStore().open(run_id))

    app = AppTest.from_function(page, args=(imported.run_id,), default_timeout=60).run()
    assert not app.exception
    assert not app.success
    assert "is trained and stored" not in app.warning[0].value
    assert imported.caveat in app.warning[0].value
    assert "Its file says: 2 epochs. Reconstruction MSE" in app.warning[0].value


def test_what_a_person_wrote_is_no_markdown(keep):
    run = keep()
    RunStore().annotate(run, "![](//host/p.png)", "[a](http://host)\n# b")
    shown_texts = texts(shown())
    assert r"**!\[\](//host/p.png)**" in shown_texts
    assert "](http://host" not in shown_texts.replace(r"\]", "")
