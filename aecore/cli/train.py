"""Commands that train: train."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from aecore import datasets, jobs
from aecore.cli import jobs as job_commands
from aecore.cli.console import (
    StoreOption,
    check_apart,
    err,
    named_values,
    out,
    read_path,
    store_of,
    warn,
    warn_of_collapse,
)
from aecore.config import RunConfig
from aecore.errors import BadValue, WrongUsage
from aecore.models import own_variants, variants
from aecore.storage.store import RunStore


def train(
    variant: Annotated[
        str | None, typer.Argument(help="Such as vae, or the Python file of one of your own.")
    ] = None,
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
    if variant and own_variants.is_named(variant):
        variant = own_variants.add(read_path(variant))
    settings = {name: value for name, value in given.items() if value is not None}
    settings |= named_values(option or [])
    places = store_of(store)
    of_one = {f"--{name.replace('_', '-')}": value is not None for name, value in given.items()}
    of_one["--option"] = bool(option)
    if recipes:
        words = {"a variant": variant, "a data set": dataset, "--resume": resume}
        check_apart("train", "--recipes", words | of_one)
        configs = _recipes(recipes)
    elif variant and dataset:
        configs = [variants.configure(variant, dataset, **settings)]
        if resume:
            configs = [jobs.unfinished(configs[0].run_id, places).config]
    elif resume:
        check_apart("train", "--resume without a data set", of_one)
        found = [jobs.unfinished(variant, places)] if variant else jobs.listing(places)
        configs = [job.config for job in found if job.state != "done"]
        if not configs:
            out.print("Nothing was interrupted.")
    else:
        raise _incomplete(variant or "")
    for config in configs:
        if queue:
            job_commands.enqueue(config, places, rewind)
        else:
            _train_one(config, places, rewind)


def _incomplete(word: str) -> WrongUsage:
    """What train lacks where it was given one word, or none."""
    lacking, example = "a variant and a data set", "vae digits"
    if word in datasets.names():
        lacking, example = f"a variant before {word}", f"vae {word}"
    elif word:
        known = word if word in variants.names() else "vae"
        lacking, example = f"a data set after {word}", f"{known} digits"
    return WrongUsage(
        f"train needs {lacking}",
        f"Try python -m aecore train {example}; it also takes --recipes FILE, or --resume.",
    )


def _train_one(config: RunConfig, places: RunStore, rewind: bool) -> None:
    """Train here and say where the run is; Ctrl-C says how to go on."""
    from aecore import runs  # here: it loads torch

    if (job := jobs.find(config.run_id, places)) and job.progress and job.progress.epoch:
        err.print(f"{config.run_id} goes on after epoch {job.progress.epoch}")
    try:
        with _progress(config) as show:
            run = runs.train_config(config, places, show, rewind=rewind, on_trouble=warn)
    except KeyboardInterrupt:
        job = jobs.find(config.run_id, places)
        if job and job.progress and job.progress.epoch:
            done = f"after epoch {job.progress.epoch}, which is kept"
            err.print(f"Interrupted {done}. Go on: python -m aecore train --resume {config.run_id}")
        else:
            err.print(f"Interrupted before the first epoch ended; nothing of {config.run_id} was kept.")
        raise
    job_commands.warn_of_import(run.stored)
    out.print(f"{run.stored.run_id}  {run.stored.path}")
    warn_of_collapse(run.stored)


def _recipes(path: Path) -> list[RunConfig]:
    """The configs of a JSON file: a list of objects, each with variant, dataset and settings."""
    return [variants.configure(**recipe) for recipe in read_entries(path, {"variant", "dataset"})]


def read_entries(path: Path, needed: set[str]) -> list[dict[str, Any]]:
    """The objects of a JSON file that is a list of them, each with the entries it needs."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadValue("recipes", str(path), f"a readable JSON file ({error})") from error
    entries: list[Any] = found if isinstance(found, list) else [None]
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
