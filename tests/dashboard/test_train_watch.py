"""Watching a training, on job folders made by hand: every state says what it is and offers what it can."""

import dataclasses
import datetime
import json
import re
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager

import filelock
import numpy as np
import pytest
import safetensors.numpy
from streamlit.testing.v1 import AppTest

from aecore import datasets, jobs
from aecore.config import RunConfig
from aecore.decoder import Decoder
from aecore.evaluation import collapse
from aecore.jobs.pace import Pace
from aecore.models import variants
from aecore.storage import replay
from aecore.storage.replay import Frame
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore
from aecore.storage.tensors import as_array
from dashboard.services import engine
from dashboard.shared import wording
from dashboard.shared.plain_text import as_text
from dashboard.train import finished, live_plane, reference_run

DIGITS = datasets.load_images("digits", "test")
LAYERS = [
    {"type": "linear", "weight": "decoder.0.weight", "bias": "decoder.0.bias"},
    {"type": "sigmoid"},
    {"type": "unflatten", "shape": [1, 8, 8]},
]


@pytest.fixture(autouse=True)
def at_rest(monkeypatch):
    """No worker is started: the folders stay as they were made."""
    monkeypatch.setattr(jobs, "advance", lambda store=None: None)


def record(number: int, **terms: float) -> dict:
    losses = terms or {"reconstruction": 40 / number + 20, "kl": 0.5 + number / 10}
    train = {term: loss + 1 for term, loss in losses.items()}
    return {"number": number, "stage": "training", "seconds": 0.5, "train": train, "test": losses}


def frame(epoch: int, seed: int = 0) -> Frame:
    random = np.random.default_rng(seed + epoch)
    tensors = {
        "decoder.0.weight": random.normal(size=(64, 2)).astype(np.float32),
        "decoder.0.bias": np.zeros(64, np.float32),
    }
    codes = random.normal(size=(len(DIGITS.labels), 2)).astype(np.float32)
    shown = np.full((8, 8, 8, 1), epoch, np.uint8)
    return Frame(epoch, codes, Decoder(LAYERS, tensors), shown, 0.08 / (epoch + 1))


def made(
    variant: str = "vae",
    *,
    state: str | None = "training",
    epoch: int = 3,
    epochs: int = 10,
    stop_after: int = 0,
    command: str = "train",
    name: str = "",
    seed: int = 0,
    frames: bool = True,
    **progress: object,
) -> RunConfig:
    """A job's folder, as the service would have left it; `state` None: nobody has begun."""
    config = variants.configure(variant, "digits", epochs=epochs, seed=seed, stop_after=stop_after)
    path = RunStore().root / ".training" / config.run_id
    path.mkdir(parents=True)
    submitted = f"2026-01-01T00:00:{seed:02d}+00:00"
    about = {"format": 1, "config": config.to_json(), "name": name, "note": "", "by": "dashboard"}
    (path / "job.json").write_text(json.dumps(about | {"submitted": submitted}))
    (path / "control.json").write_text(json.dumps({"command": command, "serial": 0}))
    if state is None:
        return config
    usual = {"state": state, "epoch": epoch, "epochs": config.epochs_to_do, "stage": "training", "share": 0.0}
    usual |= {"seconds": 0.5 * epoch, "note": "", "error": "", "result": "", "device": "cpu", "threads": 1}
    usual |= {"attempt": 1, "resumed_at": 0, "pid": 0, "handled": 0, "updated": submitted}
    usual |= {"after": 0.0, "trouble": ""}
    (path / "progress.json").write_text(json.dumps(usual | progress))
    if epoch:
        (path / "checkpoint.safetensors").touch()  # only its worker reads it
    lines = [json.dumps(record(number)) + "\n" for number in range(1, epoch + 1)]
    (path / "history.jsonl").write_text("".join(lines))
    for number in range(epoch + 1) if frames else ():
        replay.write_frame(path / "frames" / f"{number:06d}.safetensors", frame(number))
    return config


@contextmanager
def working(config: RunConfig) -> Iterator[None]:
    """What tells everybody that a worker lives: it holds the job's lock."""
    with filelock.FileLock(RunStore().root / ".training" / config.run_id / "worker.lock"):
        yield


