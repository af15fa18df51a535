"""How the codes of several runs fill the prior: bars beside the null, and maps of its 200 cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.figures.numbers import plain
from dashboard.figures.template import NEUTRAL, TEXT, run_style, styled

COLUMNS = 2
PANEL_HEIGHT, HEAD, FOOT = 210, 72, 16
FAINT = 0.4  # a faint bar is the whitened twin of the full one beside it
REFERENCE = {"dash": "dot", "width": 1.5, "color": NEUTRAL}
STROKES = "rgba(255, 255, 255, 0.6)"
ROOM = 1.22  # above the highest bar, for its value
HOLE, FULL = 0.25, 2.0
"""Shares of a cell's due: under the first it is a hole, from the second on the colour is the brightest."""
HOLE_LINE = "#D55E00"
OUTERMOST = 3.0
"""Where the last ring is drawn to, in standard deviations; it has no end."""


@dataclass(frozen=True)
class Panel:
    """One number of every run.

    Attributes:
        title: what it is, with its direction.
        values: by run, in their order; None where it is not defined.
        whitened: likewise, of the codes brought to mean 0 and covariance I first; empty if not asked for.
        reference: what a sample of the prior scores, or the best there is.
        reference_title: which of the two.
    """

    title: str
    values: Sequence[float | None]
    whitened: Sequence[float | None]
    reference: float | None
    reference_title: str


def coverage_bars(titles: Sequence[str], panels: Sequence[Panel]) -> go.Figure:
    """Small bar charts, one per number and one bar per run in its colour and pattern.

    Args:
        titles: of the runs.
        panels: the numbers, at least one.

    Returns:
        The figure: a dotted line is the reference, a bar without its value is not defined, and a faint
        bar beside a full one is the whitened number.
    """
    rows = -(-len(panels) // COLUMNS)
    height = HEAD + FOOT + rows * PANEL_HEIGHT
    figure = make_subplots(
        rows,
        COLUMNS,
        subplot_titles=[panel.title for panel in panels],
        vertical_spacing=50 / (height - HEAD - FOOT),
        horizontal_spacing=0.08,
    )
    for number, panel in enumerate(panels):
        row, column = number // COLUMNS + 1, number % COLUMNS + 1
        for index, title in enumerate(titles):
            _add_bars(figure, panel, index, title, is_first=not number, row=row, col=column)
        heights = [*panel.values, *panel.whitened, panel.reference]
        known = [height for height in heights if height is not None]
        figure.update_yaxes(range=[ROOM * min(0, *known), ROOM * max(0, *known)], row=row, col=column)
        if panel.reference is not None:
            figure.add_hline(panel.reference, line=REFERENCE, layer="below", row=row, col=column)
    figure.update_xaxes(showticklabels=False, showgrid=False)
    figure.update_yaxes(nticks=4)
    figure.update_annotations(font={"size": 13})
    legend = {"x": 0, "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top"}
    margin = {"l": 8, "r": 8, "t": HEAD, "b": FOOT}
    return styled(figure, height).update_layout(margin=margin, legend=legend, bargap=0.25, bargroupgap=0.05)


def _add_bars(
    figure: go.Figure, panel: Panel, index: int, title: str, is_first: bool, row: int, col: int
) -> None:
    style = run_style(index)
    pairs = [("", panel.values[index], 1.0)]
    if panel.whitened:
        pairs.append((", whitened", panel.whitened[index], FAINT))
    for twin, (ending, value, opacity) in enumerate(pairs):
        figure.add_bar(
            x=np.array([title]),
            y=np.array([np.nan if value is None else value]),
            name=title + ending,
            legendgroup=title,
            showlegend=is_first and not twin,
            offsetgroup=str(twin),
            marker={
                "color": style.colour,
                "opacity": opacity,
                "pattern": {"shape": style.pattern, "fillmode": "overlay", "fgcolor": STROKES, "size": 7},
            },
            text="" if value is None else plain(value),
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"{title}{ending}: %{{y:.4f}}<br>{panel.reference_title}<extra></extra>",
            row=row,
            col=col,
        )


def cell_maps(cells: Mapping[str, np.ndarray], columns: int = 3) -> go.Figure:
    """The prior's 200 cells of equal mass, each as bright as it is full.

    Args:
        cells: by title of a run, the share of its codes in each cell, (10, 20): ring by sector, as
            `aecore.metrics.cells.cell_shares` gives them.
        columns: maps side by side.

    Returns:
        The figure: radius in standard deviations of the prior; a cell under a quarter of its due has an
        orange edge.
    """
    columns = min(columns, len(cells))
    rows = -(-len(cells) // columns)
    specs = [[{"type": "polar"}] * columns for _ in range(rows)]
    figure = make_subplots(rows, columns, specs=specs, subplot_titles=list(cells), vertical_spacing=0.12)
    for number, shares in enumerate(cells.values()):
        rings = _rings(shares, has_scale=not number)
        figure.add_traces(rings, rows=number // columns + 1, cols=number % columns + 1)
    ticks = {"tickvals": [1, 2], "ticktext": ["1", "2"], "range": [0, OUTERMOST], "angle": 0}
    figure.update_polars(
        radialaxis={**ticks, "showgrid": False, "tickfont": {"size": 11, "color": TEXT}},
        angularaxis={"showticklabels": False, "showgrid": False, "ticks": ""},
    )
    figure.update_annotations(font={"size": 13}, yshift=8)
    return styled(figure, 300 * rows + 40).update_layout(margin={"l": 16, "r": 8, "t": 44, "b": 20})


def _rings(shares: np.ndarray, has_scale: bool) -> list[go.Barpolar]:
    """One trace per ring, from the innermost; a bar per sector."""
    count, sectors = shares.shape
    edges = np.sqrt(-2 * np.log1p(-np.arange(count) / count))
    edges = np.append(edges, OUTERMOST)
    filled = shares * shares.size
    middle = (np.arange(sectors) + 0.5) * 360 / sectors
    return [
        go.Barpolar(
            base=np.full(sectors, edges[ring]),
            r=np.full(sectors, edges[ring + 1] - edges[ring]),
            theta=middle,
            width=np.full(sectors, 360 / sectors),
            customdata=filled[ring],
            marker={
                "color": filled[ring],
                "cmin": 0,
                "cmax": FULL,
                "colorscale": "Cividis",
                "showscale": has_scale and ring == 0,
                "colorbar": {"title": {"text": "of its due"}, "thickness": 10, "len": 0.8, "nticks": 5},
                "line": {
                    "color": np.where(filled[ring] < HOLE, HOLE_LINE, "rgba(128, 132, 149, 0.4)"),
                    "width": np.where(filled[ring] < HOLE, 1.8, 0.4),
                },
            },
            hovertemplate="%{customdata:.2f} of its due<extra></extra>",
            showlegend=False,
        )
        for ring in range(count)
    ]
