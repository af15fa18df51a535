"""Writes docs/variants.md: `make cards`. Every number in it is a stored one; none is typed.

Cards come from the variants' files, measured numbers from the shipped runs, and the bars from
benchmarks/bars.json. Equal inputs give equal text.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from aecore.evaluation import collapse, directions
from aecore.metrics.catalog import GROUPS, METRICS
from aecore.models import cards
from aecore.storage.run import StoredRun
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks import bars_table
from benchmarks.bars import FOUND
from dashboard.figures.layer_diagram import Networks, rows
from dashboard.figures.numbers import with_deviation

PAGE = Path(__file__).with_name("variants.md")
DATASETS = ("mnist", "fashion_mnist", "digits")
TOLD = 2
"""Options that tell runs of one name apart in a column's head; more would make it a list."""
HEAD = """# Every autoencoder, measured

Written by `make cards` from the cards in `aecore/models/variants/`, the shipped runs and
`benchmarks/bars.json`; do not edit. Every number is of the test split. Losses are in nats per image,
pixels are grey, and grey-pixel likelihoods are not comparable with papers on binarised MNIST.
"""

BARS = """On the test split, MNIST unless said. kNN-15 votes among the training codes; MMD² and the cells
are measured on samples of q(z|x) for the VAE and on codes for the others, against N(0, I). Beside each number
stand a target that we set ourselves, what a plain recipe of ours reached, and what others published; how the
recipes were chosen is in [protocol.md](protocol.md)."""


def main() -> None:
    """Write the page, and what the bars come to into the README."""
    PAGE.write_text(text(), "utf-8")
    bars_table.write_readme(_found(FOUND))
    print(PAGE.name)  # noqa: T201  what a script did


def text(store: Path = SHIPPED, found: Path = FOUND) -> str:
    """The page.

    Args:
        store: the folder of the shipped runs.
        found: what `benchmarks.bars` wrote.

    Returns:
        Markdown.
    """
    runs = RunStore(store).listing().runs
    bars = _found(found)
    names = cards.names()
    contents = " · ".join(f"[{cards.title(name)}](#{_anchor(cards.title(name))})" for name in names)
    parts = [HEAD, contents, "## The bars", BARS, bars_table.text(bars)]
    for name in names:
        parts += _variant(name, [run for run in runs if run.config.variant == name])
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _found(path: Path) -> list[dict[str, Any]]:
    """What `benchmarks.bars` wrote; nothing where it never ran."""
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def _anchor(title: str) -> str:
    """What GitHub calls a heading in an address."""
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def _variant(name: str, runs: list[StoredRun]) -> list[str]:
    """The section of a variant."""
    card = cards.card(name)
    ordered = sorted(runs, key=_place)
    parts = [
        f"## {card.title}",
        f"`{name}`. {card.summary}",
        f"```math\n{card.formula}\n```",
        card.objective,
        f"**Architecture.** {card.architecture}",
    ]
    if ordered:
        shown = next((run for run in ordered if not _collapse(run).is_total), ordered[0])
        parts.append(f"Layers of `{shown.run_id}`, {shown.manifest['parameters']:,} parameters:")
        parts.append(_layers(shown.manifest["networks"]))
    parts += [
        f"**Source.** {card.source}",
        f"**Use it.** {card.use}",
        f"**How it fails.** {card.fails}",
        f"**How to see that in the dashboard.** {card.see}",
        "**Two things to try.**",
        _list(card.try_),
        "**Published.**",
        _list(card.published),
        "**Measured.**",
        _measured(ordered) if ordered else "No run of it is shipped.",
    ]
    return parts


def _place(run: StoredRun) -> tuple[int, str, int, str]:
    """MNIST first, then the smaller codes."""
    dataset = run.config.dataset
    known = DATASETS.index(dataset) if dataset in DATASETS else len(DATASETS)
    return known, dataset, run.config.latent_dim, run.run_id


def _layers(networks: Networks) -> str:
    lines = [("network", "layer", "gives", "parameters")]
    for name, layers in networks.items():
        for row in rows(layers):
            count = f"{row.parameters:,}" if row.parameters else ""
            lines.append((name.replace("_", " "), row.layer, row.output, count))
    return _table(lines)


def _measured(runs: Sequence[StoredRun]) -> str:
    """One column per shipped run, one row per number, its floors below it."""
    names = [_title(run, runs) for run in runs]
    lines = [("test split", *names)]
    if any(_collapse(run).words for run in runs):
        lines.append(("Code", *(_collapse(run).words or "in use" for run in runs)))
    for group in GROUPS:
        for name, meaning in METRICS.items():
            if meaning.group != group or not any(name in run.metrics for run in runs):
                continue
            unit = "" if meaning.label.endswith(meaning.unit) else f", {meaning.unit}"
            label = f"{meaning.label}{directions.arrow(name, runs[0].config.variant)}{unit}"
            lines.append((label, *(_cell(run, name) for run in runs)))
            for floor in meaning.floors:
                if any(floor in run.metrics for run in runs):
                    lines.append((f"· {METRICS[floor].label}", *(_cell(run, floor) for run in runs)))
    lines.append(("Seconds", *(f"{run.manifest['seconds']:,.0f}" for run in runs)))
    lines.append(("Trained on", *(run.manifest["machine"] for run in runs)))
    return _table(lines)


def _title(run: StoredRun, runs: Sequence[StoredRun]) -> str:
    name = f"{run.manifest['data_title']}, z = {run.config.latent_dim}"
    twins = [other for other in runs if other.name == run.name]
    apart = [
        option
        for option, value in run.config.options.items()
        if any(other.config.options.get(option) != value for other in twins)
    ]
    told = [f"{option.replace('_', ' ')} {_value(run.config.options[option])}" for option in apart[:TOLD]]
    return f"{name} ({', '.join(told) or run.run_id[-10:]})" if len(twins) > 1 else name


def _value(value: object) -> str:
    """An option's value as people read it."""
    return "-".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def _collapse(run: StoredRun) -> collapse.Collapse:
    return collapse.of_run(run.metrics, run.config.latent_dim)


def _cell(run: StoredRun, name: str) -> str:
    return with_deviation(run.metrics, name) if name in run.metrics else ""


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _table(lines: Sequence[Sequence[str]]) -> str:
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    cells.insert(1, ["---"] * len(cells[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


if __name__ == "__main__":
    main()