def shown(config: RunConfig, **parameters: str) -> AppTest:
    def page(run_id: str) -> None:
        from aecore import jobs
        from dashboard.shared import actions
        from dashboard.train import progress

        with actions.telling():
            progress.show_job(jobs.find(run_id))

    app = AppTest.from_function(page, args=(config.run_id,), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def watched(config: RunConfig, **parameters: str) -> AppTest:
    with working(config):
        return shown(config, **parameters)


def progress_of(app: AppTest) -> tuple[str, float]:
    (bar,) = app.get("progress")
    return bar.proto.text, bar.proto.value / 100


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def asked(config: RunConfig) -> str:
    return json.loads((RunStore().root / ".training" / config.run_id / "control.json").read_text())["command"]


# How far it is


def test_a_training_says_its_epoch_and_the_time_left_and_shows_how_much_is_done():
    text, share = progress_of(watched(made(epoch=3, epochs=10)))
    assert text.startswith("Training, epoch 4 of 10 · ")
    assert text.endswith(" s left")
    assert share == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(
    ("state", "epoch", "words", "share"),
    [
        ("training", 3, "Training, epoch 4 of 4 (planned 100)", 0.75),
        ("training", 1, "Training, epoch 2 of 4 (planned 100)", 0.25),
        ("paused", 2, "Paused after epoch 2 of 4 (planned 100)", 0.5),
    ],
)
def test_a_training_that_stops_early_is_at_its_end_when_it_stops(state, epoch, words, share):
    config = made(
        state=state, epoch=epoch, epochs=100, stop_after=4, command="pause" if state == "paused" else "train"
    )
    app = watched(config)
    text, done = progress_of(app)
    assert text.startswith(words)
    assert done == pytest.approx(share, abs=0.01)
    assert any("4 of 100 epochs" in one.value for one in app.caption)


def test_a_job_that_waits_says_how_many_are_before_it():
    first = made(state="training")
    second, third = made(state=None, seed=1), made(state=None, seed=2)
    with working(first):
        assert progress_of(shown(third))[0] == "Waiting, 2 before it"
        assert progress_of(shown(second))[0] == "Waiting, 1 before it"


def test_a_paused_job_keeps_nobody_waiting():
    made(state="paused", command="pause")
    assert progress_of(shown(made(state=None, seed=1)))[0] == "Waiting: it begins in a moment"


def test_a_training_that_was_killed_and_resumed_says_so():
    text, _ = progress_of(watched(made(epoch=8, attempt=2, resumed_at=7)))
    assert "resumed after epoch 7: the worker had ended" in text


def test_a_job_whose_worker_has_ended_says_that_it_will_resume():
    text, _ = progress_of(shown(made(epoch=8)))
    assert text == "Its worker has ended; it resumes after epoch 8 in a moment"


def test_an_epoch_that_is_not_written_yet_is_not_the_one_at_hand():
    text, share = progress_of(watched(made(epoch=3, epochs=10, share=1.25)))
    assert text.startswith("Training, epoch 5 of 10 · ")
    assert share == pytest.approx(0.425, abs=0.01)


def test_an_epoch_counts_as_soon_as_it_is_told_of_whether_a_checkpoint_counts_it_or_not():
    config = made(epoch=4, epochs=10)
    folder = RunStore().root / ".training" / config.run_id
    told = json.loads((folder / "progress.json").read_text()) | {"epoch": 3, "share": 1.0}
    (folder / "progress.json").write_text(json.dumps(told))
    with working(config):
        job = jobs.find(config.run_id)
        assert (job.epochs_done, len(job.history)) == (4, 4)
    killed = jobs.find(config.run_id)
    assert (killed.state, killed.epochs_done, len(killed.history)) == ("interrupted", 3, 3)


def now(seconds_ago: float = 0.0) -> str:
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds_ago)).isoformat()


def seconds_said(text: str) -> float:
    return float(re.search(r"· (\d+) s left", text)[1])


