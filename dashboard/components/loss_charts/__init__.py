"""Small charts that change under the pointer without a flicker: the losses of a training, by epoch.

The charts are drawn in Python, by `dashboard.figures.loss_curves`; here they take the place of the last
ones in one step, and the pointer reads them off, epoch by epoch. Nothing comes back to Python.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.components.v2 import component

from dashboard.components import BASE_STYLE

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FRONTEND = Path(__file__).parent / "frontend"


def loss_charts(charts: str, *, key: str) -> None:
    """Mount the charts, or hand newer ones to the component that is mounted.

    Args:
        charts: what `dashboard.figures.loss_curves.loss_curves` returned.
        key: the widget key.
    """
    _component()(key=key, data={"charts": charts})


@cache
def _component() -> ComponentRenderer:
    return component(
        "loss_charts",
        html=(FRONTEND / "losses.html").read_text("utf-8"),
        css=BASE_STYLE.read_text("utf-8") + (FRONTEND / "losses.css").read_text("utf-8"),
        js="\n" + (FRONTEND / "losses.js").read_text("utf-8"),
    )
