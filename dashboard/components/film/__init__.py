"""Film strips that play: rows of decoded images along paths, stepped through together in the browser.

Nothing comes back to Python; the strips are sent once, and playing needs no server.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamlit.components.v2 import component

from dashboard.figures.export import png_bytes, tiled

if TYPE_CHECKING:
    import numpy as np
    from streamlit.components.v2.types import ComponentRenderer

FRONTEND = Path(__file__).parent / "frontend"


@dataclass(frozen=True)
class Film:
    """One row.

    Attributes:
        head: what it belongs to; rows of one head stand together.
        title: what tells it from its neighbours.
        images: float (steps, h, w, c) in [0, 1].
        notes: a few words for each step.
    """

    head: str
    title: str
    images: np.ndarray
    notes: Sequence[str]


def film(films: Sequence[Film], *, key: str) -> None:
    """Mount the strips, with a player for all of them.

    Args:
        films: at least one, all of as many steps.
        key: the widget key.
    """
    _component()(key=key, data=packed(films))


def packed(films: Sequence[Film]) -> dict[str, Any]:
    """What the frontend is told: each strip as one PNG, in a data address."""
    rows = []
    for row in films:
        fields = asdict(row)
        picture = png_bytes(tiled(fields.pop("images"), len(row.images), gap=0), enlarged=1)
        strip = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        rows.append(fields | {"strip": strip, "notes": list(row.notes)})
    _, height, width, _ = films[0].images.shape
    return {"rows": rows, "steps": len(films[0].images), "shape": width / height}


@cache
def _component() -> ComponentRenderer:
    return component(
        "film",
        html=(FRONTEND / "film.html").read_text("utf-8"),
        css=(FRONTEND / "film.css").read_text("utf-8"),
        js="\n" + (FRONTEND / "film.js").read_text("utf-8"),
    )
