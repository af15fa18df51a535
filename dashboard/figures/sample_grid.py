"""Samples as small pictures in a grid that wraps, each with the real image nearest to it, in HTML."""

import base64
from collections.abc import Sequence
from html import escape

import numpy as np

from dashboard.figures.export import png_bytes

STYLE = """
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(var(--cell), 1fr)); gap: 12px;
  margin: 0 !important; padding: 0 !important; list-style: none; }
.samples li { margin: 0 !important; padding: 0; }
.samples figure { margin: 0; }
.samples .pair { display: flex; gap: 4px; }
.samples img { display: block; flex: 1 1 0; min-width: 0; width: 100%; height: auto; border-radius: 4px;
  image-rendering: pixelated; }
.samples .real { outline: 2px solid #E69F00; outline-offset: -2px; }
.samples figcaption { font-size: 12px; line-height: 16px; padding-top: 4px; opacity: 0.8;
  font-variant-numeric: tabular-nums; }
"""
ALONE, WITH_NEIGHBOUR = 84, 148
"""Smallest width of a cell, CSS pixels."""


def sample_grid(images: np.ndarray, nearest: np.ndarray | None = None, captions: Sequence[str] = ()) -> str:
    """The grid.

    Args:
        images: what was drawn, (n, h, w, c) in [0, 1].
        nearest: the real image beside each, likewise; it has an orange edge.
        captions: a line under each; none if not given.

    Returns:
        HTML with its own style; pixels are enlarged without smoothing.
    """
    cells = []
    for index, image in enumerate(images):
        pair = _picture(image, f"Sample {index + 1}")
        if nearest is not None:
            pair += _picture(nearest[index], f"The real image nearest to sample {index + 1}", "real")
        line = f"<figcaption>{escape(captions[index])}</figcaption>" if captions else ""
        cells.append(f'<li><figure><div class="pair">{pair}</div>{line}</figure></li>')
    width = ALONE if nearest is None else WITH_NEIGHBOUR
    return f'<style>{STYLE}</style><ul class="samples" style="--cell: {width}px">{"".join(cells)}</ul>'


def _picture(image: np.ndarray, alt: str, kind: str = "") -> str:
    encoded = base64.b64encode(png_bytes(image, enlarged=1)).decode()
    return f'<img class="{kind}" alt="{escape(alt)}" src="data:image/png;base64,{encoded}">'
