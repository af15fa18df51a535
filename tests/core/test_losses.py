"""Every loss term against PyTorch's own distributions or a closed form, in nats per image."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Bernoulli, Normal, kl_divergence

from aecore import losses

LN2 = math.log(2)
SHAPES = [(4, 1, 8, 8), (2, 3, 5, 7), (1, 1, 1, 1)]
numbers = st.floats(-30, 30, width=32)
shares = st.floats(0, 1, width=32)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def grey(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


def column(values: list[float]) -> torch.Tensor:
    return torch.tensor(values)[:, None]


# Bernoulli


@pytest.mark.parametrize("shape", SHAPES)
def test_bernoulli_nll_is_torchs_own_log_probability_summed_over_pixels(shape):
    logits, images = noise(*shape), (grey(*shape) > 0.5).float()
    expected = -Bernoulli(logits=logits).log_prob(images).flatten(1).sum(1)
    torch.testing.assert_close(losses.bernoulli_nll(logits, images), expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_bernoulli_nll_of_grey_pixels_is_the_cross_entropy(shape):
    logits, x = noise(*shape).double(), grey(*shape).double()
    p = logits.sigmoid()
    expected = -(x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1)
    torch.testing.assert_close(losses.bernoulli_nll(logits, x), expected)


def test_bernoulli_nll_of_a_grey_answer_is_ln_2_a_pixel_whatever_the_image():
    found = losses.bernoulli_nll(torch.zeros(3, 1, 8, 8), grey(3, 1, 8, 8))
    torch.testing.assert_close(found, torch.full((3,), 64 * LN2))


def test_bernoulli_nll_is_least_where_the_probability_is_the_pixel():
    x = torch.tensor(0.3).reshape(1, 1, 1, 1)
    at = {p: losses.bernoulli_nll(torch.tensor(p).logit().reshape(1, 1, 1, 1), x) for p in (0.2, 0.3, 0.4)}
    assert min(at, key=at.get) == 0.3


@given(numbers, shares)
def test_bernoulli_nll_is_never_negative(logit, pixel):
    found = losses.bernoulli_nll(torch.full((1, 1, 1, 1), logit), torch.full((1, 1, 1, 1), pixel))
    assert found >= 0


def test_bernoulli_nll_stays_finite_at_extreme_log_odds():
    found = losses.bernoulli_nll(torch.tensor([[[[-1e4, 1e4]]]]), torch.tensor([[[[1.0, 0.0]]]]))
    torch.testing.assert_close(found, torch.tensor([2e4]))


# Gaussian


@pytest.mark.parametrize("shape", SHAPES)
def test_squared_error_is_half_the_sum_of_squares(shape):
    a, b = noise(*shape), grey(*shape)
    torch.testing.assert_close(losses.squared_error(a, b), ((a - b) ** 2 / 2).flatten(1).sum(1))


def test_squared_error_is_a_unit_gaussians_nats_less_its_constant():
    a, b = noise(2, 1, 4, 4), grey(2, 1, 4, 4)
    expected = -Normal(a, 1.0).log_prob(b).flatten(1).sum(1) - 16 * 0.5 * math.log(2 * math.pi)
    torch.testing.assert_close(losses.squared_error(a, b), expected)


@given(numbers, numbers)
def test_squared_error_is_symmetric_and_never_negative(a, b):
    a, b = torch.full((1, 1, 1, 1), a), torch.full((1, 1, 1, 1), b)
    assert losses.squared_error(a, b) == losses.squared_error(b, a) >= 0


@pytest.mark.parametrize("sigma", [0.01, 0.2, 1.0, 3.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_gaussian_nll_is_torchs_own_log_density_summed_over_pixels(shape, sigma):
    mean, images = grey(*shape), noise(*shape)
    expected = -Normal(mean, sigma).log_prob(images).flatten(1).sum(1)
    torch.testing.assert_close(losses.gaussian_nll(mean, images, sigma), expected, rtol=1e-4, atol=1e-3)


def test_gaussian_nll_can_be_negative_since_it_is_a_density():
    assert losses.gaussian_nll(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2), 0.1) < 0


# Posterior


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_kl_is_torchs_own_summed_over_dimensions(dimensions):
    mean, log_var = noise(6, dimensions), noise(6, dimensions, seed=2)
    posterior, prior = Normal(mean, (0.5 * log_var).exp()), Normal(torch.zeros(()), torch.ones(()))
    expected = kl_divergence(posterior, prior).sum(1)
    torch.testing.assert_close(losses.kl_to_standard_normal(mean, log_var), expected)


def test_kl_of_the_prior_to_itself_is_zero():
    assert losses.kl_to_standard_normal(torch.zeros(3, 4), torch.zeros(3, 4)).eq(0).all()


@given(st.lists(st.tuples(numbers, st.floats(-20, 10, width=32)), min_size=1, max_size=5))
def test_kl_is_never_negative(pairs):
    mean, log_var = torch.tensor(pairs).T[:, None]
    assert losses.kl_to_standard_normal(mean, log_var) >= -1e-5


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=5))
def test_a_clamped_log_variance_lies_in_its_range(values):
    found = losses.clamp_log_var(torch.tensor(values))
    assert found.min() >= -20
    assert found.max() <= 10


def test_clamping_leaves_an_ordinary_log_variance_alone():
    inside = torch.linspace(-20, 10, 31)
    assert losses.clamp_log_var(inside).equal(inside)


def test_the_variance_is_finite_at_both_ends_of_the_clamp():
    ends = losses.clamp_log_var(torch.tensor([[-math.inf, math.inf]]))
    assert losses.kl_to_standard_normal(torch.zeros(1, 2), ends).isfinite().all()


# The adversarial game


def test_a_discriminator_that_cannot_tell_pays_two_ln_2():
    found = losses.discriminator_loss(torch.zeros(3, 1), torch.zeros(3, 1))
    torch.testing.assert_close(found, torch.full((3,), 2 * LN2))


def test_an_encoder_at_balance_pays_ln_2():
    torch.testing.assert_close(losses.generator_loss(torch.zeros(3, 1)), torch.full((3,), LN2))


@given(numbers, numbers)
def test_the_discriminator_pays_for_two_bernoullis_real_as_one_and_code_as_zero(real, code):
    cost = -Bernoulli(logits=torch.tensor(real)).log_prob(torch.tensor(1.0))
    cost = cost - Bernoulli(logits=torch.tensor(code)).log_prob(torch.tensor(0.0))
    torch.testing.assert_close(losses.discriminator_loss(column([real]), column([code])), cost[None])


@given(numbers)
def test_the_encoder_pays_for_a_code_that_is_not_taken_for_the_prior(logit):
    expected = -Bernoulli(logits=torch.tensor(logit)).log_prob(torch.tensor(1.0))
    torch.testing.assert_close(losses.generator_loss(column([logit])), expected[None])


@given(numbers, numbers)
def test_neither_side_of_the_game_is_ever_negative(real, code):
    assert losses.discriminator_loss(column([real]), column([code])) >= 0
    assert losses.generator_loss(column([code])) >= 0


# What all of them share


@pytest.mark.parametrize(
    "term",
    [
        lambda images: losses.bernoulli_nll(images, images.sigmoid()),
        lambda images: losses.squared_error(images, images.sigmoid()),
        lambda images: losses.gaussian_nll(images, images.sigmoid(), 0.3),
        lambda images: losses.kl_to_standard_normal(images.flatten(1), images.flatten(1)),
        lambda images: losses.discriminator_loss(images.flatten(1)[:, :1], images.flatten(1)[:, 1:2]),
        lambda images: losses.generator_loss(images.flatten(1)[:, :1]),
    ],
    ids=["bernoulli_nll", "squared_error", "gaussian_nll", "kl", "discriminator", "generator"],
)
def test_every_term_is_one_value_per_image_that_no_other_image_changes(term):
    images = noise(5, 1, 3, 4)
    alone = torch.cat([term(image[None]) for image in images])
    torch.testing.assert_close(term(images), alone)
