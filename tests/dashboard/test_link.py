"""The door for links: what is written reads back, and what cannot be followed never comes in."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.shared.plain_text import as_text
from dashboard.state import link

FINITE = st.floats(allow_nan=False, allow_infinity=False, min_value=-link.LARGEST, max_value=link.LARGEST)
CODE = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(FINITE)
def test_every_number_that_is_written_reads_back_as_itself(value):
    text = link.number_text(value)
    assert link.numbers(text, 1) == [value]
    assert "+" not in text  # a space, once it stands in an address


@given(st.lists(CODE, min_size=1, max_size=128))
def test_every_position_that_is_pinned_reads_back_as_itself(code):
    text = ",".join(map(link.number_text, code))
    assert link.fits_plane("position", text, 10, len(code), 3, 0)
    assert link.numbers(text, len(code)) == code


@pytest.mark.parametrize(
    ("part", "text"),
    [
        *[("view", text) for text in ("1e9,0,3e-7", "0,0,1e-99", "0,0,0", "0,0,-1", "0,0", "nan,0,1")],
        *[("view", text) for text in ("1e41,0,1", "0,0,1e999", "0,0,inf", " 0,0,1", "0,0,0x1", "0,0,1_0")],
        *[("position", text) for text in ("3.5e38,0", "0", "0,0,0", "1e+,0", "٣,0", "0,", "--1,0")],
        *[("selection", text) for text in ("10", "-1", "1.0", "٣", "1,2", "", "1e0", "0" * 5000)],
        *[("axes", text) for text in ("0,1", "1,1", "1,3", "1", "1,2,1", "1,,2")],
        *[("hidden", text) for text in ("3", "1,,2", ",", "0" + ",0" * 4096)],
        *[("overlays", text) for text in ("all", "prior,", "prior,,lattice", "hole")],
        *[("condition", text) for text in ("0", "-1", "x")],
        *[("colour", text) for text in ("", "shade", "cluster", "cluster-1", "cluster-11", "cluster-51")],
        *[("colour", text) for text in ("cluster-٣", "cluster-2.0", "column-", "column-size", "column")],
    ],
)
def test_what_a_plane_cannot_show_does_not_come_in(part, text):
    assert not link.fits_plane(part, text, images=10, latent_dim=2, classes=3, conditions=0)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        *[("view", text) for text in ("0,0,1e-9", "1e9,-1e9,1", "3e38,0,1e30", "0,0,1e40", "-0.5,1e-3,2")],
        *[("position", text) for text in ("3.4e38,-1e-45", "1e+06,0", "1e6,1e06", "-0,0")],
        *[("selection", "9"), ("axes", "2,1"), ("hidden", "0,2,0"), ("overlays", "prior,lattice,holes")],
    ],
)
def test_what_a_plane_can_show_comes_in(part, text):
    assert link.fits_plane(part, text, images=10, latent_dim=2, classes=3, conditions=0)


@pytest.mark.parametrize("text", ["error", "kl", "density", "predicted", "right", "cluster-2", "cluster-10"])
def test_dots_can_be_coloured_by_what_a_run_may_have(text):
    assert link.fits_plane("colour", text, images=10, latent_dim=2, classes=3, conditions=0)


def test_dots_can_be_coloured_by_the_columns_there_are():
    for text, fits in (("column-size, in cm", True), ("column-size", False), ("size, in cm", False)):
        assert link.fits_plane("colour", text, 10, 2, 3, 0, columns=["size, in cm"]) is fits


def test_holes_are_shown_of_two_dimensions_only():
    assert not link.fits_plane("overlays", "prior,holes", images=10, latent_dim=3, classes=3, conditions=0)


@pytest.mark.parametrize(
    ("text", "default", "allowed", "expected"),
    [
        ("7", 0, (0, 9), 7),
        ("10", 0, (0, 9), None),
        ("-3", 0, (-5, 5), -3),
        ("1e0", 0, (0, 9), None),  # a count is written as one
        ("1.5", 0, (0, 9), None),
        ("1e-3", 0.5, (0.0, 1.0), 0.001),
        ("nan", 0.5, (0.0, 1.0), None),
        ("inf", 0.5, (0.0, math.inf), None),
        ("True", False, (0, 1), True),
        ("true", False, (0, 1), None),
        ("b", "a", ["a", "b"], "b"),
        ("c", "a", ["a", "b"], None),
    ],
)
def test_a_setting_has_its_type_and_its_bounds(text, default, allowed, expected):
    found = link.value(text, default, allowed)
    assert (found, type(found)) == (expected, type(expected))


def test_a_sentence_quotes_a_link_briefly_and_as_text():
    assert link.said("seven") == "'seven'"
    assert len(link.said("x" * 5000)) < 70
    assert as_text(link.said("![](//host/p.png)")) == r"'!\[\](//host/p.png)'"
