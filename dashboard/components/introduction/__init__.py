"""The introduction: a welcome beside the plane, whose pointer moves by itself, and a tour on the real page.

Nothing comes back to Python. That the welcome was seen is kept in a cookie, since the server decides by it
whether its root leads there; where the tour stands, in the tab.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.components.v2 import component

from dashboard.components import BASE_STYLE, bundling

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FRONTEND = Path(__file__).parent / "frontend"
SEEN = "aecore_welcomed"
"""The cookie of a browser whose visitor has seen the welcome."""


@dataclass(frozen=True)
class Door:
    """A way on from the welcome.

    Attributes:
        title: a word.
        text: where it leads, in a few words.
        page: the page as its address calls it; empty for the tour.
    """

    title: str
    text: str
    page: str


@dataclass(frozen=True)
class Task:
    """A step of the tour.

    Attributes:
        kind: what ends it: "move", "between", "choose", "prior", "model", "holes" or "draw".
        text: what to do, in Markdown-free words.
        classes: for "between", two of which one is to turn into the other; any where none are given.
        plane: for "model", the plane that it is to end with; none yet where this is empty.
    """

    kind: str
    text: str
    classes: tuple[str, ...] = ()
    plane: str = ""


def introduction(
    sentence: str, doors: Sequence[Door], tasks: Sequence[Task], *, group: str, is_asked: bool, key: str
) -> None:
    """Mount the introduction; nothing is seen until it is asked for.

    Args:
        sentence: what the tool is.
        doors: the ways on from the welcome.
        tasks: the steps of the tour, in order.
        group: of the plane that it goes with.
        is_asked: whether this run of the page is to open the welcome.
        key: the widget key.
    """
    _component()(
        key=key,
        data={
            "sentence": sentence,
            "doors": [asdict(door) for door in doors],
            "tasks": [asdict(task) for task in tasks],
            "group": group,
            "cookie": SEEN,
            "is_asked": is_asked,
        },
    )


@cache
def _component() -> ComponentRenderer:
    return component(
        "introduction",
        html=(FRONTEND / "introduction.html").read_text("utf-8"),
        css=BASE_STYLE.read_text("utf-8") + (FRONTEND / "introduction.css").read_text("utf-8"),
        js=bundling.bundle(FRONTEND / "introduction.js"),
    )
