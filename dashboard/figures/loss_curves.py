"""The losses of a run by epoch: one panel per term, train beside test."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

TRAIN, TEST = "#E69F00", "#3A8FC9"  # Okabe-Ito orange and blue, the blue lifted to show on dark too
BALANCE = {
    "discriminator": (2 * math.log(2), "2 ln 2: cannot tell"),
    "adversarial": (math.log(2), "ln 2: balance"),
}
SETTLED = 0.05
"""The first twentieth of the epochs does not set the scale: it would flatten all that follows."""


def loss_curves(history: Sequence[dict[str, Any]]) -> go.Figure:
    """One panel per loss term in nats per image, with a line for train and one for test.

    Args:
        history: records of a run, each with number, train {term: nats} and test {term: nats}.

    Returns:
        The figure; a term with a point of balance shows it as a dotted line.
    """
    terms = list(history[-1]["test"])
    epochs = np.array([record["number"] for record in history])
    figure = make_subplots(rows=1, cols=len(terms), subplot_titles=terms, horizontal_spacing=0.09)
    first = min(len(history) - 1, math.ceil(SETTLED * len(history)))
    for column, term in enumerate(terms, start=1):
        seen = []
        for split, colour in (("train", TRAIN), ("test", TEST)):
            values = np.array([record[split][term] for record in history])
            seen.append(values[first:])
            figure.add_scatter(
                x=epochs,
                y=values,
                name=split,
                legendgroup=split,
                showlegend=column == 1,
                line={"color": colour, "width": 2},
                hovertemplate=f"{split} %{{y:.3f}} nats<extra></extra>",
                row=1,
                col=column,
            )
        if term in BALANCE:
            level, meaning = BALANCE[term]
            seen.append(np.array([level]))
            figure.add_hline(level, line_dash="dot", line_width=1, annotation_text=meaning, row=1, col=column)
        low, high = np.concatenate(seen).min(), np.concatenate(seen).max()
        margin = 0.08 * (high - low) or 1.0
        figure.update_yaxes(range=[low - margin, high + margin], row=1, col=column)
    figure.update_xaxes(title_text="epoch")
    figure.update_yaxes(title_text="nats per image", row=1, col=1)
    figure.update_layout(
        height=300,
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.28, "x": 1, "xanchor": "right"},
    )
    return figure
