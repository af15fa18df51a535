"""Commands that work something out of finished runs: coverage, holes, project."""

from pathlib import Path
from typing import Annotated, Any

import typer

from aecore import datasets
from aecore.cli.console import (
    JsonOption,
    RunArgument,
    StoreOption,
    check_apart,
    named_values,
    out,
    print_json,
    read_path,
    share_bar,
    store_of,
    warn_of_collapse,
)
from aecore.cli.train import read_entries
from aecore.errors import WrongUsage
from aecore.evaluation import directions
from aecore.jobs.pace import duration_words
from aecore.latent import priors
from aecore.storage.run import StoredRun

USUAL_METHOD = "tsne"


def coverage(
    run: Annotated[str | None, typer.Argument(help="A name or id; every run of the store if none.")] = None,
    store: StoreOption = None,
) -> None:
    """Measure how codes fill the prior, with whitened numbers beside them, and keep what is not kept."""
    from aecore import runs
    from aecore.evaluation import additions  # here: it loads torch

    places = store_of(store)
    for stored in [places.open(run)] if run else places.listing().runs:
        kept = additions.kept_coverage(stored, places)
        model = stored.config.latent_dim, stored.manifest["prior"]
        has = additions.has_of_coverage(stored)
        if additions.lacking_coverage(kept, *model, is_labelled=bool(stored.classes), has=has):
            with share_bar(f"coverage of {stored.run_id}", is_timed=False) as report:
                runs.measure_coverage(runs.Run(stored), places, report)
        out.print(f"{stored.run_id}  kept")
        warn_of_collapse(stored)


def holes(run: RunArgument, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Map where the prior puts mass and no code lies, and keep the map; --store pretrained ships it."""
    from aecore import runs  # here: it loads torch
    from aecore.analysis.holes import kept_or_computed

    opened = runs.open_run(run, store_of(store))
    found = kept_or_computed(opened, store=store_of(store))
    prior = opened.stored.manifest["prior"]
    warn_of_collapse(opened.stored)
    if as_json:
        numbers = {"share": found.share, "null": found.null, "cycle_error": found.mean_cycle_error}
        print_json({"run_id": opened.stored.run_id, "prior": prior, **numbers})
        return
    against = priors.find(priors.held_against(prior)).title
    out.print(f"{opened.stored.run_id}, against {against}{', though it has no prior' * (prior is None)}")
    share, null, error = found.share, found.null, found.mean_cycle_error
    out.print(f"  share of the prior's mass in holes {share:.4f}, lower is better, null {null:.4f}")
    out.print(f"  mean cycle error over the prior    {error:.4f} of its standard deviations, lower is better")


def project(
    of: Annotated[str | None, typer.Argument(help="A run, or a data set for its images themselves.")] = None,
    method: Annotated[str, typer.Option(help="One of tsne, pca, umap.")] = USUAL_METHOD,
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
    from aecore.analysis import projection  # here: scikit-learn takes a second to import

    given = {"method": method, "inputs": inputs, "subsample": subsample, **named_values(option or [])}
    if recipes:
        others = {"--method": method != USUAL_METHOD, "--inputs": inputs, "--subsample": subsample}
        check_apart("project", "--recipes", {"a run or data set": of, **others, "--option": option})
        entries = read_entries(recipes, {"of"})
    elif of:
        entries = [{"of": of, **given}]
    else:
        raise WrongUsage(
            "project needs a run or a data set, or --recipes FILE",
            "Try python -m aecore project digits-vae-z2 --method pca.",
        )
    places = store_of(store)
    for entry in entries:
        name = entry.pop("of")
        owner = name if name in datasets.names() else places.open(name)
        config = projection.configure(owner, **entry)
        bar = share_bar(
            f"{config.method} of {config.name} {config.inputs}", projection.is_timed(config.method)
        )
        with bar as report:
            found = projection.project(config, places, report)
        _print_projection(config, found, as_json)
        if isinstance(owner, StoredRun) and config.inputs == "codes":
            warn_of_collapse(owner)


def _print_projection(config: Any, found: Any, as_json: bool) -> None:
    """One line, or one JSON object, about a map."""
    numbers = {"trustworthiness": found.trustworthiness}
    if found.knn_accuracy is not None:
        numbers = {"knn_accuracy": found.knn_accuracy} | numbers
    if as_json:
        about = {"of": config.name, "method": config.method, **config.kept_as, "images": len(found.positions)}
        print_json({**about, **numbers, "seconds": found.seconds})
        return
    accuracy = ""
    if found.knn_accuracy is not None:
        is_of_run = isinstance(config.owner, StoredRun) and config.inputs == "codes"
        way = directions.better("knn_accuracy", config.owner.config.variant if is_of_run else "")
        accuracy = f"kNN-15 accuracy {found.knn_accuracy:.4f}, 0 to 1, {directions.WORDS[way]}; "
    out.print(
        f"{config.name}  {config.method} of {config.inputs}, {len(found.positions):,} of {found.images:,} "
        f"test images: {accuracy}trustworthiness {found.trustworthiness:.4f}, 0 to 1, higher is better; "
        f"{duration_words(found.seconds)}"
    )
