"""Errors of reconstructions and their floors, against scikit-image, scikit-learn and PyTorch."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aecore.metrics.reconstruction import cross_entropy, dead_pixels, floors, psnr, squared_errors, ssim
from tests.core.metrics.contexts import DIMENSIONS, images

pixels = arrays(np.float32, (3, 4, 4, 1), elements=st.floats(0, 1, width=32))


def flat_pairs(a: np.ndarray, b: np.ndarray):
    return zip(a.reshape(len(a), -1), b.reshape(len(b), -1), strict=True)


@given(pixels, pixels)
def test_squared_errors_are_the_mean_square_over_the_pixels_of_each_image(a, b):
    expected = [
        sum((x - y) ** 2 for x, y in zip(p.flat, q.flat, strict=True)) / 16 for p, q in zip(a, b, strict=True)
    ]
    np.testing.assert_allclose(squared_errors(a, b), expected, rtol=1e-5, atol=1e-9)


@given(pixels)
def test_an_image_has_no_error_against_itself(a):
    assert squared_errors(a, a).tolist() == [0, 0, 0]


@given(pixels, arrays(np.float32, (3, 4, 4, 1), elements=st.floats(2**-10, 1 - 2**-10, width=32)))
def test_cross_entropy_is_torchs_own(x, p):
    expected = torch.nn.functional.binary_cross_entropy(torch.tensor(p), torch.tensor(x)).item()
    assert cross_entropy(x, p) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@given(pixels, pixels)
def test_no_reconstruction_scores_below_the_entropy_floor(x, p):
    assert cross_entropy(x, p) >= cross_entropy(x, x) - 1e-6


def test_cross_entropy_stays_finite_where_a_sure_answer_is_wrong():
    worst = cross_entropy(np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32))
    assert worst == pytest.approx(-math.log(1e-7), rel=1e-3)


def test_cross_entropy_of_grey_against_grey_is_ln_2():
    assert cross_entropy(np.full((2, 3), 0.5), np.full((2, 3), 0.5)) == pytest.approx(math.log(2))


@given(pixels, pixels)
def test_psnr_is_the_mean_over_images_of_scikit_images_own(a, b):
    from skimage.metrics import peak_signal_noise_ratio

    expected = [
        peak_signal_noise_ratio(x, y, data_range=1) if ((x - y) ** 2).mean() > 1e-10 else 100
        for x, y in zip(a.astype(np.float64), b.astype(np.float64), strict=True)
    ]
    assert psnr(a, b) == pytest.approx(np.mean(expected), rel=1e-4)


def test_a_perfect_image_counts_as_100_decibels():
    assert psnr(images(3), images(3)) == pytest.approx(100)


def test_one_perfect_image_among_others_does_not_hide_them():
    shown = images(2)
    shown[0] = 1 - shown[0]
    first = psnr(images(2)[:1], shown[:1])
    assert psnr(images(2), shown) == pytest.approx((first + 100) / 2, rel=1e-5)


@pytest.mark.parametrize(("side", "channels"), [(8, 1), (9, 3), (28, 1)])
def test_ssim_is_the_mean_over_images_and_channels_of_scikit_images_own(side, channels):
    from skimage.metrics import structural_similarity

    a, b = np.random.default_rng(0).random((2, 5, side, side, channels), dtype=np.float32)
    expected = [
        structural_similarity(x[..., c], y[..., c], data_range=1)
        for x, y in zip(a, b, strict=True)
        for c in range(channels)
    ]
    assert ssim(a, b) == pytest.approx(np.mean(expected), rel=1e-5)


@pytest.mark.parametrize("shape", [(600, 8, 8, 1), (100, 16, 12, 3), (1, 28, 28, 1)])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_ssim_is_scikit_images_to_the_bit_however_many_images_there_are(shape, kind):
    from skimage.metrics import structural_similarity

    a = np.random.default_rng(0).random(shape).astype(kind)
    b = np.clip(a + np.random.default_rng(1).normal(0, 0.2, shape), 0, 1).astype(kind)
    planes = (np.moveaxis(x, 3, 1).reshape(-1, *shape[1:3]) for x in (a, b))
    assert ssim(a, b) == float(structural_similarity(*planes, data_range=1.0, channel_axis=0))


@pytest.mark.parametrize(("height", "width", "window"), [(6, 28, 5), (7, 28, 7), (28, 4, 3), (3, 3, 3)])
def test_a_small_image_has_the_largest_odd_window_that_fits(height, width, window):
    from skimage.metrics import structural_similarity

    a, b = np.random.default_rng(0).random((2, 1, height, width, 1), dtype=np.float32)
    expected = structural_similarity(a[0, ..., 0], b[0, ..., 0], data_range=1, win_size=window)
    assert ssim(a, b) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("side", [1, 2, 3, 28])
def test_a_perfect_image_has_an_ssim_of_1_down_to_a_single_pixel(side):
    a = np.random.default_rng(0).random((4, side, side, 1), dtype=np.float32)
    assert ssim(a, a) == pytest.approx(1, abs=1e-6)


def test_ssim_falls_with_noise():
    clean = np.broadcast_to(np.linspace(0, 1, 28, dtype=np.float32)[:, None], (3, 28, 28))[..., None]
    noise = np.random.default_rng(0).standard_normal(clean.shape).astype(np.float32)
    found = [ssim(clean, np.clip(clean + level * noise, 0, 1)) for level in (0.02, 0.1, 0.5)]
    assert found == sorted(found, reverse=True)


@given(pixels, pixels)
def test_dead_pixels_are_those_lit_in_an_image_and_in_no_reconstruction(x, y):
    lit = [any(image.flat[i] for image in x) for i in range(16)]
    dead = [lit[i] and not any(image.flat[i] for image in y) for i in range(16)]
    assert dead_pixels(x, y) == pytest.approx(sum(dead) / max(1, sum(lit)))


def test_a_pixel_that_no_image_lights_is_not_dead():
    image = np.array([[[[0.0], [1.0]]]])
    assert dead_pixels(image, np.zeros_like(image)) == 1
    assert dead_pixels(np.zeros_like(image), np.zeros_like(image)) == 0


@pytest.mark.parametrize("latent_dim", DIMENSIONS)
@pytest.mark.parametrize("count", [60, 10])  # more images than pixels, and fewer
def test_the_pca_floor_is_scikit_learns_own_reconstruction(latent_dim, count):
    from sklearn.decomposition import PCA

    latent_dim = min(latent_dim, count)
    train, test = images(count).reshape(count, -1), images(20, 1).reshape(20, -1)
    pca = PCA(latent_dim, svd_solver="full").fit(train)
    expected = np.square(test - pca.inverse_transform(pca.transform(test))).mean()
    found, _ = floors(images(count), images(20, 1), latent_dim)
    assert found["pca_mse"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("latent_dim", DIMENSIONS)
def test_the_pca_codes_are_scikit_learns_own_up_to_sign_train_before_test(latent_dim):
    from sklearn.decomposition import PCA

    train, test = images(60).reshape(60, -1), images(20, 1).reshape(20, -1)
    pca = PCA(latent_dim, svd_solver="full").fit(train)
    _, found = floors(images(60), images(20, 1), latent_dim)
    expected = np.concatenate([pca.transform(train), pca.transform(test)])
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-3)


def test_pca_with_more_numbers_than_pixels_loses_nothing():
    found, codes = floors(images(60), images(20, 1), 99)
    assert found["pca_mse"] == pytest.approx(0, abs=1e-9)
    assert codes.shape == (80, 16)


def test_the_other_floors_of_pca_are_of_its_images_clipped_to_pixels():
    from sklearn.decomposition import PCA

    train, test = images(60) > 0.5, (images(20, 1) > 0.5).astype(np.float32)
    pca = PCA(2, svd_solver="full").fit(train.reshape(60, -1).astype(np.float32))
    linear = pca.inverse_transform(pca.transform(test.reshape(20, -1))).reshape(test.shape)
    shown = np.clip(linear, 0, 1)
    assert abs(shown - linear).max() > 0.01
    found, _ = floors(train.astype(np.float32), test, 2)
    assert found["pca_bce"] == pytest.approx(cross_entropy(test, shown), rel=1e-4)
    assert found["pca_psnr"] == pytest.approx(psnr(test, shown), rel=1e-4)
    assert found["pca_ssim"] == pytest.approx(ssim(test, shown), rel=1e-4)


def test_the_mean_image_is_that_of_the_training_images():
    found, _ = floors(images(60), images(20, 1), 2)
    mean = images(60).mean(0)
    assert found["mean_image_mse"] == pytest.approx(np.square(images(20, 1) - mean).mean(), rel=1e-5)
    assert found["mean_image_bce"] == pytest.approx(
        cross_entropy(images(20, 1), np.broadcast_to(mean, (20, 4, 4, 1))), rel=1e-5
    )


def test_the_entropy_floor_is_that_of_the_test_images_also_summed_over_pixels():
    found, _ = floors(images(60), images(20, 1), 2)
    assert found["bce_floor"] == pytest.approx(cross_entropy(images(20, 1), images(20, 1)))
    assert found["bce_floor_nats"] == pytest.approx(16 * found["bce_floor"])
