"""What came of a comparison, for people: a sentence, cards or a table."""

import math
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from aecore.denoising.denoisers import NOISY, RIDGE, TIMED
from dashboard.denoise.cards import SURE, Card, Seen, decibels, finite
from dashboard.shared import export_buttons
from dashboard.shared.plain_text import as_text

HOW = (
    "PSNR is of this one image, against the clean one. SSIM is scikit-image's: uniform 7 × 7 window, data "
    "range 1; other definitions give other numbers. Time is for this image on this computer, the median of "
    f"{TIMED} calls after one that does not count."
)
HOW_SEEN = (
    " *Seen as* is the answer of a small classifier, trained on clean images and, to tell them apart, on "
    f"noise, blends and shuffled pixels. ≠: another answer than for the clean image. The share is {SURE}."
)
INPUTS = ("clean", NOISY)


def best(cards: Sequence[Card]) -> Card | None:
    """The denoiser with the highest PSNR; None where none that learned has made an image of numbers."""
    ready = [card for card in cards if not (card.name in INPUTS or card.is_collapsed or card.is_waiting)]
    denoised = [card for card in ready if math.isfinite(_psnr(card))]
    return max(denoised, key=_psnr) if denoised else None


def verdict(cards: Sequence[Card], models: Sequence[str], debiased: str) -> str:
    """Who wins and by how much, in a sentence or two of Markdown.

    Args:
        cards: all of them, the noisy image's among them.
        models: names of the cards that are trained models.
        debiased: what follows the filters and the ridge, such as "monotone debias".

    Returns:
        The sentences; empty where nothing is denoised. While some are being fitted it holds so far only.
    """
    winner, noisy = best(cards), next(card for card in cards if card.name == NOISY)
    if winner is None:
        return ""
    waiting = sum(card.is_waiting for card in cards)
    so_far = " so far" * bool(waiting)
    rest = f" Provisional: {waiting} more {'is' if waiting == 1 else 'are'} being fitted." * bool(waiting)
    reached, before = _psnr(winner), _psnr(noisy)
    gain = reached - before
    if gain <= 0:
        return (
            f"**Nothing here improves on the noisy image{so_far}** ({decibels(before)}): the best denoiser "
            f"is {winner.title} with {decibels(reached)}.{rest}"
        )
    said = (
        f"**{winner.title} comes closest{so_far}: {decibels(reached)}**, {gain:.1f} dB above the noisy image"
    )
    groups = {
        "the best model": [card for card in cards if card.name in models],
        "the best filter": [card for card in cards if card.name not in (*models, *INPUTS, RIDGE)],
        "the linear ridge": [card for card in cards if card.name == RIDGE],
    }
    for group, members in groups.items():
        other = best(members)
        if other and winner not in members:
            told = [other.title] * (len(members) > 1) + [debiased] * (group != "the best model")
            name = f" ({', '.join(told)})" if told else ""
            said += f", {reached - _psnr(other):.1f} dB above {group}{name}"
    return f"{said}.{rest}"


def _psnr(card: Card) -> float:
    assert card.psnr is not None, "only the clean image has none"
    return card.psnr


def show_verdict(cards: Sequence[Card], models: Sequence[str], debiased: str) -> None:
    """Write the verdict."""
    named = [replace(card, title=as_text(card.title)) for card in cards]
    st.markdown(verdict(named, models, debiased))


def best_first(cards: Sequence[Card]) -> list[Card]:
    """The denoisers, the highest PSNR first; last what made no image of numbers."""
    return sorted((card for card in cards if card.name not in INPUTS), key=_rank)


def show_table(cards: Sequence[Card], seen: Sequence[Seen], stem: str) -> None:
    """The same as a table, the highest PSNR first, and a button that saves it.

    Args:
        cards: as in `show_cards`.
        seen: likewise.
        stem: the file's name without its ending.
    """
    rows = [
        {
            "Denoiser": card.title,
            "PSNR ↑ (dB)": finite(card.psnr),
            "SSIM ↑": finite(card.ssim),
            "Time ↓ (ms)": card.milliseconds,
            **({"Seen as": seen[index].words, "Sure (%)": 100 * seen[index].sure} if seen else {}),
            "About": card.note,  # last: on a phone the numbers come first
        }
        for index, card in sorted(enumerate(cards), key=lambda place: _rank(place[1]))
    ]
    digits = {"PSNR ↑ (dB)": "%.2f", "SSIM ↑": "%.3f", "Time ↓ (ms)": "%.2f"}
    columns = {name: st.column_config.NumberColumn(format=form) for name, form in digits.items()}
    columns["Sure (%)"] = st.column_config.NumberColumn(format="%.0f", help=f"{SURE}.")
    height = 38 + 35 * len(rows)  # all of it: a table that scrolls inside a page hides rows
    st.dataframe(
        rows, column_config=columns, hide_index=True, width="stretch", height=height, placeholder="—"
    )
    export_buttons.table_csv(rows, stem, key="denoised-csv")


def _rank(card: Card) -> float:
    """The clean image first, then the highest PSNR; last what made no image of numbers."""
    return -math.inf if card.psnr is None else math.inf if finite(card.psnr) is None else -card.psnr
