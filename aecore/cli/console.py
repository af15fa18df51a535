"""What every command shares: the two streams, common options, tables, JSON and a bar."""

import codecs
import contextlib
import functools
import json
import math
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from aecore.errors import AecoreError, BadValue, WrongUsage
from aecore.evaluation import collapse
from aecore.storage import atomic
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

_console = functools.partial(Console, highlight=False, markup=False, emoji=False, soft_wrap=True)
"""Without markup, since there are names in what it prints."""
out, err = _console(), _console(stderr=True)

# What stands for a sign that a stream cannot write; letters with accents lose them instead.
_ASCII = {
    "−": "-", "–": "-", "—": "-", "×": "x", "±": "+/-", "·": "-", "…": "...", "²": "^2", "³": "^3",
    "σ": "sigma", "μ": "mu", "β": "beta", "≤": "<=", "≥": ">=", "≈": "~", "∞": "inf",
    "→": "->", "←": "<-", "↑": "up", "↓": "down",
    "‘": "'", "’": "'", "“": '"', "”": '"', "•": "*", "✓": "yes", "✗": "no",
}  # fmt: skip
_ERRORS = "aecore.plain"


def write_file(path: Path, content: bytes) -> None:
    """Write what a command was asked for: all of it, or what was there before stays.

    Args:
        path: as it was typed.
        content: all of it.

    Raises:
        BadValue: if it cannot be written there.
    """
    try:
        atomic.write_whole(path, content)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is none"
        raise BadValue("-o", str(path), f"a file that can be written ({why})") from error


def read_path(text: str) -> Path:
    """A path that somebody gave; `~` is the user's own folder, also where quotes kept it from the shell."""
    return atomic.expanded(text, "path")


StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store", parser=read_path, metavar="PATH", help="Folder of runs; yours and the shipped ones."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
RunArgument = Annotated[
    str, typer.Argument(help="A name such as mnist-vae-z2, one that you gave, or a run id.")
]


def _plain(error: UnicodeError) -> tuple[str, int]:
    """What to write in place of signs that a stream's encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error

    def substitute(sign: str) -> str:
        for text in (_ASCII.get(sign, ""), unicodedata.normalize("NFKD", sign)):
            if kept := text.encode("ascii", "ignore").decode():
                return kept
        return "?"

    return "".join(map(substitute, error.object[error.start : error.end])), error.end


def open_streams() -> None:
    """Let both streams write any text, whatever their encoding: a Windows console, a redirected file."""
    codecs.register_error(_ERRORS, _plain)
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):  # one of another kind takes any text already
            reconfigure(errors=_ERRORS)


def print_table(table: Table) -> None:
    """Print a table: as wide as a terminal is, and where there is none, a whole row on each line."""
    if out.is_terminal:
        out.print(table)
    else:
        widest = Measurement.get(out, out.options.update(max_width=sys.maxsize), table).maximum
        _console(file=out.file, width=widest).print(table)


def print_json(value: Any) -> None:
    """Print a value as JSON in ASCII, which every encoding leaves as it is; NaN and infinities are null."""
    text = json.dumps(_finite(value), indent=2, allow_nan=False)
    out.file.write(text + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def store_of(root: Path | None) -> RunStore:
    """The store that a command works on: a folder that was named, else yours and the shipped runs."""
    return RunStore(root) if root else RunStore()


def check_apart(command: str, one: str, others: Mapping[str, object]) -> None:
    """Refuse what would be passed over in silence.

    Args:
        command: its name.
        one: an option that was given.
        others: what it excludes, by name, with what was given; nothing where that is empty or None.

    Raises:
        WrongUsage: if any of them was given.
    """
    if beside := [name for name, given in others.items() if given not in (None, "", [], 0, False)]:
        raise WrongUsage(
            f"{command} cannot take {one} together with {', '.join(beside)}", "Choose one of them."
        )


def named_values(pairs: list[str]) -> dict[str, Any]:
    """Options given as name=value, the value as JSON or as a word; 128,64 is the list [128, 64]."""
    values = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or name in ("variant", "dataset"):
            raise BadValue("option", pair, "name=value")
        values[name] = _value(text)
    return values


def _value(text: str) -> Any:
    for written in (text, f"[{text}]") if "," in text else (text,):
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(written)
    return text


@contextlib.contextmanager
def share_bar(title: str, is_timed: bool = True) -> Iterator[Callable[[float, str], None] | None]:
    """Show how much is done: a bar on a terminal, with time left if the share is one of the time."""
    if not err.is_terminal:
        yield None
        return
    timed = [TimeRemainingColumn()] if is_timed else []
    columns = (TextColumn(title), BarColumn(), *timed, TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("", total=1.0, note="")
        yield lambda share, note: bar.update(task, completed=share, note=note)


def warn(sentence: str) -> None:
    """Say on stderr what is to be kept in mind."""
    err.print(sentence, style="yellow")


def warn_of_collapse(run: StoredRun) -> None:
    """The same of a run whose code says nothing; a damaged one is named where it is opened."""
    with contextlib.suppress(AecoreError):
        found = collapse.of_run(run.metrics, run.config.latent_dim)
        if found.is_total:
            warn(found.sentence)
