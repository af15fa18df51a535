"""Every loss term against PyTorch's own distributions or a closed form, in nats per image."""

import math

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Bernoulli, Laplace, Normal, kl_divergence

from aecore.models import losses

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


# The KL of a code, dimension by dimension


def test_kl_per_dimension_is_torchs_own_and_sums_to_the_whole():
    mean, log_var = noise(6, 4), noise(6, 4, seed=2)
    posterior, prior = Normal(mean, (0.5 * log_var).exp()), Normal(torch.zeros(()), torch.ones(()))
    found = losses.kl_per_dimension(mean, log_var)
    torch.testing.assert_close(found, kl_divergence(posterior, prior))
    torch.testing.assert_close(found.sum(1), losses.kl_to_standard_normal(mean, log_var))


def test_free_bits_charge_a_dimension_for_what_lies_above_the_floor_on_average_over_the_batch():
    kl = torch.tensor([[0.0, 3.0, 0.1], [1.0, 1.0, 0.1]])  # means 0.5, 2.0, 0.1
    torch.testing.assert_close(losses.free_bits(kl, 0.6), torch.tensor(0.6 + 2.0 + 0.6))


def test_a_dimension_below_the_floor_sends_no_gradient():
    kl = torch.tensor([[0.0, 3.0], [1.0, 1.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(losses.free_bits(kl, 0.6), kl)
    torch.testing.assert_close(gradient, torch.tensor([[0.0, 0.5], [0.0, 0.5]]))


@pytest.mark.parametrize(
    ("progress", "weight"), [(0.0, 0.0), (0.1, 1.0), (0.2, 2.0), (0.4, 4.0), (0.7, 4.0), (1.0, 4.0)]
)
def test_beta_rises_in_a_straight_line_over_the_warm_up_and_stays(progress, weight):
    kl = noise(5, 3).abs()
    found = losses.weighted_kl(kl, beta=4.0, warm_up=0.4, free=0.0, progress=progress)
    torch.testing.assert_close(found, weight * kl.sum(1).mean())


def test_without_a_warm_up_beta_is_there_from_the_start():
    kl = noise(5, 3).abs()
    found = losses.weighted_kl(kl, beta=2.0, warm_up=0.0, free=0.0, progress=0.0)
    torch.testing.assert_close(found, 2 * kl.sum(1).mean())


def test_beta_weighs_free_bits_too():
    kl = noise(5, 3).abs()
    found = losses.weighted_kl(kl, beta=2.0, warm_up=0.0, free=0.5, progress=0.0)
    torch.testing.assert_close(found, 2 * losses.free_bits(kl, 0.5))


def test_samples_of_a_posterior_have_its_mean_and_variance():
    mean, log_var = torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, -3.0]])
    drawn = losses.gaussian_sample(
        mean.expand(100_000, 2), log_var.expand(100_000, 2), torch.Generator().manual_seed(0)
    )
    torch.testing.assert_close(drawn.mean(0), mean[0], atol=0.02, rtol=0)
    torch.testing.assert_close(drawn.var(0), log_var[0].exp(), atol=0, rtol=0.02)


def test_a_sample_of_a_posterior_is_differentiable_in_both():
    mean, log_var = noise(1, 3).requires_grad_(), noise(1, 3, seed=2).requires_grad_()
    drawn = losses.gaussian_sample(mean, log_var, torch.Generator().manual_seed(0))
    by_mean, by_log_var = torch.autograd.grad(drawn.sum(), [mean, log_var])
    torch.testing.assert_close(by_mean, torch.ones(1, 3))
    torch.testing.assert_close(by_log_var, 0.5 * (drawn - mean).detach())


@pytest.mark.parametrize("likelihood", losses.LIKELIHOODS)
def test_pixels_are_modelled_by_the_likelihood_that_is_asked_for(likelihood):
    logits, images = noise(3, 1, 4, 4), grey(3, 1, 4, 4)
    expected = {
        "bernoulli": losses.bernoulli_nll(logits, images),
        "gaussian": losses.gaussian_nll(logits.sigmoid(), images, 0.3),
        "discretised_logistic": losses.discretised_logistic_nll(logits.sigmoid(), images, 0.3),
    }
    found = losses.pixel_nll(logits, images, likelihood, 0.3)
    torch.testing.assert_close(found, expected[likelihood])


# The discretised logistic

LEVELS = torch.arange(256).float() / 255