def test_the_time_left_has_the_closing_measurement_in_it_timed_before_or_not(monkeypatch):
    monkeypatch.setattr(engine, "known_pace", lambda config, parameters: None)
    text, _ = progress_of(watched(made(epoch=3, epochs=11, after=40.0)))
    assert text == "Training, epoch 4 of 11 · 44 s left"  # 8 epochs of 0.5 s, and 40 s
    text, _ = progress_of(watched(made(epoch=10, epochs=10, after=40.0, seed=1)))
    assert text.endswith(" · 40 s left")


def test_while_it_measures_the_time_left_runs_down_and_never_stands_at_a_second():
    started = time.monotonic()
    text, _ = progress_of(watched(made(state="measuring", epoch=10, after=30.0, updated=now(10))))
    assert 19 - (time.monotonic() - started) <= seconds_said(text) <= 21
    text, _ = progress_of(watched(made(state="measuring", epoch=10, after=30.0, updated=now(31), seed=1)))
    assert text == "Measuring what it reached, 0%"


def test_before_its_first_steps_the_time_is_that_of_the_pace_where_it_was_timed(monkeypatch):
    pace = Pace(1.0, 2.0, 40.0, "1 thread")
    monkeypatch.setattr(engine, "known_pace", lambda config, parameters: pace)
    text, _ = progress_of(watched(made(epoch=0, epochs=10, share=0.5, seconds=0.4)))
    assert text.endswith(" · 61 s left")
    monkeypatch.setattr(
        engine, "known_pace", lambda config, parameters: dataclasses.replace(pace, seconds_after=None)
    )
    text, _ = progress_of(watched(made(epoch=0, epochs=10, share=0.5, seconds=0.4, seed=1)))
    assert text == "Training, epoch 1 of 10"


def test_a_training_that_has_learned_nothing_so_far_says_so_while_it_trains():
    sentence = "Constant codes: every image gets the same code. Try a lower learning rate."
    app = watched(made(trouble=sentence))
    assert [one.value for one in app.warning] == [f"So far it has learned nothing. {sentence}"]
    assert not watched(made(seed=1)).warning


@pytest.mark.parametrize("text", ["[x](http://host)", "![](//host/p.png)", "$x$", ":red[x]"])
def test_what_a_worker_wrote_is_plain_text(text):
    app = watched(made(trouble=text, stage=text))
    shown = as_text(f"a {text}").removeprefix("a ")
    assert shown in progress_of(app)[0]
    assert shown in app.warning[0].value


def test_measuring_says_so():
    text, share = progress_of(watched(made(state="measuring", epoch=10, share=0.4, note="placing the codes")))
    assert text == "Measuring what it reached, 40% · placing the codes"
    assert share == pytest.approx(0.4, abs=0.01)


def test_while_it_measures_every_kept_epoch_can_be_gone_back_to(monkeypatch):
    packed = {}

    def rewind(content, *, key):
        packed[key] = content
        return types.SimpleNamespace(epoch=1)

    brought = []
    monkeypatch.setattr(live_plane, "rewind", rewind)
    monkeypatch.setattr(live_plane, "pack_rewind", lambda **given: given)
    monkeypatch.setattr(live_plane, "pack_decoder", lambda *given: given)
    monkeypatch.setattr(live_plane, "rewind_decoder", lambda *content, key: brought.extend(content))
    monkeypatch.setattr(live_plane, "AT_ONCE", 0)
    live_plane.packed_kept.clear()
    config = made(state="measuring", epoch=3, epochs=3)
    watched(config)
    (given,) = packed.values()
    assert given["epochs"] == (0, 1, 2, 3)
    for epoch, codes in enumerate(given["codes"]):
        np.testing.assert_array_equal(codes, frame(epoch).codes)
    assert [int(shown.flat[0]) for shown in given["shown"]] == [0, 1, 2, 3]
    assert given["test_losses"] == (None, *(pytest.approx(40 / epoch + 20) for epoch in (1, 2, 3)))
    assert list(given["decoders"]) == [3]
    (epoch, decoder, name) = brought[0]
    assert (epoch, name) == (1, config.run_id)
    np.testing.assert_array_equal(
        decoder.tensors["decoder.0.weight"], frame(1).decoder.tensors["decoder.0.weight"]
    )
    live_plane.packed_kept.clear()


