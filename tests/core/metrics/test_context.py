"""The numbers of codes held against the prior, all together."""

import math

import numpy as np
import pytest

from aecore.latent import priors
from aecore.metrics import Metric, catalog, measure
from aecore.metrics._nulls import coverage_by_chance, nulls
from tests.core.metrics.contexts import DIMENSIONS, GIVEN, ArrayContext, coverage, normal


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_the_spread_is_the_mean_over_dimensions(dimensions):
    codes = normal(1000, dimensions) * np.arange(1, dimensions + 1)
    assert coverage(codes, 0)["code_std"] == pytest.approx(np.mean(np.arange(1, dimensions + 1)), rel=0.05)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_cells_are_counted_in_two_dimensions_only(dimensions):
    assert ("hole_share" in coverage(normal(50, dimensions), 0)) == (dimensions == 2)


def test_the_centre_is_its_distance_from_the_origin():
    assert coverage(normal(4000, 2) + np.array([3, 4]), 0)["code_mean_norm"] == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize("prior", priors.names())
def test_every_number_of_coverage_has_a_meaning_and_its_floors(prior):
    found = coverage(normal(60, 2), 0, prior) | nulls(60, 2, prior)
    assert {floor for name in found for floor in catalog()[name].floors} <= set(found)


@pytest.mark.parametrize("prior", [name for name in priors.names() if name != "standard_normal"])
def test_against_another_prior_nothing_is_compared_with_a_standard_normal(prior):
    found = coverage(normal(60, 2), 0, prior)
    assert not {"gaussian_kl", "total_variation", "hole_share_whitened", "empty_share"} & set(found)


@pytest.mark.parametrize("prior", priors.names())
def test_codes_from_a_prior_fit_it_and_no_other(prior):
    codes = priors.sample(prior, 1500, 2, np.random.default_rng(9))
    found = {name: coverage(codes, 0, name) for name in priors.names()}
    assert min(found, key=lambda name: found[name]["mmd2"]) == prior
    assert max(found, key=lambda name: found[name]["prior_coverage"]) == prior
    assert found[prior]["prior_coverage"] == pytest.approx(coverage_by_chance(1500), abs=0.03)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_whitened_numbers_know_nothing_of_place_scale_and_rotation(dimensions):
    codes = normal(200, dimensions) * np.arange(1, dimensions + 1)
    turn = np.linalg.qr(normal(dimensions, dimensions, seed=4))[0]
    one, other = coverage(codes, 0), coverage(9 * codes @ turn - 4, 0)
    kept = [name for name in one if name.endswith("_whitened")]
    assert kept
    for name in kept:
        assert one[name] == pytest.approx(other[name], abs=1e-9)
    assert one["mmd2"] < other["mmd2"] / 1.5


def test_all_codes_at_one_point_still_give_finite_numbers():
    assert np.isfinite(list(coverage(np.zeros((50, 2), np.float32), 0).values())).all()


def test_codes_from_the_prior_score_like_their_nulls():
    found = coverage(normal(2000, 2, seed=7), 0) | nulls(2000, 2, "standard_normal")
    assert found["gaussian_kl"] == pytest.approx(found["gaussian_kl_null"], abs=0.004)
    assert found["prior_coverage"] == pytest.approx(found["prior_coverage_null"], abs=0.03)
    assert found["prior_density"] == pytest.approx(found["prior_density_null"], abs=0.08)
    assert found["mmd2_whitened"] == pytest.approx(found["mmd2_null"], abs=0.003)
    assert found["empty_share"] == pytest.approx(found["empty_share_null"], abs=0.02)
    assert found["mmd2"] == pytest.approx(found["mmd2_null"], abs=0.003)
    assert found["total_variation"] == pytest.approx(found["total_variation_null"], abs=0.03)
    assert found["hole_share"] == pytest.approx(found["hole_share_null"], abs=0.02)


def test_coverage_is_the_same_for_the_same_seed():
    assert coverage(normal(100, 2), 3) == coverage(normal(100, 2), 3)


def test_without_labels_nothing_asks_for_them_and_what_needs_them_is_left_out():
    found = measure(ArrayContext(normal(40, 2)))
    needing = {name for name, metric in catalog().items() if set(metric.needs) - GIVEN - {"decoder"}}
    assert not needing & set(found)
    assert {"mse", "trustworthiness", "hole_share", "living_hoyer", "two_sample_accuracy"} <= set(found)
    assert np.isfinite(list(found.values())).all()


def test_with_labels_they_are_there():
    labels = np.arange(40) % 2
    found = measure(ArrayContext(normal(40, 2), has={"labels", "decoder"}, labels=labels))
    assert found["decoded_recognised"] == found["real_recognised"] == 1
    assert {"knn_accuracy", "linear_probe", "decoded_class_tv"} <= set(found)


def test_a_number_that_is_none_or_not_finite_is_left_out():
    for value in (None, math.nan, math.inf):
        metric = Metric("A", "nats", "", "A.", compute=lambda context, value=value: value)
        assert metric.measure(ArrayContext(normal(5, 2))) is None


def test_work_that_two_numbers_share_is_done_once():
    context, done = ArrayContext(normal(5, 2)), []
    assert [context.once("a", lambda: done.append(1) or 7) for _ in range(2)] == [7, 7]
    assert done == [1]
