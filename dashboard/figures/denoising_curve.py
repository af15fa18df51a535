"""PSNR against the level of noise: a line per denoiser, and the levels that models were trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.template import NEUTRAL, run_style, styled

SYMBOLS = (
    "circle-open",
    "square-open",
    "diamond-open",
    "triangle-up-open",
    "cross-open",
    "x-open",
    "star-open",
)
FOOT, STEP = 0.02, 0.03
"""Where the bars of trained levels begin, and how far apart they are, in shares of the figure's height."""


@dataclass(frozen=True)
class CurveLine:
    """A denoiser's line.

    Attributes:
        title: what the legend calls it.
        mean: mean PSNR in dB at each level, shape (levels,).
        sd: standard deviation over the images, dB, likewise.
        role: "model", "ridge", "filter" or "noisy".
        trained: the lowest and highest level that it was trained on, for a model of this noise.
    """

    title: str
    mean: np.ndarray
    sd: np.ndarray
    role: str
    trained: tuple[float, float] | None = None


def denoising_curve(
    levels: np.ndarray, lines: Sequence[CurveLine], axis: str, title: str, about: str, is_log: bool = False
) -> go.Figure:
    """PSNR in dB against level.

    Args:
        levels: shape (levels,), rising.
        lines: in the legend's order. Models have colours and bands of a standard deviation either way;
            what has learnt nothing is grey and told apart by marks.
        axis: what the level counts.
        title: of the figure.
        about: how many images of which data set were averaged; it stands below the title.
        is_log: whether levels are spaced by ratio.

    Returns:
        The figure. A bar at its foot, in a model's colour, spans the levels that it was trained on.
    """
    figure = go.Figure()
    models = [line for line in lines if line.role == "model"]
    filters = [line for line in lines if line.role == "filter"]
    for line in sorted(lines, key=lambda line: line.role == "model"):  # models on top
        place = models.index(line) if line in models else filters.index(line) if line in filters else 0
        _add(figure, levels, line, place)
    for place, line in enumerate(models):
        if line.trained:
            _mark_trained(figure, levels, line.trained, place)
    figure.update_xaxes(title_text=axis, showgrid=False)
    if is_log:
        figure.update_xaxes(type="log", tickvals=levels, ticktext=[f"{level:g}" for level in levels])
    else:
        figure.update_xaxes(range=[0, 1.02 * float(levels[-1])])
    figure.update_yaxes(title_text="PSNR ↑, dB", range=_range(lines, len(models)))
    figure.update_layout(
        title={
            **{"text": title, "subtitle": {"text": about, "font": {"size": 12, "color": NEUTRAL}}},
            **{"yref": "container", "y": 0.97, "yanchor": "top"},
        },
        margin={"t": 76},
        hovermode="closest",
        legend={"y": -0.16, "yanchor": "top", "traceorder": "normal", "font": {"size": 12}},
    )
    return styled(figure, height=640)


def _range(lines: Sequence[CurveLine], models: int) -> list[float]:
    """Of the vertical axis: every line and band, and room for the bars below them."""
    ends = [line.mean + sign * line.sd * (line.role == "model") for line in lines for sign in (-1, 1)]
    low, high = float(np.min(ends)), float(np.max(ends))
    spread = (high - low) or 1.0
    foot = FOOT + STEP * (models + 1)
    return [low - spread * foot / (1 - foot), high + 0.06 * spread]


def _add(figure: go.Figure, levels: np.ndarray, line: CurveLine, place: int) -> None:
    """One line, with a band where it is a model's."""
    colour, width, dash, symbol = NEUTRAL, 1.2, "solid", SYMBOLS[place % len(SYMBOLS)]
    if line.role == "model":
        style = run_style(place)
        colour, width, dash, symbol = style.colour, 3, style.dash, style.symbol
        _add_band(figure, levels, line, colour)
    elif line.role in ("ridge", "noisy"):
        width, dash, symbol = (2.5, "solid", "line-ew") if line.role == "ridge" else (2, "dot", "line-ew")
    figure.add_scatter(
        x=levels,
        y=line.mean,
        customdata=line.sd,
        name=line.title,
        legendgroup=line.title,
        legendrank={"model": 1, "ridge": 2, "noisy": 3, "filter": 4}[line.role] * 100 + place,
        mode="lines+markers",
        line={"color": colour, "width": width, "dash": dash},
        marker={"symbol": symbol, "size": 7, "color": colour},
        hovertemplate=f"{line.title}<br>level %{{x:g}}: %{{y:.2f}} ± %{{customdata:.2f}} dB<extra></extra>",
    )


def _add_band(figure: go.Figure, levels: np.ndarray, line: CurveLine, colour: str) -> None:
    figure.add_scatter(
        x=np.concatenate([levels, levels[::-1]]),
        y=np.concatenate([line.mean + line.sd, (line.mean - line.sd)[::-1]]),
        fill="toself",
        mode="none",
        fillcolor=f"rgba{(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)), 0.13)}",
        legendgroup=line.title,
        showlegend=False,
        hoverinfo="skip",
    )


def _mark_trained(figure: go.Figure, levels: np.ndarray, trained: tuple[float, float], place: int) -> None:
    """A bar at the foot of the figure; a single level is a short one."""
    low, high = trained
    thin = 0.005 * float(np.ptp(levels))
    foot = FOOT + STEP * place
    figure.add_shape(
        type="rect",
        **{"x0": low - thin, "x1": high + thin, "y0": foot, "y1": foot + STEP / 2, "yref": "paper"},
        fillcolor=run_style(place).colour,
        line_width=0,
        name="trained",
    )
