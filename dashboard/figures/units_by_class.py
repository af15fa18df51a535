"""Units by class: for which classes each living unit of a sparse code is active."""

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.template import styled


def units_by_class(codes: np.ndarray, labels: np.ndarray, classes: list[str]) -> go.Figure:
    """How often each unit is not 0, class by class.

    Args:
        codes: shape (n, d).
        labels: class of each code, shape (n,).
        classes: their names.

    Returns:
        A heat map, units that live across, the one that is active most often first, and classes down.
    """
    active = codes != 0
    order = [unit for unit in np.argsort(-active.mean(0), kind="stable") if active[:, unit].any()]
    present = [label for label in range(len(classes)) if (labels == label).any()]
    shares = [100 * active[labels == label][:, order].mean(0) for label in present]
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=[f"z{unit + 1}" for unit in order],
            y=[classes[label] for label in present],
            zmin=0,
            zmax=100,
            colorscale="Cividis",
            colorbar={"title": {"text": "% active"}, "thickness": 10, "nticks": 5},
            hovertemplate="%{x} is active for %{z:.0f} % of %{y}<extra></extra>",
        )
    )
    figure.update_xaxes(type="category", title_text="living unit, by activity", showgrid=False)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return styled(figure, max(220, 60 + 22 * len(present))).update_layout(
        margin={"l": 8, "r": 8, "t": 8, "b": 8}
    )
