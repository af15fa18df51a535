"""What denoisers take from training images: a filter's parameter, a debias, the linear ridge.

Each filter is measured as it is, *raw*, and after the map of `intensity_maps`, *affine* or *monotone*, that
brings its output closest to clean training images. Its parameter is the one, of those tried, with the
highest mean PSNR on training images, for each of the three by itself. No test image is ever read.

All of it is worked out at a fixed list of levels per kind of noise (`noisy_pairs.levels`), and kept; a
level in between takes what was found at the nearest.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from aecore.corruptions import find
from aecore.denoising import timing
from aecore.denoising.filters import FILTERS, filtered
from aecore.denoising.intensity_maps import (
    AFFINE,
    DEBIASES,
    FITS,
    IDENTITY,
    MONOTONE,
    RAW,
    Affine,
    IntensityMap,
    Monotone,
    fit_affine,
    fit_monotone,
)
from aecore.denoising.noisy_pairs import MOST, training_pair
from aecore.errors import StoreNotWritable
from aecore.metrics.denoising import Ridge, ridge_denoiser
from aecore.metrics.reconstruction import psnr
from aecore.storage import cache

SEARCHED = 100
"""Training images on which parameters are chosen and maps are fitted."""
RIDGE_IMAGES = MOST
"""Training images that the linear ridge is fitted to, as for the metrics of a run."""

NOISY, RIDGE = "noisy", "ridge"
"""Beside the filters' names: the images as they came, and the linear ridge."""

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Search:
    """What came of trying a filter's parameter on training images.

    Attributes:
        values: what was tried, shape (k,); one 0 where the filter has no parameter.
        raw: mean PSNR in dB of each, as the filter leaves the images, shape (k,).
        affine: mean PSNR in dB after the affine map, likewise.
        monotone: mean PSNR in dB after the monotone map, likewise.
        scale: of the affine map of each, likewise.
        offset: of the affine map of each, likewise.
        ends: the lowest and highest input of the monotone map of each, shape (k, 2).
        table: its outputs, shape (k, KNOTS).
    """

    values: np.ndarray
    raw: np.ndarray
    affine: np.ndarray
    monotone: np.ndarray
    scale: np.ndarray
    offset: np.ndarray
    ends: np.ndarray
    table: np.ndarray

    def best(self, debias: str) -> float:
        """The value with the highest PSNR after one of DEBIASES."""
        return float(self.values[np.argmax(getattr(self, debias))])

    def maps(self, value: float) -> dict[str, IntensityMap] | None:
        """The map of each of DEBIASES at a value; None where it was not tried."""
        for row in np.flatnonzero(self.values == value):
            affine = Affine(float(self.scale[row]), float(self.offset[row]))
            low, high = map(float, self.ends[row])
            monotone = Monotone(low, high, self.table[row])
            return {RAW: IDENTITY, AFFINE: affine, MONOTONE: monotone}
        return None


@lru_cache(maxsize=256)
def maps(dataset: str, kind: str, level: float, name: str, value: float = 0.0) -> dict[str, IntensityMap]:
    """The map of each of DEBIASES for a denoiser, fitted on training images.

    Args:
        dataset: whose training images.
        kind: the kind of noise.
        level: a fitted level of it.
        name: one of FILTERS, NOISY for the images as they came, or RIDGE.
        value: the filter's parameter; any number where there is none.

    Returns:
        The maps by name.
    """
    if name in FILTERS and (kept := search(dataset, kind, level, name).maps(value)):
        return kept
    clean, noisy = training_pair(dataset, kind, level, SEARCHED)
    if name == RIDGE:
        found = ridge(dataset, kind, level)(noisy)
    else:
        found = noisy if name == NOISY else filtered(name, noisy, value)
    return {debias: fit(found, clean) for debias, fit in FITS.items()}


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
    kept = cache.read(dataset, "filter", settings)
    if kept is None:
        clean, noisy = training_pair(dataset, kind, level, SEARCHED)
        found = [_scores(clean, filtered(name, noisy, value)) for value in settings["values"]]
        kept = {column: np.array([row[column] for row in found], np.float64) for column in found[0]}
        kept["values"] = np.array(settings["values"], np.float64)
        with suppress(StoreNotWritable):  # then it is worked out again, and nothing is lost
            cache.write(dataset, "filter", settings, kept)
    return Search(**kept)


