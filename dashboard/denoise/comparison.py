"""Denoisers side by side: one noisy image through models, classical filters and the linear ridge."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from aecore import corruptions, datasets
from aecore.corruptions import Draws, NoiseRange
from aecore.denoising import noisy_pairs
from aecore.denoising.denoisers import NOISY, RIDGE, Denoised
from aecore.denoising.filters import FILTERS
from aecore.denoising.intensity_maps import RAW
from aecore.errors import AecoreError
from aecore.metrics.reconstruction import psnr, ssim
from aecore.storage.run import StoredRun
from dashboard.components.denoiser_cards import JUDGE, denoiser_cards, denoiser_grid, pack_cards, pack_grid
from dashboard.components.noise_canvas import token
from dashboard.denoise import form, results, views
from dashboard.denoise.cards import Card, Seen, record, seen_in
from dashboard.denoise.noise_form import GROUP
from dashboard.denoise.results import Case
from dashboard.services import cached_reads, engine, networks
from dashboard.shared import collapse_notice, error_message, judge
from dashboard.shared.dataset_download import lack_training_images
from dashboard.shared.lack_of_labels import lack_of_labels
from dashboard.shared.plain_text import as_text
from dashboard.state import inputs, keys, widgets


@st.fragment
@error_message.said
def show(
    clean: np.ndarray, noisy: np.ndarray, dataset: str, kind: str, level: float, source: str, draws: Draws
) -> None:
    """One image through every chosen denoiser.

    Args:
        clean: pixels in [0, 1], shape (h, w, c).
        noisy: the same with noise, likewise.
        dataset: the data set that the image is of; its denoisers are offered first.
        kind: the kind of noise, one of `corruptions.names()`.
        level: its level.
        source: where the image is from, for the name of a saved table.
        draws: the draw of the noise.
    """
    head, stage, foot = (
        st.container(key=f"denoise-{part}", gap="small") for part in ("head", "cards", "foot")
    )
    with head, st.container(horizontal=True, vertical_alignment="center", key="denoise-told"):
        verdict = st.container(key="denoise-verdict")
        chosen = form.choose(dataset)
    has_images = cached_reads.images_are_here(chosen.trained_on, "train")
    clean, noisy = (np.asarray(image, np.float32) for image in (clean, noisy))
    fitted = noisy_pairs.nearest_level(kind, level)
    debias = chosen.debias if has_images else RAW
    case = Case(clean, noisy, draws, chosen.trained_on, kind, fitted, debias, has_images)
    pair = clean[None], noisy[None]
    given = [
        Card("clean", "Clean image", "what it should be", clean),
        Card(NOISY, "Noisy image", "as it came", noisy, psnr(*pair), ssim(*pair)),
    ]
    with foot:
        models = _models(case, chosen.runs)
        cards = [*given, *models, *_classical(case, chosen.filters, has_images)]
        seen = _seen(dataset, cards)
    with verdict:
        views.show_verdict(cards, [card.name for card in models], form.debias_words(debias))
    with stage:
        if chosen.view == "table":
            views.show_table(cards, seen, f"denoised-{source}-{kind}-{level:g}")
        else:
            opened = [run for run in chosen.runs if run.run_id in {card.name for card in models}]
            _show_cards(case, level, cards, seen, dataset, _networks(dataset, opened))
    with foot:
        _explain(case, level, has_images)
    if chosen.view == "cards" and (grid := _grid(case, cards, has_images)):
        with st.container(key="denoise-grid"):  # last: it only makes filters follow the slider
            denoiser_grid(grid, key=keys.DENOISER_GRID)


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
        is_collapsed = bool(cached_reads.collapse_word(run))
        cards.append(replace(card, is_model=True, is_collapsed=is_collapsed))
    return cards


def _learnt(learnt: NoiseRange | None) -> str:
    """What noise a model knows."""
    if learnt is None:
        return "saw clean images only"
    low, high = learnt.lowest, learnt.highest
    levels = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return f"learnt {corruptions.find(learnt.kind).title}, {levels}"


def _classical(case: Case, filters: Sequence[str], has_images: bool) -> list[Card]:
    """The linear ridge and the filters; until they are fitted to this noise, with another setting."""
    is_fitted = not has_images or results.is_fitted(case, filters)
    names = [RIDGE, *filters] if has_images else filters
    fits = {name: case if is_fitted else results.nearest_fit(case, name) for name in names}
    return [_filter_card(name, fit, is_fitted) for name, fit in fits.items() if fit]


def _filter_card(name: str, case: Case, is_fitted: bool) -> Card:
    """A filter or the ridge, as it is fitted in a case."""
    if name == RIDGE:
        found = results.by_ridge(case.dataset, case.kind, case.level, case.debias, case.clean, case.noisy)
        return _card(RIDGE, "Linear ridge", "the best linear map", found, is_waiting=not is_fitted)
    value = usual = None
    if FILTERS[name].parameter:
        usual = results.chosen(case, name)
        value = widgets.held(results.key(case, name), usual)
    settings = case.dataset, case.kind, case.level, case.debias, value
    found = results.by_filter(name, *settings, case.clean, case.noisy)
    card = _card(name, FILTERS[name].title, _setting(name, value), found, is_waiting=not is_fitted)
    return replace(card, parameter=value, usual=usual)


def _card(name: str, title: str, note: str, found: Denoised, *, is_waiting: bool = False) -> Card:
    numbers = found.psnr, found.ssim, found.milliseconds
    return Card(name, title, note, found.image, *numbers, is_waiting=is_waiting)


def _setting(name: str, value: float | None) -> str:
    """A filter's parameter in words."""
    parameter = FILTERS[name].parameter
    return f"{parameter.title}: {value:g}" if parameter else "nothing to set"


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


