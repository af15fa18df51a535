"""The command that writes a run's plane as one HTML file: page."""

from pathlib import Path
from typing import Annotated

import typer

from aecore.cli import dashboard
from aecore.cli.console import StoreOption, out, read_path, store_of, write_file
from aecore.errors import BadValue

MOST_RUNS = 6
WIDEST = 128
"""Numbers in the longest code that the plane takes."""


def page(
    names: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="Run ids, or parts of them: one, or up to six of a data set."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            parser=read_path,
            metavar="FILE",
            help="File to write; if not given, here, called by the first run.",
        ),
    ] = None,
    title: Annotated[
        str, typer.Option("--title", help="Of the page; the data set and the model if not given.")
    ] = "",
    text: Annotated[str, typer.Option("--text", help="A paragraph below the title.")] = "",
    store: StoreOption = None,
) -> None:
    """Write the planes of runs as one HTML file, which decodes under the pointer without a server."""
    place = store_of(store)
    for option, words in (("--title", title), ("--text", text)):
        if any("\ud800" <= letter <= "\udfff" for letter in words):
            raise BadValue(option, words, "text that can be written as UTF-8")
    found = list({run.run_id: run for run in map(place.open, names)}.values())
    if len(found) > MOST_RUNS:
        raise BadValue("RUN", f"{len(found)} of them", f"at most {MOST_RUNS}")
    for run in found:
        if run.config.latent_dim > WIDEST:
            raise BadValue("RUN", run.run_id, f"one whose code has at most {WIDEST} numbers")
        if run.config.dataset != found[0].config.dataset:
            raise BadValue("RUN", run.run_id, f"one of {found[0].config.dataset}, as the first is")
    path = output or Path(f"{found[0].run_id}.html")
    content = dashboard.imported("standalone").page(found, title, text).encode()
    write_file(path, content)
    out.print(f"{path}  {len(content) / 1e6:.1f} MB")
