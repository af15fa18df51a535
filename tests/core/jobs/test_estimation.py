"""Before a training starts: its networks at any size, and its pace, measured once and never a run."""

import dataclasses
import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aecore import datasets
from aecore.cli import app as command_line
from aecore.config import MOST_IN_LIST
from aecore.errors import BadValue, ReadOnly
from aecore.evaluation import baselines
from aecore.jobs import estimation, profile
from aecore.jobs.pace import Pace, time_words
from aecore.maintenance import doctor
from aecore.models import build, devices, inference, summary, variants
from aecore.storage import cache
from aecore.storage.store import RunStore
from aecore.training import checkpoints, loop
from aecore.training.loop import Epoch
from tests.conftest import small_options

SHAPE = (8, 8, 1)
PACE = Pace(3.0, 1.4, 17.0, 43_000.0, "2 threads")


@pytest.fixture
def quick_closing(monkeypatch):
    """The closing measurement, which is the same for every model, as a number that is there at once."""
    monkeypatch.setattr(profile, "closing", lambda dataset, store: 1.25)


@pytest.fixture
def at_rest(monkeypatch):
    """No worker at work, as far as a test is concerned."""
    monkeypatch.setattr(estimation, "is_training", lambda store=None: False)


def small(variant: str, **settings: object):
    return variants.configure(variant, "digits", **(small_options(variant) | settings))


# The networks


@pytest.mark.parametrize("variant", variants.names())
def test_the_preview_is_of_the_model_that_will_be_trained(variant):
    config = small(variant, latent_dim=3)
    model = build.build_model(config, SHAPE)
    found = estimation.preview(config, SHAPE)
    assert found.parameters == sum(tensor.numel() for tensor in model.state_dict().values())
    assert found.networks == summary.networks(model, 3)
    assert found.stages == tuple(stage.name for stage in model.stages)


def test_a_model_too_large_for_any_memory_is_counted_and_never_built(monkeypatch):
    config = variants.configure("ae", "digits", hidden=(8192,) * MOST_IN_LIST)
    devices = []
    own = build.build_model

    def noting(*arguments):
        model = own(*arguments)
        devices.append(next(model.parameters()).device.type)
        return model

    monkeypatch.setattr(build, "build_model", noting)
    found = estimation.preview(config, SHAPE)
    assert devices == ["meta"]
    square = 8192 * 8192 + 8192
    encoder, decoder = 64 * 8192 + 8192 + 8192 * 2 + 2, 2 * 8192 + 8192 + 8192 * 64 + 64
    between = (MOST_IN_LIST - 1) * square
    assert found.parameters == encoder + decoder + 2 * between
    assert sum(layer["parameters"] for layer in found.networks["encoder"]) == encoder + between


def test_options_that_fit_no_image_are_a_sentence():
    with pytest.raises(BadValue, match=r"channels cannot be \[\]"):
        estimation.preview(variants.configure("conv", "digits", channels=()), SHAPE)


# The pace


@pytest.mark.parametrize("variant", ["vae", "pca", "stacked", "semi_supervised_aae"])
def test_a_pace_is_measured_kept_and_found_again(variant, own_runs, quick_closing, at_rest):
    config = small(variant)
    assert estimation.kept_pace(config) is None
    measured = estimation.measure_pace(config)
    assert 0 < measured.seconds_per_epoch < 60
    assert measured.seconds_after > 1.25
    assert measured.images_per_second > 0
    assert measured.device == estimation.device_words()
    assert estimation.kept_pace(config) == measured


def test_measuring_writes_no_run(own_runs, quick_closing, at_rest):
    estimation.measure_pace(small("ae"))
    assert [path.name for path in own_runs.iterdir()] == [cache.FOLDER]
    assert RunStore(own_runs).listing().runs == []


def test_what_a_killed_measurement_leaves_is_found_by_the_doctor(
    own_runs, quick_closing, at_rest, monkeypatch
):
    own, left = checkpoints.write, own_runs / "left"

    def seen(path: Path, *given: object) -> None:
        own(path, *given)
        if not left.exists():
            shutil.copytree(path.parent, left)  # as it would lie there after a kill
            left.with_suffix(".name").write_text(str(path.parent))

    monkeypatch.setattr(checkpoints, "write", seen)
    estimation.measure_pace(small("ae"))
    folder = Path(left.with_suffix(".name").read_text())
    left.rename(folder)
    assert doctor.examine(RunStore(own_runs)) == []  # it may be going on
    os.utime(folder, (time.time() - 3600,) * 2)
    (found,) = doctor.examine(RunStore(own_runs), repair=True)
    assert (found.path, found.repaired) == (folder, True)
    assert not folder.exists()


