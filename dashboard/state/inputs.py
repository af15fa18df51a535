"""The image that a person brought, and the noise on it."""

import streamlit as st

from dashboard.state import link
from dashboard.state.keys import ACROSS, DOWN, DRAW_PAD, DRAWING, LEVEL, NOISE, NOISE_CANVAS, UPLOAD, UPLOADED
from dashboard.state.session import commit, now


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