def probabilities(mean: float, sigma: float) -> torch.Tensor:
    """Of each level of one pixel."""
    means = torch.full((256, 1, 1, 1), mean)
    return (-losses.discretised_logistic_nll(means, LEVELS.reshape(256, 1, 1, 1), sigma)).double().exp()


@given(st.floats(0, 1), st.floats(0.01, 1))
def test_the_levels_of_a_discretised_logistic_have_probabilities_that_add_up(mean, sigma):
    assert probabilities(mean, sigma).sum().item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("mean", "sigma"), [(0.0, 0.05), (0.31, 0.2), (0.9, 1.0), (1.0, 0.02)])
def test_a_level_has_the_mass_between_its_neighbours_of_a_logistic_with_that_deviation(mean, sigma):
    known = scipy.stats.logistic(mean, sigma * math.sqrt(3) / math.pi)
    assert known.std() == pytest.approx(sigma)
    edges = np.concatenate([[-np.inf], (np.arange(255) + 0.5) / 255, [np.inf]])
    expected = np.diff(known.cdf(edges))
    np.testing.assert_allclose(probabilities(mean, sigma).numpy(), expected, rtol=2e-3, atol=1e-9)


def test_a_discretised_logistic_far_from_its_mean_is_finite_and_has_a_gradient():
    mean = torch.zeros(1, 1, 1, 1, requires_grad=True)
    found = losses.discretised_logistic_nll(mean, torch.full((1, 1, 1, 1), 254 / 255), 0.01)
    (slope,) = torch.autograd.grad(found.sum(), mean)
    assert found.isfinite().all()
    assert slope.isfinite().all()
    assert slope.item() < 0


# Absolute error


@pytest.mark.parametrize("shape", SHAPES)
def test_absolute_error_is_a_unit_laplaces_nats_less_its_constant(shape):
    a, b = noise(*shape), grey(*shape)
    expected = -Laplace(a, 1.0).log_prob(b).flatten(1).sum(1) - math.prod(shape[1:]) * LN2
    torch.testing.assert_close(losses.absolute_error(a, b), expected)


@given(numbers, numbers)
def test_absolute_error_is_symmetric_and_never_negative(a, b):
    a, b = torch.full((1, 1, 1, 1), a), torch.full((1, 1, 1, 1), b)
    assert losses.absolute_error(a, b) == losses.absolute_error(b, a) >= 0


# Sparseness


@pytest.mark.parametrize("target", [0.05, 0.5, 0.9])
def test_the_sparseness_penalty_is_torchs_own_kl_from_the_target_to_the_mean_activity(target):
    active = grey(8, 5)
    expected = kl_divergence(Bernoulli(torch.tensor(target)), Bernoulli(active.mean(0))).sum()
    torch.testing.assert_close(losses.bernoulli_kl(active, target), expected)


def test_units_at_the_target_on_average_pay_nothing_however_each_image_lies():
    active = torch.tensor([[0.0, 0.4], [0.4, 0.0]])
    torch.testing.assert_close(losses.bernoulli_kl(active, 0.2), torch.tensor(0.0), atol=1e-7, rtol=0)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_unit_that_is_never_or_always_active_pays_a_finite_price(share):
    assert losses.bernoulli_kl(torch.full((4, 2), share), 0.1).isfinite()


# Maximum mean discrepancy


def mmd2_by_a_loop(codes: torch.Tensor, prior: torch.Tensor) -> float:
    """The unbiased estimate, pair by pair and scale by scale, in double precision."""
    n, d = codes.shape
    total = 0.0
    for scale in losses.IMQ_SCALES:
        c = 2.0 * d * scale

        def kernel(a: torch.Tensor, b: torch.Tensor, c: float = c) -> float:
            return c / (c + (a.double() - b.double()).square().sum().item())

        for i in range(n):
            for j in range(n):
                total -= 2 * kernel(codes[i], prior[j]) / n**2
                if i != j:
                    total += (kernel(codes[i], codes[j]) + kernel(prior[i], prior[j])) / (n * (n - 1))
    return total


@pytest.mark.parametrize(("n", "d"), [(2, 1), (7, 2), (12, 5)])
def test_mmd_is_the_mean_over_pairs_of_a_plain_double_loop(n, d):
    codes, prior = 2 * noise(n, d) + 1, noise(n, d, seed=5)
    assert losses.mmd2(codes, prior).item() == pytest.approx(mmd2_by_a_loop(codes, prior), abs=1e-5)


