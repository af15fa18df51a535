"""Denoised images beside noisy ones and the linear denoiser."""

import numpy as np
import pytest

from aecore.metrics import measure, with_floors
from aecore.metrics._context import Denoised
from aecore.metrics.denoising import ridge_denoiser
from aecore.metrics.reconstruction import psnr, ssim
from tests.core.metrics.contexts import ArrayContext, images, normal


def test_denoising_compares_the_denoised_and_the_noisy_with_the_clean():
    clean, noisy, denoised, *train = (images(6, seed) for seed in range(5))
    context = ArrayContext(normal(6, 2), has={"noise"})
    context.denoised = Denoised(clean, noisy, denoised, *train)
    found = measure(context, with_floors(["denoised_psnr", "denoised_ssim"]))
    linear = ridge_denoiser(train[1], train[0])(noisy)
    assert found == {
        "ridge_psnr": psnr(clean, linear),
        "denoised_psnr": psnr(clean, denoised),
        "denoised_ssim": ssim(clean, denoised),
        "noisy_psnr": psnr(clean, noisy),
        "noisy_ssim": ssim(clean, noisy),
    }


@pytest.mark.parametrize("count", [200, 12])  # more images than pixels, and fewer
def test_the_linear_denoiser_is_scikit_learns_ridge_clipped_to_pixels(count, monkeypatch):
    from sklearn.linear_model import Ridge

    monkeypatch.setattr("aecore.metrics.denoising.ROWS", 37)
    clean = images(count) > 0.5
    noisy = np.clip(clean + 0.5 * normal(count, 4, 4, 1), 0, 1).astype(np.float32)
    ridge = Ridge(1.0).fit(noisy.reshape(count, -1).astype(np.float64), clean.reshape(count, -1))
    shown = noisy[:50]
    expected = ridge.predict(shown.reshape(len(shown), -1)).reshape(shown.shape)
    assert (expected.min(), expected.max()) != (0, 1)
    found = ridge_denoiser(noisy, clean.astype(np.float32))(shown)
    np.testing.assert_allclose(found, np.clip(expected, 0, 1), atol=1e-5)


def test_the_linear_denoiser_keeps_float32_and_shapes_and_learns_from_pixels_that_never_vary():
    clean = images(30)
    clean[:, 0] = 0
    found = ridge_denoiser(clean, clean)(clean[:7])
    assert (found.dtype, found.shape) == (np.float32, (7, 4, 4, 1))
    np.testing.assert_allclose(found[:, 0], 0, atol=1e-5)
