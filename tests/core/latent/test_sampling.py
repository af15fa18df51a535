"""Codes to decode: they follow the distribution they are said to, and a copy is recognised."""

import numpy as np
import pytest

from aecore.errors import BadValue, UnknownName, WrongShape
from aecore.latent import priors, sampling

MANY = 40_000


def planted(count: int = 20_000) -> np.ndarray:
    """Codes of two round Gaussians, a third of them at (5, 0) and the rest, wider, at (-5, 0)."""
    random = np.random.default_rng(0)
    is_right = random.random(count) < 1 / 3
    centres = np.where(is_right[:, None], [5.0, 0.0], [-5.0, 0.0])
    return centres + np.where(is_right, 0.5, 1.0)[:, None] * random.standard_normal((count, 2))


# Noise and priors


def test_noise_is_standard_normal_and_the_same_for_a_seed():
    noise = sampling.standard_noise(MANY, 3, seed=4)
    np.testing.assert_allclose(noise.mean(0), 0, atol=0.02)
    np.testing.assert_allclose(np.cov(noise.T), np.eye(3), atol=0.03)
    assert (noise == sampling.standard_noise(MANY, 3, seed=4)).all()
    assert (noise != sampling.standard_noise(MANY, 3, seed=5)).any()


def test_a_longer_code_begins_with_the_numbers_of_a_shorter_one():
    assert (sampling.standard_noise(9, 32, 0)[:, :2] == sampling.standard_noise(9, 2, 0)).all()


def test_more_samples_begin_with_the_fewer():
    assert (sampling.standard_noise(100, 2, 0)[:10] == sampling.standard_noise(10, 2, 0)).all()


@pytest.mark.parametrize("prior", [None, "standard_normal"])
def test_the_standard_normal_prior_is_the_shared_noise(prior):
    assert (sampling.prior_codes(prior, 50, 8, seed=3) == sampling.standard_noise(50, 8, 3)).all()


@pytest.mark.parametrize("prior", priors.names())
def test_temperature_scales_the_spread(prior):
    usual, cool = (sampling.prior_codes(prior, 500, 2, 0, temperature=t) for t in (1.0, 0.5))
    np.testing.assert_allclose(cool, usual / 2, rtol=1e-6)


@pytest.mark.parametrize("prior", priors.names())
@pytest.mark.parametrize("reach", [0.8, 1.5])
def test_no_sample_lies_beyond_the_truncation_and_they_fill_what_is_within(prior, reach):
    codes = np.abs(sampling.prior_codes(prior, 5000, 2, 0, truncation=reach)) / priors.spread(prior)
    assert codes.max() <= reach
    assert codes.max() > 0.95 * reach


def test_truncation_draws_again_only_what_lies_too_far_out():
    free, held = (sampling.prior_codes(None, 1000, 4, 0, truncation=t) for t in (None, 1.0))
    inside = np.abs(free) <= 1
    assert (held[inside] == free[inside]).all()


def test_a_truncated_normal_has_the_spread_of_one():
    codes = sampling.prior_codes(None, MANY, 2, 0, truncation=1.0)
    density = np.exp(-0.5) / np.sqrt(2 * np.pi)
    expected = 1 - 2 * density / 0.6826894921  # variance of N(0, 1) between -1 and 1
    assert codes.var() == pytest.approx(expected, abs=0.005)


def test_truncation_comes_before_the_temperature():
    codes = sampling.prior_codes(None, 1000, 2, 0, temperature=2.0, truncation=1.0)
    assert 1.9 < np.abs(codes).max() <= 2


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"temperature": -1.0}, r"^temperature cannot be -1.0: it must be a number from 0\.$"),
        ({"temperature": float("nan")}, "temperature cannot be nan"),
        ({"truncation": 0.0}, r"^truncation cannot be 0.0: it must be a number from 0.05\.$"),
    ],
)
def test_a_setting_out_of_range_is_refused(settings, sentence):
    with pytest.raises(BadValue, match=sentence):
        sampling.prior_codes(None, 5, 2, 0, **settings)


def test_a_truncation_that_leaves_nothing_of_the_prior_is_refused():
    with pytest.raises(BadValue, match="wide enough to leave something of the gaussian_mixture prior"):
        sampling.prior_codes("gaussian_mixture", 50, 2, 0, truncation=0.06)


def test_an_unknown_prior_is_refused():
    with pytest.raises(UnknownName):
        sampling.prior_codes("cauchy", 5, 2, 0)


# Fits


def test_a_fitted_gaussian_has_the_moments_of_the_codes():
    codes = planted()
    fitted = sampling.fit(codes, "gaussian")
    np.testing.assert_allclose(fitted.means[0], codes.mean(0))
    np.testing.assert_allclose(fitted.factors[0] @ fitted.factors[0].T, np.cov(codes.T, bias=True), atol=1e-4)


def test_samples_of_a_fitted_gaussian_have_its_moments():
    codes = planted() @ np.array([[1.0, 0.4], [0.0, 2.0]])
    drawn = sampling.fitted_codes(codes, "gaussian", MANY, seed=1)
    np.testing.assert_allclose(drawn.mean(0), codes.mean(0), atol=0.1)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(codes.T), rtol=0.04, atol=0.2)


