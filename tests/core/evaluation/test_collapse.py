"""Collapse: told from the numbers of a run, with the facts, for each of the four kinds."""

import pytest

from aecore import runs
from aecore.evaluation import collapse
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore

SOUND = {"mse": 0.033, "mean_image_mse": 0.0675, "code_std": 1.0, "code_mean_norm": 0.1, "dead_units": 0.0}
VAE = SOUND | {"kl": 7.4, "active_units": 2.0}


def kind(metrics: dict, latent_dim: int = 2) -> str:
    return collapse.of_run(metrics, latent_dim).kind


def test_the_command_that_collapses_is_found_out():
    run = runs.train("vae", "digits", latent_dim=2, epochs=160, beta=4.0)
    found = collapse.of_run(run.metrics, 2)
    assert found.kind == "collapsed"
    assert found.is_total
    assert "0 of 2 dimensions alive; KL 0.000" in found.sentence
    assert "MSE 0.0738, the mean image's 0.0738" in found.sentence
    assert "is never called best" in found.sentence


@pytest.mark.parametrize(
    "changed",
    [
        {"active_units": 0.0},
        {"kl": 0.099},
        {"mse": 0.98 * 0.0675 + 1e-9},
        {"mse": 0.2},
    ],
)
def test_each_sign_alone_is_enough(changed):
    assert kind(VAE) == "sound"
    assert kind(VAE | changed) == "collapsed"


def test_a_decoder_that_is_given_the_class_is_held_against_the_mean_image_of_the_class():
    asked = {"latent_dim": 2, "epochs": 40, "adversarial_weight": 10_000.0}
    run = runs.train("supervised_aae", "digits", **asked)
    assert run.metrics["class_mean_mse"] == pytest.approx(0.0433, abs=1e-4)
    found = collapse.of_run(run.metrics, 2)
    assert found.kind == "collapsed"
    assert "no better than the class mean (" in found.sentence
    assert "the class mean's 0.0433" in found.sentence
    older = {name: number for name, number in run.metrics.items() if name != "class_mean_mse"}
    assert collapse.of_run(older, 2).kind == "sound"


@pytest.mark.parametrize("changed", [{"kl": 0.101}, {"mse": 0.979 * 0.0675}, {"active_units": 1.0}])
def test_short_of_each_bound_it_is_not_collapsed(changed):
    assert not collapse.of_run(VAE | changed, 2).is_total


def test_living_dimensions_are_counted_and_a_run_with_some_stays_in():
    found = collapse.of_run(VAE | {"active_units": 8.0}, 32)
    assert (found.kind, found.words, found.is_total) == (
        "partly collapsed",
        "8 of 32 dimensions alive",
        False,
    )
    assert found.sentence.startswith("Partly collapsed: 8 of 32 dimensions alive; the others say nothing")
    assert "KL 7.4 nats" in found.sentence


def test_units_that_never_fire_are_dead_where_no_posterior_says_it():
    assert collapse.of_run(SOUND | {"dead_units": 17 / 32}, 32).words == "15 of 32 dimensions alive"


@pytest.mark.parametrize("spread", [0.0, 3.6e-6])
def test_constant_codes_are_called_so_and_the_learning_rate_is_named(spread):
    found = collapse.of_run(SOUND | {"code_std": spread, "code_mean_norm": 1.85, "mse": 0.5}, 2)
    assert (found.kind, found.is_total) == ("constant codes", True)
    assert "lower learning rate" in found.sentence


def test_small_codes_are_not_constant():
    assert kind(SOUND | {"code_std": 1e-5, "code_mean_norm": 0.0}) == "sound"


def test_what_was_not_measured_is_not_judged():
    found = collapse.of_run({"mse": 0.3}, 2)
    assert (found.kind, found.words, found.sentence) == ("sound", "", "")


def test_a_run_of_learning_rate_10_says_that_its_codes_are_constant():
    run = runs.train("ae", "digits", epochs=4, learning_rate=10.0)
    assert kind(run.metrics) == "constant codes"


def test_of_the_shipped_runs_only_the_broken_recipe_is_out():
    found = {run.run_id: collapse.of_run(run.metrics, run.config.latent_dim) for run in SHIPPED_RUNS}
    assert [run_id for run_id, what in found.items() if what.is_total] == ["mnist-ae-z2-8b0aad7251"]
    assert {what.kind for run_id, what in found.items() if run_id.startswith("mnist-vae-z32")} == {
        "partly collapsed"
    }


SHIPPED_RUNS = RunStore(SHIPPED).listing().runs
