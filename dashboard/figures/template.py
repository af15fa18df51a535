"""One look for every figure, on light and on dark pages: a Plotly template, class colours, run styles.

On a page Streamlit lays its theme's text and grid colours over the template; in a downloaded file the
template stands alone, so its own greys read on white and on #0e1117 and its backgrounds are clear.
"""

from dataclasses import dataclass

import plotly.graph_objects as go

CLASSES = (
    "#0552c3",
    "#ffa938",
    "#048c7a",
    "#f548b0",
    "#bd1b00",
    "#68a0f2",
    "#b07e0d",
    "#9d54ff",
    "#80417e",
    "#80cba4",
)
"""The first ten class colours, those of the latent plane (palette.js, where they are explained)."""
TINTS = ((0, 0.0), (255, 0.45), (0, 0.4), (255, 0.7))
"""Each further ten of classes: the grey that the ten colours are moved towards, and how far."""
COLOURS = len(CLASSES) * len(TINTS)
"""How many there are; what has more classes tells them apart by more than colour."""

NEUTRAL = "#808495"
"""A grey that stands back on light and on dark."""
TEXT = "#767a88"
GRID = "rgba(128, 132, 149, 0.25)"
FONT = '"Source Sans", "Source Sans Pro", system-ui, sans-serif'


@dataclass(frozen=True)
class RunStyle:
    """How one of several runs is drawn, in ways of which the colour is only one.

    Attributes:
        colour: of Okabe and Ito (2008), without their black and yellow: each vanishes on one background.
        dash: of a line.
        symbol: of a mark.
        pattern: that fills a bar.
    """

    colour: str
    dash: str
    symbol: str
    pattern: str


RUNS = (
    RunStyle("#0072B2", "solid", "circle", ""),
    RunStyle("#E69F00", "dash", "square", "/"),
    RunStyle("#009E73", "dot", "diamond", "."),
    RunStyle("#CC79A7", "dashdot", "triangle-up", "x"),
    RunStyle("#D55E00", "longdash", "cross", "\\"),
    RunStyle("#56B4E9", "longdashdot", "x", "-"),
)
"""The styles of up to six runs, in their order on the page."""

_AXIS = {"automargin": True, "gridcolor": GRID, "linecolor": GRID, "zerolinecolor": GRID, "title_standoff": 6}
TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 13, "color": TEXT},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "colorway": [style.colour for style in RUNS],
        "margin": {"l": 8, "r": 8, "t": 36, "b": 8},
        "title": {"font": {"size": 15}, "x": 0.01, "xanchor": "left"},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        "colorscale": {"sequential": "Cividis"},
        "polar": {
            "bgcolor": "rgba(0, 0, 0, 0)",
            "angularaxis": {"gridcolor": GRID, "linecolor": GRID},
            "radialaxis": {"gridcolor": GRID, "linecolor": GRID},
        },
    }
)


def run_style(index: int) -> RunStyle:
    """How the run at a place on the page is drawn, from 0; beyond six the styles repeat."""
    return RUNS[index % len(RUNS)]


def class_colours(count: int) -> list[str]:
    """One colour per class, the same as on the latent plane.

    Args:
        count: number of classes.

    Returns:
        Colours such as "#0552c3"; beyond ten they repeat lighter, then darker.
    """
    return [_class_colour(index) for index in range(count)]


def _class_colour(index: int) -> str:
    towards, share = TINTS[index // len(CLASSES) % len(TINTS)]
    parts = bytes.fromhex(CLASSES[index % len(CLASSES)][1:])
    return "#" + "".join(f"{round(part + (towards - part) * share):02x}" for part in parts)


def styled(figure: go.Figure, height: int | None = None) -> go.Figure:
    """The figure with the template, in place; what the figure itself sets goes before it.

    Args:
        figure: any figure.
        height: in CSS pixels; Plotly's own if not given.

    Returns:
        The same figure.
    """
    return figure.update_layout(template=TEMPLATE, height=height)