def test_a_frame_that_cannot_be_read_while_it_measures_leaves_the_plane_of_the_newest(monkeypatch):
    packed = []
    monkeypatch.setattr(live_plane, "rewind", lambda content, *, key: packed.append(key))
    config = made(state="measuring", epoch=3, epochs=3, seed=4)
    path = RunStore().root / ".training" / config.run_id / "frames" / "000001.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    watched(config)
    assert packed == [f"live-{config.run_id}"]


def test_the_stage_of_a_training_in_stages_is_named():
    text, _ = progress_of(watched(made(stage="layer 2")))
    assert text.startswith("Training, epoch 4 of 10, layer 2")


def test_the_name_of_a_training_stands_above_it():
    assert watched(made(name="My first")).markdown[0].value == "## My first"
    assert watched(made(seed=1)).markdown[0].value == "## Variational autoencoder on Digits 8×8"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (89, "89 s"), (100, "2 min"), (5400, "1 h 30 min"), (8000, "2 h 13 min")],
)
def test_a_duration_reads_as_people_say_it(seconds, said):
    assert wording.time_words(seconds) == said


# What can be asked of it


@pytest.mark.parametrize(
    ("state", "epoch", "command", "enabled"),
    [
        ("training", 3, "train", {"Pause", "Stop and keep 3 epochs"}),
        ("training", 0, "train", {"Pause"}),
        ("training", 3, "pause", set()),
        ("paused", 3, "pause", {"Resume", "One epoch", "Stop and keep 3 epochs"}),
        ("measuring", 10, "train", set()),
    ],
)
def test_only_what_makes_sense_can_be_pressed(state, epoch, command, enabled):
    app = watched(made(state=state, epoch=epoch, command=command))
    own = {"Pause", "Resume", "One epoch", "Stop and keep 3 epochs", "Stop and keep 10 epochs"}
    assert {one.label for one in app.button if not one.disabled} & own == enabled


@pytest.mark.parametrize(
    ("label", "command"),
    [
        ("Resume", "train"),
        ("One epoch", "step"),
        ("Stop and keep 3 epochs", "keep"),
    ],
)
def test_a_button_asks_its_wish_of_the_job(label, command):
    config = made(state="paused", command="pause")
    app = shown(config)
    button(app, label).click().run()
    assert asked(config) == command


def test_a_training_that_is_discarded_is_gone():
    config = made(state="paused", command="pause")
    button(shown(config), "Discard it").click().run()
    assert jobs.find(config.run_id) is None


def test_a_training_with_a_living_worker_is_asked_to_end_itself():
    config = made()
    with working(config):
        button(shown(config), "Discard it").click().run()
    assert asked(config) == "discard"


def test_pause_asks_for_a_pause():
    config = made()
    with working(config):
        button(shown(config), "Pause").click().run()
    assert asked(config) == "pause"


def test_a_wish_that_is_refused_says_why():
    config = made(state="paused", command="pause")
    app = shown(config)
    (RunStore().root / ".training" / config.run_id / "checkpoint.safetensors").unlink()
    button(app, "Stop and keep 3 epochs").click().run()
    assert ["nothing to keep" in one.value for one in app.toast] == [True]
    assert not app.run().toast


def test_before_an_epoch_is_whole_there_is_nothing_to_keep_and_the_button_says_so():
    keep = button(watched(made(epoch=0)), "Stop and keep")
    assert keep.disabled
    assert "first epoch" in keep.help


def test_every_button_has_help():
    app = watched(made())
    assert all(one.help for one in app.button if one.label != "Discard it")


def test_a_failure_shows_its_sentence_and_the_ways_out():
    config = made(state="failed", error="The disk is full: 0 bytes are left.")
    app = shown(config)
    assert [one.value for one in app.error] == ["The disk is full: 0 bytes are left."]
    assert not app.get("progress")
    assert {"Try again from epoch 3", "Keep the last good epoch", "Discard"} <= {b.label for b in app.button}
    button(app, "Keep the last good epoch").click().run()
    assert asked(config) == "keep"