def test_more_labels_than_the_timed_part_has_images_can_be_measured(quick_closing, at_rest):
    assert estimation.measure_pace(small("semi_supervised_aae", labels=1000, batch_size=8)).images_per_second


def test_the_pace_holds_for_any_length_rate_and_seed_and_for_nothing_else(quick_closing, at_rest):
    estimation.measure_pace(small("ae"))
    assert estimation.kept_pace(small("ae", epochs=7, learning_rate=0.1, seed=5))
    for other in ({"latent_dim": 3}, {"batch_size": 128}, {"hidden": (25, 16)}):
        assert estimation.kept_pace(small("ae", **other)) is None


def test_the_closing_measurement_is_timed_once_for_a_data_set(monkeypatch, at_rest):
    timed = []
    monkeypatch.setattr(profile, "closing", lambda dataset, store: timed.append(dataset) or 2.0)
    for variant in ("ae", "vae"):
        estimation.measure_pace(small(variant))
    assert timed == ["digits"]


def test_the_pace_is_there_before_the_closing_measurement_is(monkeypatch, at_rest):
    seen = []

    def looking(dataset, store):
        seen.append(estimation.kept_pace(small("ae")))
        return 2.0

    monkeypatch.setattr(profile, "closing", looking)
    estimation.measure_pace(small("ae"))
    assert seen[0].seconds_per_epoch > 0
    assert seen[0].seconds_after is None


def test_the_closing_measurement_itself_can_be_timed():
    assert 0 < profile.closing("digits", None) < 600


@pytest.mark.parametrize("is_timed", [True, False])
@pytest.mark.parametrize("are_kept", [True, False])
def test_what_measuring_will_take_counts_the_standards_where_they_are_not_kept(
    monkeypatch, at_rest, is_timed, are_kept
):
    splits = [datasets.load_images("digits", split) for split in ("train", "test")]
    monkeypatch.setattr(profile, "expected_closing", lambda *_: 40.0)
    monkeypatch.setattr(profile, "expected_standards", lambda *_: 25.0)
    if is_timed:
        monkeypatch.setattr(profile, "closing", lambda dataset, store: 30.0)
        estimation.measure_pace(small("ae"))
    if are_kept:
        baselines.kept(small("ae"), *splits)
    found = estimation.seconds_after(small("ae"), *splits, own=2.0)
    assert found == 2.0 + (30.0 if is_timed else 40.0) + (0.0 if are_kept else 25.0)


def test_what_is_expected_of_the_closing_measurement_leaves_the_training_as_it_was():
    train, test = (datasets.load_images("digits", split) for split in ("train", "test"))
    half = datasets.Images(test.pixels[:180], test.labels[:180], test.classes)
    assert 0 < profile.expected_closing(train, half) < 60
    assert 0 < profile.expected_standards(train, test) < 600
    state = torch.random.get_rng_state()
    profile.expected_standards(train, test)
    assert torch.equal(state, torch.random.get_rng_state())  # the training that waits is none the wiser


def test_a_pace_beside_another_training_gives_way_to_one_at_rest(monkeypatch, quick_closing):
    config, busy = small("ae"), iter([True, False, False, False])
    monkeypatch.setattr(estimation, "is_training", lambda store=None: next(busy))
    assert estimation.measure_pace(config).is_busy
    assert estimation.kept_pace(config).is_busy
    rested = estimation.measure_pace(config)
    assert not rested.is_busy
    assert estimation.kept_pace(config) == rested


@pytest.mark.parametrize("looks", [(False, True, True), (False, False, True)])
def test_a_training_that_begins_meanwhile_makes_it_a_pace_of_a_busy_machine(monkeypatch, looks):
    config, busy = small("ae"), iter(looks)
    monkeypatch.setattr(profile, "closing", lambda dataset, store: 1.25)
    monkeypatch.setattr(estimation, "is_training", lambda store=None: next(busy))
    assert estimation.measure_pace(config).is_busy
    at_rest = cache.read("digits", estimation.CLOSING, estimation._machine(False))
    assert at_rest is None


def test_where_nothing_may_be_kept_it_is_measured_all_the_same(monkeypatch, quick_closing, at_rest):
    def refused(*_arguments):
        raise ReadOnly("keeping a result")

    monkeypatch.setattr(cache, "write", refused)
    assert estimation.measure_pace(small("ae")).seconds_after > 0
    assert estimation.kept_pace(small("ae")) is None


