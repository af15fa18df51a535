"""KL per latent dimension: which numbers of the code say something about the image."""

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
    order = np.argsort(-kl, kind="stable")
    values = np.asarray(kl, np.float64)[order]
    figure = go.Figure()
    figure.add_bar(
        x=np.array([f"z{index + 1}" for index in order]),
        y=values,
        marker={"color": np.where(values < FLOOR, COLLAPSED, ACTIVE)},
        hovertemplate="%{x}: %{y:.3f} nats<extra></extra>",
    )
    figure.update_yaxes(title_text="nats per image", rangemode="tozero")
    figure.update_xaxes(type="category", title_text="latent dimension, by KL")
    figure.update_layout(height=220, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False, bargap=0.25)
    return figure
