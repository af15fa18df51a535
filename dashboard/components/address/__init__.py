"""The page's address, shown in place of the entry of the browser's history that is there; nothing to see."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.components import bundling

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FRONTEND = Path(__file__).parent / "frontend"


def show_address(wanted: dict[str, Any], pages: Sequence[str], *, key: str) -> None:
    """Have the browser show an address.

    Args:
        wanted: `turn`, which is another one whenever there is something to do, and of the `page` the query
            that is shown `before` and the `query` to show; nothing where nothing was ever to be done.
        pages: every page there is, as its address calls it.
        key: the widget key.
    """
    _component()(key=key, data={**wanted, "pages": list(pages)}, height=1)


@cache
def _component() -> ComponentRenderer:
    source = bundling.bundle(FRONTEND / "address.js")
    return st.components.v2.component("page_address", html="<span hidden></span>", js=source)