def test_a_fitted_mixture_recovers_planted_gaussians():
    fitted = sampling.fit(planted(), "mixture", components=2)
    order = np.argsort(fitted.means[:, 0])
    np.testing.assert_allclose(fitted.means[order], [[-5, 0], [5, 0]], atol=0.05)
    np.testing.assert_allclose(fitted.weights[order], [2 / 3, 1 / 3], atol=0.01)
    spreads = [np.sqrt(np.trace(factor @ factor.T) / 2) for factor in fitted.factors[order]]
    np.testing.assert_allclose(spreads, [1.0, 0.5], atol=0.02)


def test_samples_of_a_fitted_mixture_keep_out_of_the_gap_that_a_gaussian_falls_into():
    mixture, gaussian = (
        sampling.fitted_codes(planted(), kind, 5000, 0, components=2) for kind in ("mixture", "gaussian")
    )
    in_gap = [np.mean(np.abs(drawn[:, 0]) < 1.5) for drawn in (mixture, gaussian)]
    assert in_gap[0] < 0.001
    assert in_gap[1] > 0.1


def test_temperature_scales_the_spread_round_each_mean():
    codes = planted()
    cold = sampling.fitted_codes(codes, "mixture", 500, 0, temperature=0.0, components=2)
    assert len(np.unique(cold.round(4), axis=0)) == 2
    warm, cool = (sampling.fitted_codes(codes, "gaussian", 500, 0, temperature=t) for t in (1.0, 0.5))
    np.testing.assert_allclose(cool - codes.mean(0), (warm - codes.mean(0)) / 2, atol=1e-5)


def test_a_fitted_gaussian_moves_the_very_noise_that_the_prior_has():
    noise = sampling.standard_noise(20, 2, 7)
    drawn = sampling.fitted_codes(planted() / 3, "gaussian", 20, seed=7)
    fitted = sampling.fit(planted() / 3, "gaussian")
    np.testing.assert_allclose(drawn, fitted.means[0] + noise @ fitted.factors[0].T, atol=1e-6)


def test_codes_with_a_dead_dimension_and_one_dimension_can_be_fitted():
    flat = np.column_stack([np.arange(50.0), np.zeros(50)])
    assert np.isfinite(sampling.fitted_codes(flat, "mixture", 10, 0, components=3)).all()
    assert sampling.fitted_codes(flat[:, :1], "gaussian", 10, 0).shape == (10, 1)


def test_fewer_codes_than_gaussians_are_fitted_by_fewer():
    assert len(sampling.fit(np.eye(4), "mixture", components=10).weights) == 4


def test_a_fit_of_no_such_kind_or_to_no_codes_is_refused():
    with pytest.raises(BadValue, match=r"^kind cannot be 'uniform': it must be gaussian or mixture"):
        sampling.fit(np.eye(4), "uniform")
    with pytest.raises(WrongShape):
        sampling.fit(np.empty((0, 2)), "gaussian")


# Around a code


def test_codes_around_one_are_scattered_as_wide_as_asked():
    codes = sampling.codes_around(np.array([3.0, -1.0]), MANY, 0.2, seed=0)
    np.testing.assert_allclose(codes.mean(0), [3, -1], atol=0.01)
    np.testing.assert_allclose(codes.std(0), 0.2, atol=0.005)
    assert (sampling.codes_around(np.ones(2), 3, 0.0, 0) == 1).all()
    with pytest.raises(BadValue, match="spread"):
        sampling.codes_around(np.ones(2), 3, -0.1, 0)


# Nearest images


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (500, 6, 5, 1), dtype=np.uint8)


@pytest.mark.parametrize("block", [7, 64, 10_000])
def test_nearest_images_are_those_of_a_full_search(pixels, block, monkeypatch):
    monkeypatch.setattr(sampling, "BLOCK", block)
    drawn = np.random.default_rng(1).random((300, 6, 5, 1)).astype(np.float32)
    found = sampling.nearest_images(drawn, pixels, k=3)
    every = np.sqrt(np.square(drawn[:, None] - pixels[None] / 255.0).mean((2, 3, 4)))
    np.testing.assert_array_equal(found.indices, np.argsort(every, axis=1)[:, :3])
    np.testing.assert_allclose(found.distances, np.sort(every, axis=1)[:, :3], atol=1e-6)


def test_an_exact_copy_is_found_at_distance_0(pixels):
    found = sampling.nearest_images(pixels[[7, 300]] / np.float32(255), pixels)
    assert found.indices[:, 0].tolist() == [7, 300]
    assert (found.distances == 0).all()


def test_no_images_have_no_neighbours(pixels):
    assert sampling.nearest_images(np.empty((0, 6, 5, 1)), pixels, 2).indices.shape == (0, 2)


def test_images_of_another_size_or_too_few_are_refused(pixels):
    with pytest.raises(WrongShape, match=r"real images have shape \(500, 6, 5, 1\)"):
        sampling.nearest_images(np.zeros((1, 8, 8, 1)), pixels)
    with pytest.raises(WrongShape):
        sampling.nearest_images(np.zeros((1, 6, 5, 1)), pixels[:2], k=3)
