"""Denoisers that need no trained model, by name, and what it means to compare denoisers.

A denoiser is a function from noisy images to denoised ones. A filter is one with the parameter and the
map of brightness that training images gave it (see `calibration`); the linear ridge is another;
`denoising` adds trained models.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from aecore.denoising import noisy_pairs, tuning
from aecore.denoising.filters import FILTERS, filtered
from aecore.denoising.intensity_maps import DEBIASES, IDENTITY, RAW
from aecore.denoising.tuning import NOISY, RIDGE
from aecore.metrics.reconstruction import psnr, ssim

CLASSICAL = {
    NOISY: "Noisy input",
    **{name: one.title for name, one in FILTERS.items()},
    RIDGE: "Linear ridge",
}
"""Titles of what needs no trained model, by name."""
TIMED = 5
"""Calls whose median is the time of a denoiser."""

Denoise = Callable[[np.ndarray], np.ndarray]
"""Noisy images (n, h, w, c) to denoised ones, float32 in [0, 1]."""


@dataclass(frozen=True)
class Denoised:
    """What a denoiser made of one image.

    Attributes:
        image: pixels float32 in [0, 1], shape (h, w, c).
        psnr: in dB against the clean image; higher is better.
        ssim: `metrics.reconstruction.ssim` against the clean image; higher is better.
        milliseconds: for this one image: the median of TIMED calls after one that does not count.
    """

    image: np.ndarray
    psnr: float
    ssim: float
    milliseconds: float


def by_filter(
    name: str, dataset: str, kind: str, level: float, *, debias: str, value: float | None = None
) -> Denoise:
    """A filter as a denoiser for a kind of noise at a level.

    Args:
        name: one of FILTERS, or NOISY for the images as they came.
        dataset: whose training images it is fitted to; none are read where all is raw and a value given.
        kind: the kind of noise.
        level: its level.
        debias: the map that follows, one of `intensity_maps.DEBIASES`.
        value: its parameter; the best one on training images if not given.

    Returns:
        The denoiser.
    """
    level = noisy_pairs.nearest_level(kind, level)
    if name != NOISY and value is None and FILTERS[name].parameter:
        value = tuning.search(dataset, kind, level, name).best(debias)
    move = IDENTITY
    if debias != RAW:
        move = tuning.maps(dataset, kind, level, name, value or 0.0)[debias]

    def denoise(noisy: np.ndarray) -> np.ndarray:
        return move(noisy if name == NOISY else filtered(name, noisy, value)).astype(np.float32)

    return denoise


def by_ridge(dataset: str, kind: str, level: float, *, debias: str = RAW) -> Denoise:
    """The best linear map from noisy to clean training images at the nearest fitted level.

    Args:
        dataset: whose training images.
        kind: the kind of noise.
        level: its level.
        debias: the map that follows, one of `intensity_maps.DEBIASES`.

    Returns:
        The denoiser.
    """
    level = noisy_pairs.nearest_level(kind, level)
    ridge = tuning.ridge(dataset, kind, level)
    move = IDENTITY if debias == RAW else tuning.maps(dataset, kind, level, RIDGE)[debias]
    return lambda noisy: move(ridge(noisy)).astype(np.float32)


def by_classical(
    name: str, dataset: str, kind: str, level: float, noisy: np.ndarray
) -> dict[str, np.ndarray]:
    """Many images through a classical denoiser, after every map; each parameter's filter runs once.

    Args:
        name: one of CLASSICAL.
        dataset: whose training images it is fitted to.
        kind: the kind of noise.
        level: a fitted level of it.
        noisy: images, shape (n, h, w, c).

    Returns:
        The denoised images by the names of DEBIASES, each float32 in [0, 1], same shape.
    """
    if name == RIDGE:
        return {debias: by_ridge(dataset, kind, level, debias=debias)(noisy) for debias in DEBIASES}
    chosen = dict.fromkeys(DEBIASES, 0.0)
    if name != NOISY:
        found = tuning.search(dataset, kind, level, name)
        chosen = {debias: found.best(debias) for debias in DEBIASES}
    bare = {value: noisy if name == NOISY else filtered(name, noisy, value) for value in {*chosen.values()}}
    return {
        debias: tuning.maps(dataset, kind, level, name, value)[debias](bare[value]).astype(np.float32)
        for debias, value in chosen.items()
    }


def measure(clean: np.ndarray, noisy: np.ndarray, denoise: Denoise) -> Denoised:
    """One image through a denoiser, and how close it came.

    Args:
        clean: pixels in [0, 1], shape (h, w, c).
        noisy: the same with noise, likewise.
        denoise: the denoiser.

    Returns:
        The denoised image and its numbers.
    """
    batch, seconds = noisy[None], []
    image = denoise(batch)  # the first call loads what is needed
    for _ in range(TIMED):
        started = time.perf_counter()
        denoise(batch)
        seconds.append(time.perf_counter() - started)
    return Denoised(image[0], psnr(clean[None], image), ssim(clean[None], image), 1000 * median(seconds))


def compare(clean: np.ndarray, noisy: np.ndarray, denoisers: Mapping[str, Denoise]) -> dict[str, Denoised]:
    """One image through many denoisers.

    Args:
        clean: pixels in [0, 1], shape (h, w, c).
        noisy: the same with noise, likewise.
        denoisers: by name, such as `by_filter`, `by_ridge` and `denoising.by_run` give.

    Returns:
        What each made of it, by name.
    """
    return {name: measure(clean, noisy, denoise) for name, denoise in denoisers.items()}
