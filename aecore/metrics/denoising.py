"""How much of the noise is gone, and the linear denoiser to hold that against."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aecore.metrics import Metric
from aecore.metrics.reconstruction import psnr, ssim

if TYPE_CHECKING:
    from aecore.metrics._context import MetricContext


ORDER = 12
RIDGE = 1.0
ROWS = 5000
DENOISED = 1000
RIDGE_IMAGES = 20_000


@dataclass(frozen=True)
class Ridge:
    """A linear map from noisy to clean pixels; call it with images.

    Attributes:
        weights: shape (pixels, pixels): what a column's clean pixel takes from each noisy one.
        noisy_mean: mean noisy image, shape (pixels,).
        clean_mean: mean clean image, likewise.
    """

    weights: np.ndarray
    noisy_mean: np.ndarray
    clean_mean: np.ndarray

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Noisy images (n, h, w, c) to denoised ones, float32, clipped to [0, 1]."""
        found = (images.reshape(len(images), -1) - self.noisy_mean) @ self.weights + self.clean_mean
        return np.clip(found, 0, 1).reshape(images.shape)


def ridge_denoiser(train_noisy: np.ndarray, train_clean: np.ndarray) -> Ridge:
    """Fit the best linear denoiser: every clean pixel from all noisy ones, by ridge regression.

    Args:
        train_noisy: training images with noise, pixels in [0, 1], shape (m, h, w, c).
        train_clean: the same images without, likewise.

    Returns:
        The map. The penalty is 1 on the summed squares, the intercept free, as scikit-learn's Ridge
        has it.
    """
    noisy, clean = (images.reshape(len(images), -1) for images in (train_noisy, train_clean))
    middle, target = noisy.mean(0, dtype=np.float64), clean.mean(0, dtype=np.float64)
    if len(noisy) < noisy.shape[1]:  # the same map from the images' products with one another
        centred = noisy - middle
        inner = centred @ centred.T + RIDGE * np.eye(len(noisy))
        weights = centred.T @ np.linalg.solve(inner, clean - target)
        return Ridge(weights.astype(np.float32), middle.astype(np.float32), target.astype(np.float32))
    gram = RIDGE * np.eye(noisy.shape[1])
    cross = np.zeros((noisy.shape[1], clean.shape[1]))
    for start in range(0, len(noisy), ROWS):  # sums of blocks in float64: float32 would lose the penalty
        centred = (noisy[start : start + ROWS] - middle).astype(np.float32)
        gram += centred.T @ centred
        cross += centred.T @ (clean[start : start + ROWS] - target).astype(np.float32)
    weights = np.linalg.solve(gram, cross).astype(np.float32)
    return Ridge(weights, middle.astype(np.float32), target.astype(np.float32))


def _ridge(context: "MetricContext") -> float:
    """What the linear denoiser reaches."""
    pairs = context.denoising
    return psnr(pairs.clean, ridge_denoiser(pairs.train_noisy, pairs.train_clean)(pairs.noisy))


METRICS = {
    "denoised_psnr": Metric(
        "Denoised PSNR",
        "dB",
        "higher",
        "Peak signal-to-noise ratio of the denoised test images against the clean ones, the mean "
        "over images. A denoiser should beat the noisy image, and the linear one.",
        group="denoising",
        needs=("noise",),
        floors=("noisy_psnr", "ridge_psnr"),
        compute=lambda context: psnr(context.denoising.clean, context.denoising.denoised),
        formula=r"10 \log_{10} \frac{1}{\mathrm{MSE}}",
        range="0 to 100 dB",
        measured=(
            f"The first {DENOISED:,} test images, noise at its reference level, clipped to [0, 1] and "
            "rounded to 8 bits, seed 0. Beside it the noisy images, and the linear (ridge) denoiser "
            f"fitted on the first {RIDGE_IMAGES:,} training images, or on all where there are fewer."
        ),
    ),
    "denoised_ssim": Metric(
        "Denoised SSIM",
        "−1 to 1",
        "higher",
        "Structural similarity of the denoised test images to the clean ones. scikit-image's "
        "definition, uniform 7×7 window; other libraries give other numbers.",
        group="denoising",
        needs=("noise",),
        floors=("noisy_ssim",),
        compute=lambda context: ssim(context.denoising.clean, context.denoising.denoised),
        range="−1 to 1",
        measured="SSIM as above, of the same images.",
        source="Wang et al. 2004.",
    ),
    "noisy_psnr": Metric(
        "noisy images",
        "dB",
        "",
        "The noisy images as they come.",
        needs=("noise",),
        compute=lambda context: psnr(context.denoising.clean, context.denoising.noisy),
    ),
    "noisy_ssim": Metric(
        "noisy images",
        "−1 to 1",
        "",
        "The noisy images as they come.",
        needs=("noise",),
        compute=lambda context: ssim(context.denoising.clean, context.denoising.noisy),
    ),
    "ridge_psnr": Metric(
        "linear denoiser",
        "dB",
        "",
        "The best linear map of the noisy pixels, fitted on training images.",
        needs=("noise",),
        compute=_ridge,
    ),
}
