"""Figures are read as data: what a line, a bar or a row shows is what it was given."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from dashboard.figures.kl_bars import COLLAPSED, kl_bars
from dashboard.figures.layer_diagram import layer_diagram, rows
from dashboard.figures.numbers import plain
from dashboard.figures.units_by_class import units_by_class

# KL per latent dimension


def test_every_dimension_has_its_kl_and_the_largest_comes_first():
    (bars,) = kl_bars(np.array([0.5, 0.001, 2.0])).data
    assert list(bars.x) == ["z3", "z1", "z2"]
    np.testing.assert_allclose(bars.y, [2.0, 0.5, 0.001])


def test_a_collapsed_dimension_is_grey():
    (bars,) = kl_bars(np.array([0.5, 0.001])).data
    assert [colour == COLLAPSED for colour in bars.marker.color] == [False, True]


# Units by class


def test_units_stand_by_activity_without_the_dead_and_say_for_which_share_of_a_class_they_are_active():
    codes = np.array([[0.0, 0.0, 2.0], [1.0, 0.0, 3.0], [0.0, 0.0, 4.0], [5.0, 0.0, 6.0]])
    (found,) = units_by_class(codes, np.array([0, 0, 2, 2]), ["zero", "one", "two"]).data
    assert list(found.x) == ["z3", "z1"]
    assert list(found.y) == ["zero", "two"]
    np.testing.assert_allclose(found.z, [[100, 50], [100, 50]])


# The layer diagram

NETWORKS = {
    "discriminator": [{"layer": "Linear", "output": [1], "parameters": 3}],
    "encoder": [
        {"layer": "Flatten", "output": [64], "parameters": 0},
        {"layer": "Linear", "output": [32], "parameters": 2080},
        {"layer": "ReLU", "output": [32], "parameters": 0},
        {"layer": "Linear", "output": [2], "parameters": 66},
    ],
    "decoder": [
        {"layer": "Linear", "output": [64], "parameters": 192},
        {"layer": "Unflatten", "output": [1, 8, 8], "parameters": 0},
        {"layer": "Upsample", "output": [1, 16, 16], "parameters": 0},
    ],
}


class Cells(HTMLParser):
    """The texts of a table's rows, and the shares of the width that their bars take."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.is_style = False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        """Begin a row."""
        self.is_style = tag == "style"
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, text):
        """Keep a row's text."""
        if not self.is_style and self.rows:
            self.rows[-1].append(text)


@pytest.fixture
def diagram() -> str:
    return layer_diagram(NETWORKS, (8, 8, 1), 2)


def test_the_networks_read_from_image_to_code_to_image_and_the_rest_after(diagram):
    assert Cells(diagram).rows[1:] == [
        ["Encoder", "2,146"],
        ["image", "1 × 8 × 8"],
        ["Linear, ReLU", "32", "2,080"],
        ["Linear", "2", "66"],
        ["Decoder", "192"],
        ["latent code", "2"],
        ["Linear, Unflatten", "1 × 8 × 8", "192"],
        ["Upsample", "1 × 16 × 16"],
        ["Discriminator", "3"],
        ["Linear", "1", "3"],
    ]


def test_the_table_says_in_words_what_it_draws(diagram):
    caption = re.search(r"<caption>(.*?)</caption>", diagram)[1]
    assert caption == "64 pixels → 2 numbers → 64 pixels, 2,341 parameters in all."
    assert diagram.count('scope="row"') == 7
    assert diagram.count('scope="col"') == 3


def test_bars_grow_with_the_width_of_a_layer_and_fit(diagram):
    shares = [int(share) for share in re.findall(r'class="bar" style="width: (\d+)%"', diagram)]
    image, wide, narrow, code, back, above, _ = shares
    assert above == 100 >= image == back > wide > narrow == code > 0


def test_a_layer_whose_shape_is_not_known_is_named_without_a_bar():
    html = layer_diagram(NETWORKS | {"odd": [{"layer": "Conv2d", "parameters": 5}]}, (8, 8, 1), 2)
    assert Cells(html).rows[-1] == ["Conv2d", "5"]


def test_a_name_is_text_never_markup():
    html = layer_diagram(NETWORKS | {"<b>": [{"layer": "<script>", "parameters": 1}]}, (8, 8, 1), 2)
    assert "<script>" not in html
    assert "<b>" not in html


def test_what_changes_the_size_stands_in_a_row_of_its_own():
    joined = rows(
        [
            {"layer": "Conv2d", "output": [4, 8, 8], "parameters": 40},
            {"layer": "ReLU", "output": [4, 8, 8], "parameters": 0},
            {"layer": "MaxPool2d", "output": [4, 4, 4], "parameters": 0},
            {"layer": "Flatten", "output": [64], "parameters": 0},
        ]
    )
    assert [(row.layer, row.output) for row in joined] == [
        ("Conv2d, ReLU", "4 × 8 × 8"),
        ("MaxPool2d, Flatten", "64"),
    ]


# Numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.03323, "0.0332"),
        (-0.00003, "0.0000"),
        (-0.0004, "−0.0004"),
        (0.0, "0"),
        (14.0, "14"),
        (21.347, "21.35"),
        (136.48, "136.5"),
        (12345.6, "12,345.6"),
        (-1234.0, "−1,234"),
    ],
)
def test_a_number_has_as_many_digits_as_say_something(value, text):
    assert plain(value) == text
