"""Denoisers on MNIST at Gaussian noise of 0.5, clipped: filters as published and as tuned, and models."""

from statistics import median

import numpy as np

from aecore import datasets, noisy_pairs
from aecore.calibration import SEARCHED, Affine, fit_affine
from aecore.denoisers import NOISY, Denoise, by_filter, by_ridge, measure
from aecore.denoising import by_run
from aecore.filters import FILTERS, filtered, non_local_means
from aecore.metrics.reconstruction import psnr, ssim
from aecore.runs import open_run

DATASET, KIND, LEVEL, IMAGES = "mnist", "gaussian", 0.5, 1000
TIMED = 20
PUBLISHED = {
    NOISY: (None, 9.37, 12.12),
    "gaussian_blur": (0.9, 12.35, 15.49),
    "median": (3, 14.16, 14.86),
    "wavelet": (None, 11.89, 14.06),
    "total_variation": (0.2, 12.42, 15.83),
    "non_local_means": (0.3, 12.76, 14.51),
    "jpeg": (10, 9.81, 12.28),
}
"""Parameter, PSNR raw and debiased in dB: measured by others on the same images, with their own noise."""
PUBLISHED_RIDGE = 17.59
MODELS = {
    "mnist-conv_denoising-z64": "Convolutional denoising autoencoder, z=64",
    "mnist-conv_denoising-z2": "Convolutional denoising autoencoder, z=2",
    "mnist-denoising-z2": "Denoising autoencoder, z=2",
}


def pair(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first test images, clean and with noise, each float32 (count, 28, 28, 1)."""
    clean = datasets.load_images(DATASET, "test").pixels[:count].astype(np.float32) / 255
    return clean, noisy_pairs.spoilt(clean, KIND, LEVEL, noisy_pairs.TEST_SEED)


def as_published(name: str, is_debiased: bool) -> Denoise:
    """A filter with the parameter of the published table; non-local means with Gaussian patches, as there.

    Args:
        name: one of PUBLISHED.
        is_debiased: whether the affine map follows.

    Returns:
        The denoiser.
    """
    value = PUBLISHED[name][0]

    def bare(noisy: np.ndarray) -> np.ndarray:
        if name == "non_local_means":
            return np.stack([non_local_means(image[..., 0], value, fast=False) for image in noisy])[..., None]
        return noisy if name == NOISY else filtered(name, noisy, value)

    affine = Affine(1.0, 0.0)
    if is_debiased:
        clean, noisy = noisy_pairs.training_pair(DATASET, KIND, LEVEL, SEARCHED)
        affine = fit_affine(bare(noisy), clean)
    return lambda noisy: np.clip(affine.scale * bare(noisy) + affine.offset, 0, 1)


def rows() -> list[dict[str, str]]:
    """One row per denoiser, over the first 1000 test images."""
    clean, noisy = pair(IMAGES)
    found, best = [], 0.0
    for name, (_, *published) in PUBLISHED.items():
        title = FILTERS[name].title if name in FILTERS else "noisy input"
        again = [psnr(clean, as_published(name, one)(noisy)) for one in (False, True)]
        tuned = [by_filter(name, DATASET, KIND, LEVEL, is_debiased=one) for one in (False, True)]
        reached = [psnr(clean, denoise(noisy)) for denoise in tuned]
        best = max(best, *reached)
        found.append(_row(title, _two(published), _two(again), _two(reached), clean, noisy, tuned[1]))
    ridge = by_ridge(DATASET, KIND, LEVEL)
    reached = psnr(clean, ridge(noisy))
    found.append(_row("linear ridge", f"{PUBLISHED_RIDGE:.2f}", "", f"{reached:.2f}", clean, noisy, ridge))
    for name, title in MODELS.items():
        denoise = by_run(open_run(name))
        reached = psnr(clean, denoise(noisy))
        text = f"**{reached:.2f}**, {reached - best:+.1f} to the best filter"
        found.append(_row(title, "", "", text, clean, noisy, denoise))
    return found


def _two(values: list[float]) -> str:
    return " / ".join(f"{value:.2f}" for value in values)


def _row(
    title: str, published: str, again: str, ours: str, clean: np.ndarray, noisy: np.ndarray, denoise: Denoise
) -> dict[str, str]:
    milliseconds = median(measure(*images, denoise).milliseconds for images in _first(clean, noisy))
    return {
        "denoiser": title,
        "published, PSNR dB raw / debiased": published,
        "the same here": again,
        "parameters chosen on training images": ours,
        "SSIM": f"{ssim(clean, denoise(noisy)):.3f}",
        "ms per image": f"{milliseconds:.2f}",
    }


def _first(*stacks: np.ndarray) -> zip:
    return zip(*(stack[:TIMED] for stack in stacks), strict=True)
