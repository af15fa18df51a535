"""Moments of the codes, against PyTorch and closed forms."""

import math

import numpy as np
import pytest
import torch

from aecore.metrics.moments import gaussian_kl
from tests.core.metrics.contexts import DIMENSIONS, normal


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_the_kl_of_the_gaussian_fit_is_torchs_own(dimensions):
    codes = 2 * normal(500, dimensions) @ normal(dimensions, dimensions, seed=1) + 1
    fit = torch.distributions.MultivariateNormal(
        torch.tensor(codes.mean(0)), torch.tensor(np.cov(codes.T, ddof=0).reshape(dimensions, dimensions))
    )
    prior = torch.distributions.MultivariateNormal(
        torch.zeros(dimensions, dtype=torch.float64), torch.eye(dimensions, dtype=torch.float64)
    )
    assert gaussian_kl(codes) == pytest.approx(torch.distributions.kl_divergence(fit, prior).item())


def test_a_dead_unit_costs_the_gaussian_fit_nine_nats_and_not_infinity():
    codes = normal(5000, 2)
    codes[:, 1] = 0
    assert gaussian_kl(codes) == pytest.approx(0.5 * (math.log(1e8) - 1), abs=0.01)


@pytest.mark.parametrize("dimensions", [2, 20])
def test_the_gaussian_fit_of_a_sample_is_off_by_its_known_bias(dimensions):
    found = np.mean([gaussian_kl(normal(2000, dimensions, seed=seed)) for seed in range(20)])
    assert found == pytest.approx(dimensions * (dimensions + 3) / (4 * 2000), rel=0.25)
