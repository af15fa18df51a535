"""The draw pad: light ink on black with mouse, pen (its pressure counts), finger or keys.

The pad has the proportions of a data set's images. What is drawn comes back when a stroke is over, as the
state `drawing`: its greys, one byte each, row by row, in base64, before which "<height>x<width>:" stands
where the pad is no square; None while the pad is empty. It comes from a browser, so it is checked before it
is used.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
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
"""Pixels of a drawing's longer side: five for each of MNIST's."""


def sides(image_shape: Sequence[int]) -> tuple[int, int]:
    """Height and width of a drawing in pixels.

    Args:
        image_shape: (h, w, ...) of the images whose proportions it has.

    Returns:
        The longer one is SIDE.
    """
    height, width = image_shape[:2]
    longest = max(height, width)
    return max(1, round(SIDE * height / longest)), max(1, round(SIDE * width / longest))


def draw_pad(
    drawing: str | None, image_shape: Sequence[int], *, key: str, on_drawing: Callable[[], None]
) -> None:
    """Mount the pad.

    Args:
        drawing: what was drawn before, as the state has it; a pad that is new on the page shows it, where it
            has that drawing's proportions.
        image_shape: (h, w, ...) of the images that are drawn.
        key: the widget key.
        on_drawing: called before the rerun in which `drawing` changed.
    """
    height, width = sides(image_shape)
    data = {"height": height, "width": width, "drawing": drawing}
    _component()(key=key, data=data, on_drawing_change=on_drawing)


def drawn(drawing: object, image_shape: Sequence[int] = (1, 1)) -> np.ndarray | None:
    """The pixels of a drawing.

    Args:
        drawing: the state that the browser sent.
        image_shape: (h, w, ...) of the images that are drawn; a square if not given.

    Returns:
        Ink in [0, 1], float32 (h, w, 1) of `sides`; None where nothing is drawn, it is no drawing, or one of
        other proportions.
    """
    height, width = sides(image_shape)
    form = "" if height == width else f"{height}x{width}:"
    if not isinstance(drawing, str) or not drawing.startswith(form):
        return None
    text = drawing.removeprefix(form)
    if len(text) != 4 * -(-(height * width) // 3):
        return None
    try:
        greys = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    pixels = np.frombuffer(greys, np.uint8)
    if pixels.size != height * width or not pixels.any():
        return None
    return pixels.reshape(height, width, 1).astype(np.float32) / 255


@cache
def _component() -> ComponentRenderer:
    return component(
        "draw_pad",
        html=(FRONTEND / "pad.html").read_text("utf-8"),
        css=BASE_STYLE.read_text("utf-8") + (FRONTEND / "pad.css").read_text("utf-8"),
        js=bundle(FRONTEND / "pad.js"),
    )
