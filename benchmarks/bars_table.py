"""The bars as a table: what we measured, our own target, a plain recipe of ours, and what others published.

"Reached" and "met" are said of what is named in the same cell, and of nothing else. No torch here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aecore.metrics import catalog
from aecore.storage.run import StoredRun
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks import tables
from dashboard.figures.numbers import plain

Entry = Mapping[str, Any]
NOT_MEASURED = "Not measured yet: `make bars`."
ARROWS = {"lower": " ↓", "higher": " ↑"}


def write_readme(entries: Sequence[Entry]) -> None:
    """Put into the README what the bars come to."""
    tables.write(tables.README, "bars", summary(entries) if entries else NOT_MEASURED)


def text(entries: Sequence[Entry], shipped: Sequence[StoredRun] | None = None) -> str:
    """The table, and below it what it comes to.

    Args:
        entries: of bars.json.
        shipped: the shipped runs; those of the repository if not given.

    Returns:
        Markdown.
    """
    if not entries:
        return NOT_MEASURED
    runs = RunStore(SHIPPED).listing().runs if shipped is None else shipped
    rows = [
        {
            "": f"{one['name']}{ARROWS.get(one['better'], '')}",
            "trained": f"{one['trained']}; {where(one, runs)}",
            "ours": _ours(one),
            "our own target": _target(one),
            "a plain recipe of ours": _plain(one),
            "published": _published(one),
        }
        for one in entries
    ]
    return f"{tables.markdown(rows)}\n\n{summary(entries)}"


def reached(value: float, figure: float, better: str) -> bool | None:
    """Whether a number is at least as good as a figure.

    Args:
        value: the number.
        figure: what it is held against.
        better: `Metric.better` of both.

    Returns:
        None where no way is better.
    """
    if better == "lower":
        return value <= figure
    if better == "higher":
        return value >= figure
    if better.startswith("near "):
        aim = float(better.removeprefix("near "))
        return abs(value - aim) <= abs(figure - aim)
    return None


def held(entry: Entry) -> dict[str, bool | None]:
    """What a mean comes to against "target", "plain" and "published", as far as there is such a figure."""
    figures = {"plain": entry["plain"], "published": (entry["published"] or {}).get("value")}
    found = {
        name: reached(entry["mean"], figure, entry["better"])
        for name, figure in figures.items()
        if figure is not None
    }
    return {"target": entry["met"]} | found


def where(entry: Entry, shipped: Sequence[StoredRun]) -> str:
    """Which of a bar's runs are shipped; where none is, what the shipped ones of the variant reach."""
    ids = {run.run_id for run in shipped}
    here = [run_id for run_id in entry["runs"] if run_id in ids]
    if here:
        return f"`{here[0]}` is shipped"
    twins = [
        run
        for run in shipped
        if (run.config.variant, run.config.dataset) == (entry["variant"], entry["dataset"])
        and entry["metric"] in run.metrics
    ]
    same = [run for run in twins if f"z={run.config.latent_dim}" == entry["trained"].partition(",")[0]]
    told = [f"`{run.run_id}` with {plain(run.metrics[entry['metric']])}" for run in same or twins]
    return f"not shipped; shipped is {', '.join(told)}" if told else "not shipped"


def summary(entries: Sequence[Entry]) -> str:
    """How many figures of each kind are reached, and which published ones are not."""
    found = [(one["name"], held(one)) for one in entries]

    def counted(kind: str) -> tuple[int, int]:
        given = [answer for _, answers in found if (answer := answers.get(kind)) is not None]
        return sum(given), len(given)

    targets, plains, others = (counted(kind) for kind in ("target", "plain", "published"))
    short = [name for name, answers in found if answers.get("published") is False]
    machines = ", ".join(dict.fromkeys(one["machine"] for one in entries))
    said = (
        f"At least as good as the published figure in {others[0]} of {others[1]}, as our plain recipe in "
        f"{plains[0]} of {plains[1]}. Targets that we set ourselves are met in {targets[0]} of {targets[1]}; "
        f"{sum(map(_is_loose, entries))} of them are looser than the published figure."
    )
    if short:
        said += f" Short of what is published: {'; '.join(short)}."
    return f"{said} ± is the standard deviation over seeds or label draws. Measured on: {machines}."


def _is_loose(entry: Entry) -> bool:
    """Whether the target could be met short of what is published."""
    figure = (entry["published"] or {}).get("value")
    if figure is None or entry["limit"] is None:
        return False
    return reached(entry["limit"], figure, entry["better"]) is False


def _ours(entry: Entry) -> str:
    spread = "" if entry["deviation"] is None else f" ± {plain(entry['deviation'])}"
    count = len(entry["runs"])
    kind = "label draw" if "label_seed" in entry["repeats"][0] else "seed"
    return f"{plain(entry['mean'])}{spread}, {count} {kind}{'s' * (count > 1)}"


def _target(entry: Entry) -> str:
    low, high = entry["low"], entry["limit"] if entry["share_of"] else entry["high"]
    if low is not None and high is not None:
        asked = f"{plain(low)} to {plain(high)}"
    elif high is not None:
        of = f" ({plain(entry['high'])} × {entry['share_of']})" if entry["share_of"] else ""
        asked = f"≤ {plain(high)}{of}"
    elif low is not None:
        asked = f"≥ {plain(low)}"
    else:
        return ""
    missed = f"**missed by {plain(entry['missed_by'])}**"
    return f"{asked}: {'met' if entry['met'] else missed}"


def _plain(entry: Entry) -> str:
    if entry["plain"] is None:
        return ""
    recipe = f" ({entry['plain_recipe']})" if entry["plain_recipe"] else ""
    return f"{plain(entry['plain'])}{recipe}{_verdict(held(entry)['plain'])}"


def _published(entry: Entry) -> str:
    published = entry["published"]
    if not published:
        return ""
    unit = catalog()[entry["metric"]].unit
    figure = published["words"] or f"{plain(published['value'])}{' dB' if unit == 'dB' else ''}"
    differs = f"; {published['differs']}" if published["differs"] else ""
    return f"{figure}, {published['source']}{differs}{_verdict(held(entry).get('published'))}"


def _verdict(answer: bool | None) -> str:
    return {True: ": reached", False: ": **not reached**", None: ""}[answer]
