"""PSNR against the level of noise, over many test images, for every denoiser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from aecore import corruptions
from aecore.corruptions import Corruption
from aecore.denoising.curves import Denoiser, Line, kept_line, name, title, usual_levels
from aecore.denoising.denoisers import NOISY, RIDGE
from aecore.denoising.tuning import RIDGE_IMAGES, SEARCHED
from dashboard.denoise import form
from dashboard.figures.denoising_curve import CurveLine, denoising_curve
from dashboard.services import background, cached_reads, engine
from dashboard.shared import error_message, export_buttons
from dashboard.shared.dataset_download import tell_absence
from dashboard.shared.plain_text import as_text, in_figure
from dashboard.state import keys, widgets

COUNTS = (50, 200, 1000)
USUAL_COUNT = 200


@dataclass(frozen=True)
class Asked:
    """What a curve is of: models and filters of a data set, a kind of noise, so many of some test images."""

    dataset: str
    kind: str
    images: str
    count: int

    @property
    def levels(self) -> tuple[float, ...]:
        """The levels of noise."""
        return usual_levels(self.kind)

    def kept(self, one: Denoiser) -> Line | None:
        """A denoiser's line, where it was worked out before."""
        return kept_line(self.dataset, self.kind, self.levels, one, self.count, self.images)


@st.fragment
@error_message.said
def show(dataset: str, kind: str) -> None:
    """The curve of the denoisers that are chosen for the comparison, worked out when asked, then kept.

    Args:
        dataset: whose test images are averaged at first.
        kind: the kind of noise, one of `corruptions.names()`.
    """
    if not cached_reads.images_are_here(dataset):
        tell_absence(dataset, "there is no curve: it is measured on them", "test")
        return
    known = form.trained_on(dataset)
    with st.container(horizontal=True):
        images = _choose_images(dataset, known)
        asked = Asked(known, kind, images, _choose_count(images))
    runs = form.models_of(known)
    held = widgets.held(keys.DENOISER_MODELS, form.usual_models(known))
    models = [runs[one] for one in held if one in runs]
    fitted = [RIDGE, NOISY, *form.filters_held()]
    chosen: list[Denoiser] = [*models, *fitted]
    kept = {name(one): asked.kept(one) for one in chosen}
    missing = [one for one in chosen if kept[name(one)] is None]
    if not cached_reads.images_are_here(known, "train") and any(one in fitted for one in missing):
        tell_absence(known, "the curve has only models: all else on it is fitted to them")
        missing = [one for one in missing if one not in fitted]
    titles = cached_reads.short_labels(models, with_collapse=True)
    _offer(asked, missing, len(chosen), titles)
    found = {one: line for one, line in kept.items() if line}
    if found:
        dead = {run.run_id for run in models if cached_reads.collapse_word(run)}
        _show_figure(asked, found, titles, dead)


def _choose_images(dataset: str, known: str) -> str:
    """Whose test images are averaged.

    Args:
        dataset: whose come first.
        known: the data set that the denoisers were fitted to.

    Returns:
        The chosen data set.
    """
    offered, titles = form.same_size(dataset), cached_reads.dataset_titles()
    return st.selectbox(
        "Test images of",
        offered,
        format_func=lambda one: titles[one] if one == known else f"{titles[one]}, which no denoiser has seen",
        help=f"Models and filters were fitted to {titles[known]}. Images of another data set show what an "
        "autoencoder does with what it does not know.",
        width=360,
        **widgets.linked(keys.CURVE_IMAGES, dataset, offered, "test images"),
    )


def _choose_count(images: str) -> int:
    """How many test images are averaged."""
    available = len(cached_reads.test_images(images).pixels)
    counts = [str(count) for count in COUNTS if count <= available]
    chosen = st.segmented_control(
        "How many",
        counts,
        help=f"The first so many of the {available:,} test images; more take longer and wobble less.",
        **widgets.linked(keys.CURVE_COUNT, str(USUAL_COUNT), counts, "number of test images"),
    )
    return int(chosen or USUAL_COUNT)


def _offer(asked: Asked, missing: list[Denoiser], of: int, titles: Mapping[str, str]) -> None:
    """A button that works out the lines that are missing, and how far that is."""
    key = f"curve-{asked}"
    job = background.jobs().get(key)
    if missing and (job is None or job.is_over):
        lacking = [titles.get(name(one)) or title(one) for one in missing]
        which = "the curve" if len(missing) == of else as_text(", ".join(lacking))
        st.button(
            f"Work out {which}",
            type="primary",
            help="Takes a minute or two the first time, mostly for the filters; then it is kept. It goes on "
            "when you leave the page.",
            on_click=background.start,
            args=(key, "PSNR against level", lambda report: _work_out(asked, missing, report)),
        )
    background.show(key)


