"""Images brought to one size and one number of channels."""

import numpy as np
import pytest

from aecore.datasets import Images
from aecore.errors import BadValue
from aecore.importers.preparation import prepared

WIDE = np.zeros((2, 10, 20, 3), np.uint8)
WIDE[:, :, :10] = 255


def test_images_that_are_as_they_shall_be_are_the_same():
    given = Images(WIDE)
    assert prepared(given, None, "pad", None) == given


@pytest.mark.parametrize(
    ("fit", "black"),
    [("pad", [True, False, True]), ("stretch", [False, False, False]), ("crop", [False, False, False])],
)
def test_another_shape_is_padded_stretched_or_cropped(fit, black):
    small = prepared(Images(WIDE), 10, fit, None).pixels
    assert small.shape == (2, 10, 10, 3)
    assert [not small[0, row].any() for row in (0, 5, 9)] == black
    assert small[0, 5, 0, 0] == 255
    assert small[0, 5, -1, 0] == 0


def test_colours_become_greys_by_how_bright_they_look_and_greys_three_channels():
    colours = np.zeros((1, 8, 8, 3), np.uint8)
    colours[..., 1] = 200
    assert np.unique(prepared(Images(colours), None, "pad", "grey").pixels) == [117]
    grey = np.full((1, 8, 8, 1), 7, np.uint8)
    assert prepared(Images(grey), None, "pad", "rgb").pixels.shape == (1, 8, 8, 3)


@pytest.mark.parametrize(("fit", "colour"), [("bend", None), ("pad", "sepia")])
def test_what_is_no_way_of_fitting_is_refused(fit, colour):
    with pytest.raises(BadValue):
        prepared(Images(WIDE), 10, fit, colour)