def _show_cards(
    case: Case,
    level: float,
    cards: Sequence[Card],
    seen: Sequence[Seen],
    dataset: str,
    addresses: Mapping[str, str],
) -> None:
    """The cards, best first, which follow the slider from then on."""
    found = dict(zip((card.name for card in cards), seen, strict=False))
    winner, shown = views.best(cards), views.best_first(cards)
    if not shown:
        st.info("Choose models or filters under “Denoisers” to compare them.")
        return
    records = []
    for card in shown:
        here = found.get(card.name)
        records.append(record(card, here, bool(here) and here.known != found["clean"].known, card is winner))
    packed = pack_cards(
        group=GROUP,
        token=token(case.clean, case.draws),
        noise=_noise(case) | {"level": level},
        classes=datasets.record(dataset).classes,
        cards=records,
        networks=addresses,
        images=np.stack([card.image for card in shown]),
    )
    known = {card.name: results.key(case, card.name) for card in shown if card.parameter is not None}
    denoiser_cards(
        packed,
        key=keys.DENOISER_CARDS,
        on_parameter=lambda: inputs.keep_parameter(known, {name: _bounds(name) for name in known}),
    )


def _bounds(name: str) -> tuple[float, float]:
    parameter = FILTERS[name].parameter
    assert parameter is not None, "asked for only where a filter has one"
    return parameter.minimum, parameter.maximum


def _noise(case: Case) -> dict[str, object]:
    """Kind and place of the noise, as the browser compares them."""
    y, x = case.draws.centre
    return {"kind": case.kind, "y": y, "x": x}


def _networks(dataset: str, runs: Sequence[StoredRun]) -> dict[str, str]:
    """Where the browser finds the classifier and the models that can follow the slider there."""
    found = {JUDGE: networks.judge_address(dataset) if datasets.is_labelled(dataset) else None}
    for run in runs:
        # The browser has one classifier, which knows the classes of the image's data set.
        if run.config.dataset == dataset or not engine.asks_judge(run.path):
            found[run.run_id] = networks.address(run)
    return {name: address for name, address in found.items() if address}


def _grid(case: Case, cards: Sequence[Card], has_images: bool) -> bytes | None:
    """Filters and ridge at every fitted level; those that take their time are left out."""
    quick = [card for card in cards if (card.name == RIDGE or card.name in FILTERS) and not card.is_waiting]
    quick = [card for card in quick if card.name == RIDGE or FILTERS[card.name].missing is None]
    if not quick:
        return None
    images = []
    for card in quick:
        is_moved = card.parameter != card.usual or not has_images
        value = card.parameter if is_moved else None
        fits = results.fitted_levels(case, card.name) if value is None else (case.level,)
        settings = (card.name, case.dataset, case.kind, fits, case.debias, value)
        images.append(results.over_levels(*settings, case.clean, case.draws))
    return pack_grid(
        group=GROUP,
        token=token(case.clean, case.draws),
        noise=_noise(case),
        levels=corruptions.find(case.kind).levels,
        names=[card.name for card in quick],
        images=np.stack(images, axis=1),
    )


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