def test_mmd_of_two_samples_of_one_distribution_is_0_on_average():
    # unbiased: the mean of many estimates lies within three standard errors of 0, and some are negative
    found = torch.stack(
        [losses.mmd2(noise(50, 2, seed=2 * k), noise(50, 2, seed=2 * k + 1)) for k in range(300)]
    )
    assert found.mean().abs() < 3 * found.std() / 300**0.5
    assert found.min() < 0


def test_mmd_grows_with_the_distance_between_two_clouds():
    codes, prior = noise(100, 2), noise(100, 2, seed=1)
    found = [losses.mmd2(codes + shift, prior).item() for shift in (0.0, 0.5, 1.0, 2.0, 5.0, 50.0)]
    assert found == sorted(found)


def test_mmd_draws_codes_that_lie_far_off_towards_the_prior():
    codes = (noise(100, 2) + 30).requires_grad_()
    (gradient,) = torch.autograd.grad(losses.mmd2(codes, noise(100, 2, seed=1)), codes)
    assert (gradient.mean(0) > 0).all()  # of each alone not: codes also keep one another at a distance


def test_the_gradient_of_mmd_is_finite_where_two_codes_are_the_same():
    codes = torch.zeros(4, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(losses.mmd2(codes, noise(4, 2)), codes)
    assert gradient.isfinite().all()


def test_mmd_is_computed_in_float32_where_products_are_bfloat16():
    codes, prior = noise(50, 2) + 1, noise(50, 2, seed=1)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = losses.mmd2(codes, prior)
    assert mixed.equal(losses.mmd2(codes, prior))


def test_a_last_batch_of_one_image_has_an_mmd_that_is_a_number():
    assert losses.mmd2(noise(1, 2), noise(1, 2, seed=1)).isfinite()


# Both sides of the game


class Listener(torch.nn.Module):
    """A discriminator that notes what it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.read = []

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """The log-odds, after noting the points."""
        self.read.append(points)
        return self.layer(points)


def test_without_noise_both_sides_judge_the_codes_and_the_samples_as_they_are():
    judge, codes, prior = Listener(), noise(5, 2), noise(5, 2, seed=1)
    adversarial, discriminator = losses.adversarial_pair(judge, codes, prior, 0.0, torch.Generator())
    torch.testing.assert_close(adversarial, losses.generator_loss(judge(codes)).mean())
    torch.testing.assert_close(discriminator, losses.discriminator_loss(judge(prior), judge(codes)).mean())


def test_all_that_the_discriminator_reads_is_blurred_alike_and_anew():
    judge, zeros = Listener(), torch.zeros(20_000, 2)
    losses.adversarial_pair(judge, zeros, zeros, 0.7, torch.Generator().manual_seed(0))
    assert [read.std().item() for read in judge.read] == pytest.approx([0.7] * 3, rel=0.02)
    assert len({read[0, 0].item() for read in judge.read}) == 3


def test_the_discriminators_side_sends_no_gradient_to_the_codes():
    judge, codes = Listener(), noise(5, 2).requires_grad_()
    adversarial, discriminator = losses.adversarial_pair(
        judge, codes, noise(5, 2, seed=1), 0.1, torch.Generator().manual_seed(0)
    )
    assert torch.autograd.grad(discriminator, codes, allow_unused=True, retain_graph=True) == (None,)
    assert torch.autograd.grad(adversarial, codes)[0].abs().min() > 0


# What all of them share


@pytest.mark.parametrize(
    "term",
    [
        lambda images: losses.bernoulli_nll(images, images.sigmoid()),
        lambda images: losses.squared_error(images, images.sigmoid()),
        lambda images: losses.absolute_error(images, images.sigmoid()),
        lambda images: losses.gaussian_nll(images, images.sigmoid(), 0.3),
        lambda images: losses.kl_to_standard_normal(images.flatten(1), images.flatten(1)),
        lambda images: losses.discriminator_loss(images.flatten(1)[:, :1], images.flatten(1)[:, 1:2]),
        lambda images: losses.generator_loss(images.flatten(1)[:, :1]),
    ],
    ids=[
        "bernoulli_nll",
        "squared_error",
        "absolute_error",
        "gaussian_nll",
        "kl",
        "discriminator",
        "generator",
    ],
)
def test_every_term_is_one_value_per_image_that_no_other_image_changes(term):
    images = noise(5, 1, 3, 4)
    alone = torch.cat([term(image[None]) for image in images])
    torch.testing.assert_close(term(images), alone)
