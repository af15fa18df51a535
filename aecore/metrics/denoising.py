"""How much of the noise is gone, and the linear denoiser to hold that against."""

from dataclasses import dataclass

import numpy as np

from aecore.metrics.reconstruction import psnr, ssim

RIDGE = 1.0
ROWS = 5000


def denoising(clean: np.ndarray, noisy: np.ndarray, denoised: np.ndarray) -> dict[str, float]:
    """PSNR and SSIM of denoised images, and of the noisy ones as they came.

    Args:
        clean: pixels in [0, 1], shape (n, h, w, c).
        noisy: the same images with noise, likewise.
        denoised: what became of them, likewise.

    Returns:
        Numbers by name; see `metrics.METRICS`.
    """
    return {
        f"{name}_{measure.__name__}": measure(clean, images)
        for name, images in (("denoised", denoised), ("noisy", noisy))
        for measure in (psnr, ssim)
    }


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
    gram = RIDGE * np.eye(noisy.shape[1])
    cross = np.zeros((noisy.shape[1], clean.shape[1]))
    for start in range(0, len(noisy), ROWS):  # sums of blocks in float64: float32 would lose the penalty
        centred = (noisy[start : start + ROWS] - middle).astype(np.float32)
        gram += centred.T @ centred
        cross += centred.T @ (clean[start : start + ROWS] - target).astype(np.float32)
    weights = np.linalg.solve(gram, cross).astype(np.float32)
    return Ridge(weights, middle.astype(np.float32), target.astype(np.float32))
