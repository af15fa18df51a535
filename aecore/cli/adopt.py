"""Commands for models and codes from elsewhere: adopt."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from aecore import datasets
from aecore.cli.console import (
    JsonOption,
    StoreOption,
    err,
    out,
    print_json,
    read_path,
    share_bar,
    store_of,
)

if TYPE_CHECKING:
    import numpy as np


def adopt(
    path: Annotated[
        Path,
        typer.Argument(
            parser=read_path,
            metavar="FILE",
            help="An ONNX decoder, or codes: .npz with z (n, d), or Parquet.",
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="What to call it: lower-case letters, digits and _.")],
    encoder: Annotated[
        Path | None,
        typer.Option("--encoder", parser=read_path, metavar="FILE", help="The decoder's ONNX encoder."),
    ] = None,
    images: Annotated[
        str | None,
        typer.Option("--images", help="A data set's name, or an .npz or .npy file of images."),
    ] = None,
    title: Annotated[str, typer.Option("--title", help="What people call it; the name if not given.")] = "",
    layout: Annotated[
        str | None,
        typer.Option("--layout", help="One of channels_first, channels_last; found out if not given."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", help="What the decoder gives: log_odds, values (0 to 1), signed (−1 to 1)."),
    ] = None,
    pixels: Annotated[
        str | None, typer.Option("--pixels", help="What the encoder takes: unit, signed, or bytes.")
    ] = None,
    prior: Annotated[str | None, typer.Option("--prior", help="The prior that the codes follow.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a decoder, or codes, from elsewhere as a run like any other."""
    from aecore.adoption import Settings, files  # here: it loads torch

    readings: Any = {"layout": layout, "output": output, "pixels": pixels}
    settings = Settings(name, title, prior=prior, **readings)
    given, labels = _images(images)
    if not err.is_terminal:
        err.print(f"adopting {path.name} …")
    with share_bar(f"adopting {path.name}", is_timed=False) as report:
        found = files.adopt_file(
            path,
            settings,
            encoder=encoder,
            images=given,
            labels=labels,
            store=store_of(store),
            report=report,
        )
    stored = found.run.stored
    if as_json:
        print_json({"run_id": stored.run_id, "notes": list(found.notes), "off": found.off})
        return
    out.print(f"{stored.run_id}  {stored.path}")
    for note in found.notes:
        out.print(f"  {note}")
    if found.off is not None:
        out.print(f"  Network and layers draw the same within {found.off:.2g} of a pixel's range.")
    if "mse" in found.run.metrics:
        out.print(f"  MSE {found.run.metrics['mse']:.4f} per pixel on {stored.test_images:,} test images.")


def _images(given: str | None) -> "tuple[np.ndarray | str | None, np.ndarray | None]":
    """The name of a data set, or the arrays of a file."""
    from aecore.adoption import files

    if given is None or given in datasets.names() or not read_path(given).is_file():
        return given, None
    return cast("Any", files.images_of(read_path(given)))
