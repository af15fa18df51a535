"""Commands about the epochs that were kept of a training: rewind."""

import contextlib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from aecore.cli.console import (
    JsonOption,
    RunArgument,
    StoreOption,
    err,
    out,
    print_json,
    print_table,
    read_path,
    share_bar,
    store_of,
    warn_of_collapse,
)
from aecore.errors import BadValue, RunDamaged, WrongUsage
from aecore.storage import cache, replay
from aecore.storage.replay import Rewind
from aecore.storage.run import StoredRun
from aecore.storage.settings import check_writable
from aecore.storage.store import RunStore


def rewind(
    run: RunArgument,
    compact: Annotated[
        bool, typer.Option("--compact", help="Keep a small copy of it, as a derived result.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--source",
            parser=read_path,
            metavar="PATH",
            help="Folder where the same run lies with its epochs kept.",
        ),
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which epochs of a run are kept, or keep them small.

    A compact rewind has twelve epochs, 2,000 codes of each and those of the images it follows, and small
    decoders that imitate those of the epochs; how far they are off is measured and shown.
    """
    if source and not compact:
        raise WrongUsage(
            "rewind needs --compact beside --source",
            f"Try python -m aecore rewind {run} --compact --source {source}.",
        )
    places = store_of(store)
    stored = places.open(run)
    found = _compact_one(stored, places) if compact else replay.open_rewind(stored)
    if compact and found is None:
        check_writable("keeping a rewind")
        _keep_compact(stored, places, RunStore(source) if source else places)
        found = _compact_one(stored, places)
    if found is None:
        raise BadValue("run", stored.run_id, "a run whose epochs were kept")
    warn_of_collapse(stored)
    if as_json:
        print_json(_summary(found))
    else:
        _print(found)


def _keep_compact(stored: StoredRun, places: RunStore, sources: RunStore) -> None:
    """Compact the rewind of a run, from the folder that has it whole."""
    from aecore import datasets
    from aecore.training import distillation  # here: the first loads torch

    twin = sources.find(stored.config)
    found = replay.open_rewind(twin) if twin and twin.has_rewind else None
    if twin is None or found is None:
        raise BadValue("source", str(sources.root), f"a folder where {stored.run_id} has its epochs kept")
    name = "weights.safetensors"
    if twin.manifest["files"][name]["sha256"] != stored.manifest["files"][name]["sha256"]:
        wanted = f"a folder where {stored.run_id} has the same weights: it was trained on another machine"
        raise BadValue("source", str(sources.root), wanted)
    with share_bar(stored.run_id) as report:
        truth = datasets.load_images(stored.config.dataset, "test").pixels
        arrays = distillation.compact(found, truth, report=report)
    path = cache.write(stored, replay.KIND, replay.SETTINGS, arrays, places)
    err.print(f"{path}  {path.stat().st_size / 1e6:.2f} MB, from {found.bytes / 1e6:.1f} MB")


def _compact_one(stored: StoredRun, places: RunStore) -> Rewind | None:
    """The compact rewind of a run, where it was kept and is whole; a damaged one is made again."""
    path = cache.path(stored, replay.KIND, replay.SETTINGS, places)
    with contextlib.suppress(RunDamaged):
        return Rewind(stored, path) if path else None
    return None


def _summary(found: Rewind) -> dict[str, Any]:
    rows = found.rows
    epochs = [
        {"epoch": epoch, "mse": error, "decoder_error": found.decoder_error(epoch)}
        for epoch, error in zip(found.epochs, found.test_errors, strict=True)
    ]
    codes = len(found.run.arrays["codes"] if rows is None else rows)
    return {"run_id": found.run.run_id, "bytes": found.bytes, "codes": codes, "epochs": epochs}


def _print(found: Rewind) -> None:
    about = _summary(found)
    table = Table("epoch", "test MSE per pixel (lower is better)", "its decoder is off by, of 255", box=None)
    for epoch in about["epochs"]:
        error, off = epoch["mse"], epoch["decoder_error"]
        words = "nothing: its own" if off is None else f"{255 * off:.1f} (root mean square)"
        table.add_row(str(epoch["epoch"]), "unknown" if error is None else f"{error:.4f}", words)
    print_table(table)
    out.print(f"{about['run_id']}: {about['codes']:,} codes of each epoch, {found.bytes / 1e6:.2f} MB")
