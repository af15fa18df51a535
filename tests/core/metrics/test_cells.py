"""Cells of equal mass: which codes fall into which."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aecore.metrics.cells import cell_shares, empty_share, hole_share, total_variation
from tests.core.metrics.contexts import normal


@given(arrays(np.float32, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(-1e6, 1e6, width=32)))
def test_cell_shares_sum_to_1_wherever_the_codes_lie(codes):
    shares = cell_shares(codes)
    assert shares.shape == (10, 20)
    assert shares.sum() == pytest.approx(1)


def test_under_the_prior_every_cell_holds_its_due():
    shares = cell_shares(normal(400_000, 2))
    np.testing.assert_allclose(shares, 1 / 200, rtol=0.12)  # five standard errors of 2,000 codes


@pytest.mark.parametrize("scale", [0.7, 1.5])
def test_under_another_spread_they_do_not(scale):
    assert abs(cell_shares(scale * normal(20_000, 2)) * 200 - 1).max() > 0.5


@given(st.floats(0.05, 5), st.floats(0, 2 * math.pi, exclude_max=True))
def test_a_code_falls_into_the_ring_of_its_radius_and_the_sector_of_its_angle(radius, angle):
    ring = (1 - math.exp(-(radius**2) / 2)) * 10
    sector = angle / (2 * math.pi) * 20
    if min(ring % 1, 1 - ring % 1, sector % 1, 1 - sector % 1) > 1e-6:  # not on an edge
        shares = cell_shares(np.array([[radius * math.cos(angle), radius * math.sin(angle)]]))
        assert shares[min(int(ring), 9), int(sector)] == 1


def middles() -> np.ndarray:
    """One code in the middle of each of the 200 cells."""
    ring, sector = np.indices((10, 20)).reshape(2, -1)
    radius, angle = np.sqrt(-2 * np.log1p(-(ring + 0.5) / 10)), (sector + 0.5) / 20 * 2 * np.pi
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def test_codes_in_every_cell_have_no_variation_and_no_hole():
    assert total_variation(middles()) == pytest.approx(0, abs=1e-12)
    assert hole_share(middles()) == 0


def test_codes_at_one_point_leave_all_cells_but_one_empty():
    codes = np.full((10, 2), 0.5)
    assert total_variation(codes) == pytest.approx(199 / 200)
    assert hole_share(codes) == pytest.approx(199 / 200)


@pytest.mark.parametrize("kept", [50, 100, 150])
def test_codes_that_leave_cells_empty_are_off_by_the_share_of_those_cells(kept):
    assert total_variation(middles()[:kept]) == pytest.approx(1 - kept / 200)
    assert hole_share(middles()[:kept]) == pytest.approx(1 - kept / 200)


def test_a_cell_at_a_quarter_of_its_due_is_no_hole_and_one_below_is():
    others = np.repeat(middles()[1:], 8, axis=0)
    few = {count: np.concatenate([others, np.repeat(middles()[:1], count, axis=0)]) for count in (1, 3)}
    assert hole_share(few[1]) == 1 / 200
    assert hole_share(few[3]) == 0


def test_a_cell_with_one_code_among_many_is_a_hole_and_not_empty():
    codes = np.concatenate([np.repeat(middles()[2:], 8, axis=0), middles()[:1]])
    assert hole_share(codes) == 2 / 200
    assert empty_share(codes) == 1 / 200
