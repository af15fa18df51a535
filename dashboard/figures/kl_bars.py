"""KL, or variance, per latent dimension: which numbers of the code say something about the image."""

import numpy as np
import plotly.graph_objects as go

ACTIVE, COLLAPSED = "#3A8FC9", "#808495"
FLOOR = 0.01
"""Nats below which a dimension carries nothing: its posterior is the prior, whatever the image."""


def kl_bars(kl: np.ndarray) -> go.Figure:
    """One bar per latent dimension, the largest first.

    Args:
        kl: mean KL from q(z|x) to the prior per dimension, nats, shape (d,).

    Returns:
        The figure; a dimension below FLOOR is grey, and the axis numbers them from 1.
    """
    return _bars(np.asarray(kl, np.float64), FLOOR, "nats per image", "KL", " nats")


def variance_bars(variance: np.ndarray) -> go.Figure:
    """The same of a code without a posterior.

    Args:
        variance: of the codes per dimension, shape (d,).

    Returns:
        The figure; a dimension that does not vary is grey.
    """
    return _bars(np.asarray(variance, np.float64), np.finfo(np.float64).tiny, "variance", "variance", "")


def _bars(weights: np.ndarray, floor: float, axis: str, measure: str, unit: str) -> go.Figure:
    order = np.argsort(-weights, kind="stable")
    values = weights[order]
    figure = go.Figure()
    figure.add_bar(
        x=np.array([f"z{index + 1}" for index in order]),
        y=values,
        marker={"color": np.where(values < floor, COLLAPSED, ACTIVE)},
        hovertemplate=f"%{{x}}: %{{y:.3f}}{unit}<extra></extra>",
    )
    figure.update_yaxes(title_text=axis, rangemode="tozero")
    figure.update_xaxes(type="category", title_text=f"latent dimension, by {measure}")
    figure.update_layout(height=220, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False, bargap=0.25)
    return figure
