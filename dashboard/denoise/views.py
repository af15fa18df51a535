"""What came of a comparison, for people: a sentence, cards or a table."""

from collections.abc import Callable, Sequence

import streamlit as st

from aecore.denoising.baselines import NOISY, RIDGE, TIMED
from dashboard.denoise.cards import STYLE, WIDTH, Card, card_html, decibels
from dashboard.shared import export_buttons

HOW = (
    "PSNR is of this one image, against the clean one. SSIM is scikit-image's: uniform 7 × 7 window, data "
    "range 1; other definitions give other numbers. Time is for this image on this computer, the median of "
    f"{TIMED} calls after one that does not count. *Seen as* is what a small classifier, trained on clean "
    "training images, makes of the image, and how sure it is; ≠ marks another class than in the clean image."
)
INPUTS = ("clean", NOISY)

Seen = Sequence[tuple[str, float]]
"""The class that a classifier sees in each card's image, and how sure it is, 0 to 1; empty without one."""


def best(cards: Sequence[Card]) -> Card | None:
    """The denoiser with the highest PSNR; None where there is no denoiser."""
    denoised = [card for card in cards if card.name not in INPUTS]
    return max(denoised, key=lambda card: card.psnr) if denoised else None


def verdict(cards: Sequence[Card], models: Sequence[str], debiased: str) -> str:
    """Who wins and by how much, in a sentence or two of Markdown.

    Args:
        cards: all of them, the noisy image's among them.
        models: names of the cards that are trained models.
        debiased: what follows the filters and the ridge, such as "monotone debias".

    Returns:
        The sentences; empty where nothing is denoised.
    """
    winner, noisy = best(cards), next(card for card in cards if card.name == NOISY)
    if winner is None:
        return ""
    gain = winner.psnr - noisy.psnr
    if gain <= 0:
        return (
            f"**Nothing here improves on the noisy image** ({decibels(noisy.psnr)}): the best denoiser is "
            f"{winner.title} with {decibels(winner.psnr)}."
        )
    said = f"**{winner.title} comes closest: {decibels(winner.psnr)}**, {gain:.1f} dB above the noisy image"
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
            said += f", {winner.psnr - other.psnr:.1f} dB above {group}{name}"
    return f"{said}."


def show_verdict(cards: Sequence[Card], models: Sequence[str], debiased: str) -> None:
    """Write the verdict."""
    st.markdown(verdict(cards, models, debiased))


def show_cards(cards: Sequence[Card], seen: Seen, adjust: Callable[[Card], None]) -> None:
    """A card for each, as many side by side as there is room for.

    Args:
        cards: in their order.
        seen: what the classifier sees in each.
        adjust: draws what can be set about a card, below it.
    """
    st.html(STYLE)
    winner = best(cards)
    with st.container(horizontal=True, gap="small"):
        for index, card in enumerate(cards):
            is_other = bool(seen) and seen[index][0] != seen[0][0]
            with st.container(border=True, width=WIDTH, height="stretch", gap="small"):
                st.html(card_html(card, seen[index] if seen else None, is_other, card is winner))
                adjust(card)


def show_table(cards: Sequence[Card], seen: Seen, stem: str) -> None:
    """The same as a table, the highest PSNR first, and a button that saves it.

    Args:
        cards: as in `show_cards`.
        seen: likewise.
        stem: the file's name without its ending.
    """
    rows = [
        {
            "Denoiser": card.title,
            "PSNR ↑ (dB)": card.psnr,
            "SSIM ↑": card.ssim,
            "Time ↓ (ms)": card.milliseconds,
            "Seen as": seen[index][0] if seen else None,
            "Sure (%)": 100 * seen[index][1] if seen else None,
            "About": card.note,  # last: on a phone the numbers come first
        }
        for index, card in enumerate(cards)
    ]
    rows.sort(
        key=lambda row: float("inf") if row["PSNR ↑ (dB)"] is None else row["PSNR ↑ (dB)"], reverse=True
    )
    digits = {"PSNR ↑ (dB)": "%.2f", "SSIM ↑": "%.3f", "Time ↓ (ms)": "%.2f", "Sure (%)": "%.0f"}
    columns = {name: st.column_config.NumberColumn(format=form) for name, form in digits.items()}
    height = 38 + 35 * len(rows)  # all of it: a table that scrolls inside a page hides rows
    st.dataframe(
        rows, column_config=columns, hide_index=True, width="stretch", height=height, placeholder="—"
    )
    export_buttons.table_csv(rows, stem, key="denoised-csv")
