"""A prior is one file: dropped in, codes are held to it, drawn from it and measured against it."""

import numpy as np
import pytest
from typer.testing import CliRunner

from aecore import runs
from aecore.analysis import hole_map
from aecore.cli.app import app
from aecore.errors import BadValue
from aecore.latent import priors, sampling
from aecore.models.variants import aae
from tests.plugins import RING, added

NARROW = {"hidden": (8,), "discriminator_hidden": (8,)}


@pytest.fixture(autouse=True)
def ring(tmp_path):
    with added(priors, tmp_path / "priors", "ring.py", RING, [aae]):
        yield


def test_an_added_prior_is_drawn_from_with_temperature_and_truncation():
    codes = sampling.prior_codes("ring", 2000, 2, seed=0)
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 2, atol=0.5)
    held = sampling.prior_codes("ring", 2000, 2, seed=0, truncation=1.1)
    assert np.abs(held).max() <= 1.1 * priors.spread("ring")


def test_the_spread_and_density_of_an_added_prior_are_those_of_its_samples():
    codes = priors.sample("ring", 200_000, 2, np.random.default_rng(0))
    assert priors.spread("ring") == pytest.approx(np.sqrt(np.square(codes).mean()), rel=0.01)
    cells = hole_map.lattice(*[np.linspace(-4, 4, 161)] * 2)
    assert priors.density("ring", cells, 0.2).sum() * 0.05**2 == pytest.approx(1, rel=1e-3)
    assert hole_map.hole_mass(codes[:10_000], "ring") < 0.01


def test_an_adversarial_autoencoder_is_trained_measured_and_opened_with_it():
    run = runs.train("aae", "digits", epochs=2, prior="ring", **NARROW)
    assert run.model.prior == "ring"
    pool = run.model.sampler.pool.numpy()
    np.testing.assert_allclose(np.linalg.norm(pool, axis=1).mean(), 2, atol=0.05)
    opened = runs.open_run(run.stored.run_id)
    assert opened.stored.manifest["prior"] == "ring"
    assert opened.metrics["mmd2_null"] == pytest.approx(0, abs=1e-12)
    assert "hole_share" not in opened.metrics


def test_the_command_line_names_it_and_maps_its_holes():
    table = CliRunner().invoke(app, ["options", "aae"], env={"COLUMNS": "300"}).output
    assert "standard_normal, gaussian_mixture, ring, swiss_roll" in table
    run = runs.train("aae", "digits", epochs=1, prior="ring", **NARROW)
    assert "against a ring" in CliRunner().invoke(app, ["holes", run.stored.run_id]).output


def test_an_added_prior_is_refused_in_a_sentence_where_it_does_not_exist():
    with pytest.raises(BadValue, match="it must be standard_normal unless the latent dimension is 2"):
        runs.train("aae", "digits", latent_dim=3, epochs=1, prior="ring", **NARROW)


@pytest.mark.parametrize(
    ("wrong", "sentence"), [({"title": "*\n*"}, "title of a prior"), ({"spread": 0.0}, "spread of a prior")]
)
def test_a_file_that_says_what_cannot_be_is_answered_with_a_sentence(wrong, sentence):
    with pytest.raises(BadValue, match=sentence):
        priors.Prior(**vars(priors.find("ring")) | wrong)
