"""Samples of a decoder in a grid, each beside its nearest real image, and a plane that shows their places.

Two mounts that meet in the page through the register of `lib/streamlit/bus.js`: `sample_plane` has the codes
of the test images, which stay while other samples are drawn, and `sample_grid` has the samples. Pointing at a
sample, or reaching it by keyboard or finger, marks its place; pointing at a place marks its sample. Nothing
comes back to Python.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.components.v2 import component

from dashboard.components import BASE_STYLE, bundling
from dashboard.components.sample_grid.packing import pack_places, pack_samples

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

__all__ = ["pack_places", "pack_samples", "sample_grid", "sample_plane"]

FRONTEND = Path(__file__).parent / "frontend"


def sample_grid(packed: bytes, *, key: str) -> None:
    """Mount the grid, or hand other samples to the one that is mounted.

    Args:
        packed: what `pack_samples` returned.
        key: the widget key.
    """
    _component("sample_grid", "grid")(key=key, data=packed)


def sample_plane(packed: bytes, *, key: str) -> None:
    """Mount the plane of the grid's samples.

    Args:
        packed: what `pack_places` returned. Equal bytes cost nothing on a rerun.
        key: the widget key.
    """
    _component("sample_plane", "places")(key=key, data=packed)


@cache
def _component(name: str, page: str) -> ComponentRenderer:
    return component(
        name,
        html=(FRONTEND / f"{page}.html").read_text("utf-8"),
        css=BASE_STYLE.read_text("utf-8") + (FRONTEND / f"{page}.css").read_text("utf-8"),
        js=bundling.bundle(FRONTEND / f"{page}_entry.js"),
    )
