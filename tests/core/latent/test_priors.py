"""What samples of every prior have in common, and the shape of each."""

import numpy as np
import pytest

from aecore.errors import BadValue, UnknownName
from aecore.latent import priors

every_prior = pytest.mark.parametrize("prior", priors.names())
planar = pytest.mark.parametrize("prior", [name for name in priors.names() if name != "standard_normal"])


def draw(prior: str, count: int, latent_dim: int = 2, seed: int = 0) -> np.ndarray:
    return priors.sample(prior, count, latent_dim, np.random.default_rng(seed))


@every_prior
@pytest.mark.parametrize("count", [0, 1, 50])
def test_samples_are_float32_codes(prior, count):
    found = draw(prior, count)
    assert (found.dtype, found.shape) == (np.float32, (count, 2))


@every_prior
def test_the_same_seed_draws_the_same_and_another_does_not(prior):
    assert (draw(prior, 50) == draw(prior, 50)).all()
    assert (draw(prior, 50) != draw(prior, 50, seed=1)).any()


@every_prior
def test_a_generator_that_goes_on_draws_new_samples(prior):
    random = np.random.default_rng(0)
    assert (priors.sample(prior, 50, 2, random) != priors.sample(prior, 50, 2, random)).any()


@every_prior
def test_every_prior_lies_round_the_origin_with_a_spread_like_that_of_a_standard_normal(prior):
    codes = draw(prior, 100_000)
    assert np.linalg.norm(codes.mean(0)) < 0.5  # a spiral's middle lies beside its eye
    assert (codes.std(0) > 0.98).all()
    assert (codes.std(0) < 1.7).all()


@pytest.mark.parametrize("latent_dim", [1, 2, 16])
def test_the_standard_normal_has_no_mean_and_no_correlation_in_any_dimension(latent_dim):
    codes = draw("standard_normal", 100_000, latent_dim)
    np.testing.assert_allclose(codes.mean(0), 0, atol=0.02)
    np.testing.assert_allclose(np.cov(codes.T).reshape(latent_dim, -1), np.eye(latent_dim), atol=0.03)


def test_the_mixture_has_ten_petals_of_one_size():
    codes = draw("gaussian_mixture", 100_000)
    turn = np.arctan2(codes[:, 1], codes[:, 0]) / (2 * np.pi) * 10
    petals = np.bincount(turn.round().astype(int) % 10, minlength=10)
    np.testing.assert_allclose(petals / 100_000, 0.1, atol=0.006)


def test_between_two_petals_there_is_next_to_nothing():
    codes = draw("gaussian_mixture", 100_000)
    codes = codes[np.linalg.norm(codes, axis=1) > 1.5]
    turn = np.arctan2(codes[:, 1], codes[:, 0]) / (2 * np.pi) * 10
    assert (abs(turn - turn.round()) > 0.4).mean() < 0.01


def test_a_petal_is_longer_along_the_radius_than_across_it():
    codes = draw("gaussian_mixture", 100_000)
    petal = codes[(codes[:, 0] > 1) & (abs(codes[:, 1]) < 0.25)]  # the one on the first axis
    assert petal[:, 0].std() > 2.5 * petal[:, 1].std()


def test_the_roll_lies_along_a_spiral_of_two_turns():
    codes = draw("swiss_roll", 20_000)
    way = np.linspace(0, 1, 4001)[:, None]
    angle = 2 * np.pi * 2 * way
    spiral = 3 * way * np.hstack([np.cos(angle), np.sin(angle)])
    nearest = np.sqrt([np.square(code - spiral).sum(1).min() for code in codes[:2000]])
    assert np.quantile(nearest, 0.99) < 0.3  # the turns are 1.5 apart


def test_the_roll_is_filled_as_evenly_outside_as_inside():
    codes = draw("swiss_roll", 100_000)
    radius = np.linalg.norm(codes, axis=1)
    for inner, outer in ((0.5, 1), (1, 2), (2, 2.8)):  # length of spiral grows with the radius squared
        share = ((radius > inner) & (radius < outer)).mean()
        assert share == pytest.approx((outer**2 - inner**2) / 9, rel=0.06)


@planar
@pytest.mark.parametrize("latent_dim", [1, 3, 32])
def test_a_prior_made_for_two_dimensions_says_so_in_any_other(prior, latent_dim):
    sentence = f"prior cannot be '{prior}': it must be standard_normal unless the latent dimension is 2."
    with pytest.raises(BadValue, match=sentence):
        priors.check(prior, latent_dim)
    with pytest.raises(BadValue, match=sentence):
        draw(prior, 5, latent_dim)


@every_prior
def test_in_two_dimensions_every_prior_is_fine(prior):
    assert priors.check(prior, 2) is None


def test_the_standard_normal_is_fine_in_any_dimension():
    assert [priors.check("standard_normal", latent_dim) for latent_dim in (1, 2, 64)] == [None] * 3


def test_a_prior_nobody_has_heard_of_is_named_beside_the_known_ones():
    with pytest.raises(UnknownName, match=r"There is no prior called 'cauchy'\. Known: gaussian_mixture, "):
        priors.check("cauchy", 2)