def test_every_stage_counts_by_its_share(monkeypatch):
    paces = {"layer 1": 1e-4, "layer 2": 2e-4, "layer 3": 3e-4, "unsupervised": 4e-4, "supervised": 8e-4}

    class AtThesePaces:
        def __init__(self, model, config, train, test):
            stages = build.stage_epochs(model.stages, config.epochs)
            self.left = [stage.name for stage, epochs in stages for _ in range(epochs)]
            self.rows = len(train.labels)

        @property
        def is_over(self):
            return not self.left

        def epoch(self):
            name = self.left.pop(0)
            return Epoch(1, name, paces[name] * self.rows, {}, {})

    monkeypatch.setattr(loop, "Training", AtThesePaces)
    config = small("stacked", pretraining=0.3, unsupervised=0.3)
    images = datasets.load_images("digits", "train")
    split = inference.on_device(images, devices.best_device())
    _, found, _ = profile.seconds_of_an_epoch(config, lambda: build.build_model(config, SHAPE), split, split)
    expected = 0.1 * (1e-4 + 2e-4 + 3e-4) + 0.3 * 4e-4 + 0.4 * 8e-4
    assert found == pytest.approx(expected * len(images.labels))


@given(st.floats(0, 1e5), st.floats(1e-3, 1e3))
def test_so_many_epochs_fit_and_not_one_more(seconds, each):
    pace = dataclasses.replace(PACE, seconds_per_epoch=each)
    epochs = pace.epochs_in(seconds)
    assert epochs == 0 or pace.seconds(epochs) <= seconds * (1 + 1e-9)
    assert pace.seconds(epochs + 1) > seconds * (1 - 1e-9)


# Its words


def test_the_estimate_in_words():
    assert PACE.words(100) == (
        "about 2 min 40 s: 3 s to start, 1.4 s an epoch × 100, 17 s to measure what it reached; measured on "
        "this machine (2 threads)"
    )
    assert "2 s to fit" in dataclasses.replace(PACE, seconds_per_epoch=2.0).words(1, is_closed_form=True)
    assert "(2 threads, while another training ran)" in dataclasses.replace(PACE, is_busy=True).words(1)
    assert dataclasses.replace(PACE, seconds_after=None).words(2).startswith("timed so far: 3 s to start")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0312, "0.031 s"),
        (1.44, "1.4 s"),
        (9.96, "10 s"),
        (59.6, "60 s"),
        (99.6, "1 min 40 s"),
        (119.0, "2 min"),
        (160.0, "2 min 40 s"),
        (3569.0, "59 min 30 s"),
        (3600.0, "1 h"),
        (4800.0, "1 h 20 min"),
    ],
)
def test_durations_in_words(seconds, words):
    assert time_words(seconds) == words


# The command line


@pytest.fixture
def estimate(monkeypatch, capsys):
    """Run `aecore estimate` in this process: exit code, standard output, standard error."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # typer replaces it

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["aecore", "estimate", *words])
        try:
            command_line.main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code or 0
        return code, *capsys.readouterr()

    return run


TINY = ("ae", "digits", "-o", "hidden=[24,16]")


def test_the_command_tells_the_same_as_the_pace(estimate, quick_closing, at_rest):
    code, out, _ = estimate(*TINY, "--epochs", "30", "--json")
    said, pace = json.loads(out), estimation.kept_pace(small("ae"))
    assert code == 0
    assert said["parameters"] == estimation.preview(small("ae"), SHAPE).parameters
    assert said["seconds"] == pytest.approx(pace.seconds(30))
    assert {name: said[name] for name in dataclasses.asdict(pace)} == dataclasses.asdict(pace)
    assert estimate(*TINY, "--epochs", "30")[1].splitlines()[1].strip() == pace.words(30)


def test_the_command_measures_once_unless_asked_again(estimate, quick_closing, at_rest, monkeypatch):
    assert estimate(*TINY)[0] == 0
    measured = []
    monkeypatch.setattr(profile, "measured", lambda *_: measured.append(1) or PARTS)
    assert estimate(*TINY)[0] == 0
    assert measured == []
    assert estimate(*TINY, "--again")[0] == 0
    assert measured == [1]


PARTS = dict.fromkeys(
    ("seconds_to_start", "seconds_per_epoch", "own_seconds_after", "images_per_second"), 1.0
)


def test_a_wrong_setting_is_wrong_usage(estimate):
    code, out, err = estimate("ae", "digits", "-o", "hidden=[0]")
    assert (code, out) == (2, "")
    assert "hidden cannot be 0" in err
