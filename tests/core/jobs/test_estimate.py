"""Before a training starts: its networks at any size, and its pace as far as others have taught it."""

import contextlib
import dataclasses
import json
import math
import sys
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aecore import datasets, jobs, runs
from aecore.cli import app as command_line
from aecore.config import MOST_IN_LIST
from aecore.errors import AecoreError, BadValue, ReadOnly
from aecore.evaluation import baselines
from aecore.jobs import closing, estimate, trainer, worker
from aecore.jobs.pace import Pace, duration_words
from aecore.models import build, inference, summary, variants
from aecore.storage import cache
from aecore.storage.store import RunStore
from aecore.training.loop import Epoch
from tests.conftest import small_options

SHAPE = (8, 8, 1)
PACE = Pace(3.0, 1.4, 17.0, "2 threads")


def small(variant: str, **settings: object):
    return variants.configure(variant, "digits", **(small_options(variant) | settings))


# The networks


@pytest.mark.parametrize("variant", variants.names())
def test_the_preview_is_of_the_model_that_will_be_trained(variant):
    config = small(variant, latent_dim=3)
    model = build.build_model(config, SHAPE)
    found = estimate.preview(config, SHAPE)
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
    found = estimate.preview(config, SHAPE)
    assert devices == ["meta"]
    square = 8192 * 8192 + 8192
    encoder, decoder = 64 * 8192 + 8192 + 8192 * 2 + 2, 2 * 8192 + 8192 + 8192 * 64 + 64
    between = (MOST_IN_LIST - 1) * square
    assert found.parameters == encoder + decoder + 2 * between
    assert sum(layer["parameters"] for layer in found.networks["encoder"]) == encoder + between


def test_options_that_fit_no_image_are_a_sentence():
    with pytest.raises(BadValue, match=r"channels cannot be \[\]"):
        estimate.preview(variants.configure("conv", "digits", channels=()), SHAPE)


# The pace


def learned(config, start=3.0, epochs=(0.5,), own=2.0) -> RunStore:
    """A store in which one training of a config has taught what it took."""
    store, model = RunStore(), build.build_model(config, SHAPE)
    stages = [stage.name for stage, _ in build.stage_epochs(model.stages, config.epochs)] or ["fit"]
    estimate.learn_pace(config, model, start, dict.fromkeys(stages, epochs), own, store)
    return store


def known(config) -> Pace | None:
    """What is known of a config now."""
    return estimate.known_pace(config, estimate.preview(config, SHAPE).parameters)


def test_images_that_nothing_was_trained_on_are_guessed_by_others(own_runs):
    config = small("vae")
    elsewhere = dataclasses.replace(config, dataset="fashion_mnist")
    parameters = estimate.preview(config, SHAPE).parameters
    assert estimate.pace_by_others(elsewhere, parameters, 100) is None
    learned(config, start=3.0, epochs=(0.5,))
    count = len(datasets.load_images("digits", "train"))
    pace, title = estimate.pace_by_others(elsewhere, parameters, 2 * count)
    assert title == "digits"
    assert (pace.seconds_to_start, pace.seconds_per_epoch) == (3.0, pytest.approx(1.0))
    larger, _ = estimate.pace_by_others(elsewhere, 4 * parameters, count)
    assert larger.seconds_per_epoch == pytest.approx(2.0)
    assert estimate.pace_by_others(elsewhere, 100 * parameters, count) is None


@pytest.mark.parametrize("variant", ["vae", "pca", "stacked", "semi_supervised_aae"])
def test_a_pace_that_a_training_taught_is_found_again(variant, own_runs):
    config = small(variant)
    assert known(config) is None
    store = learned(config, epochs=(9.0, 0.5, 0.4))  # the first is slower, and no rule
    assert known(config) == Pace(3.0, 0.5, None, estimate.device_words())
    estimate.learn_closing("digits", 4.0, store)
    assert known(config) == Pace(3.0, 0.5, 6.0, estimate.device_words())


def test_a_training_teaches_its_pace_and_its_closing_measurement(own_runs):
    """The worker's own way, with nothing put in its place."""
    config = small("ae", epochs=3)
    assert known(config) is None
    runs.train_config(config)
    found = known(config)
    assert 0 < found.seconds_per_epoch < 60
    assert 0 < found.seconds_after < 600


def test_a_training_that_is_interrupted_teaches_its_pace_all_the_same(own_runs):
    config = small("ae", epochs=50)
    with pytest.raises(KeyboardInterrupt):
        worker.train_here(config, RunStore(), interrupt)
    assert known(config).seconds_per_epoch > 0
    assert known(config).seconds_after is None


def interrupt(epoch: Epoch) -> None:
    raise KeyboardInterrupt


def test_a_second_epoch_outweighs_a_slow_first(own_runs):
    config = small("ae", epochs=10)
    learned(config, epochs=(5.5, 0.1))
    assert known(config).seconds_per_epoch == 0.1


