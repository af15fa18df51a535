"""The draw pad: light ink on black with mouse, pen (its pressure counts), finger or keys.

What is drawn comes back when a stroke is over, as the state `drawing`: `SIDE` x `SIDE` greys, one
byte each, row by row, in base64; None while the pad is empty. It comes from a browser, so it is
checked before it is used.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from streamlit.components.v2 import component

from dashboard.components import BASE_STYLE
from dashboard.components.bundling import bundle

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FRONTEND = Path(__file__).parent / "frontend"
SIDE = 140
"""Pixels of a drawing's side: five for each of MNIST's."""


def draw_pad(drawing: str | None, *, key: str, on_drawing: Callable[[], None]) -> None:
    """Mount the pad.

    Args:
        drawing: what was drawn before, as the state has it; a pad that is new on the page shows it.
        key: the widget key.
        on_drawing: called before the rerun in which `drawing` changed.
    """
    _component()(key=key, data={"side": SIDE, "drawing": drawing}, on_drawing_change=on_drawing)


def drawn(drawing: object) -> np.ndarray | None:
    """The pixels of a drawing.

    Args:
        drawing: the state that the browser sent.

    Returns:
        Ink in [0, 1], float32 (SIDE, SIDE, 1); None where nothing is drawn or it is no drawing.
    """
    if not isinstance(drawing, str) or len(drawing) != 4 * -(-(SIDE**2) // 3):
        return None
    try:
        greys = base64.b64decode(drawing, validate=True)
    except ValueError:
        return None
    pixels = np.frombuffer(greys, np.uint8)
    if pixels.size != SIDE**2 or not pixels.any():
        return None
    return pixels.reshape(SIDE, SIDE, 1).astype(np.float32) / 255


@cache
def _component() -> ComponentRenderer:
    return component(
        "draw_pad",
        html=(FRONTEND / "pad.html").read_text("utf-8"),
        css=BASE_STYLE.read_text("utf-8") + (FRONTEND / "pad.css").read_text("utf-8"),
        js=bundle(FRONTEND / "pad.js"),
    )
