"""The losses of a training, a small chart per term: train, test, and a run to hold it against.

HTML with SVG rather than Plotly figures: Streamlit mounts a Plotly chart anew whenever it changes, which
leaves a hole of 130 ms at every epoch of a training under way, and Plotly's script is by far the largest of a
first visit. `dashboard.components.loss_charts` shows it, with the looks.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

from dashboard.figures.numbers import plain

WIDTH, HEIGHT = 420, 200
SMALL = (220, 112)
"""Charts that stand beside something larger."""
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 8, 34
"""Room for numbers and names around the curves, in the picture's own pixels."""
ROOM = 0.08
"""Space above and below the curves, as a share of what they span."""
LEAST = 1e-100
"""What spans less is drawn as if it did not change: no step of a scale can be told from 0 there."""
TICKS = 4
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


@dataclass(frozen=True)
class Axis:
    """What one axis shows: from the lowest to the highest value, at places in pixels, by logarithm or not."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Where a value stands, in pixels; one that a logarithm does not have stands at the start."""
        if self.is_log and value <= 0:
            return self.start
        low, high, at = (math.log10(v) if self.is_log else v for v in (self.low, self.high, value))
        return self.start + (self.end - self.start) * (at - low) / (high - low)

    def ticks(self) -> list[float]:
        """Round values to write beside it, two at least where the numbers allow."""
        if self.is_log:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            for steps in ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 4, 5, 6, 7, 8, 9)):
                found = [step * 10.0**decade for decade in decades for step in steps]
                found = [value for value in found if self.low <= value <= self.high]
                if len(found) >= 3:
                    return found
        step = 10 ** math.floor(math.log10((self.high - self.low) / TICKS))
        step *= next(
            factor for factor in (1, 2, 5, 10) if (self.high - self.low) / (factor * step) <= TICKS + 1
        )
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [number * step for number in range(first, last + 1)]


def can_be_logarithmic(history: History, term: str) -> bool:
    """Whether every value of a term is above 0: an unbiased estimate such as the MMD falls below."""
    return all(value > 0 for value in _values(history, term))


