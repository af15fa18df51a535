"""The image that a person brought, and the noise on it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.state import link
from dashboard.state.keys import (
    ACROSS,
    DENOISER_CARDS,
    DOWN,
    DRAW_PAD,
    DRAWING,
    LEVEL,
    NOISE,
    NOISE_CANVAS,
    UPLOAD,
    UPLOADED,
)
from dashboard.state.session import commit, kept_now, now


def change_noise() -> None:
    """Another kind of noise was chosen: its level begins anew, since it counts something else."""
    commit({**dict.fromkeys((LEVEL, DOWN, ACROSS)), NOISE: now()[NOISE]})


def keep_noise() -> None:
    """Write the level and the centre into the address; called when the canvas reports them."""
    chosen = now()[NOISE_CANVAS].get("noise") or {}
    texts = {part: link.number_text(n) for part, n in chosen.items() if isinstance(n, int | float)}
    names = {"level": LEVEL, "y": DOWN, "x": ACROSS}
    usual = {DOWN: "0.5", ACROSS: "0.5"}
    named = {names[part]: text for part, text in texts.items() if part in names}
    commit({name: None if usual.get(name) == text else text for name, text in named.items()})


def keep_parameter(known: Mapping[str, str], bounds: Mapping[str, tuple[float, float]]) -> None:
    """Remember a filter's parameter, or forget it where it is the usual one; called when a card reports it.

    Args:
        known: what a filter's parameter is remembered under, by the filter's name.
        bounds: the lowest and the highest value, likewise.
    """
    moved: dict[str, Any] = now()[DENOISER_CARDS].get("parameter") or {}
    name, value = str(moved.get("name")), moved.get("value")
    if name not in known:
        return
    lowest, highest = bounds[name]
    if value is None:
        kept_now().pop(known[name], None)
    elif isinstance(value, int | float) and lowest <= value <= highest:
        kept_now()[known[name]] = float(value)


def keep_drawing() -> None:
    """Remember what is drawn for every page; called when the pad reports it."""
    st.session_state[DRAWING] = st.session_state[DRAW_PAD].get("drawing")


def kept_drawing() -> str | None:
    """What was drawn last, as the pad sent it."""
    return st.session_state.get(DRAWING)


def keep_upload() -> None:
    """Remember the file that is uploaded for every page; called when it changes."""
    file = st.session_state[UPLOAD]
    st.session_state[UPLOADED] = (file.name, file.getvalue()) if file else None


def kept_upload() -> tuple[str, bytes] | None:
    """Name and bytes of the file that was uploaded last."""
    return st.session_state.get(UPLOADED)
