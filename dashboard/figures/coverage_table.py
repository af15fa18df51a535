"""The coverage table as HTML that any theme fits: numbers by runs, with a bar for the gap to the best.

It is a table, so a screen reader reads what the bars show; on a narrow page each row becomes a card.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboard.figures.numbers import plain_or_small
from dashboard.figures.template import run_style

STYLE = """
.coverage-box { container-type: inline-size; }
.coverage { width: 100%; border-collapse: collapse; table-layout: fixed; font-size: 14px; line-height: 20px; }
.coverage caption { text-align: left; padding: 0 0 12px; opacity: 0.75; }
.coverage th, .coverage td { padding: 8px 16px 8px 0; border: 0; text-align: left; font-weight: 400;
  vertical-align: top; }
.coverage td { font-variant-numeric: tabular-nums; }
.coverage thead th:first-child { width: 36%; }
.coverage thead th { font-weight: 600; vertical-align: bottom; }
.coverage tbody tr { border-top: 1px solid rgba(128, 132, 149, 0.25); }
.coverage .group th { font-weight: 600; padding-top: 24px; }
.coverage .label { font-weight: 600; }
.coverage .unit, .coverage .beside, .coverage .best { font-size: 12px; opacity: 0.75; }
.coverage .none { font-size: 12px; line-height: 16px; display: inline-block; opacity: 0.75; }
.coverage .beside { display: block; line-height: 16px; }
.coverage .best { font-weight: 600; margin-left: 6px; white-space: nowrap; }
.coverage summary { cursor: pointer; font-size: 13px; opacity: 0.85; max-width: 44ch; }
.coverage details p { font-size: 13px; max-width: 52ch; margin: 4px 0 0; opacity: 0.85; }
.coverage .swatch { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }
.coverage .bar { height: 6px; margin-top: 4px; border-radius: 3px; background: rgba(128, 132, 149, 0.18); }
.coverage .bar > span { display: block; height: 6px; border-radius: 3px; }
.coverage .twin .bar > span { opacity: 0.5; }
.coverage .twin { margin-top: 8px; }
@container (max-width: 640px) {
  .coverage thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .coverage, .coverage caption, .coverage tbody, .coverage tr, .coverage th { display: block; }
  .coverage th, .coverage caption { padding-right: 0; }
  .coverage tr { padding-bottom: 8px; }
  .coverage td { display: grid; grid-template-columns: 11ch minmax(0, 1fr); column-gap: 8px; padding: 2px 0; }
  .coverage td::before { content: attr(data-run); font-size: 12px; line-height: 16px; opacity: 0.75;
    grid-row: span 2; }
}
"""


@dataclass(frozen=True)
class Cell:
    """One number of one run.

    Attributes:
        value: None where there is none.
        gap: how far it is from the reference on the worse side, at least 0; None where neither way is
            better.
        none: why there is no value.
        beside: what to read it against, where the runs differ in that.
        is_best: whether it is better than all others of its row, beyond what chance explains.
    """

    value: float | None
    gap: float | None = None
    none: str = ""
    beside: str = ""
    is_best: bool = False


@dataclass(frozen=True)
class Row:
    """One number of every run.

    Attributes:
        group: the heading that it stands under.
        label: what it is, with its direction.
        unit: what it counts.
        good: a sentence on what a good value is.
        sentence: what the number says.
        cells: by run.
        whitened: likewise, of the codes brought to mean 0 and covariance I first; empty if not asked for.
    """

    group: str
    label: str
    unit: str
    good: str
    sentence: str
    cells: Sequence[Cell]
    whitened: Sequence[Cell] = ()


def coverage_table(titles: Sequence[str], rows: Sequence[Row], caption: str) -> str:
    """The table.

    Args:
        titles: of the runs, one per column.
        rows: the numbers, in order; a group begins where its name changes.
        caption: how everything was measured.

    Returns:
        HTML with its own style; a bar is a run's gap to the best attainable, relative to the largest gap
        of the row, so the shorter the better, and none is no gap at all.
    """
    head = "".join(
        f'<th scope="col">{_swatch(index)}{escape(title)}</th>' for index, title in enumerate(titles)
    )
    body, group = [], ""
    for row in rows:
        if row.group != group:
            group = row.group
            span = f'scope="rowgroup" colspan="{len(titles) + 1}"'
            body.append(f'<tr class="group"><th {span}>{escape(group)}</th></tr>')
        body.append(_line(row, titles))
    return (
        f'<style>{STYLE}</style><div class="coverage-box"><table class="coverage">'
        f'<caption>{escape(caption)}</caption><thead><tr><th scope="col">number</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _swatch(index: int) -> str:
    return f'<span class="swatch" style="background: {run_style(index).colour}"></span>'


def _line(row: Row, titles: Sequence[str]) -> str:
    about = f"<details><summary>{escape(row.good)}</summary><p>{escape(row.sentence)}</p></details>"
    head = (
        f'<th scope="row"><span class="label">{escape(row.label)}</span> '
        f'<span class="unit">{escape(row.unit)}</span>{about}</th>'
    )
    groups = [row.cells, *([row.whitened] if row.whitened else [])]
    worst = max((cell.gap or 0.0 for cells in groups for cell in cells), default=0.0)
    cells = []
    for index, title in enumerate(titles):
        content = _cell(row.cells[index], index, worst)
        if row.whitened and not row.cells[index].none:
            twin = _cell(row.whitened[index], index, worst)
            content += f'<div class="twin"><span class="unit">whitened</span> {twin}</div>'
        cells.append(f'<td data-run="{escape(title)}"><div>{content}</div></td>')
    return f"<tr>{head}{''.join(cells)}</tr>"


def _cell(cell: Cell, index: int, worst: float) -> str:
    if cell.value is None:
        return f'<span class="none">{escape(cell.none or "not measured")}</span>'
    text = plain_or_small(cell.value) + ('<span class="best">best here</span>' if cell.is_best else "")
    beside = f' <span class="beside">{escape(cell.beside)}</span>' if cell.beside else ""
    if cell.gap is None:
        return text + beside
    share = 100 * cell.gap / worst if worst else 0.0
    colour = run_style(index).colour
    bar = f'<div class="bar"><span style="width: {share:.1f}%; background: {colour}"></span></div>'
    return text + beside + bar
