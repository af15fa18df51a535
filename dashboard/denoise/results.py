"""What each denoiser makes of one image, kept by content, so that nothing is worked out twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import streamlit as st

from aecore import corruptions
from aecore.corruptions import Draws, NoiseRange
from aecore.denoising import denoisers, tuning
from aecore.denoising.denoisers import RIDGE, Denoised
from aecore.denoising.filters import FILTERS
from aecore.denoising.intensity_maps import RAW
from dashboard.services import background, engine, turns

KEPT = 512  # results of one image and one denoiser, a few kB each


@dataclass(frozen=True)
class Case:
    """What is denoised, and the data and noise that filters are fitted to.

    Attributes:
        clean: pixels in [0, 1], float32 (h, w, c).
        noisy: the same with noise, likewise.
        draws: the draw of that noise, with the centre of what covers a place.
        dataset: whose training images filters are fitted to.
        kind: the kind of noise.
        level: the fitted level that is nearest to the noise's own.
        debias: the map after filters and ridge, one of `intensity_maps.DEBIASES`.
        has_fit: whether filters are fitted to that noise; else they stand at their usual parameters.
    """

    clean: np.ndarray
    noisy: np.ndarray
    draws: Draws
    dataset: str
    kind: str
    level: float
    debias: str
    has_fit: bool


def nearest_fit(case: Case, name: str) -> Case | None:
    """A case with the fit of the nearest level that a filter or RIDGE was fitted to before.

    Args:
        case: what is denoised, of noise that the filter is not fitted to.
        name: one of FILTERS, or RIDGE.

    Returns:
        The case, raw and without a fit where there is none; None for a ridge, which is nothing without one.
    """
    kept = tuning.kept_levels(case.dataset, case.kind, name)
    if kept:
        return replace(case, level=min(kept, key=lambda level: abs(level - case.level)))
    return None if name == RIDGE else replace(case, debias=RAW, has_fit=False)


def is_fitted(case: Case, filters: Sequence[str]) -> bool:
    """Whether filters and ridge are fitted to this noise; if not, see to it and show how far that is."""
    key = f"fit-{case.dataset}-{case.kind}-{case.level:g}-{'-'.join(sorted(filters))}"
    job = background.jobs().get(key)
    if tuning.is_fitted(case.dataset, case.kind, case.level, filters) or (job and job.state == "done"):
        return True
    begin = (
        key,
        "Filters on training images",
        lambda report: tuning.fit(case.dataset, case.kind, case.level, filters, report),
        False,  # not kept
    )
    if job is None:
        background.jobs().start(*begin)
    elif job.is_over:
        label = "Fit the filters to training images"
        st.button(label, key=f"start-{key}", on_click=background.start, args=begin)
    background.show(key)
    return False


def chosen(case: Case, name: str) -> float:
    """The parameter that did best on training images; the usual one where there is no fit."""
    if not case.has_fit:
        parameter = FILTERS[name].parameter
        assert parameter is not None, "asked for only where a filter has one"
        return parameter.usual
    return tuning.search(case.dataset, case.kind, case.level, name).best(case.debias)


def key(case: Case, name: str) -> str:
    """What a moved parameter is remembered under: another noise has its own."""
    return f"parameter-{name}-{case.dataset}-{case.kind}-{case.level:g}-{case.debias}"


@turns.rested
@st.cache_data(show_spinner="Opening the model …", max_entries=KEPT)
def by_run(
    path: Path, created: str, clean: np.ndarray, noisy: np.ndarray
) -> tuple[Denoised, NoiseRange | None]:
    """An image through a run, and what noise the run knows; `created` tells one training from the next."""
    return engine.denoise(path, clean, noisy), engine.trained_on(path)


@turns.rested
@st.cache_data(show_spinner=False, max_entries=KEPT)
def by_ridge(
    dataset: str, kind: str, level: float, debias: str, clean: np.ndarray, noisy: np.ndarray
) -> Denoised:
    """An image through the linear ridge."""
    return denoisers.measure(clean, noisy, denoisers.by_ridge(dataset, kind, level, debias=debias))


@turns.rested
@st.cache_data(show_spinner=False, max_entries=KEPT)
def by_filter(
    name: str,
    dataset: str,
    kind: str,
    level: float,
    debias: str,
    value: float | None,
    clean: np.ndarray,
    noisy: np.ndarray,
) -> Denoised:
    """An image through a filter, whose parameter is given where it has one."""
    denoise = denoisers.by_filter(name, dataset, kind, level, debias=debias, value=value)
    return denoisers.measure(clean, noisy, denoise)


def fitted_levels(case: Case, name: str) -> tuple[float, ...]:
    """The levels that a filter or RIDGE is fitted to, the case's among them, rising."""
    return tuple(sorted({case.level, *tuning.kept_levels(case.dataset, case.kind, name)}))


@turns.rested
@st.cache_data(show_spinner=False, max_entries=32)
def over_levels(
    name: str,
    dataset: str,
    kind: str,
    fits: tuple[float, ...],
    debias: str,
    value: float | None,
    clean: np.ndarray,
    draws: Draws,
) -> np.ndarray:
    """What a filter or RIDGE makes of an image at every level of a kind of noise that filters are fitted at.

    Args:
        name: one of FILTERS, or RIDGE.
        dataset: whose training images it is fitted to.
        kind: the kind of noise.
        fits: the levels that it is fitted to; at each level that of the nearest holds.
        debias: the map that follows, one of `intensity_maps.DEBIASES`.
        value: a parameter that holds at every level; None for the one that did best on training images.
        clean: pixels in [0, 1], shape (h, w, c).
        draws: of the image's shape.

    Returns:
        Pixels in [0, 1], shape (levels, h, w, c).
    """
    images = []
    for at in corruptions.find(kind).levels:
        fitted = min(fits, key=lambda one: abs(one - at))
        if name == RIDGE:
            denoise = denoisers.by_ridge(dataset, kind, fitted, debias=debias)
        else:
            denoise = denoisers.by_filter(name, dataset, kind, fitted, debias=debias, value=value)
        images.append(denoise(corruptions.corrupt(clean, kind, at, draws)[None])[0])
    return np.stack(images)


@turns.rested
@st.cache_data(show_spinner="Asking the classifier …", max_entries=KEPT)
def judged(dataset: str, images: np.ndarray) -> np.ndarray:
    """What the data set's classifier makes of images (n, h, w, c): probabilities (n, classes)."""
    return engine.judge_probabilities(dataset, images)
