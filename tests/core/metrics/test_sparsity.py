"""How few entries of a code do the work."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aecore.metrics.sparsity import dead_units, living_activity, living_hoyer
from tests.core.metrics.contexts import normal


def test_active_entries_are_those_above_a_hundredth_of_the_largest_of_their_own_code():
    codes = np.array([[100.0, -1.1, 0.9, 0.0], [0.01, 0.01, -0.01, 0.01]])
    assert living_activity(codes) == pytest.approx((2 / 4 + 4 / 4) / 2)


def test_dead_units_make_no_code_sparse():
    codes = np.abs(normal(50, 6)) + 1
    with_dead = np.concatenate([codes, np.zeros((50, 20))], axis=1)
    assert living_activity(with_dead) == living_activity(codes) == 1
    assert living_hoyer(with_dead) == pytest.approx(living_hoyer(codes))


def test_an_empty_code_has_no_active_entry():
    assert living_activity(np.zeros((3, 5))) == 0


@given(arrays(np.float64, (4, 6), elements=st.integers(-9, 9)), st.sampled_from([1e-12, 0.5, 1e9]))
def test_sparsity_does_not_depend_on_the_scale_of_the_codes(codes, scale):
    assert living_activity(scale * codes) == pytest.approx(living_activity(codes))
    assert living_hoyer(scale * codes) == pytest.approx(living_hoyer(codes))


@given(arrays(np.float64, (1, 6), elements=st.integers(-9, 9).filter(bool)))
def test_hoyer_is_the_papers_ratio_of_norms(code):
    root, (entries,) = math.sqrt(6), code
    ratio = sum(abs(entries)) / math.sqrt(sum(entries**2))
    assert living_hoyer(code) == pytest.approx((root - ratio) / (root - 1), abs=1e-12)


def test_hoyer_is_0_for_even_codes_1_for_a_single_entry_and_the_mean_of_several():
    even, single = np.full((9, 9), -2.0), np.eye(9)
    assert living_hoyer(even) == pytest.approx(0, abs=1e-12)
    assert living_hoyer(single) == pytest.approx(1)
    assert living_hoyer(np.concatenate([even, single])) == pytest.approx(0.5)


def test_by_convention_hoyer_is_1_for_an_empty_code_and_for_codes_of_one_number():
    assert living_hoyer(np.zeros((2, 4))) == pytest.approx(1)
    assert living_hoyer(normal(5, 1)) == 1


def test_a_unit_is_dead_if_it_is_0_for_every_image():
    codes = np.array([[0, 0, 1.0, 0], [0, 2, 0, 0]])
    assert dead_units(codes) == 0.5
