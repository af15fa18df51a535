"""`aecore estimate`: what a training would be and how long it would take here, before it starts."""

import dataclasses
import time
from typing import Annotated

import typer

from aecore import datasets
from aecore.cli.console import JsonOption, StoreOption, named_values, out, print_json, store_of
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
    again: Annotated[bool, typer.Option("--again", help="Measure anew, though it is kept.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure for a second or two how long a training would take on this machine; nothing is trained."""
    began = time.perf_counter() - time.process_time()  # starting Python took about as long as it computed
    from aecore.jobs import estimation  # here: it loads torch

    given = {"latent_dim": latent_dim, "epochs": epochs, "batch_size": batch_size}
    settings = {name: value for name, value in given.items() if value is not None}
    config = variants.configure(variant, dataset, **settings, **named_values(option or []))
    shape = datasets.load_images(dataset, "test").pixels.shape[1:]
    model, places = estimation.preview(config, shape), store_of(store)
    pace = None if again else estimation.kept_pace(config, places)
    if pace is None or pace.seconds_after is None:
        pace = estimation.measure_pace(config, places, spent=time.perf_counter() - began)
    if as_json:
        about = {"parameters": model.parameters, "epochs": config.epochs, **dataclasses.asdict(pace)}
        print_json(about | {"seconds": pace.seconds(config.epochs)})
        return
    out.print(f"{config.name}, {model.parameters:,} parameters")
    out.print(f"  {pace.words(config.epochs, is_closed_form=not model.stages)}")
