"""Sprites: every factor that is told of an image is in its pixels, and the images are always the same."""

import numpy as np
import pytest

from aecore import datasets
from aecore.datasets import sprites

TEST = datasets.load_images("sprites", "test")
FACTORS = {column.name: column for column in TEST.columns}
INK = TEST.pixels.max(axis=3) / 255.0


def test_they_are_the_same_on_every_machine():
    assert TEST.digest == "4aeba932b37fdb7da9e2ec22cbe08a98d393c25ae7112cedce59c5b6a605eec8"
    train = datasets.load_images("sprites", "train")
    assert (len(train), len(TEST), TEST.pixels.shape[1:]) == (5000, 1000, (32, 32, 3))
    assert not {image.tobytes() for image in train.pixels} & {image.tobytes() for image in TEST.pixels}


def test_the_middle_of_the_ink_lies_where_x_and_y_say():
    weight = INK.sum(axis=(1, 2))
    middles = np.arange(32) + 0.5
    for name, axis in (("x", 1), ("y", 2)):
        found = (INK.sum(axis=axis) * middles).sum(axis=1) / weight
        assert np.abs(found - FACTORS[name].values).max() < 0.2


@pytest.mark.parametrize("shape", sprites.SHAPES)
def test_a_larger_size_covers_more_of_one_shape(shape):
    own = TEST.known_labels == TEST.classes.index(shape)
    covered = (TEST.pixels[own] > 0).any(axis=3).sum(axis=(1, 2))
    sizes = FACTORS["size"].values[own]
    assert np.corrcoef(covered, sizes**2)[0, 1] > 0.98
    rim = (TEST.pixels[own][:, [0, -1]] > 0).sum() + (TEST.pixels[own][:, :, [0, -1]] > 0).sum()
    assert rim == 0


@pytest.mark.parametrize("colour", sprites.COLOURS)
def test_the_ink_has_the_colour_that_is_told(colour):
    own = FACTORS["colour"].values == FACTORS["colour"].words.index(colour)
    strongest = TEST.pixels[own].reshape(own.sum(), -1, 3).max(axis=1)
    np.testing.assert_array_equal(strongest, np.broadcast_to(sprites.COLOURS[colour], strongest.shape))


def test_factors_say_nothing_of_one_another():
    values = np.array([TEST.known_labels, *(column.values for column in TEST.columns)])
    apart = np.corrcoef(values) - np.eye(len(values))
    assert np.abs(apart).max() < 0.1


def test_columns_go_with_their_images():
    some = TEST[5:9]
    assert [column.values.tolist() for column in some.columns] == [
        column.values[5:9].tolist() for column in TEST.columns
    ]
