"""A run's numbers as a table of HTML."""

import html

from aecore.evaluation import directions
from aecore.metrics import catalog
from aecore.storage.run import StoredRun
from dashboard.figures.numbers import plain, with_deviation


def table(run: StoredRun) -> str:
    """What was measured of a run on the test images, each with its unit, its direction and its floors.

    Args:
        run: any run.

    Returns:
        A table; nothing where nothing was measured.
    """
    known, metrics = catalog(), run.metrics
    rows = []
    for name, meaning in known.items():
        if name not in metrics or meaning.is_floor:
            continue
        better = directions.better(name, run.config.variant)
        floors = [floor for floor in meaning.floors_of(run.config.options) if floor in metrics]
        beside = ", ".join(f"{known[floor].title} {with_deviation(metrics, floor)}" for floor in floors)
        cells = [plain(metrics[name]), meaning.unit, directions.WORDS[better] if better else "", beside]
        told = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{html.escape(meaning.title)}</th>{told}</tr>')
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{word}</th>' for word in ("Measure", "Value", "Unit", "Good", "Beside"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