def loss_curves(
    history: History,
    epochs: int,
    *,
    is_log: bool = False,
    shipped: Mapping[str, float] | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> str:
    """The charts, as many side by side as there is room for.

    Args:
        history: records of the epochs that are done, at least one, each with number, stage, train
            {term: nats} and test {term: nats}.
        epochs: how many there will be: the length of the axis.
        is_log: draws the losses on a logarithmic axis; a term that is not always above 0 stays linear
            and says so.
        shipped: the last test losses of the run that it is held against, in nats per image by term: a
            dashed line where the term is among these.
        size: width and height of each in CSS pixels at which its words are as large as the page's.

    Returns:
        HTML, a `figure` for each term with its numbers beside it. Where there are several stages, each
        begins at a line with its name, and no curve runs from one into the next.
    """
    shipped = shipped or {}
    return "".join(_chart(history, term, epochs, is_log, shipped.get(term), size) for term in terms(history))


def axes(
    history: History,
    term: str,
    epochs: int,
    is_log: bool,
    levels: Sequence[float] = (),
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> tuple[Axis, Axis]:
    """Along and up.

    Args:
        history: as in `loss_curves`.
        term: the loss term.
        epochs: how many there will be.
        is_log: whether the losses stand by their logarithm.
        levels: what must be in sight beside the curves.
        size: as there.

    Returns:
        The axis of the epochs and that of the losses. A logarithmic one shows every value; on a linear one
        the first twentieth of each stage may lie outside, since it would flatten all that follows.
    """
    values = [level for level in levels if level > 0 or not is_log]
    for _, records in stages(history):
        own = [record for record in records if term in record["test"]]
        values += _values(own[0 if is_log else int(SETTLED * len(own)) :], term)
    low, high = (math.log10(v) if is_log else v for v in (min(values), max(values)))
    margin = ROOM * (high - low) or ROOM * abs(high)
    if margin < LEAST:
        margin = ROOM
    low, high = (10**v if is_log else v for v in (low - margin, high + margin))
    width, height = size
    return Axis(0, max(epochs, 2), LEFT, width - RIGHT), Axis(low, high, height - BOTTOM, TOP, is_log)


def _values(history: History, term: str) -> list[float]:
    return [record[split][term] for record in history for split in ("train", "test") if term in record[split]]


def _chart(
    history: History, term: str, epochs: int, is_log: bool, level: float | None, size: tuple[int, int]
) -> str:
    stays_linear = is_log and not can_be_logarithmic(history, term)
    balance, meaning = BALANCE.get(term.rpartition("_")[2], (None, ""))
    levels = [value for value in (level, balance) if value is not None]
    across, up = axes(history, term, epochs, is_log and not stays_linear, levels, size)
    drawn = [_grid(across, up), _curves(history, term, across, up)]
    if balance is not None:
        drawn.append(_level(across, up, balance, "1 4"))
    if level is not None and up.low <= level <= up.high:
        drawn.append(_level(across, up, level, "6 4"))
    own = [record for record in history if term in record["test"]]
    name = escape(term.replace("_", " "))
    keys = [f'<span class="key {s}">{s} {plain(own[-1][s][term])}</span>' for s in ("train", "test")]
    if level is not None:
        keys.append(f'<span class="key shipped">shipped {plain(level)}</span>')
    notes = ["linear: not all values are above 0"] * stays_linear
    notes += [f"dotted: {meaning}"] if meaning else []
    below = "".join(f'<div class="note">{escape(note)}</div>' for note in notes)
    epoch = f'<span class="faint" data-part="epoch">epoch {own[-1]["number"]}</span>'
    label = f"{name} loss by epoch, nats per image"
    return (
        f'<figure style="--drawn-for: {size[0]}" data-curves="{_curves_json(own, term, across)}">'
        f'<figcaption><b>{name}</b>{epoch}<div class="keys">{"".join(keys)}</div>{below}</figcaption>'
        f'<svg viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{label}">{"".join(drawn)}'
        f'<line class="cursor" y1="{up.start}" y2="{up.end}" visibility="hidden"/></svg></figure>'
    )


def _curves_json(own: History, term: str, across: Axis) -> str:
    """What the pointer reads off, to be an attribute."""
    about: dict[str, Any] = {"start": across.start, "end": across.end, "epochs": across.high}
    about["numbers"] = [record["number"] for record in own]
    about |= {split: [float(f"{record[split][term]:.6g}") for record in own] for split in ("train", "test")}
    return escape(json.dumps(about, separators=(",", ":")))


def _grid(across: Axis, up: Axis) -> str:
    drawn = []
    for value in up.ticks():
        y = up.place(value)
        line = f'<line class="grid" x1="{across.start}" x2="{across.end}" y1="{y:.1f}" y2="{y:.1f}"/>'
        drawn.append(line + _text(across.start - 6, y + 4, "end", f"{value:.6g}".replace("-", "−")))
    for value in across.ticks():
        if float(value).is_integer():
            drawn.append(_text(across.place(value), up.start + 16, "middle", f"{value:.0f}"))
    names = _text((across.start + across.end) / 2, up.start + BOTTOM - 2, "middle", "epoch")
    middle = (up.start + up.end) / 2
    turned = f'<g transform="rotate(-90 10 {middle})">{_text(10, middle, "middle", "nats per image")}</g>'
    return "".join(drawn) + names + turned


def _text(x: float, y: float, anchor: str, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _level(across: Axis, up: Axis, value: float, dash: str) -> str:
    y = f"{up.place(value):.1f}"
    places = f'x1="{across.start}" x2="{across.end}" y1="{y}" y2="{y}"'
    return f'<line class="mark level" stroke-width="1.5" stroke-dasharray="{dash}" {places}/>'


def _curves(history: History, term: str, across: Axis, up: Axis) -> str:
    """A line per split and stage, a point while there is but one epoch, and a mark where a stage begins."""
    drawn, parts = [], stages(history)
    for name, records in parts:
        own = [record for record in records if term in record["test"]]
        if own and len(parts) > 1:
            drawn.append(_stage(name, across.place(own[0]["number"] - 0.5), up))
        for split in ("train", "test"):
            points = [(across.place(record["number"]), up.place(record[split][term])) for record in own]
            drawn.append(_curve(split, points))
    # An svg of its own cuts off what the first epochs were, far above what the axis shows.
    width, height = across.end - across.start, up.start - up.end
    places = f'x="{LEFT}" y="{TOP}" width="{width}" height="{height}"'
    return f'<svg {places} viewBox="{LEFT} {TOP} {width} {height}">{"".join(drawn)}</svg>'


def _curve(split: str, points: Sequence[tuple[float, float]]) -> str:
    if len(points) == 1:
        x, y = points[0]
        return f'<circle class="{split}" cx="{x:.1f}" cy="{y:.1f}" r="2" stroke-width="2"/>'
    written = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{split}" points="{written}"/>' if points else ""


def _stage(name: str, x: float, up: Axis) -> str:
    places = f'x1="{x:.1f}" x2="{x:.1f}" y1="{up.start}" y2="{up.end}"'
    words = _text(x + 12, up.end, "end", name)  # along the line: a short stage is narrower than its name
    turned = f'<g transform="rotate(-90 {x + 12:.1f} {up.end})">{words}</g>'
    return f'<line class="mark stage" stroke-dasharray="3 3" {places}/>{turned}'