def test_steps_that_take_what_no_other_does_are_no_part_of_a_pace():
    begun = [0.0, 5.0, 5.01, 5.02, 5.03]
    assert estimate.steady_seconds(5.1, begun) == pytest.approx(0.11)
    assert estimate.steady_seconds(0.5, [0.0, 0.1, 0.2]) == pytest.approx(0.5)
    assert estimate.steady_seconds(0.5, []) == estimate.steady_seconds(0.5, [0.2]) == 0.5  # fitted at once


def test_a_training_that_stops_after_a_first_epoch_with_a_slow_step_teaches_the_usual_pace(
    own_runs, monkeypatch
):
    config, poll = small("ae", epochs=50, batch_size=64), trainer.Trainer._poll

    def slow_at_first(self, share: float) -> None:
        poll(self, share)
        time.sleep(2.0 * (share == 0))

    monkeypatch.setattr(trainer.Trainer, "_poll", slow_at_first)
    with pytest.raises(KeyboardInterrupt):
        worker.train_here(config, RunStore(), interrupt)
    assert known(config).seconds_per_epoch < 1.5


def test_a_training_that_is_discarded_teaches_what_its_epochs_took_till_then(own_runs, monkeypatch):
    config, kept = small("ae", epochs=50), []
    monkeypatch.setattr(estimate, "learn_pace", lambda *given: kept.append(sum(map(len, given[3].values()))))

    def discard(epoch: Epoch) -> None:
        if epoch.number == 5:
            jobs.send_command(jobs.find(config.run_id), "discard")

    with contextlib.suppress(AecoreError):
        worker.train_here(config, RunStore(), discard)
    assert kept == [1, 2, 3, 5]


def test_the_pace_holds_for_any_length_rate_seed_and_option_that_leaves_the_networks_as_large(own_runs):
    learned(small("vae", latent_dim=2))
    for alike in ({"epochs": 7, "learning_rate": 0.1, "seed": 5}, {"beta": 4.0}, {"latent_dim": 3}):
        assert known(small("vae", **alike))
    for other in ({"batch_size": 128}, {"hidden": (200, 100)}):
        assert known(small("vae", **other)) is None
    assert known(small("ae")) is None


def test_of_several_paces_that_of_the_networks_most_alike_counts(own_runs):
    for width, seconds in ((24, 1.0), (26, 2.0), (500, 9.0)):
        learned(small("ae", hidden=(width, 16)), epochs=(seconds,))
    assert [known(small("ae", hidden=(w, 16))).seconds_per_epoch for w in (23, 27, 510)] == [1.0, 2.0, 9.0]
    learned(small("ae", hidden=(24, 16)), epochs=(3.0,))
    assert known(small("ae", hidden=(23, 16))).seconds_per_epoch == 3.0  # the latest of its size


def test_no_more_than_some_paces_of_a_variant_are_kept(own_runs, monkeypatch):
    monkeypatch.setattr(estimate, "MOST_ROWS", 2)
    for width in (20, 60, 200):
        learned(small("ae", hidden=(width,)))
    assert [known(small("ae", hidden=(w,))) is None for w in (20, 60, 200)] == [True, False, False]


def test_every_stage_counts_by_its_epochs_and_nothing_is_learned_before_all_were_seen(own_runs):
    config = small("stacked", pretraining=0.5, unsupervised=0.3, epochs=10)
    model = build.build_model(config, SHAPE)
    planned = build.stage_epochs(model.stages, 10)
    seconds = {stage.name: (float(place),) for place, (stage, _) in enumerate(planned, 1)}
    so_far = dict(list(seconds.items())[:-1])
    estimate.learn_pace(config, model, 1.0, so_far, 1.0, RunStore())
    assert known(config) is None
    estimate.learn_pace(config, model, 1.0, seconds, 1.0, RunStore())
    expected = sum(seconds[stage.name][0] * count for stage, count in planned) / 10
    assert known(config).seconds_per_epoch == pytest.approx(expected)


@pytest.mark.parametrize(
    "rows",
    [
        np.full((1, 4), np.nan),
        np.array([[0.0, 1, 1, 1]]),
        np.array([[1.0, 1, 0, 1]]),
        np.array([[1.0, -1, 1, 1]]),
        np.ones((1, 3)),
        np.ones(4),
        np.ones((1, 4), np.int64),
        np.empty((0, 4)),
    ],
    ids=range(8),
)
def test_a_kept_pace_that_makes_no_sense_is_none_and_gives_way(own_runs, rows):
    config = small("ae")
    cache.write("digits", estimate.PACE, estimate._settings(config), {"rows": rows})
    assert known(config) is None
    learned(config)
    assert known(config).seconds_to_start == 3.0


@pytest.mark.parametrize(
    "seconds",
    [
        (0.0, 5e-324, 0.0),
        (1e308, 1e308, 1e308),
        (1e30, 1.0, 1.0),
        (1.0, 1e-7, 1.0),
        (1.0, 1.0, -1.0),
        (0, 3e8, 0),
    ],
)
def test_a_kept_pace_at_which_nothing_trains_is_none(own_runs, seconds):
    """The row is that of the config's own networks: only its seconds speak against it."""
    config = small("ae", epochs=100)
    rows = np.array([[estimate.preview(config, SHAPE).parameters, *seconds]])
    cache.write("digits", estimate.PACE, estimate._settings(config), {"rows": rows})
    assert known(config) is None


