"""Which latent dimensions a plane opens on, and which are called dead."""

import numpy as np
import pytest

from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.shared.dimensions import dimensions

RNG = np.random.default_rng(0)


def codes(*deviations: float, mean: float = 0.0) -> np.ndarray:
    return (RNG.normal(size=(500, len(deviations))) * deviations + mean).astype(np.float32)


def test_with_a_posterior_the_two_dimensions_of_the_largest_kl_come_first():
    found = dimensions(codes(0.01, 1.0, 3.0, 0.02, 1.0), np.array([0.0, 2.5, 0.9, 0.0, 1.7], np.float32))
    assert found.first == (1, 4)
    assert found.dead == (0, 3)
    assert found.is_kl
    assert found.weights == pytest.approx((0.0, 2.5, 0.9, 0.0, 1.7))


def test_without_a_posterior_those_of_the_largest_variance_do():
    wide = codes(0.01, 1.0, 3.0, 0.0, 2.0)
    found = dimensions(wide, None)
    assert found.first == (2, 4)
    assert found.dead == (3,)
    assert not found.is_kl
    assert found.weights == pytest.approx(tuple(wide.astype(np.float64).var(0)))


def test_a_dimension_that_varies_by_rounding_only_is_dead_however_large_it_is():
    wide = codes(1.0, 1.0, 1.0)
    wide[:, 1] = 3e9 * (1 + 1e-7 * RNG.normal(size=500))
    assert dimensions(wide, None).dead == (1,)


@pytest.mark.parametrize("width", [1, 2])
def test_a_plane_of_two_dimensions_opens_on_both(width):
    assert dimensions(codes(*[1.0] * width), None).first is None


@pytest.mark.parametrize(
    "run",
    [run for run in RunStore(SHIPPED).listing().runs if run.config.latent_dim > 2],
    ids=lambda run: run.run_id,
)
def test_no_shipped_run_opens_on_a_dead_dimension(run):
    found = dimensions(run.arrays["codes"], run.arrays.get("kl"))
    assert not set(found.first) & set(found.dead)
    if "active_units" in run.metrics:
        assert len(found.dead) == run.config.latent_dim - run.metrics["active_units"]
