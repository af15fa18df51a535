"""What each denoiser makes of one image, kept by content, so that nothing is worked out twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from aecore.corruptions import NoiseRange
from aecore.denoising import denoisers, tuning
from aecore.denoising.denoisers import Denoised
from aecore.denoising.filters import FILTERS
from dashboard.services import background, cached_reads, engine, turns

KEPT = 512  # results of one image and one denoiser, a few kB each


@dataclass(frozen=True)
class Case:
    """What is denoised: the image, clean and noisy, and the data and noise that filters are fitted to."""

    clean: np.ndarray
    noisy: np.ndarray
    dataset: str
    kind: str
    level: float
    debias: str


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
    """The parameter that did best on training images; the usual one where there are none."""
    if not cached_reads.images_are_here(case.dataset, "train"):
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


@turns.rested
@st.cache_data(show_spinner="Asking the classifier …", max_entries=KEPT)
def judged(dataset: str, images: np.ndarray) -> np.ndarray:
    """What the data set's classifier makes of images (n, h, w, c): probabilities (n, classes)."""
    return engine.judge_probabilities(dataset, images)
