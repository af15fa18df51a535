"""The sheet of keys: a dialog that ? opens on every page, and a button that opens it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.components.v2 import component

from dashboard.components import BASE_STYLE, bundling

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FRONTEND = Path(__file__).parent / "frontend"


def shortcut_sheet(sections: Sequence[tuple[str, Sequence[tuple[str, str]]]], *, key: str) -> None:
    """Mount the sheet; nothing is seen of it until ? is pressed where nobody types.

    Args:
        sections: where keys mean something, and there the keys and what they do.
        key: the widget key.
    """
    _component("shortcut_sheet", "sheet")(key=key, data={"sections": sections}, height=1)


def shortcut_button(words: str, *, key: str) -> None:
    """Mount a button that opens the sheet of the page.

    Args:
        words: the button's.
        key: the widget key.
    """
    _component("shortcut_button", "button")(key=key, data={"words": words})


@cache
def _component(name: str, module: str) -> ComponentRenderer:
    return component(
        name,
        html=(FRONTEND / f"{module}.html").read_text("utf-8"),
        css=BASE_STYLE.read_text("utf-8") + (FRONTEND / "sheet.css").read_text("utf-8"),
        js=bundling.bundle(FRONTEND / f"{module}.js"),
    )
