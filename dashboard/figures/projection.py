"""A map of the test images: a dot for each, coloured by class; for a page's charts and for download."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.template import COLOURS, NEUTRAL, class_colours, styled

HEIGHT = 420
DOT_PX = {1_000: 7.0, 5_000: 5.0, 20_000: 3.5}
"""Diameter of a dot up to so many of them; beyond, 2.5 px."""
SYMBOLS = ("circle", "square", "diamond", "cross", "x")
"""Of classes that share a colour: the first forty, the next forty, and so on."""
MARK_PX, MARK, HALO = 13, "#1b1d24", "#ffffff"


def projection_map(
    positions: np.ndarray,
    labels: np.ndarray | None,
    classes: Sequence[str],
    title: str,
    *,
    subtitle: str = "",
    indices: np.ndarray | None = None,
    images: int = 0,
    selected: int | None = None,
    placed: np.ndarray | None = None,
) -> go.Figure:
    """A map as a chart.

    Args:
        positions: shape (n, 2).
        labels: the class of each dot, as an index into `classes`, shape (n,); None where there are none.
        classes: class names.
        title: what was projected.
        subtitle: how.
        indices: which image of the split each dot is, shape (n,); the dots in order if not given.
        images: how many images the split has; where that is more than n, the figure says so.
        selected: an image of the split to mark with a ring; one that is no dot is not marked.
        placed: positions of a person's own images, shape (k, 2), marked with stars.

    Returns:
        The figure, one trace of dots per class, or one without a legend. Its axes have neither numbers nor
        names: the units mean nothing, but are the same in both directions.
    """
    positions = np.asarray(positions, np.float32)
    indices = np.arange(len(positions)) if indices is None else indices
    figure = go.Figure()
    size = next((px for count, px in DOT_PX.items() if len(positions) <= count), 2.5)
    names = classes or [""]
    for label, colour in enumerate(class_colours(len(names))):
        mine = slice(None) if labels is None else labels == label
        figure.add_scattergl(
            x=positions[mine, 0],
            y=positions[mine, 1],
            customdata=indices[mine],
            name=names[label],
            showlegend=bool(classes),
            mode="markers",
            marker={"color": colour, "size": size, "opacity": 0.75, "symbol": _symbol(label)},
            hovertemplate=f"image %{{customdata}}{', ' * bool(classes)}{names[label]}<extra></extra>",
        )
    found = np.flatnonzero(indices == selected) if selected is not None else []
    if len(found):
        _mark(figure, positions[found], "circle-open", f"image {selected}")
    if placed is not None:
        _mark(figure, placed, "star", "your image")
    if len(positions) < images:
        text = f"{len(positions):,} of {images:,} test images, taken at random"
        where = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "xanchor": "left", "yanchor": "bottom"}
        figure.add_annotation(text=text, showarrow=False, **where)
    figure.update_layout(
        title={"text": title, "subtitle": {"text": subtitle, "font": {"size": 11}}},
        legend={"y": 0.0, "yanchor": "top", "itemsizing": "constant", "font": {"size": 12}},
        margin={"l": 4, "r": 4, "t": 56, "b": 4},
        modebar={"orientation": "v"},  # beside the title, not on it
    )
    hidden = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    figure.update_xaxes(**hidden)
    figure.update_yaxes(scaleanchor="x", scaleratio=1, **hidden)
    return styled(figure, HEIGHT)


def _symbol(label: int) -> str:
    return SYMBOLS[label // COLOURS % len(SYMBOLS)]


def _mark(figure: go.Figure, positions: np.ndarray, symbol: str, name: str) -> None:
    """Something above the dots: dark on a white halo, which shows on every colour and background."""
    for width, colour in ((6, HALO), (2.5, MARK)):
        line = {"width": width, "color": colour}
        figure.add_scattergl(
            x=np.asarray(positions)[:, 0],
            y=np.asarray(positions)[:, 1],
            mode="markers",
            marker={"symbol": symbol, "size": MARK_PX, "color": colour, "line": line},
            name=name,
            legendgroup=name,
            showlegend=False,
            hovertemplate=f"{name}<extra></extra>",
        )
    # The legend stands on the page, where one of the two colours would not show.
    line = {"width": 2.5, "color": NEUTRAL}
    entry = {"symbol": symbol, "size": MARK_PX, "color": NEUTRAL, "line": line}
    figure.add_scattergl(x=[None], y=[None], mode="markers", marker=entry, name=name, legendgroup=name)