def test_a_failure_before_the_first_epoch_has_nothing_to_keep():
    app = shown(made(state="failed", epoch=0, error="No."))
    assert button(app, "Keep the last good epoch").disabled
    assert button(app, "Try again")


def test_read_only_shows_the_training_and_offers_nothing(monkeypatch):
    config = made()
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    app = watched(config)
    assert progress_of(app)[0].startswith("Training")
    assert not app.button
    assert any("switched off" in one.value for one in app.caption)


def test_a_job_that_is_done_names_its_run_and_leads_to_the_other_pages(finished_store):
    stored = finished_store.open("digits-vae-z2")
    RunStore().root.mkdir(parents=True, exist_ok=True)
    (RunStore().root / stored.run_id).symlink_to(stored.path)
    config = made(state="done", epoch=10, result=stored.run_id)
    app = shown(config)
    (said,) = app.warning  # two epochs of a VAE: it draws the mean image
    assert f"**{stored.run_id}** is trained and stored: 2 epochs." in said.value
    assert "This model learned nothing." in said.value
    links = {one.proto.label: one.proto.query_string for one in app.get("page_link")}
    assert f"run={stored.run_id}" in links["Open on Explore"]
    compare = links["Compare with the shipped Variational autoencoder"]
    assert "runs=" + stored.run_id in compare
    assert "digits-vae-z2-9fe8f41be3" in compare


def a_run(**metrics: float) -> StoredRun:
    """The shipped VAE of digits with other numbers."""
    run = RunStore().open("digits-vae-z2")
    run.__dict__["metrics"] = dict(run.metrics) | metrics
    return run


def said_of(run: StoredRun) -> str:
    return finished.summary(run, collapse.of_run(run.metrics, run.config.latent_dim))


def test_a_finished_run_is_held_against_the_mean_image_and_pca():
    said = said_of(a_run())
    assert "per pixel (lower is better); the mean image has 0.0738, PCA with 2 numbers 0.0525." in said
    assert "PCA is better" not in said
    assert said_of(a_run(mse=0.06)).endswith("PCA is better: more epochs may help.")


def test_a_finished_run_that_learned_nothing_is_no_success(monkeypatch):
    dead = a_run(mse=0.0739, kl=0.007, active_units=0.0)
    said = said_of(dead)
    assert "This model learned nothing. Collapsed: the code says next to nothing" in said
    assert "MSE 0.0739, the mean image's 0.0738" in said

    def page() -> None:
        from aecore.storage.store import RunStore
        from dashboard.train import finished

        run = RunStore().open("digits-vae-z2")
        run.__dict__["metrics"] = dict(run.metrics) | {"mse": 0.0739, "kl": 0.007, "active_units": 0.0}
        finished.show_finished(run)

    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert not app.success
    assert "learned nothing" in app.warning[0].value


def test_a_run_that_was_deleted_since_is_a_sentence():
    app = shown(made(state="done", epoch=10, result="digits-vae-z2-0123456789"))
    assert "no longer here" in app.info[0].value


# The plane


def test_the_newest_frame_is_shown_with_the_images_it_follows(monkeypatch):
    packed = {}
    monkeypatch.setattr(live_plane, "rewind", lambda content, *, key: packed.update({key: content}))
    monkeypatch.setattr(live_plane, "pack_rewind", lambda **given: given)
    live_plane.packed_live.clear()
    config = made("conditional_vae", epoch=3)
    watched(config)
    (given,) = packed.values()
    assert given["epochs"] == [3]
    assert given["is_live"]
    np.testing.assert_array_equal(given["codes"][0], frame(3).codes)
    np.testing.assert_array_equal(given["labels"], DIGITS.labels)
    np.testing.assert_array_equal(
        given["originals"], DIGITS.pixels[replay.shown_images(DIGITS.labels, len(DIGITS))]
    )
    assert given["test_losses"] == [pytest.approx(40 / 3 + 20)]
    live_plane.packed_live.clear()


