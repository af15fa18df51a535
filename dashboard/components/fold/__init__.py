"""The button that unfolds the row of choices where the screen is narrow; CSS hides it elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.components.v2 import component

from dashboard.components import BASE_STYLE, bundling

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FRONTEND = Path(__file__).parent / "frontend"


def fold(chosen: str, *, key: str) -> None:
    """Mount the button.

    Args:
        chosen: what the folded choices stand at; the button's words.
        key: the widget key.
    """
    _component()(key=key, data={"chosen": chosen})


@cache
def _component() -> ComponentRenderer:
    return component(
        "fold",
        html='<div class="widget"><button type="button" data-testid="fold"></button></div>',
        css=BASE_STYLE.read_text("utf-8") + (FRONTEND / "fold.css").read_text("utf-8"),
        js=bundling.bundle(FRONTEND / "fold.js"),
    )
