"""The page's address, shown in place of the history's entry, and the place to scroll to; nothing to see."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamlit.components.v2 import component

from dashboard.components import bundling

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FRONTEND = Path(__file__).parent / "frontend"


def show_address(wanted: dict[str, Any], pages: Sequence[str], in_view: dict[str, Any], *, key: str) -> None:
    """Have the browser show an address, and a place of the page.

    Args:
        wanted: `turn`, which is another one whenever there is something to do, and of the `page` the query
            that is shown `before` and the `query` to show; none of them where nothing was ever to be done.
            Always the query that Python has `heard` of the page that it is `at`.
        pages: every page there is, as its address calls it.
        in_view: `anchor`, the heading to scroll to, and its own `turn`; nothing where that was never asked.
        key: the widget key.
    """
    _component()(key=key, data={**wanted, "pages": list(pages), "in_view": in_view}, height=1)


@cache
def _component() -> ComponentRenderer:
    source = bundling.bundle(FRONTEND / "address.js")
    return component("page_address", html="<span hidden></span>", js=source)
