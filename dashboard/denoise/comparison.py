"""Denoisers side by side: one noisy image through models, classical filters and the linear ridge."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from aecore import corruptions, datasets
from aecore.corruptions import NoiseRange
from aecore.denoising import noisy_pairs
from aecore.denoising.denoisers import NOISY, RIDGE, Denoised
from aecore.denoising.filters import FILTERS
from aecore.denoising.intensity_maps import RAW
from aecore.errors import AecoreError
from aecore.metrics.reconstruction import psnr, ssim
from aecore.storage.run import StoredRun
from dashboard.denoise import form, results, views
from dashboard.denoise.cards import Card, Seen, seen_in
from dashboard.denoise.results import Case
from dashboard.services import cached_reads, engine
from dashboard.shared import collapse_notice, error_message, judge
from dashboard.shared.dataset_download import lack_training_images
from dashboard.shared.lack_of_labels import lack_of_labels
from dashboard.shared.plain_text import as_text
from dashboard.state import widgets


@st.fragment
@error_message.said
def show(clean: np.ndarray, noisy: np.ndarray, dataset: str, kind: str, level: float, source: str) -> None:
    """One image through every chosen denoiser.

    Args:
        clean: pixels in [0, 1], shape (h, w, c).
        noisy: the same with noise, likewise.
        dataset: the data set that the image is of; its denoisers are offered first.
        kind: the kind of noise, one of `corruptions.names()`.
        level: its level.
        source: where the image is from, for the name of a saved table.
    """
    chosen = form.choose(dataset)
    has_images = cached_reads.images_are_here(chosen.trained_on, "train")
    clean, noisy = (np.asarray(image, np.float32) for image in (clean, noisy))
    fitted = noisy_pairs.nearest_level(kind, level)
    case = Case(clean, noisy, chosen.trained_on, kind, fitted, chosen.debias if has_images else RAW)
    inputs = [
        Card("clean", "Clean image", "what it should be", clean),
        Card(NOISY, "Noisy image", "as it came", noisy, psnr(*_pair(case)), ssim(*_pair(case))),
    ]
    models = _models(case, chosen.runs)
    classical = _classical(case, chosen.filters, has_images)
    cards = [*inputs, *models, *classical]
    seen = _seen(dataset, cards)
    debiased = form.debias_words(case.debias)
    views.show_verdict(cards, [run.run_id for run in chosen.runs], debiased)
    if chosen.view == "table":
        views.show_table(cards, seen, f"denoised-{source}-{kind}-{level:g}")
    else:
        views.show_cards(cards, seen, lambda card: _adjust(case, card))
    _explain(case, level, has_images)


def _pair(case: Case) -> tuple[np.ndarray, np.ndarray]:
    return case.clean[None], case.noisy[None]


def _models(case: Case, runs: Sequence[StoredRun]) -> list[Card]:
    """A card per run; one that does not open says why and leaves the others alone."""
    cards, titles = [], cached_reads.short_labels(list(runs))
    for run in runs:
        title = titles[run.run_id]
        try:
            cached_reads.check(run)
            if not engine.has_judge(run.config.dataset) and engine.asks_judge(run.path):
                st.caption(f"{title} is left out until the classifier that gives it a class is trained.")
                continue
            found, learnt = results.by_run(run.path, run.manifest["created"], case.clean, case.noisy)
        except AecoreError as error:
            st.warning(as_text(error))
            continue
        collapse_notice.show_total(run, title)
        card = _card(run.run_id, title, _learnt(learnt), found)
        cards.append(replace(card, is_collapsed=bool(cached_reads.collapse_word(run))))
    return cards


def _learnt(learnt: NoiseRange | None) -> str:
    """What noise a model knows."""
    if learnt is None:
        return "model, saw clean images only"
    low, high = learnt.lowest, learnt.highest
    levels = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return f"model, trained on noise: {corruptions.find(learnt.kind).title}, {levels}"


def _classical(case: Case, filters: Sequence[str], has_images: bool) -> list[Card]:
    """The linear ridge and the filters, once they are fitted to training images."""
    if has_images and not results.is_fitted(case, filters):
        return []
    cards = []
    if has_images:
        found = results.by_ridge(case.dataset, case.kind, case.level, case.debias, case.clean, case.noisy)
        cards.append(_card(RIDGE, "Linear ridge", "the best linear map", found))
    for name in filters:
        value = None
        if FILTERS[name].parameter:
            value = widgets.held(results.key(case, name), results.chosen(case, name))
        found = results.by_filter(
            name, case.dataset, case.kind, case.level, case.debias, value, case.clean, case.noisy
        )
        cards.append(_card(name, FILTERS[name].title, _setting(name, value), found, value))
    return cards


def _card(name: str, title: str, note: str, found: Denoised, value: float | None = None) -> Card:
    return Card(name, title, note, found.image, found.psnr, found.ssim, found.milliseconds, value)


def _setting(name: str, value: float | None) -> str:
    """A filter's parameter in words."""
    parameter = FILTERS[name].parameter
    return f"filter, {parameter.title}: {value:g}" if parameter else "filter, nothing to set"


def _adjust(case: Case, card: Card) -> None:
    """A slider for a filter's parameter, and the way back."""
    parameter = FILTERS[card.name].parameter if card.name in FILTERS else None
    if not parameter:
        return
    chosen, key = results.chosen(case, card.name), results.key(case, card.name)
    with st.expander("Adjust"):  # a popover would cover the image that the slider changes
        st.slider(
            parameter.title,
            *(float(parameter.minimum), float(parameter.maximum)),
            step=float(parameter.step),
            help=f"{FILTERS[card.name].idea} {parameter.help}",
            **widgets.remembered(key, chosen),
        )
        st.button(
            f"Back to {chosen:g}",
            key=f"back-{key}",
            help="The value that did best on training images with this noise at this level.",
            width="stretch",
            on_click=widgets.forget,
            args=(key,),
            disabled=card.parameter == chosen,
        )


def _seen(dataset: str, cards: Sequence[Card]) -> list[Seen]:
    """What the data set's classifier makes of each card's image; nothing where there is none."""
    classes = datasets.record(dataset).classes
    if not classes:
        st.caption(lack_of_labels(datasets.title(dataset), "no classifier says what is seen in an image"))
        return []
    if cached_reads.images_are_here(dataset, "train") and not judge.is_ready(dataset):
        return []
    try:
        found = results.judged(dataset, np.nan_to_num(np.stack([card.image for card in cards])))
    except AecoreError as error:
        st.info(f"No class is shown. {error}")
        return []
    return [seen_in(row, classes) for row in found]


def _explain(case: Case, level: float, has_images: bool) -> None:
    """How the numbers came about."""
    kind = corruptions.find(case.kind)
    if not has_images:
        lack_training_images(
            case.dataset,
            "filters stand at their usual parameters, nothing is debiased and there is no linear ridge",
        )
    elif case.level != level:
        st.caption(
            f"Filters and ridge are fitted at {len(kind.levels)} levels of this noise; "
            f"here those of {case.level:g} ({kind.level}), the nearest to {level:g}."
        )
    st.caption(views.HOW + views.HOW_SEEN * datasets.is_labelled(case.dataset))
