"""`aecore estimate`: what a training would be and, as far as that is known, how long it takes here."""

import dataclasses
from typing import Annotated

import typer

from aecore import datasets
from aecore.cli.console import JsonOption, StoreOption, named_values, out, print_json, store_of
from aecore.jobs.pace import UNKNOWN, Pace
from aecore.models import variants


def estimate(
    variant: Annotated[str, typer.Argument(help="Such as vae.")],
    dataset: Annotated[str, typer.Argument(help="Such as mnist.")],
    latent_dim: Annotated[int | None, typer.Option(help="Numbers in a latent code.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training images.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per step.")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", help="A variant's own option, as name=value.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count the parameters of a training, and say how long it takes as far as others have shown here."""
    from aecore.jobs import estimate as estimates  # here: it loads torch

    given = {"latent_dim": latent_dim, "epochs": epochs, "batch_size": batch_size}
    settings = {name: value for name, value in given.items() if value is not None}
    config = variants.configure(variant, dataset, **settings, **named_values(option or []))
    shape = datasets.load_images(config.dataset, "test").pixels.shape[1:]
    model = estimates.preview(config, shape)
    pace = estimates.known_pace(config, model.parameters, store_of(store))
    if as_json:
        known = {field.name: getattr(pace, field.name, None) for field in dataclasses.fields(Pace)}
        known["seconds"] = pace.seconds(config.epochs) if pace and pace.seconds_after is not None else None
        print_json({"parameters": model.parameters, "epochs": config.epochs, **known})
        return
    out.print(f"{config.name}, {model.parameters:,} parameters")
    out.print(f"  {pace.words(config.epochs, is_closed_form=not model.stages) if pace else UNKNOWN}")
