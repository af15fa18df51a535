"""A drawing or an upload on latent planes: where each run puts it, and what each makes of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from aecore.errors import AecoreError
from aecore.images.preprocessing import Prepared
from aecore.storage.run import StoredRun
from dashboard.components.latent_plane import Mark, plane_marks
from dashboard.figures.numbers import plain
from dashboard.figures.picture_strip import Picture, picture_strip
from dashboard.services import cached_reads, engine, turns
from dashboard.shared import image_input
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, widgets

KEPT = 64


@dataclass(frozen=True, eq=False)
class Reading:
    """What a run makes of one image.

    Attributes:
        code: latent code, the posterior's mean, (d,).
        spread: the posterior's standard deviations, (d,), where it has any.
        reconstruction: pixels in [0, 1], (h, w, c).
        condition: the class that the decoder was given, where it takes one: the one that fits best.
        mse: error of the reconstruction per pixel.
    """

    code: np.ndarray
    spread: np.ndarray | None
    reconstruction: np.ndarray
    condition: int | None
    mse: float


def show_drawing(runs: list[StoredRun], group: str) -> Prepared | None:
    """Pad and upload; what comes of them is marked on the planes and reconstructed by every run.

    Args:
        runs: of one data set, whose planes are on the page.
        group: the planes' group.

    Returns:
        The image, made to look like those of the data set; None where there is none yet.
    """
    dataset, marks = runs[0].config.dataset, []
    way, is_fitted = _choose_way(dataset)
    given, shown = st.columns([2, 3], gap="large")
    with given:
        prepared = image_input.choose(dataset, runs[0].image_shape, way, is_fitted)
    with shown:
        if prepared:
            marks = _show(runs, prepared)
        st.caption(
            "A star marks where your image lies. The ellipse around it is its posterior q(z|x) at two "
            "standard deviations, where the model has one: often so narrow that it shows only "
            "when you zoom in."
        )
    plane_marks(group, marks=marks, key=f"own-image-{group}")
    return prepared


def _choose_way(dataset: str) -> tuple[str, bool]:
    """Where the image is from, and whether it is fitted, in one line: the pad below is then in view."""
    with st.container(horizontal=True, vertical_alignment="center"):
        way = st.segmented_control(
            "Where your image is from",
            list(image_input.TITLES),
            format_func=image_input.TITLES.__getitem__,
            required=True,
            label_visibility="collapsed",
            **widgets.linked(keys.OWN_INPUT, image_input.DRAWN, list(image_input.TITLES), "input"),
        )
        return way, image_input.is_fitted(dataset)


def _show(runs: list[StoredRun], prepared: Prepared) -> list[Mark]:
    """The steps, then a picture per run beside the input; returns what is to be marked where it lies."""
    st.markdown("**Made to look like a test image**" if len(prepared.steps) > 2 else "**Resized**")
    image_input.show_steps(prepared)
    strip, marks = [Picture(prepared.image, "Your image", "as the models see it")], []
    pixels = image_input.as_bytes(prepared.image)
    for run in runs:
        try:
            reading = read(run.path, pixels, len(run.classes) if "conditions" in run.arrays else 0)
        except AecoreError as error:  # a damaged run: the others still answer
            st.error(as_text(error))
            continue
        size = f"z\u00a0=\u00a0{run.config.latent_dim}"
        title = ", ".join(filter(None, [run.manifest["title"], size, cached_reads.collapse_word(run)]))
        note = f"MSE {plain(reading.mse)} per pixel ↓"
        if reading.condition is not None:
            note += f" · as class {run.classes[reading.condition]}, which fits best"
        if reading.spread is not None:
            note += f" · posterior ± {plain(float(reading.spread.mean()))} in z, on average"
        strip.append(Picture(reading.reconstruction, title, note))
        if cached_reads.has_plane(run):
            name, image = "Your image", pixels / np.float32(255)
            marks.append(Mark(run.run_id, reading.code, reading.spread, name, reading.condition, image))
    st.markdown("**Reconstructed**")
    st.html(picture_strip(strip))
    return marks


@turns.rested
@st.cache_data(show_spinner="Encoding …", max_entries=KEPT)
def read(path: Path, pixels: np.ndarray, classes: int) -> Reading:
    """Encode and decode one image with a run.

    Args:
        path: the run's folder.
        pixels: uint8 (h, w, c).
        classes: how many classes the decoder chooses from; 0 where it is given none.

    Returns:
        What the run makes of it.
    """
    means, spreads = engine.encode(path, pixels[None])
    labels = np.arange(classes) if classes else None
    drawn = engine.decode(path, np.repeat(means, max(classes, 1), 0), labels)
    errors = ((drawn - pixels / np.float32(255)) ** 2).mean((1, 2, 3))
    best = int(errors.argmin())
    spread = None if spreads is None else spreads[0]
    return Reading(means[0], spread, drawn[best], best if classes else None, float(errors[best]))
