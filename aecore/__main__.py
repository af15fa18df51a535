"""The command line: `python -m aecore`, or `aecore` when installed.

Exit codes: 0 done, 1 failed (the sentence is on stderr), 2 wrong usage, 130 interrupted.
"""

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from aecore import collapse, datasets, directions, jobs, variants
from aecore.commands import jobs as job_commands
from aecore.commands import store as store_commands
from aecore.commands.console import (
    JsonOption,
    RunArgument,
    StoreOption,
    err,
    named_values,
    open_streams,
    out,
    print_json,
    print_table,
    read_path,
    share_bar,
    store_of,
)
from aecore.commands.estimate import estimate
from aecore.commands.rewind import rewind
from aecore.config import RunConfig, allowed
from aecore.errors import AecoreError, BadValue, UnknownName
from aecore.metrics import DEVIATION, MEANINGS, NULL
from aecore.store import RunStore, StoredRun

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train, list and measure autoencoders.")


@app.command("list")
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
        table = Table("run", "trained", "epochs", "MSE", "seconds", "code", box=None)
        for run in listing.runs:
            try:
                metrics = run.metrics
            except AecoreError as error:  # it is named, and the others are listed
                listing.damaged.append(error)
                continue
            mse, seconds = f"{metrics['mse']:.4f}", f"{run.manifest['seconds']:.0f}"
            code = collapse.of_run(metrics, run.config.latent_dim).words
            table.add_row(run.run_id, run.origin, run.config.epochs_text, mse, seconds, code)
        if listing.runs:
            print_table(table)
        else:
            out.print("No runs yet. Train one: python -m aecore train vae digits")
    for error in listing.damaged:
        err.print(str(error), style="red")
    if listing.damaged:
        raise typer.Exit(1)


