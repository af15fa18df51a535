"""Figures are read as data: what a line shows is what it was given."""

import math

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.figures.loss_curves import loss_curves


def history(*terms: str, epochs: int = 30) -> list[dict]:
    return [
        {
            "number": n,
            "seconds": 1.0,
            "train": {term: 100 / n + i for i, term in enumerate(terms)},
            "test": {term: 110 / n + i for i, term in enumerate(terms)},
        }
        for n in range(1, epochs + 1)
    ]


@pytest.fixture
def figure() -> go.Figure:
    return loss_curves(history("reconstruction", "adversarial", "discriminator"))


def test_each_term_has_a_panel_with_a_line_for_train_and_one_for_test(figure):
    assert [trace.name for trace in figure.data] == ["train", "test"] * 3
    assert [note.text for note in figure.layout.annotations[:3]] == [
        "reconstruction",
        "adversarial",
        "discriminator",
    ]


def test_a_line_shows_every_epoch_as_recorded(figure):
    np.testing.assert_allclose(figure.data[1].y, [110 / n for n in range(1, 31)])
    np.testing.assert_array_equal(figure.data[1].x, np.arange(1, 31))


def test_values_are_arrays_not_lists(figure):
    assert all(isinstance(trace.y, np.ndarray) for trace in figure.data)


def test_the_legend_names_each_split_once(figure):
    assert [trace.name for trace in figure.data if trace.showlegend] == ["train", "test"]


def test_the_axis_says_its_unit(figure):
    assert figure.layout.yaxis.title.text == "nats per image"
    assert figure.layout.xaxis.title.text == "epoch"


def test_the_points_of_balance_are_marked(figure):
    levels = {round(line.y0, 6) for line in figure.layout.shapes}
    assert levels == {round(math.log(2), 6), round(2 * math.log(2), 6)}


def test_the_first_epochs_do_not_set_the_scale():
    steep = history("reconstruction", epochs=100)
    low, high = loss_curves(steep).layout.yaxis.range
    assert high < steep[0]["test"]["reconstruction"] / 2
    assert low < steep[-1]["train"]["reconstruction"] < high


def test_a_run_of_one_epoch_still_draws():
    assert len(loss_curves(history("reconstruction", epochs=1)).data) == 2