def _work_out(asked: Asked, missing: list[Denoiser], report: background.Report) -> None:
    engine.denoising_curve(
        asked.dataset, asked.kind, asked.levels, missing, asked.count, asked.images, report
    )


def _show_figure(asked: Asked, found: dict[str, Line], models: Mapping[str, str], dead: set[str]) -> None:
    """The figure, what to read in it, and the numbers to take home; no `dead` model is called best."""
    titles, kind = cached_reads.dataset_titles(), corruptions.find(asked.kind)
    debias = form.debias_held()
    lines = [
        _line(one, replace(line, title=models.get(one, line.title)), asked.kind, one in models, debias)
        for one, line in found.items()
    ]
    whose = titles[asked.images]
    through = "" if asked.images == asked.dataset else f", by denoisers of {titles[asked.dataset]}"
    figure = denoising_curve(
        np.array(asked.levels),
        [replace(line, title=in_figure(line.title)) for line in lines],
        f"{kind.title}: {kind.level}",
        f"{kind.title} noise{through}",
        f"mean PSNR of the first {asked.count:,} {whose} test images; bands: ± 1 sd over them",
        is_log=kind.is_log,
    )
    stem = f"denoising-{asked.dataset}-{asked.kind}-{asked.images}-{asked.count}"
    st.plotly_chart(figure, width="stretch", config=export_buttons.config(stem))
    words, trained = form.debias_words(debias), any(line.trained for line in lines)
    named = [
        replace(line, title=as_text(line.title))
        for one, line in zip(found, lines, strict=True)
        if one not in dead
    ]
    st.markdown(verdict(np.array(asked.levels), named, kind, words))
    st.caption(
        f"Filters, ridge and noisy input: {words}, each filter at the parameter that did best on "
        f"{SEARCHED} training images at that level; the ridge is fitted to at most {RIDGE_IMAGES:,}. "
        + "A bar at the foot spans the levels that the model of its colour was trained on."
        * trained
    )
    with st.container(horizontal=True):
        export_buttons.figure_buttons(figure, stem, key="denoising-curve-html")
        export_buttons.table_csv(_rows(asked, lines, debias), stem, key="denoising-curve-csv")


def verdict(levels: np.ndarray, lines: Sequence[CurveLine], kind: Corruption, words: str) -> str:
    """At the level at which denoisers are compared: the best model, and the best of what has learnt nothing.

    Args:
        levels: shape (levels,), rising.
        lines: the curve's.
        kind: the kind of noise.
        words: what follows the filters, such as "monotone debias".

    Returns:
        A sentence of Markdown; empty where there is no model or no filter to hold it against.
    """
    place = int(np.argmin(np.abs(levels - kind.reference)))
    best: dict[str, CurveLine] = {}
    finite = [line for line in lines if np.isfinite(line.mean[place])]
    for line in sorted(finite, key=lambda line: line.mean[place]):
        best[line.role] = line
    if not {"model", "filter"} <= set(best):
        return ""
    model, rest = best["model"], [best[role] for role in ("filter", "ridge") if role in best]
    apart = [
        f"{abs(gap):.1f} dB {'above' if gap >= 0 else 'below'} "
        f"{f'the best filter ({line.title}, {words})' if line.role == 'filter' else 'the linear ridge'}"
        for line in rest
        for gap in [model.mean[place] - line.mean[place]]
    ]
    return (
        f"At {kind.level} {levels[place]:g} the best model is **{model.title}** with "
        f"{model.mean[place]:.2f} dB, {' and '.join(apart)}."
    )


def _line(one: str, line: Line, kind: str, is_model: bool, debias: str) -> CurveLine:
    """A line as the figure takes it, after the map that is asked for."""
    mean, sd = line.after(debias)
    learnt = line.trained_on
    trained = (learnt.lowest, learnt.highest) if learnt and learnt.kind == kind else None
    role = "model" if is_model else one if one in (RIDGE, NOISY) else "filter"
    return CurveLine(line.title, mean, sd, role, trained)


def _rows(asked: Asked, lines: list[CurveLine], debias: str) -> list[dict[str, object]]:
    """One row per denoiser and level."""
    return [
        {
            "denoiser": line.title,
            "noise": asked.kind,
            "level": level,
            "debias": "" if line.role == "model" else debias,
            "PSNR mean, dB": mean,
            "PSNR sd, dB": sd,
            "test images": asked.count,
            "of": asked.images,
        }
        for line in lines
        for level, mean, sd in zip(asked.levels, line.mean.tolist(), line.sd.tolist(), strict=True)
    ]