@app.command()
def train(
    variant: Annotated[str | None, typer.Argument(help="Such as vae; see --help for options.")] = None,
    dataset: Annotated[str | None, typer.Argument(help="Such as mnist.")] = None,
    latent_dim: Annotated[int | None, typer.Option(help="Numbers in a latent code.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training images.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak of the one-cycle schedule.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights, order and noise.")] = None,
    stop_after: Annotated[int | None, typer.Option(help="Epochs after which to stop the schedule.")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", help="A variant's own option, as name=value.")
    ] = None,
    recipes: Annotated[
        Path | None,
        typer.Option(parser=read_path, metavar="FILE", help="Train every recipe of a JSON file instead."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what was interrupted: a run id, or everything.")
    ] = False,
    queue: Annotated[bool, typer.Option("--queue", help="Train in the background; see jobs.")] = False,
    rewind: Annotated[bool, typer.Option(help="Keep the epochs in the run, to look back at.")] = True,
    store: StoreOption = None,
) -> None:
    """Train a variant on a data set, or open it at once where it was trained before.

    A training that was interrupted goes on from its last whole epoch, and ends as it would have ended.
    """
    given = {
        "latent_dim": latent_dim,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
        "stop_after": stop_after,
    }
    settings = {name: value for name, value in given.items() if value is not None}
    settings |= named_values(option or [])
    places = store_of(store)
    if recipes:
        configs = _recipes(recipes)
    elif variant and dataset:
        configs = [variants.configure(variant, dataset, **settings)]
        if resume:
            configs = [jobs.unfinished(configs[0].run_id, places).config]
    elif resume:
        found = [jobs.unfinished(variant, places)] if variant else jobs.listing(places)
        configs = [job.config for job in found if job.state != "done"]
        if not configs:
            out.print("Nothing was interrupted.")
    else:
        raise BadValue("train", "", "given a variant and a data set, --recipes FILE, or --resume")
    for config in configs:
        if queue:
            job_commands.enqueue(config, places, rewind)
        else:
            _train_one(config, places, rewind)


def _train_one(config: RunConfig, places: RunStore, rewind: bool) -> None:
    """Train here and say where the run is; Ctrl-C says how to go on."""
    from aecore import runs  # here: it loads torch

    job_commands.warn_of_import(config, places)
    if (job := jobs.find(config.run_id, places)) and job.progress and job.progress.epoch:
        err.print(f"{config.run_id} goes on after epoch {job.progress.epoch}")
    try:
        with _progress(config) as show:
            run = runs.train_config(config, places, show, rewind=rewind, on_trouble=_warn)
    except KeyboardInterrupt:
        job = jobs.find(config.run_id, places)
        if job and job.progress and job.progress.epoch:
            done = f"after epoch {job.progress.epoch}, which is kept"
            err.print(f"Interrupted {done}. Go on: python -m aecore train --resume {config.run_id}")
        else:
            err.print(f"Interrupted before the first epoch ended; nothing of {config.run_id} was kept.")
        raise
    out.print(f"{run.stored.run_id}  {run.stored.path}")
    found = collapse.of_run(run.metrics, config.latent_dim)
    if found.is_total:
        _warn(found.sentence)


def _warn(sentence: str) -> None:
    err.print(sentence, style="yellow")


@app.command()
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


@app.command()
def show(run: RunArgument, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Show what a run was made from and what it reached on the test split."""
    stored = store_of(store).open(run)
    if as_json:
        print_json(_summary(stored))
        return
    out.print(
        f"{stored.run_id}: {stored.manifest['title']} on {stored.manifest['data_title']}, {stored.path}"
    )
    for name, value in stored.config.to_json().items():
        out.print(f"  {name:14} {value}")
    if stored.caveat:
        out.print(stored.caveat)
    _print_metrics(stored.metrics, stored.config)


@app.command()
def evaluate(
    run: RunArgument,
    keep: Annotated[bool, typer.Option("--keep", help="Store the numbers in the run.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a run again on the test split, from its stored weights."""
    from aecore import evaluation, runs  # here: it loads torch

    opened = runs.open_run(run, store_of(store))
    if keep:
        metrics = runs.remeasure(opened).metrics
    else:
        images = datasets.load_splits(opened.config.dataset)
        metrics = evaluation.evaluate(opened.model, *images).metrics
    if as_json:
        print_json(metrics)
    else:
        _print_metrics(metrics, opened.config)


@app.command()
def classify(
    run: RunArgument,
    task: Annotated[str, typer.Argument(help="fine_tuned or from_scratch.")] = "fine_tuned",
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

    accuracy = runs.accuracy_on_top(opened, task, epochs=epochs, seed=seed, on_epoch=report)
    if as_json:
        print_json({"run_id": opened.stored.run_id, "task": task, "accuracy": accuracy})
    else:
        out.print(f"{opened.stored.run_id}  {task}: test accuracy {accuracy:.4f}, higher is better")


@app.command()
def coverage(
    run: Annotated[str | None, typer.Argument(help="A name or id; every run of the store if none.")] = None,
    store: StoreOption = None,
) -> None:
    """Measure how codes fill the prior, with whitened numbers beside them, and keep what is not kept."""
    from aecore import derived, runs  # here: it loads torch
    from aecore.metrics.coverage import KEPT, lacking

    places = store_of(store)
    for stored in [places.open(run)] if run else places.listing().runs:
        kept = derived.read(stored, *KEPT, places) or {}
        if lacking(kept, stored.config.latent_dim, stored.manifest["prior"]):
            with share_bar(f"coverage of {stored.run_id}") as report:
                runs.measure_coverage(runs.Run(stored), places, report)
        out.print(f"{stored.run_id}  kept")


@app.command()
def holes(run: RunArgument, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Map where the prior puts mass and no code lies, and keep the map; --store pretrained ships it."""
    from aecore import runs  # here: it loads torch
    from aecore.holes import kept_or_computed

    opened = runs.open_run(run, store_of(store))
    found = kept_or_computed(opened, store=store_of(store))
    prior = opened.stored.manifest["prior"]
    if as_json:
        numbers = {"share": found.share, "null": found.null, "cycle_error": found.mean_cycle_error}
        print_json({"run_id": opened.stored.run_id, "prior": prior, **numbers})
        return
    against = "N(0, I)" if prior in (None, "standard_normal") else prior
    out.print(f"{opened.stored.run_id}, against {against}{', though it has no prior' * (prior is None)}")
    share, null, error = found.share, found.null, found.mean_cycle_error
    out.print(f"  share of the prior's mass in holes {share:.4f}, lower is better, null {null:.4f}")
    out.print(f"  mean cycle error over the prior    {error:.4f} of its standard deviations, lower is better")


@app.command()
def project(
    of: Annotated[str | None, typer.Argument(help="A run, or a data set for its images themselves.")] = None,
    method: Annotated[str, typer.Option(help="tsne, pca or umap.")] = "tsne",
    inputs: Annotated[str, typer.Option(help="Of a data set: pixels or pca50.")] = "",
    subsample: Annotated[int, typer.Option(help="Test images taken at random; 0 takes all.")] = 0,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", help="A setting of the method, as name=value.")
    ] = None,
    recipes: Annotated[
        Path | None,
        typer.Option(parser=read_path, metavar="FILE", help="Make every map of a JSON file instead."),
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Map the test images' codes to the plane and keep the map, or open it at once where it was kept.

    Settings of tsne: perplexity, exaggeration, early_iterations, iterations, seed; of umap: neighbours,
    min_distance, iterations, seed; pca has none.
    """
    from aecore import projection  # here: scikit-learn takes a second to import

    given = {"method": method, "inputs": inputs, "subsample": subsample, **named_values(option or [])}
    if recipes:
        entries = _entries(recipes, {"of"})
    elif of:
        entries = [{"of": of, **given}]
    else:
        raise BadValue("project", "", "given a run or a data set, or --recipes FILE")
    places = store_of(store)
    for entry in entries:
        name = entry.pop("of")
        owner = name if name in datasets.names() else places.open(name)
        config = projection.configure(owner, **entry)
        with share_bar(f"{config.method} of {config.name} {config.inputs}") as report:
            found = projection.project(config, places, report)
        _print_projection(config, found, as_json)


app.command()(estimate)
app.command("jobs")(job_commands.list_jobs)
app.command()(job_commands.cancel)
app.command()(rewind)
for command in ("doctor", "export", "delete", "undelete", "label"):
    app.command()(getattr(store_commands, command))
app.command("import")(store_commands.import_run)  # a name that Python keeps for itself


def _summary(run: StoredRun) -> dict[str, Any]:
    found = collapse.of_run(run.metrics, run.config.latent_dim)
    return {
        "run_id": run.run_id,
        "name": run.name,
        "path": str(run.path),
        "shipped": run.is_shipped,
        "imported": run.manifest.get("imported"),
        "measured_here": not run.is_hearsay,
        "config": run.config.to_json(),
        "code": {"kind": found.kind, "sentence": found.sentence},
        "metrics": run.metrics,
    }


def _print_metrics(metrics: dict[str, float], config: RunConfig) -> None:
    """What the code is worth, then every number with its unit, its better direction and its floors."""
    out.print(collapse.of_run(metrics, config.latent_dim).sentence)
    table = Table("test split", "value", "unit", "better", "beside", box=None)
    for name, meaning in MEANINGS.items():
        if name in metrics and not meaning.is_floor:
            beside = [
                f"{MEANINGS[floor].label} {metrics[floor]:.4g}{_deviation(metrics, floor)}"
                for floor in meaning.floors
                if floor in metrics
            ]
            better = directions.better(name, config.variant)
            table.add_row(meaning.label, f"{metrics[name]:.4f}", meaning.unit, better, ", ".join(beside))
    print_table(table)


def _deviation(metrics: dict[str, float], null: str) -> str:
    """The deviation over draws behind a null, where it is known."""
    name = null.removesuffix(NULL) + DEVIATION
    return f" ± {metrics[name]:.2g}" if null.endswith(NULL) and name in metrics else ""


def _print_projection(config: Any, found: Any, as_json: bool) -> None:
    """One line, or one JSON object, about a map."""
    numbers = {"knn_accuracy": found.knn_accuracy, "trustworthiness": found.trustworthiness}
    if as_json:
        about = {"of": config.name, "method": config.method, **config.kept_as, "images": len(found.positions)}
        print_json({**about, **numbers, "seconds": found.seconds})
        return
    is_of_run = isinstance(config.owner, StoredRun) and config.inputs == "codes"
    way = directions.better("knn_accuracy", config.owner.config.variant if is_of_run else "")
    out.print(
        f"{config.name}  {config.method} of {config.inputs}, {len(found.positions):,} of {found.images:,} "
        f"test images: kNN-15 accuracy {found.knn_accuracy:.4f}, 0 to 1, {directions.WORDS[way]}; "
        f"trustworthiness {found.trustworthiness:.4f}, 0 to 1, higher is better; {found.seconds:.0f} s"
    )


def _recipes(path: Path) -> list[RunConfig]:
    """The configs of a JSON file: a list of objects, each with variant, dataset and settings."""
    return [variants.configure(**recipe) for recipe in _entries(path, {"variant", "dataset"})]


def _entries(path: Path, needed: set[str]) -> list[dict[str, Any]]:
    """The objects of a JSON file that is a list of them, each with the entries it needs."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadValue("recipes", str(path), f"a readable JSON file ({error})") from error
    entries = found if isinstance(found, list) else [None]
    if not all(isinstance(entry, dict) and needed <= set(entry) for entry in entries):
        raise BadValue("recipes", str(path), f"a list of objects, each with {' and '.join(sorted(needed))}")
    return entries


@contextmanager
def _progress(config: RunConfig) -> Iterator[Callable[[Any], None]]:
    """Show epochs as they come: a bar with time left on a terminal, a line each elsewhere."""
    if not err.is_terminal:
        yield lambda epoch: err.print(
            f"{config.run_id} epoch {epoch.number}/{config.epochs_to_do}: {_terms(epoch)}"
        )
        return
    columns = (
        TextColumn(config.run_id),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[terms]}"),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("", total=config.epochs_to_do, terms="")
        yield lambda epoch: bar.update(task, completed=epoch.number, terms=_terms(epoch))


def _terms(epoch: Any) -> str:
    """The test losses of an epoch, in nats per image."""
    return ", ".join(f"{name} {value:.2f}" for name, value in epoch.test.items()) + " nats"


def main() -> None:
    """Run the command line, and word errors for a person."""
    open_streams()
    # Before torch loads. With a thread for every processor, whatever is measured waits at each step for the
    # thread that was put aside as soon as anything else runs; see `training.usual_threads`.
    os.environ.setdefault("OMP_NUM_THREADS", str(max((os.cpu_count() or 1) // 2, 1)))
    try:
        app(standalone_mode=True)
    except (UnknownName, BadValue) as error:
        err.print(str(error), style="red")
        sys.exit(2)
    except AecoreError as error:
        err.print(str(error), style="red")
        sys.exit(1)


if __name__ == "__main__":
    main()
