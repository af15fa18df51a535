"""Traversals: what each latent dimension of the runs says, and what it changes in an image, side by side."""

from pathlib import Path

import numpy as np
import streamlit as st

from aecore.errors import AecoreError
from aecore.storage.run import StoredRun
from dashboard.compare.readable_runs import openable
from dashboard.figures.export import tiled
from dashboard.figures.kl_bars import kl_bars, variance_bars
from dashboard.figures.numbers import plain
from dashboard.services import cached_reads, engine, turns
from dashboard.shared import export_buttons
from dashboard.shared.dimensions import dimensions
from dashboard.shared.plain_text import as_text
from dashboard.state import plane

MOST = 8
"""Dimensions of a run that are traversed: those that say most."""
STEPS, REACH = 9, 2.5
SHARP = 4
NONE = (
    "These runs have one or two dimensions, and all of them lie on the planes. Traversals are for runs with "
    "more: choose one above."
)
READING = (
    "Each row changes one dimension alone and leaves the others as they are; left to right −2.5 to 2.5 "
    "standard deviations of that dimension over the test images. A row that stays the same says nothing."
)


def show(runs: list[StoredRun], dataset: str) -> None:
    """What each dimension says, as bars, and below them the traversals of those that say most.

    Args:
        runs: of one data set; of those with more than two dimensions each has a column.
        dataset: its name.
    """
    deep = openable([run for run in runs if run.config.latent_dim > 2])
    if not deep:
        st.info(NONE)
        return
    titles = cached_reads.short_labels(deep, with_collapse=True)
    start = plane.shared_image(deep[0].test_images)
    begun = "the mean of the codes" if start is None else f"test image {start:,}"
    st.caption(f"Traversals begin at {begun}. {READING}")
    for column, run in zip(st.columns(len(deep)), deep, strict=True):
        with column:
            try:
                _show_run(run, as_text(titles[run.run_id]), start, f"{dataset}-{run.run_id}")
            except AecoreError as error:
                st.error(as_text(error))


def _show_run(run: StoredRun, title: str, start: int | None, stem: str) -> None:
    found = dimensions(run.arrays["codes"], run.arrays.get("kl"))
    assert found.weights is not None, "only runs of more than two dimensions are shown"
    weights = np.array(found.weights)
    measure = "KL per dimension" if found.is_kl else "Variance per dimension; this run has no posterior"
    st.markdown(f"**{title}** · z = {run.config.latent_dim}  \n{measure}")
    figure = kl_bars(weights) if found.is_kl else variance_bars(weights)
    st.plotly_chart(figure, width="stretch", config=export_buttons.config(stem), key=f"weights-{run.run_id}")
    dims, images = traversed(run.path, start, run)
    picture = tiled(images.reshape(-1, *images.shape[2:]), STEPS)
    unit = " nats" if found.is_kl else ""
    named = ", ".join(f"z{dim + 1} ({plain(float(weights[dim]))}{unit})" for dim in dims)
    st.image(picture.repeat(SHARP, 0).repeat(SHARP, 1), width="stretch", caption=f"Top to bottom: {named}.")
    export_buttons.image_grid_png(picture, f"{stem}-traversals", key=f"traversals-{run.run_id}")


@turns.rested
@st.cache_data(show_spinner="Loading the model and drawing …", max_entries=48)
def traversed(path: Path, start: int | None, _run: StoredRun) -> tuple[list[int], np.ndarray]:
    """What a run draws along its dimensions.

    Args:
        path: the run's folder, which names it.
        start: the test image whose code they lead through; None for the mean of all codes.
        _run: the run.

    Returns:
        The dimensions, from 0, those that say most first, dead ones left out; and images in [0, 1],
        (dimensions, STEPS, h, w, c).
    """
    codes = _run.arrays["codes"].astype(np.float32)
    found = dimensions(codes, _run.arrays.get("kl"))
    assert found.weights is not None, "only runs of more than two dimensions are shown"
    order = np.argsort(-np.array(found.weights), kind="stable").tolist()
    dims = [dim for dim in order if dim not in found.dead][:MOST] or order[:1]
    middle, spread = codes.mean(0), codes.std(0)
    base = middle if start is None else codes[start]
    along = np.repeat(base[None], len(dims) * STEPS, 0)
    for row, dim in enumerate(dims):
        values = middle[dim] + spread[dim] * np.linspace(-REACH, REACH, STEPS)
        along[row * STEPS : (row + 1) * STEPS, dim] = values
    classes = None
    if "conditions" in _run.arrays:
        classes = np.full(len(along), int(_run.arrays["conditions"][start or 0]))
    images = engine.decode(path, along, classes)
    return dims, images.reshape(len(dims), STEPS, *images.shape[1:])