@pytest.mark.parametrize("seconds", [[math.nan], [-1.0], [1.0, 2.0], [math.inf], [1e30]])
def test_a_kept_closing_time_that_makes_no_sense_is_none(own_runs, seconds):
    learned(small("ae"))
    cache.write("digits", estimate.CLOSING, estimate._machine(), {"seconds": np.array(seconds)})
    assert known(small("ae")).seconds_after is None


@pytest.mark.parametrize("is_timed", [True, False])
@pytest.mark.parametrize("are_kept", [True, False])
def test_what_measuring_will_take_counts_the_baselines_where_they_are_not_kept(
    own_runs, monkeypatch, is_timed, are_kept
):
    splits = [datasets.load_images("digits", split) for split in ("train", "test")]
    monkeypatch.setattr(closing, "guess_shared", lambda *_: 40.0)
    monkeypatch.setattr(closing, "guess_baselines", lambda *_: 25.0)
    if is_timed:
        estimate.learn_closing("digits", 30.0, RunStore())
    if are_kept:
        baselines.kept(small("ae"), *splits)
    found = estimate.seconds_after(small("ae"), *splits, own=2.0)
    assert found == 2.0 + (30.0 if is_timed else 40.0) + (0.0 if are_kept else 25.0)


def test_what_is_guessed_of_the_closing_measurement_leaves_the_training_as_it_was():
    train, test = (datasets.load_images("digits", split) for split in ("train", "test"))
    half = datasets.Images(test.pixels[:180], test.labels[:180], test.classes)
    state = torch.random.get_rng_state()
    model, split = build.build_model(small("vae"), SHAPE), inference.on_device(half, torch.device("cpu"))
    torch.random.set_rng_state(state)
    assert 0 < closing.own_seconds(model, train, half, split) < 60
    assert 0 < closing.guess_shared(half) < 60
    assert 0 < closing.guess_baselines(train, test) < 600
    assert torch.equal(state, torch.random.get_rng_state())  # the training that waits is none the wiser


def test_where_nothing_may_be_kept_a_training_is_none_the_worse(own_runs, monkeypatch):
    def refused(*_arguments):
        raise ReadOnly("keeping a result")

    monkeypatch.setattr(cache, "write", refused)
    estimate.learn_closing("digits", 1.0, learned(small("ae")))
    assert known(small("ae")) is None


@given(st.floats(0, 1e5), st.floats(1e-3, 1e3))
def test_so_many_epochs_fit_and_not_one_more(seconds, each):
    pace = dataclasses.replace(PACE, seconds_per_epoch=each)
    epochs = pace.epochs_in(seconds)
    assert epochs == 0 or pace.seconds(epochs) <= seconds * (1 + 1e-9)
    assert pace.seconds(epochs + 1) > seconds * (1 - 1e-9)


# Its words


def test_the_estimate_in_words():
    assert PACE.words(100) == (
        "about 2 min 40 s: 3 s to start, 1.4 s an epoch × 100, 17 s to measure what it reached; as a "
        "training like it took on this machine (2 threads)"
    )
    assert "2 s to fit" in dataclasses.replace(PACE, seconds_per_epoch=2.0).words(1, is_closed_form=True)
    assert dataclasses.replace(PACE, seconds_after=None).words(2).startswith("known so far: 3 s to start")


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
    assert duration_words(seconds) == words


# The command line


@pytest.fixture
def said(monkeypatch, capsys):
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


def test_the_command_tells_the_same_as_the_pace(said, own_runs):
    estimate.learn_closing("digits", 4.0, learned(small("ae")))
    code, out, _ = said(*TINY, "--epochs", "30", "--json")
    told, pace = json.loads(out), known(small("ae"))
    assert code == 0
    assert told["parameters"] == estimate.preview(small("ae"), SHAPE).parameters
    assert told["seconds"] == pytest.approx(pace.seconds(30))
    assert {name: told[name] for name in dataclasses.asdict(pace)} == dataclasses.asdict(pace)
    assert said(*TINY, "--epochs", "30")[1].splitlines()[1].strip() == pace.words(30)


def test_the_command_says_what_it_does_not_know(said, own_runs):
    code, out, _ = said(*TINY)
    assert code == 0
    assert out.splitlines()[1].strip() == "how long it takes on this machine is not known yet: its first " + (
        "epochs will tell"
    )
    told = json.loads(said(*TINY, "--json")[1])
    assert told["parameters"] > 0
    assert (told["seconds"], told["seconds_per_epoch"]) == (None, None)


def test_a_wrong_setting_is_wrong_usage(said):
    code, out, err = said("ae", "digits", "-o", "hidden=[0]")
    assert (code, out) == (2, "")
    assert "hidden cannot be 0" in err
