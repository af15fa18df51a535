"""Denoisers on MNIST at Gaussian noise of 0.5, clipped: the noisy images, filters, the linear ridge, models.

Filters have the parameters that did best on training images, and each map of brightness that
`aecore.denoising.intensity_maps` offers; a model is held against the best of them all. BM3D takes part
where it is installed.
"""

from statistics import median

import numpy as np

from aecore import datasets
from aecore.denoising import noisy_pairs
from aecore.denoising.denoisers import (
    CLASSICAL,
    NOISY,
    RIDGE,
    Denoise,
    by_classical,
    by_filter,
    by_ridge,
    measure,
)
from aecore.denoising.filters import installed
from aecore.denoising.intensity_maps import AFFINE, FAIREST, MONOTONE, RAW
from aecore.denoising.models import by_run
from aecore.metrics.reconstruction import psnr, ssim
from aecore.runs import open_run

DATASET, KIND, LEVEL, IMAGES = "mnist", "gaussian", 0.5, 1000
TIMED = 20
SHOWN = {RAW: "raw", AFFINE: "affine debias", MONOTONE: "monotone debias"}
MODELS = {
    "mnist-conv_denoising-z64": "Convolutional denoising autoencoder, z=64",
    "mnist-conv_denoising-z2": "Convolutional denoising autoencoder, z=2",
    "mnist-denoising-z2": "Denoising autoencoder, z=2",
}


def pair(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first test images, clean and with noise, each float32 (count, 28, 28, 1)."""
    clean = datasets.load_images(DATASET, "test").pixels[:count].astype(np.float32) / 255
    return clean, noisy_pairs.corrupt_batch(clean, KIND, LEVEL, noisy_pairs.TEST_SEED)


def rows() -> list[dict[str, str]]:
    """One row per denoiser, over the first 1000 test images."""
    clean, noisy = pair(IMAGES)
    found, reached = [], {}
    for name in (NOISY, *installed(), RIDGE):
        denoised = by_classical(name, DATASET, KIND, LEVEL, noisy)
        reached[name] = {debias: psnr(clean, images) for debias, images in denoised.items()}
        milliseconds = _milliseconds(clean, noisy, _single(name))
        similar = {debias: ssim(clean, denoised[debias]) for debias in (RAW, MONOTONE)}
        values = {debias: f"{value:.2f}" for debias, value in reached[name].items()}
        found.append(_row(CLASSICAL[name], values, similar, milliseconds))
    for name, title in MODELS.items():
        denoise = by_run(open_run(name))
        images = denoise(noisy)
        values = {RAW: f"**{psnr(clean, images):.2f}**, {_lead(psnr(clean, images), reached)}"}
        found.append(_row(title, values, {RAW: ssim(clean, images)}, _milliseconds(clean, noisy, denoise)))
    return found


def _single(name: str) -> Denoise:
    """A classical denoiser for one image at a time, as it is timed."""
    if name == RIDGE:
        return by_ridge(DATASET, KIND, LEVEL, debias=FAIREST)
    return by_filter(name, DATASET, KIND, LEVEL, debias=FAIREST)


def _lead(value: float, reached: dict[str, dict[str, float]]) -> str:
    """How far a model is ahead of the best filter after any map, and of the ridge."""
    filters = {
        (name, debias): psnr_of
        for name, values in reached.items()
        if name not in (NOISY, RIDGE)
        for debias, psnr_of in values.items()
    }
    name, debias = max(filters, key=lambda place: filters[place])
    ridge = max(reached[RIDGE].values())
    return (
        f"{value - filters[name, debias]:+.1f} to the best filter ({CLASSICAL[name]}, {SHOWN[debias]}), "
        f"{value - ridge:+.1f} to the ridge"
    )


def _row(
    title: str, values: dict[str, str], similar: dict[str, float], milliseconds: float
) -> dict[str, str]:
    return {
        "denoiser": title,
        **{f"PSNR, dB, {words}": values.get(debias, "") for debias, words in SHOWN.items()},
        **{
            f"SSIM, {SHOWN[debias]}": f"{similar[debias]:.3f}" if debias in similar else ""
            for debias in (RAW, MONOTONE)
        },
        "ms per image": f"{milliseconds:.2f}",
    }


def _milliseconds(clean: np.ndarray, noisy: np.ndarray, denoise: Denoise) -> float:
    pairs = zip(clean[:TIMED], noisy[:TIMED], strict=True)
    return median(measure(*images, denoise).milliseconds for images in pairs)
