"""What denoisers take from training images: a filter's parameter, an affine debias, the linear ridge.

Clipped noise lifts a black background to about 0.2, and no filter knows that black is black. So each
filter is measured as it is, *raw*, and after the affine map a * pixel + b that brings its output
closest to the clean training images, *debiased*. Its parameter is the one, of those tried, with the
highest mean PSNR on training images, raw and debiased each for itself. No test image is ever read.

All of it is worked out at a fixed list of levels per kind of noise (`noisy_pairs.levels`), and kept; a
level in between takes what was found at the nearest.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from aecore import derived
from aecore.errors import StoreNotWritable
from aecore.filters import FILTERS, filtered
from aecore.metrics.denoising import Ridge, ridge_denoiser
from aecore.metrics.reconstruction import psnr
from aecore.noisy_pairs import MOST, training_pair

SEARCHED = 100
"""Training images on which parameters are chosen and the affine map is fitted."""
RIDGE_IMAGES = MOST
"""Training images that the linear ridge is fitted to, as for the metrics of a run."""

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Affine:
    """The map scale * pixel + offset."""

    scale: float
    offset: float


@dataclass(frozen=True)
class Search:
    """What came of trying a filter's parameter on training images.

    Attributes:
        values: what was tried, shape (k,); one 0 where the filter has no parameter.
        raw: mean PSNR in dB of each, as the filter leaves the images, shape (k,).
        debiased: mean PSNR in dB after the affine map, likewise.
        scale: of the affine map of each, likewise.
        offset: of the affine map of each, likewise.
    """

    values: np.ndarray
    raw: np.ndarray
    debiased: np.ndarray
    scale: np.ndarray
    offset: np.ndarray

    def best(self, is_debiased: bool) -> float:
        """The value with the highest PSNR."""
        return float(self.values[np.argmax(self.debiased if is_debiased else self.raw)])


def fit_affine(pixels: np.ndarray, clean: np.ndarray) -> Affine:
    """The affine map that brings pixels closest to clean ones, by least squares.

    Args:
        pixels: what a filter gave, any shape.
        clean: what it should have given, same shape.

    Returns:
        The map; the mean of the clean pixels where the filter gave a constant.
    """
    given, wanted = pixels.ravel().astype(np.float64), clean.ravel().astype(np.float64)
    centred = given - given.mean()
    spread = float(centred @ centred)
    scale = float(centred @ wanted) / spread if spread > 0 else 0.0
    return Affine(scale, float(wanted.mean() - scale * given.mean()))


@lru_cache(maxsize=256)
def debias(dataset: str, kind: str, level: float, name: str, value: float) -> Affine:
    """The affine map for a filter at a value of its parameter, fitted on training images.

    Args:
        dataset: whose training images.
        kind: the kind of noise.
        level: a fitted level of it.
        name: one of FILTERS, or "noisy" for the images as they came.
        value: the filter's parameter; any number where it has none.

    Returns:
        The map.
    """
    if name != "noisy":
        found = search(dataset, kind, level, name)
        for tried, scale, offset in zip(found.values, found.scale, found.offset, strict=True):
            if tried == value:
                return Affine(float(scale), float(offset))
    clean, noisy = training_pair(dataset, kind, level, SEARCHED)
    return fit_affine(noisy if name == "noisy" else filtered(name, noisy, value), clean)


def search(dataset: str, kind: str, level: float, name: str) -> Search:
    """Try a filter's parameter on training images, or read what came of it before.

    Args:
        dataset: whose training images.
        kind: the kind of noise.
        level: a fitted level of it.
        name: one of FILTERS.

    Returns:
        What was tried, and how well it did.
    """
    return _search(dataset, kind, float(level), name)


@lru_cache(maxsize=256)
def _search(dataset: str, kind: str, level: float, name: str) -> Search:
    settings = _search_settings(kind, level, name)
    kept = derived.read(dataset, "filter", settings)
    if kept is None:
        clean, noisy = training_pair(dataset, kind, level, SEARCHED)
        found = [_scores(clean, filtered(name, noisy, value)) for value in settings["values"]]
        columns = np.array(found, np.float64).T
        kept = dict(zip(("raw", "debiased", "scale", "offset"), columns, strict=True))
        kept["values"] = np.array(settings["values"], np.float64)
        with suppress(StoreNotWritable):  # then it is worked out again, and nothing is lost
            derived.write(dataset, "filter", settings, kept)
    return Search(**kept)


def _search_settings(kind: str, level: float, name: str) -> dict[str, Any]:
    parameter = FILTERS[name].parameter
    values = [float(value) for value in parameter.values] if parameter else [0.0]
    return {"noise": kind, "level": float(level), "filter": name, "values": values, "images": SEARCHED}


def ridge(dataset: str, kind: str, level: float) -> Ridge:
    """The best linear map from noisy to clean training images, fitted, or read from before.

    Args:
        dataset: whose training images.
        kind: the kind of noise.
        level: a fitted level of it.

    Returns:
        The map. Kept in half precision, which changes a pixel by less than a grey level.
    """
    return _ridge(dataset, kind, float(level))


@lru_cache(maxsize=8)
def _ridge(dataset: str, kind: str, level: float) -> Ridge:
    settings = _ridge_settings(kind, level)
    kept = derived.read(dataset, "ridge", settings)
    if kept is None:
        clean, noisy = training_pair(dataset, kind, level, RIDGE_IMAGES)
        fitted = ridge_denoiser(noisy, clean)
        kept = {name: array.astype(np.float16) for name, array in vars(fitted).items()}
        with suppress(StoreNotWritable):
            derived.write(dataset, "ridge", settings, kept)
    return Ridge(**{name: array.astype(np.float32) for name, array in kept.items()})


def _ridge_settings(kind: str, level: float) -> dict[str, Any]:
    return {"noise": kind, "level": float(level), "images": RIDGE_IMAGES}


def fit(dataset: str, kind: str, level: float, names: Sequence[str], report: Report | None = None) -> None:
    """Fit filters and the ridge to training images, so that they answer at once afterwards.

    Args:
        dataset: whose training images.
        kind: the kind of noise.
        level: a fitted level of it.
        names: of FILTERS.
        report: called with the share done and what comes next.
    """
    for number, name in enumerate(names):
        if report:
            report(number / (len(names) + 1), FILTERS[name].title)
        search(dataset, kind, level, name)
    if report:
        report(len(names) / (len(names) + 1), "Linear ridge")
    ridge(dataset, kind, level)


def is_fitted(dataset: str, kind: str, level: float, names: Iterable[str]) -> bool:
    """Whether `fit` was done and kept for some filters and the ridge at a fitted level."""
    wanted = [("filter", _search_settings(kind, level, name)) for name in names]
    wanted.append(("ridge", _ridge_settings(kind, level)))
    return all(derived.read(dataset, *one) is not None for one in wanted)


def _scores(clean: np.ndarray, found: np.ndarray) -> tuple[float, float, float, float]:
    """Mean PSNR in dB raw and debiased, and the affine map."""
    affine = fit_affine(found, clean)
    moved = np.clip(affine.scale * found + affine.offset, 0, 1)
    return psnr(clean, np.clip(found, 0, 1)), psnr(clean, moved), affine.scale, affine.offset
