"""The classifier two-sample test: what it must not tell apart, what it must, and that it repeats."""

import numpy as np
import pytest

from aecore.evaluation import two_sample
from aecore.evaluation.two_sample import accuracies
from aecore.latent import priors
from aecore.metrics import WHITENED

pytestmark = pytest.mark.usefixtures("full_measurement")

COUNT = 4000


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def asked(codes: np.ndarray, others: np.ndarray, prior: str = "standard_normal") -> tuple[float, float]:
    """The accuracy, and that of the shape alone."""
    found = accuracies(codes, others, prior, 0)
    return found["two_sample_accuracy"], found["two_sample_accuracy" + WHITENED]


def best(width: float, dimensions: int) -> float:
    """What the likelihood ratio reaches between N(0, width^2 I) and N(0, I): a threshold on |z|^2."""
    from scipy.stats import chi2

    edge = 2 * dimensions * np.log(width) / (1 - width**-2)
    return abs(chi2.cdf(edge, dimensions) - chi2.cdf(edge / width**2, dimensions)) / 2 + 0.5


@pytest.mark.parametrize("dimensions", [2, 32])
def test_samples_of_the_prior_are_told_from_others_by_chance_alone(dimensions):
    found = asked(normal(COUNT, dimensions, seed=5), normal(COUNT, dimensions, seed=6))
    assert found == pytest.approx((0.5, 0.5), abs=4 * 0.35 / np.sqrt(COUNT))


@pytest.mark.parametrize("prior", ["gaussian_mixture", "swiss_roll"])
def test_so_are_samples_of_any_other_prior(prior):
    random = np.random.default_rng(7)
    found = asked(*(priors.sample(prior, COUNT, 2, random) for _ in range(2)), prior)
    assert found == pytest.approx((0.5, 0.5), abs=4 * 0.35 / np.sqrt(COUNT))


@pytest.mark.parametrize(("dimensions", "width"), [(1, 0.5), (2, 2.0), (32, 0.5)])
def test_codes_of_another_width_are_told_as_often_as_the_likelihood_ratio_tells_them(dimensions, width):
    wide = [width * normal(COUNT, dimensions, seed=seed) for seed in (5, 6)]
    found, shape = asked(*wide)
    assert found == pytest.approx(best(width, dimensions), abs=0.04)
    assert shape == pytest.approx(0.5, abs=0.04)


def test_the_scale_of_the_codes_hides_nothing():
    for scale in (1e-6, 1e6):
        found, _ = asked(*(scale * normal(COUNT, 2, seed=seed) for seed in (5, 6)))
        assert found > 0.95


def test_a_dead_unit_gives_codes_away():
    codes = [normal(COUNT, 3, seed=seed) * [1, 1, 0] for seed in (5, 6)]
    found, shape = asked(*codes)
    assert found > 0.95
    assert shape > 0.95


def test_a_shape_that_no_scale_mends_is_told_once_whitened():
    rings = [
        points / np.linalg.norm(points, axis=1, keepdims=True)
        for points in (normal(COUNT, 2), normal(COUNT, 2, seed=1))
    ]
    assert min(asked(*rings)) > 0.85


def test_codes_that_it_never_saw_are_what_counts():
    learned, others = normal(COUNT, 2, seed=5) + 3, normal(COUNT, 2, seed=6)
    found, _ = asked(learned, others)
    assert found == pytest.approx(0.5, abs=0.05)  # every one of these codes is taken for the prior's


def test_the_accuracy_is_the_same_again_and_another_for_another_seed(monkeypatch):
    monkeypatch.setattr(two_sample, "STEPS", 50)  # by then weights and order have told
    codes = [0.9 * normal(500, 2, seed=seed) for seed in (5, 6)]
    first, again, other = (accuracies(*codes, "standard_normal", seed) for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_the_two_sample_test_leaves_the_callers_random_numbers_alone(monkeypatch):
    import torch

    monkeypatch.setattr(two_sample, "STEPS", 5)
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    accuracies(normal(50, 2), normal(50, 2, seed=1), "standard_normal", 0)
    assert torch.equal(torch.rand(1), expected)


def test_the_two_sample_test_reads_no_more_training_codes_than_it_needs(monkeypatch):
    monkeypatch.setattr(two_sample, "MOST", 100)
    codes = normal(300, 2)
    longer = np.concatenate([codes[:100], 99 + codes[100:]])
    assert accuracies(codes, codes, "standard_normal", 0) == accuracies(longer, codes, "standard_normal", 0)
