"""Images brought to one size and one number of channels."""

import numpy as np
import pytest

from aecore.datasets import Column, Images
from aecore.errors import BadImport, BadValue
from aecore.importers import settings
from aecore.importers.preparation import prepared, without
from aecore.importers.settings import Settings

WIDE = np.zeros((2, 10, 20, 3), np.uint8)
WIDE[:, :, :10] = 255


def test_images_that_are_as_they_shall_be_are_the_same():
    given = Images(WIDE)
    assert prepared(given, Settings()) == given


@pytest.mark.parametrize(
    ("fit", "black"),
    [("pad", [True, False, True]), ("stretch", [False, False, False]), ("crop", [False, False, False])],
)
def test_another_shape_is_padded_stretched_or_cropped(fit, black):
    small = prepared(Images(WIDE), Settings(size=10, fit=fit)).pixels
    assert small.shape == (2, 10, 10, 3)
    assert [not small[0, row].any() for row in (0, 5, 9)] == black
    assert small[0, 5, 0, 0] == 255
    assert small[0, 5, -1, 0] == 0


def test_colours_become_greys_by_how_bright_they_look_and_greys_three_channels():
    colours = np.zeros((1, 8, 8, 3), np.uint8)
    colours[..., 1] = 200
    assert np.unique(prepared(Images(colours), Settings(colour="grey")).pixels) == [117]
    grey = np.full((1, 8, 8, 1), 7, np.uint8)
    assert prepared(Images(grey), Settings(colour="rgb")).pixels.shape == (1, 8, 8, 3)


@pytest.mark.parametrize("fit", ["pad", "crop", "stretch"])
def test_a_size_need_not_be_square_and_bars_have_the_colour_of_the_background(fit):
    small = prepared(Images(WIDE), Settings(size=(16, 8), fit=fit, background="#0a141e")).pixels
    assert small.shape == (2, 16, 8, 3)
    assert (small[0, 0, 0].tolist() == [10, 20, 30]) == (fit == "pad")


def labelled(labels: list[int]) -> Images:
    count = len(labels)
    pixels = np.arange(count, dtype=np.uint8).repeat(64).reshape(count, 8, 8, 1)
    return Images(pixels, np.array(labels), ("a", "b", "c"), (Column("x", np.arange(count, dtype=float)),))


def test_images_of_classes_that_are_not_wanted_are_left_out_and_the_others_counted_from_0():
    parts, notes = without({"train": labelled([0, 1, 2, 1]), "test": labelled([1, 1])}, ("b",))
    assert notes == ["4 images of 'b' were left out, as asked."]
    assert list(parts) == ["train"]  # a split of which nothing is left is none
    left = parts["train"]
    assert left.classes == ("a", "c")
    assert list(left.known_labels) == [0, 1]
    assert list(left.pixels[:, 0, 0, 0]) == list(left.columns[0].values) == [0, 2]


@pytest.mark.parametrize(
    ("given", "names", "what"),
    [
        (labelled([0, 1]), ("d",), "no class is called 'd'.*there are 'a', 'b', 'c'"),
        (Images(WIDE), ("a",), "no class is called 'a'.*there are no labels"),
        (labelled([0, 1]), ("a", "b", "c"), "every class is left out"),
    ],
)
def test_a_class_that_is_not_there_or_the_last_one_cannot_be_left_out(given, names, what):
    with pytest.raises(BadImport, match=what):
        without({"all": given}, names)


@pytest.mark.parametrize(
    "wrong",
    [
        *[{"fit": "bend"}, {"colour": "sepia"}, {"size": 7}, {"size": (8, 129)}, {"size": 16.5}],
        *[{"background": "red"}, {"background": "#12345"}, {"label": "<b>"}, {"seed": -1}],
        *[
            {"left_out": ["a"]},
            {"left_out": (1,)},
            {"channels": "middle"},
            {"values": "0..2"},
            {"split": None},
        ],
        *[{"background": 5}, {"test_share": "x"}, {"validation_share": None}],
        *[{"test_share": 0.0}, {"test_share": 0.6}, {"validation_share": -0.1}, {"validation_share": 0.5}],
    ],
)
def test_settings_that_are_none_are_refused(wrong):
    with pytest.raises(BadValue, match=next(iter(wrong))):
        Settings(**wrong)


@pytest.mark.parametrize("text", ["0", "-3", "many", "9" * 20])
def test_a_limit_of_the_environment_that_is_none_is_named(monkeypatch, text):
    monkeypatch.setenv("AECORE_MOST_IMAGES", text)
    with pytest.raises(BadValue, match="AECORE_MOST_IMAGES"):
        settings.most_images()
