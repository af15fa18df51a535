"""A loss of a run by epoch: train beside test, and the stages of the training parted."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import plotly.graph_objects as go

TRAIN, TEST = "#E69F00", "#3A8FC9"  # Okabe-Ito orange and blue, the blue lifted to show on dark too
NEUTRAL = "#808495"  # reads on light and on dark
BALANCE = {
    "discriminator": (2 * math.log(2), "2 ln 2: cannot tell"),
    "adversarial": (math.log(2), "ln 2: balance"),
}
"""Where a term comes to rest, by the last word of its name."""
SETTLED = 0.05
"""The first twentieth of a stage's epochs does not set the scale: it would flatten all that follows."""

History = Sequence[dict[str, Any]]


def terms(history: History) -> list[str]:
    """The loss terms of a run, in order of appearance; one may be of some stages only."""
    return list(dict.fromkeys(term for record in history for term in record["test"]))


def stages(history: History) -> list[tuple[str, History]]:
    """The records of each stage of the training, in order, with its name."""
    named = groupby(history, key=lambda record: record.get("stage", "training"))  # format 1 had no stages
    return [(name, list(records)) for name, records in named]


def loss_curve(history: History, term: str) -> go.Figure:
    """One loss term in nats per image, with a line for train and one for test.

    Args:
        history: records of a run, each with number, stage, train {term: nats} and test {term: nats}.
        term: one of `terms(history)`.

    Returns:
        The figure. A point of balance is a dotted line. Where there are several stages, each begins at a
        dashed line with its name, and no curve runs from one into the next.
    """
    figure, settled, parts = go.Figure(), [], stages(history)
    own = [(name, records) for name, records in parts if term in records[0]["test"]]
    for name, records in own:
        for split, colour in (("train", TRAIN), ("test", TEST)):
            values = np.array([record[split][term] for record in records])
            settled.append(values[min(len(values) - 1, math.ceil(SETTLED * len(values))) :])
            figure.add_scatter(
                x=np.array([record["number"] for record in records]),
                y=values,
                name=split,
                legendgroup=split,
                showlegend=records is own[0][1],
                mode="lines" if len(values) > 1 else "markers",
                line={"color": colour, "width": 2},
                hovertemplate=f"{split} %{{y:.3f}} nats<extra></extra>",
            )
        if len(parts) > 1:
            _mark_stage(figure, name, records[0]["number"])
    level, meaning = BALANCE.get(term.rpartition("_")[2], (None, ""))
    if level is not None:
        settled.append(np.array([level]))
        figure.add_hline(level, line_dash="dot", line_width=1, annotation_text=meaning)
    low, high = np.concatenate(settled).min(), np.concatenate(settled).max()
    margin = 0.08 * (high - low) or 1.0
    figure.update_yaxes(range=[low - margin, high + margin], title_text="nats per image", title_standoff=4)
    figure.update_xaxes(title_text="epoch", title_standoff=4)
    top = {"yref": "container", "y": 0.98, "yanchor": "top"}  # one line for the title and the legend
    figure.update_layout(
        title={"text": term.replace("_", " "), "font": {"size": 15}, "x": 0.01, **top},
        height=280,
        margin={"l": 8, "r": 8, "t": 44, "b": 8},
        hovermode="x unified",
        legend={"orientation": "h", "x": 1, "xanchor": "right", **top},
    )
    return figure


def _mark_stage(figure: go.Figure, name: str, begins: int) -> None:
    figure.add_vline(begins - 0.5, line={"dash": "dash", "width": 1, "color": NEUTRAL})
    figure.add_annotation(
        x=begins - 0.5,
        y=1,
        yref="paper",
        text=name,
        textangle=-90,  # a short stage is narrower than its name
        showarrow=False,
        font={"size": 11, "color": NEUTRAL},
        xanchor="left",
        yanchor="top",
    )
