"""Along paths between two latent codes: how far from real codes, and how sure a classifier is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.figures.template import run_style, styled


@dataclass(frozen=True)
class PathLine:
    """One path of one run.

    Attributes:
        name: the run's; it stands in the legend once.
        run: its place on the page, from 0, which gives its colour and symbol.
        is_spherical: whether it is the spherical path, drawn dotted, or the straight one.
        distances: to the nearest real code, in spreads of the codes, (steps,).
        confidences: probability of the most probable class, (steps,); None where nothing was judged.
        classes: name of that class at each step; empty where nothing was judged.
    """

    name: str
    run: int
    is_spherical: bool
    distances: np.ndarray
    confidences: np.ndarray | None = None
    classes: Sequence[str] = ()


def path_chart(lines: Sequence[PathLine]) -> go.Figure:
    """Distance and confidence along paths, one above the other.

    Args:
        lines: at least one, all of as many steps.

    Returns:
        The figure; the lower panel is left out where nothing was judged. The axis is the share of the
        way, 0 at the first image and 1 at the second.
    """
    has_judge = any(line.confidences is not None for line in lines)
    figure = make_subplots(rows=1 + has_judge, cols=1, shared_xaxes=True, vertical_spacing=0.12)
    for line in lines:
        _add(figure, 1, line, line.distances, "%{y:.3f} spreads")
        if line.confidences is not None:
            _add(figure, 2, line, line.confidences, "%{y:.3f} for %{text}")
    figure.update_yaxes(title_text="distance, spreads", rangemode="tozero", row=1, col=1)
    if has_judge:
        figure.update_yaxes(title_text="confidence", range=[0, 1.04], row=2, col=1)
    way = "share of the way; solid: straight, dotted: spherical"
    figure.update_xaxes(title_text=way, row=1 + has_judge, col=1)
    return styled(figure, 260 + 200 * has_judge)


def _add(figure: go.Figure, row: int, line: PathLine, values: np.ndarray, hover: str) -> None:
    style = run_style(line.run)
    kind = "spherical" if line.is_spherical else "straight"
    figure.add_scatter(
        x=np.linspace(0, 1, len(values)),
        y=np.asarray(values, np.float64),
        text=list(line.classes) if row == 2 else None,
        name=line.name,
        legendgroup=str(line.run),
        showlegend=row == 1 and not line.is_spherical,
        mode="lines+markers",
        line={"color": style.colour, "width": 2, "dash": "dot" if line.is_spherical else "solid"},
        marker={"symbol": style.symbol + ("-open" if line.is_spherical else ""), "size": 7},
        hovertemplate=f"{hover}<extra>{line.name}, {kind}</extra>",
        row=row,
        col=1,
    )
