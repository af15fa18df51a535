"""Commands that look after stored runs: doctor, export, import, delete, undelete, label."""

import dataclasses
import os
from pathlib import Path
from typing import Annotated

import typer

from aecore.cli.console import (
    JsonOption,
    RunArgument,
    StoreOption,
    check_apart,
    err,
    out,
    print_json,
    read_path,
    store_of,
    warn_of_collapse,
)
from aecore.errors import BadValue, WrongUsage
from aecore.maintenance import doctor as doctors
from aecore.storage import archives
from aecore.storage.store import RunStore


def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Put in order what can be.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every file of every run, and what accidents left beside them; exit code 0 if all is in order.

    Damaged runs are moved to .damaged, never deleted.
    """
    places = store_of(store)
    from aecore import runs  # here: it loads torch

    found = doctors.examine(places, repair, runs.check_model)
    if as_json:
        print_json([dataclasses.asdict(one) | {"path": str(one.path)} for one in found])
    else:
        for one in found:
            out.print(f"{one.path}\n  {one.what}\n  {'repaired' if one.repaired else 'to do'}: {one.remedy}")
        whole, open_ = len(places.listing().runs), sum(not one.repaired for one in found)
        state = f"{open_} of {len(found)} findings are left to do" if open_ else "all is in order"
        out.print(f"{whole} runs are whole, every hash verified; {state}.")
    if not all(one.repaired for one in found):
        raise typer.Exit(1)


def export(
    run: RunArgument,
    folder: Annotated[
        Path, typer.Option("--to", parser=read_path, metavar="PATH", help="Folder to write the file to.")
    ] = Path(),
    store: StoreOption = None,
) -> None:
    """Write a run to one file, RUN_ID.aerun, to be imported elsewhere."""
    if not os.path.isdir(folder):  # also where one may not look
        raise BadValue("to", str(folder), "a folder that exists")
    path = archives.export_file(store_of(store).open(run), folder)
    out.print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


def import_run(
    file: Annotated[
        Path, typer.Argument(parser=read_path, metavar="FILE", help="An .aerun file, as export wrote it.")
    ],
    store: StoreOption = None,
) -> None:
    """Bring a run in from a file; where it exists already, it is opened and nothing is written."""
    from aecore import runs  # here: it loads torch

    received = archives.import_archive(file, store_of(store), runs.check_model)
    if received.existed:
        err.print(f"{received.run.run_id} was there already; nothing was written.")
    out.print(f"{received.run.run_id}  {received.run.path}")
    warn_of_collapse(received.run)


def delete(
    run: RunArgument = "",
    empty_trash: Annotated[
        bool, typer.Option("--empty-trash", help="Remove all deleted runs for good instead.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Delete one of your own runs; undelete brings it back.

    Deleted runs are kept for 30 days, as long as they take less than 2 GB together.
    """
    places = store_of(store)
    if empty_trash:
        check_apart("delete", "--empty-trash", {"a run": run})
        gone = len(places.purge(everything=True))
        out.print(
            "1 deleted run is gone for good." if gone == 1 else f"{gone} deleted runs are gone for good."
        )
        return
    if not run:
        raise WrongUsage(
            "delete needs a run",
            "Try python -m aecore delete digits-vae-z2; what is deleted already goes by --empty-trash.",
        )
    stored = places.open(run)
    token = places.delete(stored)
    out.print(f"{stored.run_id}  deleted; to bring it back: python -m aecore undelete {token}")


def undelete(
    token: Annotated[str, typer.Argument(help="What delete printed, or a run id; a list if none.")] = "",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a deleted run back, or list those that can be."""
    places = store_of(store)
    if token:
        run = places.undelete(token)
        out.print(f"{run.run_id}  {run.path}")
        return
    _list_deleted(places, as_json)


def label(
    run: RunArgument,
    name: Annotated[str | None, typer.Option(help="One line; nothing takes it away.")] = None,
    note: Annotated[str | None, typer.Option(help="Several lines; nothing takes it away.")] = None,
    store: StoreOption = None,
) -> None:
    """Name one of your own runs and put a note on it; without either, show them."""
    places = store_of(store)
    stored = places.open(run)
    kept = stored.annotation
    if name is not None or note is not None:
        name, note = (old if new is None else new for old, new in ((kept.name, name), (kept.note, note)))
        kept = places.annotate(stored, name, note)
    out.print(f"{stored.run_id}  {kept.name or 'has no name'}")
    if kept.note:
        out.print(kept.note)
    others = (other for other in places.listing().runs if other.run_id != stored.run_id)
    if name and any(kept.name in (other.name, other.run_id, other.annotation.name) for other in others):
        err.print(f"Another run is called {kept.name} too: open this one by its id.")


def _list_deleted(places: RunStore, as_json: bool) -> None:
    found = places.deleted()
    if as_json:
        entries = [
            dataclasses.asdict(one) | {"when": one.when.isoformat(timespec="seconds")} for one in found
        ]
        print_json(entries)
        return
    if found:
        out.print("These can be brought back: python -m aecore undelete NAME")
    for one in found:  # a line each: a token is as long as a terminal is wide, and is to be copied
        out.print(f"{one.token}  {one.title}")
    if not found:
        out.print("Nothing was deleted.")
