"""The charts of losses are read as data: a curve goes through the places that its axes say."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures.loss_curves import Axis, axes, can_be_logarithmic, loss_curves, stages, terms


def record(number: int, **terms: float) -> dict:
    losses = terms or {"reconstruction": 40 / number + 20, "kl": 0.5 + number / 10}
    train = {term: loss + 1 for term, loss in losses.items()}
    return {"number": number, "stage": "training", "seconds": 0.5, "train": train, "test": losses}


def history(epochs: int = 30) -> list[dict]:
    return [record(number) for number in range(1, epochs + 1)]


def points(html: str, split: str) -> list[np.ndarray]:
    """What each curve of a split is drawn through, in the picture's own pixels."""
    found = re.findall(rf'<polyline class="{split}" points="([^"]*)"', html)
    return [np.array([pair.split(",") for pair in one.split()], float) for one in found]


@pytest.mark.parametrize("is_log", [False, True])
def test_every_epoch_stands_where_the_axes_say(is_log):
    given = history()
    across, up = axes(given, "kl", 100, is_log)
    html = loss_curves([{**r, "test": {"kl": r["test"]["kl"]}} for r in given], 100, is_log=is_log)
    for split in ("train", "test"):
        (drawn,) = points(html, split)
        x = [across.start + number / 100 * (across.end - across.start) for number in range(1, 31)]
        values = np.array([record[split]["kl"] for record in given])
        low, high = up.low, up.high
        if is_log:
            values, low, high = np.log(values), np.log(low), np.log(high)
        y = up.start + (values - low) / (high - low) * (up.end - up.start)
        np.testing.assert_allclose(drawn, np.stack([x, y], 1), atol=0.051)


def test_a_chart_per_term_says_its_last_numbers_and_its_unit():
    html = loss_curves(history(3), 100)
    assert re.findall(r"<b>(.*?)</b>", html) == ["reconstruction", "kl"]
    assert "train 34.33" in html
    assert "test 33.33" in html
    assert html.count("nats per image</text>") == 2
    assert html.count("epoch</text>") == 2


def test_a_single_epoch_is_a_point():
    html = loss_curves(history(1), 10)
    assert html.count("<circle") == 4
    assert "<polyline" not in html


def test_a_shipped_run_is_a_dashed_line_within_sight():
    _, up = axes(history(), "reconstruction", 50, False, [12.3])
    assert up.low < 12.3
    html = loss_curves(history(), 50, shipped={"reconstruction": 12.3, "other": 1.0})
    assert re.findall(r'class="mark level"[^>]*stroke-dasharray="6 4"[^>]*y1="([\d.]+)"', html) == [
        f"{up.place(12.3):.1f}"
    ]
    assert html.count("shipped 12.30") == 1


def test_a_linear_axis_leaves_the_first_epochs_of_many_out_of_sight_and_a_logarithmic_one_does_not():
    steep = [record(number, reconstruction=1000 / number**2) for number in range(1, 101)]
    assert axes(steep, "reconstruction", 100, False)[1].high < 100
    assert axes(steep, "reconstruction", 100, True)[1].high > 1001


def test_a_loss_below_zero_stays_linear_and_says_so():
    below = [record(number, mmd=0.1 - 0.05 * number) for number in range(1, 5)]
    assert not can_be_logarithmic(below, "mmd")
    html = loss_curves(below, 10, is_log=True)
    assert "linear: not all values are above 0" in html
    assert html.split("points=")[1:] == loss_curves(below, 10).split("points=")[1:]


@pytest.mark.parametrize(
    ("term", "level", "said"),
    [
        ("adversarial", math.log(2), "dotted: ln 2: balance"),
        ("class_adversarial", math.log(2), "dotted: ln 2: balance"),
        ("discriminator", 2 * math.log(2), "dotted: 2 ln 2: cannot tell"),
        ("style_discriminator", 2 * math.log(2), "dotted: 2 ln 2: cannot tell"),
    ],
)
def test_a_point_of_balance_is_marked(term, level, said):
    given = [record(number, **{term: 1.0}) for number in (1, 2)]
    _, up = axes(given, term, 4, False, [level])
    html = loss_curves(given, 4)
    assert said in html
    assert re.findall(r'class="mark level"[^>]*stroke-dasharray="1 4"[^>]*y1="([\d.]+)"', html) == [
        f"{up.place(level):.1f}"
    ]


def test_a_term_without_a_balance_has_no_line_of_its_own():
    assert 'class="mark level"' not in loss_curves(history(), 30)


def test_stages_are_marked_and_not_joined():
    both = [record(1), record(2), record(3) | {"stage": "supervised"}, record(4) | {"stage": "supervised"}]
    html = loss_curves([{**r, "test": {"kl": 1.0}} for r in both], 8)
    assert [len(one) for one in points(html, "test")] == [2, 2]
    assert re.findall(r">(training|supervised)</text>", html) == ["training", "supervised"]


def test_a_term_of_one_stage_only_is_drawn_there():
    pretrained = [record(number, reconstruction=2.0) | {"stage": "layer 1"} for number in range(1, 11)]
    tuned = [
        record(number, reconstruction=1.0, classification=1 / number) | {"stage": "supervised"}
        for number in range(11, 21)
    ]
    assert terms(pretrained + tuned) == ["reconstruction", "classification"]
    html = loss_curves(pretrained + tuned, 20)
    chart = html[html.index("<b>classification</b>") :]
    (drawn,) = points(chart, "test")
    across, _ = axes(pretrained + tuned, "classification", 20, False)
    np.testing.assert_allclose(drawn[:, 0], [across.place(number) for number in range(11, 21)], atol=0.051)
    assert re.findall(r">(layer 1|supervised)</text>", chart) == ["supervised"]


def test_stages_of_one_name_apart_in_time_stay_apart():
    parts = [record(number, r=1.0) | {"stage": stage} for number, stage in enumerate("aba", start=1)]
    assert [(name, [r["number"] for r in records]) for name, records in stages(parts)] == [
        ("a", [1]),
        ("b", [2]),
        ("a", [3]),
    ]


@pytest.mark.parametrize("losses", [(0.0, 5e-324), (3.5e-323, 0.0), (1e300, -1e300), (7.0, 7.0), (0.0, 0.0)])
def test_losses_however_close_or_far_apart_have_a_chart(losses):
    given = [record(number, mmd=loss) for number, loss in enumerate(losses, start=1)]
    html = loss_curves([one | {"train": one["test"]} for one in given], 2)  # else they are 1 apart
    assert len(points(html, "test")) == 1


@given(
    low=st.floats(-1e6, 1e6),
    span=st.floats(1e-3, 1e6),
    is_log=st.booleans(),
)
def test_ticks_are_round_and_lie_on_the_axis(low, span, is_log):
    low = abs(low) + 1e-3 if is_log else low
    axis = Axis(low, low + span, 0, 100, is_log)
    ticks = axis.ticks()
    assert 2 <= len(ticks) <= 28
    assert ticks == sorted(ticks)
    slack = 1e-9 * (abs(low) + span)
    assert low - slack <= ticks[0]
    assert ticks[-1] <= low + span + slack
