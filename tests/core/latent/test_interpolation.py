"""Paths between two codes: where they begin, end and lead."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aecore.errors import BadValue, WrongShape
from aecore.latent.interpolation import nearest_distance, spherical, straight

PATHS = [straight, spherical]
numbers = st.floats(-100, 100, allow_nan=False, width=32)


@st.composite
def pairs(draw) -> tuple[np.ndarray, np.ndarray]:
    size = draw(st.integers(1, 40))
    return draw(arrays(np.float32, size, elements=numbers)), draw(arrays(np.float32, size, elements=numbers))


@pytest.mark.parametrize("path", PATHS)
@given(ends=pairs(), steps=st.integers(2, 12))
def test_a_path_begins_and_ends_at_its_codes(path, ends, steps):
    found = path(*ends, steps)
    assert found.shape == (steps, len(ends[0]))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[[0, -1]], ends, rtol=1e-6, atol=1e-6)


@given(ends=pairs())
def test_a_straight_path_is_linear(ends):
    steps = np.diff(straight(*ends, 9).astype(np.float64), axis=0)
    np.testing.assert_allclose(steps, np.broadcast_to((ends[1] - ends[0]) / 8.0, steps.shape), atol=1e-4)


@given(ends=pairs())
def test_a_spherical_path_changes_its_length_evenly(ends):
    a, b = ends
    cosine = a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12)
    if abs(cosine) > 0.999 or len(a) == 1:
        return  # hardly an arc
    lengths = np.linalg.norm(spherical(a, b, 7), axis=1)
    np.testing.assert_allclose(
        lengths, np.linspace(np.linalg.norm(a), np.linalg.norm(b), 7), rtol=1e-4, atol=1e-4
    )


def test_a_spherical_path_turns_evenly_along_the_great_circle():
    path = spherical(np.array([2.0, 0.0]), np.array([0.0, 2.0]), 4)
    angles = np.radians([0, 30, 60, 90])
    np.testing.assert_allclose(path, 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1), atol=1e-6)


def test_the_spherical_path_is_the_published_formula_between_codes_of_equal_length():
    a, b = np.random.default_rng(0).standard_normal((2, 16))
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    angle = np.arccos(a @ b / (a @ a))
    share = np.linspace(0, 1, 6)[:, None]
    expected = (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)
    np.testing.assert_allclose(spherical(a, b, 6), expected, atol=1e-6)


def test_the_spherical_path_between_opposite_codes_goes_round_and_not_through_the_middle():
    path = spherical(np.array([3.0, 0.0, 0.0]), np.array([-3.0, 0.0, 0.0]), 5)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 3, atol=1e-5)


def test_where_there_is_no_arc_it_is_straight():
    a = np.array([1.0, 2.0])
    for end in (np.zeros(2), 3 * a):
        np.testing.assert_allclose(spherical(a, end, 5), straight(a, end, 5))


@pytest.mark.parametrize("path", PATHS)
def test_ends_that_do_not_fit_and_too_few_steps_are_refused(path):
    with pytest.raises(WrongShape, match="the ends of a path"):
        path(np.zeros(2), np.zeros(3), 5)
    with pytest.raises(BadValue, match="steps"):
        path(np.zeros(2), np.ones(2), 1)


def test_the_distance_is_to_the_nearest_code_in_units_of_their_spread():
    codes = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]) * 10  # 10 from their mean
    found = nearest_distance(np.array([[0.0, 0.0], [10.0, 0.0], [15.0, 0.0]]), codes)
    np.testing.assert_allclose(found, [1.0, 0.0, 0.5])


def test_the_distance_is_the_same_on_a_plane_of_another_scale():
    codes, path = np.random.default_rng(0).standard_normal((2, 50, 3))
    np.testing.assert_allclose(
        nearest_distance(path, codes), nearest_distance(path * 40, codes * 40), rtol=1e-5
    )


def test_codes_that_are_all_one_have_a_distance():
    assert nearest_distance(np.array([[3.0, 4.0]]), np.zeros((5, 2))).tolist() == [5.0]
