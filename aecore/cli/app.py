"""The command line as a whole: every command under its name, and errors worded for a person.

Exit codes: 0 done, 1 failed (the sentence is on stderr), 2 wrong usage, 130 interrupted.
"""

import os
import sys

import typer

from aecore.cli import adopt, analysis, dashboard, data, estimate, jobs, page, replay, show, store, train
from aecore.cli.console import err, open_streams
from aecore.errors import AecoreError, AmbiguousName, BadValue, UnknownName, WrongUsage

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Train, list, measure and show autoencoders."
)
COMMANDS = {
    "dashboard": dashboard.dashboard,
    "list": show.list_runs,
    "train": train.train,
    "options": show.options,
    "show": show.show,
    "evaluate": show.evaluate,
    "classify": show.classify,
    "coverage": analysis.coverage,
    "holes": analysis.holes,
    "project": analysis.project,
    "estimate": estimate.estimate,
    "jobs": jobs.list_jobs,
    "cancel": jobs.cancel,
    "rewind": replay.rewind,
    "page": page.page,
    "doctor": store.doctor,
    "export": store.export,
    "delete": store.delete,
    "undelete": store.undelete,
    "label": store.label,
    "import": store.import_run,
    "adopt": adopt.adopt,
}
for name, command in COMMANDS.items():
    app.command(name)(command)


app.add_typer(data.app, name="data")


def main() -> None:
    """Run the command line, and word errors for a person."""
    open_streams()
    # Before torch loads. With a thread for every processor, whatever is measured waits at each step for the
    # thread that was put aside as soon as anything else runs; see `models.devices.usual_threads`.
    os.environ.setdefault("OMP_NUM_THREADS", str(max((os.cpu_count() or 1) // 2, 1)))
    try:
        app(standalone_mode=True)
    except (UnknownName, AmbiguousName, BadValue, WrongUsage) as error:
        err.print(str(error), style="red")
        sys.exit(2)
    except AecoreError as error:
        err.print(str(error), style="red")
        sys.exit(1)
