"""Commands that look at runs and measure them: list, options, show, evaluate, classify."""

import dataclasses
import json
from collections.abc import Collection
from typing import Annotated, Any

import typer
from rich.table import Table

from aecore import datasets
from aecore.cli.console import (
    JsonOption,
    RunArgument,
    StoreOption,
    check_apart,
    err,
    out,
    print_json,
    print_table,
    share_bar,
    store_of,
    warn_of_collapse,
)
from aecore.config import RunConfig, allowed
from aecore.errors import AecoreError
from aecore.evaluation import additions, collapse, directions
from aecore.jobs.pace import duration_words
from aecore.metrics import DEVIATION, NULL, catalog, check_names
from aecore.models import variants
from aecore.storage.run import StoredRun

BROUGHT = ("variant", "dataset", "options", "latent_dim")
"""What the config of a run says that was not trained here."""
CLASSIFIED = {"fine_tuned_accuracy": "fine_tuned", "scratch_accuracy": "from_scratch"}
"""Numbers of a classifier that is trained on a code, each with the task of `classify` that measures it."""


def list_runs(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the runs there are, and name those that are damaged."""
    listing = store_of(store).listing()
    for run in list(listing.runs):
        try:
            run.metrics  # noqa: B018  read now: a run whose numbers are damaged is named with the rest
        except AecoreError as error:
            listing.runs.remove(run)
            listing.damaged.append(error)
    if as_json:
        print_json([_summary(run) for run in listing.runs])
    else:
        named = ["name"] if any(run.annotation.name for run in listing.runs) else []
        table = Table("run", *named, "trained", "epochs", "MSE", "time", "code", box=None)
        for run in listing.runs:
            try:
                metrics = run.metrics
            except AecoreError as error:  # it is named, and the others are listed
                listing.damaged.append(error)
                continue
            mse = f"{metrics['mse']:.4f}" if "mse" in metrics else "–"
            seconds = duration_words(run.manifest["seconds"]) if run.config.is_trained else "–"
            code = collapse.of_run(metrics, run.config.latent_dim).words
            name = [run.annotation.name] if named else []
            epochs = run.config.epochs_text if run.config.is_trained else "–"
            table.add_row(run.run_id, *name, run.origin, epochs, mse, seconds, code)
        if listing.runs:
            print_table(table)
        elif not listing.damaged:
            out.print("No runs yet. Train one: python -m aecore train vae digits")
    for error in listing.damaged:
        err.print(str(error), style="red")
    if listing.damaged:
        raise typer.Exit(1)


def options(variant: Annotated[str, typer.Argument(help="Such as vae.")]) -> None:
    """List the options of a variant, for train --option, with their ranges."""
    table = Table("option", "default", "allowed", "what it is", box=None)
    for field in dataclasses.fields(variants.module(variant).Options):
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        table.add_row(field.name, json.dumps(default), allowed(field), field.metadata["help"])
    if table.rows:
        print_table(table)
    else:
        out.print(f"{variant} has no options of its own.")


def show(run: RunArgument, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Show what a run was made from and what it reached on the test split."""
    places = store_of(store)
    stored = places.open(run)
    numbers, missing = additions.numbers(stored, places), additions.not_measured(stored, places)
    if as_json:
        print_json(_summary(stored) | {"metrics": numbers, "not_measured": missing})
        return
    out.print(
        f"{stored.run_id}: {stored.manifest['title']} on {stored.manifest['data_title']}, {stored.path}"
    )
    for name, value in stored.config.to_json().items():
        if stored.config.is_trained or name in BROUGHT:
            out.print(f"  {name:14} {value}")
    if stored.caveat:
        out.print(stored.caveat)
    _print_metrics(numbers, stored.config, missing)
    if missing:
        command = f"python -m aecore evaluate {stored.run_id} --metric {missing[0]}"
        out.print(f"To measure one and keep it: {command}")


def evaluate(
    run: RunArgument,
    keep: Annotated[bool, typer.Option("--keep", help="Store the numbers in the run.")] = False,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", help="Measure this number alone, and keep it beside the run."),
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a run again on the test split, from its stored weights."""
    from aecore import runs
    from aecore.evaluation import evaluation  # here: it loads torch

    if keep:
        check_apart("evaluate", "--keep", {"--metric, which keeps its number itself": metric})
    check_names(metric or ())
    places = store_of(store)
    opened = runs.open_run(run, places)
    title = f"measuring {opened.stored.run_id}"
    if not err.is_terminal:
        err.print(f"{title} …")
    with share_bar(title, is_timed=False) as report:
        if metric:
            metrics = runs.measure(opened, metric, places, report)
        elif keep:
            metrics = runs.remeasure(opened, report).metrics
        else:
            images = datasets.load_splits(opened.config.dataset)
            metrics = evaluation.evaluate(opened.model, *images, report).metrics
    for name in metric or ():
        if name not in metrics:
            task = CLASSIFIED.get(name)
            hint = f" To measure it: python -m aecore classify {opened.stored.run_id} {task}" if task else ""
            err.print(f"{opened.stored.run_id} has no number for {catalog()[name].title!r}.{hint}")
    if as_json:
        print_json(metrics)
    elif metrics:
        _print_metrics(metrics, opened.config)


def classify(
    run: RunArgument,
    task: Annotated[str, typer.Argument(help="One of fine_tuned, from_scratch.")] = "fine_tuned",
    epochs: Annotated[int | None, typer.Option(help="Passes over the training images.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Seed of the head and of the order.")] = 0,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Classify from a run's latent code, encoder and head trained on all labels; the test accuracy.

    The linear probe, on the frozen code, is among every run's metrics: see show.
    """
    from aecore import runs  # here: it loads torch

    opened = runs.open_run(run, store_of(store))

    def report(number: int, of: int, loss: float) -> None:
        err.print(f"{opened.stored.run_id} {task} epoch {number}/{of}: {loss:.4f} nats")

    accuracy = runs.finetune_accuracy(
        opened,
        task,  # pyright: ignore[reportArgumentType]  any text, refused there
        epochs=epochs,
        seed=seed,
        on_epoch=report,
    )
    if as_json:
        print_json({"run_id": opened.stored.run_id, "task": task, "accuracy": accuracy})
    else:
        out.print(f"{opened.stored.run_id}  {task}: test accuracy {accuracy:.4f}, higher is better")
    if task == "fine_tuned":  # else nothing of what the run learned is in the number
        warn_of_collapse(opened.stored)


def _summary(run: StoredRun) -> dict[str, Any]:
    found = collapse.of_run(run.metrics, run.config.latent_dim)
    return {
        "run_id": run.run_id,
        "name": run.name,
        "label": run.annotation.name,
        "path": str(run.path),
        "shipped": run.is_shipped,
        "imported": run.manifest.get("imported"),
        "measured_here": not run.is_hearsay,
        "config": run.config.to_json(),
        "code": {"kind": found.kind, "sentence": found.sentence},
        "metrics": run.metrics,
    }


def _print_metrics(metrics: dict[str, float], config: RunConfig, missing: Collection[str] = ()) -> None:
    """What the code is worth, then every number with its unit, its better direction and its floors."""
    if "mse" in metrics:
        out.print(collapse.of_run(metrics, config.latent_dim).sentence)
    table = Table("test split", "value", "unit", "better", "beside", box=None)
    known = catalog()
    for name, meaning in known.items():
        if (name in metrics and not meaning.is_floor) or name in missing:
            beside = [
                f"{known[floor].title} {metrics[floor]:.4g}{_deviation(metrics, floor)}"
                for floor in meaning.floors_of(config.options)
                if floor in metrics
            ]
            value = f"{metrics[name]:.4f}" if name in metrics else "not measured"
            better = directions.better(name, config.variant)
            table.add_row(meaning.title, value, meaning.unit, better, ", ".join(beside))
    print_table(table)


def _deviation(metrics: dict[str, float], null: str) -> str:
    """The deviation over draws behind a null, where it is known."""
    name = null.removesuffix(NULL) + DEVIATION
    return f" ± {metrics[name]:.2g}" if null.endswith(NULL) and name in metrics else ""
