"""What every command shares: the two streams, common options, and a bar."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from aecore.errors import BadValue
from aecore.store import RunStore

_PLAIN = {"highlight": False, "markup": False, "emoji": False, "soft_wrap": True}  # names are no markup
out, err = Console(**_PLAIN), Console(stderr=True, **_PLAIN)

StoreOption = Annotated[
    Path | None, typer.Option("--store", help="Folder of runs; yours and the shipped ones.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
RunArgument = Annotated[str, typer.Argument(help="A name such as mnist-vae-z2, or a run id.")]


def store_of(root: Path | None) -> RunStore:
    """The store that a command works on: a folder that was named, else yours and the shipped runs."""
    return RunStore(root) if root else RunStore()


def named_values(pairs: list[str]) -> dict[str, Any]:
    """Options given as name=value; a value is read as JSON where it is JSON, else as a word."""
    values = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or name in ("variant", "dataset"):
            raise BadValue("option", pair, "name=value")
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    return values


@contextmanager
def share_bar(title: str) -> Iterator[Callable[[float, str], None] | None]:
    """Show how much is done: a bar with time left on a terminal, nothing elsewhere."""
    if not err.is_terminal:
        yield None
        return
    columns = (TextColumn(title), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("", total=1.0, note="")
        yield lambda share, note: bar.update(task, completed=share, note=note)
