"""One look for every figure: palettes that agree, styles that differ in more than colour."""

import re

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.components import LIB
from dashboard.figures.template import CLASSES, RUNS, TEXT, class_colours, run_style, styled

BACKGROUNDS = {"light": "#ffffff", "dark": "#0e1117"}


def channels(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def contrast(one: str, other: str) -> float:
    """WCAG 2's ratio."""

    def luminance(colour):
        parts = channels(colour)
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def plane_palette() -> list[str]:
    source = (LIB / "scatter" / "palette.js").read_text("utf-8")
    return re.findall(r'"(#[0-9a-f]{6})"', re.search(r"const TEN = \[(.*?)\]", source, re.DOTALL)[1])


def test_the_class_colours_are_those_of_the_latent_plane():
    assert list(CLASSES) == plane_palette()


def test_beyond_ten_the_class_colours_repeat_lighter_then_darker_as_on_the_plane():
    source = (LIB / "scatter" / "palette.js").read_text("utf-8")
    found = class_colours(40)
    assert found[:10] == list(CLASSES)
    tints = re.search(r"const TINTS = \[(\[0, 0\].*?)\];", source)[1]
    for tint, (towards, share) in enumerate(re.findall(r"\[(\d), ([\d.]+)\]", tints)):
        expected = channels(CLASSES[3]) + (float(towards) - channels(CLASSES[3])) * float(share)
        np.testing.assert_allclose(channels(found[10 * tint + 3]), expected, atol=0.51 / 255)


def test_runs_differ_in_colour_dash_symbol_and_pattern():
    assert len(RUNS) == 6
    for part in ("colour", "dash", "symbol", "pattern"):
        assert len({getattr(style, part) for style in RUNS}) == 6


def test_a_seventh_run_is_drawn_as_the_first():
    assert run_style(6) == run_style(0)


@pytest.mark.parametrize("background", BACKGROUNDS.values(), ids=BACKGROUNDS)
def test_text_reads_and_colours_show_on_light_and_dark(background):
    assert contrast(TEXT, background) >= 4
    assert all(contrast(style.colour, background) >= 2 for style in RUNS)
    assert all(contrast(colour, background) >= 1.8 for colour in CLASSES)


def test_a_styled_figure_keeps_what_it_set_itself():
    figure = styled(go.Figure(layout={"margin": {"t": 99}}), 321)
    assert (figure.layout.margin.t, figure.layout.height) == (99, 321)
    assert figure.layout.template.layout.paper_bgcolor == "rgba(0, 0, 0, 0)"
