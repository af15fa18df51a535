"""What can happen to an image: each formula against an oracle, and one draw for every level."""

import numpy as np
import pytest
import torch
from scipy import stats

from aecore import corruptions
from aecore.corruptions import Draws, corrupt, draw, find
from aecore.errors import BadValue, UnknownName, WrongShape
from aecore.metrics.reconstruction import psnr
from aecore.models import noise

every_kind = pytest.mark.parametrize("kind", corruptions.names())
SHAPE = (9, 11, 2)


def image(shape=SHAPE, seed=5) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, np.float32)


def test_corruptions_are_offered_in_their_order():
    expected = "gaussian salt_and_pepper masking square speckle poisson blur"
    assert [kind for kind in corruptions.names() if kind in expected.split()] == expected.split()


@every_kind
@pytest.mark.parametrize("end", ["minimum", "reference", "maximum"])
def test_pixels_keep_their_shape_and_stay_between_0_and_1(kind, end):
    found = corrupt(image(), kind, getattr(find(kind), end), draw(SHAPE, 0))
    assert (found.shape, found.dtype) == (SHAPE, np.float32)
    assert found.min() >= 0
    assert found.max() <= 1


@pytest.mark.parametrize("kind", [name for name in corruptions.names() if find(name).minimum == 0])
def test_level_0_leaves_an_image_as_it_is(kind):
    np.testing.assert_array_equal(corrupt(image(), kind, 0.0, draw(SHAPE, 0)), image())


@every_kind
def test_many_images_are_spoilt_as_each_by_itself(kind):
    images = image((4, *SHAPE))
    drawn = draw(images.shape, 1)
    together = corrupt(images, kind, find(kind).reference, drawn)
    for index, alone in enumerate(images):
        own = Draws(drawn.normal[index], drawn.uniform[index])
        np.testing.assert_array_equal(together[index], corrupt(alone, kind, find(kind).reference, own))


def test_a_seed_names_its_draw():
    for name in ("normal", "uniform"):
        np.testing.assert_array_equal(getattr(draw(SHAPE, 3), name), getattr(draw(SHAPE, 3), name))
        assert not np.array_equal(getattr(draw(SHAPE, 3), name), getattr(draw(SHAPE, 4), name))
        assert getattr(draw(SHAPE, 3), name).dtype == np.float32


@pytest.mark.parametrize("grey", [0.2, 0.9])
@pytest.mark.parametrize("kind", corruptions.tensor_names())
def test_a_corruption_follows_the_law_of_the_noise_that_models_are_trained_on(kind, grey):
    count, level = 200_000, find(kind).reference
    found = corrupt(np.full((count, 1, 1, 1), grey, np.float32), kind, level, draw((count, 1, 1, 1), 0))
    generator = torch.Generator().manual_seed(0)
    trained = noise.corrupt(torch.full((count, 1, 1, 1), grey), kind, level, generator).numpy()
    shares = np.arange(0.05, 1, 0.1)  # away from 0.5, where half the pixels are masked
    np.testing.assert_allclose(found.mean(), trained.mean(), atol=4e-3)
    np.testing.assert_allclose(found.std(), trained.std(), atol=4e-3)
    np.testing.assert_allclose(np.quantile(found, shares), np.quantile(trained, shares), atol=0.02)


@pytest.mark.parametrize("level", [1.0, 7.0, 100.0])
def test_poisson_counts_are_the_inverse_of_the_distribution_function(level):
    pixels, drawn = image((40, 40, 1)), draw((40, 40, 1), 2)
    counts = stats.poisson.ppf(drawn.uniform.astype(np.float64), pixels.astype(np.float64) * level)
    expected = np.clip(np.maximum(counts, 0) / level, 0, 1)
    np.testing.assert_allclose(corrupt(pixels, "poisson", level, drawn), expected, atol=1e-6)


def test_poisson_noise_has_the_mean_of_the_pixel_and_its_variance_over_the_photons():
    count, grey, level = 100_000, 0.3, 50.0
    found = corrupt(np.full((count, 1, 1), grey, np.float32), "poisson", level, draw((count, 1, 1), 0))
    assert found.mean() == pytest.approx(grey, abs=1e-3)
    assert found.var() == pytest.approx(grey / level, rel=0.03)


def test_salt_and_pepper_by_its_formula():
    drawn = Draws(
        np.zeros((1, 4, 1), np.float32), np.array([0.0, 0.14, 0.5, 0.99], np.float32)[None, :, None]
    )
    found = corrupt(np.full((1, 4, 1), 0.25, np.float32), "salt_and_pepper", 0.3, drawn)
    assert found.ravel().tolist() == [1.0, 1.0, 0.25, 0.0]


def test_masking_keeps_where_the_draw_reaches_the_level():
    drawn = Draws(np.zeros((1, 3, 1), np.float32), np.array([0.25, 0.5, 0.75], np.float32)[None, :, None])
    assert corrupt(np.ones((1, 3, 1), np.float32), "masking", 0.5, drawn).ravel().tolist() == [0, 1, 1]


def test_a_level_scales_one_draw():
    drawn, grey = draw(SHAPE, 0), np.full(SHAPE, 0.5, np.float32)
    weak, strong = (corrupt(grey, "gaussian", level, drawn) - 0.5 for level in (0.05, 0.1))
    np.testing.assert_allclose(2 * weak, strong, atol=1e-6)


@pytest.mark.parametrize("sigma", [0.4, 1.3, 4.0])
def test_blur_is_a_truncated_gaussian_with_its_edges_repeated(sigma):
    radius = int(4 * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    expected = image().astype(np.float64)
    for axis in (0, 1):
        wide = np.pad(expected, [(radius, radius) if axis == one else (0, 0) for one in range(3)], "edge")
        windows = np.lib.stride_tricks.sliding_window_view(wide, 2 * radius + 1, axis)
        expected = windows @ (kernel / kernel.sum())
    np.testing.assert_allclose(corrupt(image(), "blur", sigma, draw(SHAPE, 0)), expected, atol=1e-6)


def test_a_square_covers_its_share_where_it_is_put():
    white, drawn = np.ones((28, 28, 1), np.float32), draw((28, 28, 1), 0)
    middle = corrupt(white, "square", 0.5, drawn)
    assert (middle == 0).sum() == 14 * 14
    assert (middle[7:21, 7:21] == 0).all()
    corner = corrupt(white, "square", 0.5, drawn._replace(centre=(0.0, 1.0)))
    assert (corner == 0).sum() == 7 * 7
    assert (corner[:7, 21:] == 0).all()


def test_more_noise_is_further_from_the_image():
    clean, drawn = image((20, 28, 28, 1)), draw((20, 28, 28, 1), 0)
    found = [psnr(clean, corrupt(clean, "gaussian", level, drawn)) for level in (0.1, 0.3, 0.5, 1.0)]
    assert found == sorted(found, reverse=True)


def test_what_does_not_fit_is_answered_with_a_sentence():
    with pytest.raises(UnknownName, match="There is no noise called 'fog'"):
        corrupt(image(), "fog", 0.5, draw(SHAPE, 0))
    with pytest.raises(BadValue, match="level cannot be 3: it must be from 0 to 1 for Gaussian"):
        corrupt(image(), "gaussian", 3, draw(SHAPE, 0))
    with pytest.raises(BadValue, match="level cannot be nan"):
        corrupt(image(), "gaussian", float("nan"), draw(SHAPE, 0))
    with pytest.raises(WrongShape, match=r"draws of noise have shape \(3, 3, 1\)"):
        corrupt(image(), "gaussian", 0.5, draw((3, 3, 1), 0))
