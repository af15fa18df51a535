"""Coverage and density, against the paper's count over all pairs."""

import math

import numpy as np
import pytest

from aecore.metrics.coverage import density_coverage
from tests.core.metrics.contexts import normal


def dense_filling(codes: np.ndarray, prior: np.ndarray) -> tuple[float, float]:
    """Coverage and density as the paper writes them: all distances at once, k = 5."""
    apart = np.linalg.norm(prior[:, None] - prior, axis=2)
    radii = np.sort(apart, axis=1)[:, 5]  # the first is the point itself
    inside = np.linalg.norm(prior[:, None] - codes, axis=2) <= radii[:, None]
    return inside.any(1).mean(), inside.sum() / (5 * len(codes))


@pytest.mark.parametrize("dimensions", [1, 2, 3, 8])
def test_filling_is_the_papers_count_over_all_pairs(dimensions):
    codes, prior = 0.9 * normal(150, dimensions) + 0.3, normal(120, dimensions, seed=1)
    expected = dense_filling(codes, prior)
    assert 0.01 < expected[0] < 1
    assert tuple(density_coverage(codes, prior)) == pytest.approx(expected)


@pytest.mark.parametrize("dimensions", [2, 8])
def test_a_sample_of_the_prior_covers_what_the_papers_lemma_says(dimensions):
    count = 1500
    expected = 1 - math.prod((count - i) / (2 * count - i) for i in range(1, 6))
    found = density_coverage(normal(count, dimensions), normal(count, dimensions, seed=1))
    assert found[0] == pytest.approx(expected, abs=0.02)
    assert found[1] == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("dimensions", [2, 8])
def test_codes_far_from_the_prior_cover_none_of_it(dimensions):
    assert tuple(density_coverage(normal(50, dimensions) + 99, normal(50, dimensions, seed=1))) == (0, 0)


@pytest.mark.parametrize("dimensions", [2, 8])
def test_six_and_fewer_samples_of_the_prior_make_do_with_fewer_neighbours(dimensions):
    points = normal(3, dimensions)
    assert density_coverage(points, points)[0] == 1