def _search_settings(kind: str, level: float, name: str) -> dict[str, Any]:
    parameter = FILTERS[name].parameter
    values = [float(value) for value in parameter.values] if parameter else [0.0]
    return {
        "noise": kind,
        "level": float(level),
        "filter": name,
        "values": values,
        "images": SEARCHED,
        "maps": list(DEBIASES),
    }


def images_to_search(dataset: str, kind: str, level: float, name: str) -> int:
    """How many images `search` will filter: none where what it finds is kept.

    Args:
        dataset: whose training images.
        kind: the kind of noise.
        level: a fitted level of it.
        name: one of FILTERS.

    Returns:
        Each image as often as there are values to try.
    """
    settings = _search_settings(kind, level, name)
    return 0 if cache.read(dataset, "filter", settings) is not None else len(settings["values"]) * SEARCHED


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
    kept = cache.read(dataset, "ridge", settings)
    if kept is None:
        clean, noisy = training_pair(dataset, kind, level, RIDGE_IMAGES)
        fitted = ridge_denoiser(noisy, clean)
        kept = {name: array.astype(np.float16) for name, array in vars(fitted).items()}
        with suppress(StoreNotWritable):
            cache.write(dataset, "ridge", settings, kept)
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
    clock = timing.Clock(
        [(RIDGE, 1.0), *((name, images_to_search(dataset, kind, level, name)) for name in names)]
    )
    if report:
        report(0.0, "Linear ridge")
    ridge(dataset, kind, level)  # first: how long it takes is known once it is done
    if report:
        noisy = training_pair(dataset, kind, level, SEARCHED)[1]
        clock.give({name: timing.filter_pace(name, noisy) for name in names})
    for number, name in enumerate(names, 1):
        if report:
            report(clock.begin(number), FILTERS[name].title)
        search(dataset, kind, level, name)


def is_fitted(dataset: str, kind: str, level: float, names: Iterable[str]) -> bool:
    """Whether `fit` was done and kept for some filters and the ridge at a fitted level."""
    wanted = [("filter", _search_settings(kind, level, name)) for name in names]
    wanted.append(("ridge", _ridge_settings(kind, level)))
    return all(cache.read(dataset, *one) is not None for one in wanted)


def kept_levels(dataset: str, kind: str, name: str) -> list[float]:
    """The fitted levels of a kind of noise at which `fit` was done and kept for a filter or RIDGE, rising.

    Args:
        dataset: whose training images.
        kind: the kind of noise.
        name: one of FILTERS, or RIDGE.

    Returns:
        The levels.
    """
    if name == RIDGE:
        wanted = {level: ("ridge", _ridge_settings(kind, level)) for level in find(kind).levels}
    else:
        wanted = {level: ("filter", _search_settings(kind, level, name)) for level in find(kind).levels}
    return [level for level, one in wanted.items() if cache.path(dataset, *one) is not None]


def _scores(clean: np.ndarray, found: np.ndarray) -> dict[str, Any]:
    """A row of Search: mean PSNR in dB after every map, and the maps."""
    affine, monotone = fit_affine(found, clean), fit_monotone(found, clean)
    mapped = {RAW: IDENTITY, AFFINE: affine, MONOTONE: monotone}
    return {
        **{debias: psnr(clean, move(found)) for debias, move in mapped.items()},
        **{"scale": affine.scale, "offset": affine.offset},
        **{"ends": [monotone.low, monotone.high], "table": monotone.table},
    }
