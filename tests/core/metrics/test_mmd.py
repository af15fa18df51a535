"""The distance to the prior, against the paper's sum over pairs."""

import numpy as np
import pytest

from aecore.metrics.mmd import mmd2
from tests.core.metrics.contexts import DIMENSIONS, normal


def dense_mmd2(codes: np.ndarray, prior: np.ndarray) -> float:
    """The estimate as the paper writes it: plain loops over pairs."""

    def kernel(x, y):
        scale = 2 * len(x)
        return scale / (scale + sum((x - y) ** 2))

    def within(points):
        pairs = [(i, j) for i in range(len(points)) for j in range(len(points)) if i != j]
        return sum(kernel(points[i], points[j]) for i, j in pairs) / len(pairs)

    between = sum(kernel(x, y) for x in codes for y in prior) / (len(codes) * len(prior))
    return within(codes) + within(prior) - 2 * between


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_mmd2_is_the_papers_sum_over_pairs(dimensions):
    codes, prior = 2 * normal(12, dimensions) + 1, normal(9, dimensions, seed=1)
    assert mmd2(codes, prior) == pytest.approx(dense_mmd2(codes, prior), abs=1e-12)


def test_mmd2_in_blocks_is_mmd2_at_once(monkeypatch):
    codes, prior = normal(50, 2) + 1, normal(40, 2, seed=1)
    at_once = mmd2(codes, prior)
    monkeypatch.setattr("aecore.metrics._distances.BLOCK", 7 * 45)
    assert mmd2(codes, prior) == pytest.approx(at_once, abs=1e-12)


@pytest.mark.parametrize("dimensions", [3, 64, 65, 100])
def test_mmd2_of_wide_codes_and_of_codes_far_off_is_the_papers_too(dimensions):
    codes, prior = 2 * normal(12, dimensions) + 100, normal(9, dimensions, seed=1)
    assert mmd2(codes, prior) == pytest.approx(dense_mmd2(codes, prior), abs=1e-4)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_mmd2_between_two_samples_of_the_prior_is_around_zero_on_either_side(dimensions):
    found = [
        mmd2(normal(200, dimensions, seed=2 * i), normal(200, dimensions, seed=2 * i + 1)) for i in range(8)
    ]
    assert abs(np.mean(found)) < 0.004
    assert min(found) < 0 < max(found)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_mmd2_of_shifted_codes_is_large(dimensions):
    assert mmd2(normal(200, dimensions) + 3, normal(200, dimensions, seed=1)) > 0.2


def test_mmd2_of_codes_at_one_point_is_large():
    assert mmd2(np.zeros((50, 2)), normal(200, 2)) > 0.1