def test_two_browsers_share_one_packing(monkeypatch):
    calls = []
    real = live_plane.pack_rewind
    monkeypatch.setattr(live_plane, "pack_rewind", lambda **given: calls.append(1) or real(**given))
    live_plane.packed_live.clear()
    config = made()
    watched(config)
    watched(config)
    assert len(calls) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"rows": np.full(599, 10**6, np.int32)},
        {"rows": np.zeros(599, np.float32)},
        {"codes": np.zeros((5, 2), np.float32)},
        {"codes": np.zeros((0, 0), np.float32)},
        {"shown": np.zeros((1, 2, 3, 1), np.uint8)},
        {"about": as_array({"format": 1, "epoch": 2, "error": None, "layers": [{"type": "condition"}]})},
        {"about": np.frombuffer(b'{"format":1,"epoch":1e999,"error":null,"layers":[]}', np.uint8)},
        {"about": np.frombuffer(b"[" * 100_000, np.uint8)},
    ],
)
def test_a_frame_that_makes_no_sense_is_waited_for(change):
    config = made(epoch=2)
    path = RunStore().root / ".training" / config.run_id / "frames" / "000002.safetensors"
    safetensors.numpy.save_file(safetensors.numpy.load_file(path) | change, path)
    app = watched(config)
    assert "The plane follows with the next epoch." in [caption.value for caption in app.caption]


def test_a_frame_that_cannot_be_read_is_waited_for():
    config = made(epoch=2)
    path = RunStore().root / ".training" / config.run_id / "frames" / "000002.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    assert any("follows with the next epoch" in one.value for one in watched(config).caption)


def test_before_the_first_frame_the_page_says_what_comes():
    app = watched(made(epoch=0, frames=False))
    said = [one.value for one in app.caption]
    assert any(text.startswith("The plane appears") for text in said)
    assert any(text.startswith("Losses appear") for text in said)


# The losses


def drawn_on(monkeypatch, config: RunConfig, **parameters: str) -> str:
    """The charts that the page of a job shows."""
    found = []
    monkeypatch.setattr(live_plane, "loss_charts", lambda charts, **_: found.append(charts))
    watched(config, **parameters)
    (charts,) = found
    return charts


def test_the_page_has_a_chart_per_term_and_the_shipped_run_as_a_line(monkeypatch):
    html = drawn_on(monkeypatch, made())
    shipped = RunStore().open("digits-vae-z2").history[-1]["test"]
    assert re.findall(r"<b>(.*?)</b>", html) == ["reconstruction", "kl"]
    assert f"shipped {shipped['kl']:.4f}" in html


def test_nothing_stands_beside_it_if_that_is_chosen(monkeypatch):
    config = made()
    assert 'class="key shipped"' not in drawn_on(monkeypatch, config, beside="none")
    app = watched(config, beside="none")
    assert not any("shipped" in one.value for one in app.markdown)


def test_now_stands_beside_what_the_shipped_run_reached():
    app = watched(made())
    shipped = RunStore().open("digits-vae-z2")
    (table,) = [one.value for one in app.markdown if one.value.startswith("| On the test images")]
    kl = shipped.history[-1]["test"]["kl"]
    assert "| epoch\u00a03 | shipped |" in table
    assert f"| MSE ↓, per pixel | 0.0200 | {shipped.metrics['mse']:.4f} |" in table
    assert f"| KL loss, nats per image | 0.8000 | {kl:.4f} |" in table
    assert "| Reconstruction loss ↓, nats per image | 33.33 |" in table
    assert any("The shipped run differs in" in one.value for one in app.caption)


def test_the_shipped_run_of_the_same_variant_comes_first_and_none_where_there_is_none():
    config = variants.configure("sparse", "digits")
    assert reference_run.candidates(config)[0].config.variant == "sparse"
    assert {run.config.dataset for run in reference_run.candidates(config)} == {"digits"}


def test_a_term_that_only_one_of_the_two_has_has_a_dash():
    shipped = RunStore().open("digits-ae-z2")
    rows = {title: then for title, _, then in reference_run.numbers({"kl": 1.0}, 0.1, shipped)}
    assert rows["KL loss, nats per image"] == "–"
