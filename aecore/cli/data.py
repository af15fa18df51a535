"""Commands for people's own images: data add, list, show, rename, export, remove, undelete."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from aecore import datasets, importers
from aecore.cli.console import JsonOption, out, print_json, print_table, read_path, write_file
from aecore.datasets import _imported
from aecore.errors import AecoreError
from aecore.importers import Review, library, removal
from aecore.importers import export as npz
from aecore.importers.formats import Report
from aecore.importers.settings import CHANNELS, COLOURS, FITS, TEST_SHARE, VALIDATION_SHARE, VALUES, sides_of
from aecore.jobs import job
from aecore.jobs.pace import quick_words

app = typer.Typer(no_args_is_help=True, help="Your own images: import, list, look at and remove data sets.")
SHOWN = 20
"""Files that were left out, of which each is named."""
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="A data set's name, of an imported one also without its ending.")
]


@app.command()
def add(
    path: Annotated[
        Path,
        typer.Argument(
            parser=read_path, metavar="PATH", help="A folder or zip of pictures, or a file of images."
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="What to call it: lower-case letters, digits and _.")],
    title: Annotated[str, typer.Option("--title", help="What people call it; the name if not given.")] = "",
    size: Annotated[
        str | None, typer.Option("--size", help="Pixels to bring images to: 32, or height x width as 48x32.")
    ] = None,
    fit: Annotated[
        str, typer.Option("--fit", help=f"How other proportions are fitted: {', '.join(FITS)}.")
    ] = "pad",
    colour: Annotated[
        str | None,
        typer.Option("--colour", help=f"{' or '.join(COLOURS)}; grey where all are, if not given."),
    ] = None,
    background: Annotated[
        str | None, typer.Option("--background", help="Under what is transparent: black, white or #rrggbb.")
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", help="Column that the labels are, 'folders', or 'none'.")
    ] = None,
    left_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", help="A class whose images are left out; may be repeated."),
    ] = None,
    channels: Annotated[
        str | None,
        typer.Option("--channels", help=f"Of an array: {' or '.join(CHANNELS)}; found if not given."),
    ] = None,
    values: Annotated[
        str | None, typer.Option("--values", help=f"Of an array: {' or '.join(VALUES)}; found if not given.")
    ] = None,
    split: Annotated[
        str,
        typer.Option("--split", help="given: test images that are given stay; drawn: they are drawn anew."),
    ] = "given",
    test_share: Annotated[
        float, typer.Option("--test-share", help="Of the images, where no test images are given.")
    ] = TEST_SHARE,
    validation_share: Annotated[
        float, typer.Option("--validation-share", help="Of the images, likewise; 0 for none.")
    ] = VALIDATION_SHARE,
    seed: Annotated[int, typer.Option("--seed", help="Of the choice of test images.")] = 0,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be kept, and keep nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a data set of a folder of pictures or a file of images, to train any variant on."""
    with _bar() as report:
        review = importers.add_folder(
            path,
            name=name,
            title=title,
            is_dry=is_dry,
            report=report,
            size=sides_of(size),
            fit=fit,
            colour=colour,
            background=background,
            label=label,
            left_out=tuple(left_out or ()),
            channels=channels,
            values=values,
            split=split,
            test_share=test_share,
            validation_share=validation_share,
            seed=seed,
        )
    if as_json:
        print_json(dataclasses.asdict(review) | {"skipped": [one._asdict() for one in review.skipped]})
        return
    _print(review)
    if is_dry:
        out.print("Nothing was kept: this was a dry run.")
    elif review.is_new:
        out.print(f"Kept. Train on it: python -m aecore train vae {review.name}")
    else:
        out.print("The same images were here already under this name; nothing was written.")
    for other in review.equals:
        out.print(f"{other} holds the same images.")


@contextmanager
def _bar() -> Iterator[Report]:
    """A progress bar with rate and time left, on stderr."""
    columns = TextColumn("Reading pictures"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, visible=False)
        yield lambda done, count: bar.update(task, completed=done, total=count, visible=True)


def _print(review: Review) -> None:
    height, width, channels = review.shape
    counts = ", ".join(f"{count:,} {split}" for split, count in review.counts.items())
    out.print(f"{review.name}  {review.title}")
    kind = "grey" if channels == 1 else "colour"
    out.print(f"{height} × {width} pixels, {kind}; {counts}; {review.bytes / 1e6:,.1f} MB")
    if guess := _quick(review):
        out.print(quick_words(*guess))
    for note in review.notes:
        out.print(f"  {note}")
    if review.skipped:
        out.print(f"Left out ({len(review.skipped):,}):")
    for one in review.skipped[:SHOWN]:
        out.print(f"  {one.name}: {one.why}")
    if len(review.skipped) > SHOWN:
        out.print(f"  and {len(review.skipped) - SHOWN:,} more; --json lists all.")
    if review.by_class:
        table = Table("class", *(f"{split} images" for split in review.counts))
        for name, found in review.by_class.items():
            table.add_row(name, *(f"{found[split]:,}" for split in review.counts))
        print_table(table)


def _quick(review: Review) -> tuple[float, int, str] | None:
    """What `estimate.quick` says of a training on it; nothing where it cannot."""
    from aecore.jobs import estimate  # loads PyTorch

    height, width, channels = review.shape
    with suppress(AecoreError):  # nobody waits for a guess
        return estimate.quick((height, width, channels), review.counts["train"])
    return None


@app.command("list")
def list_datasets(as_json: JsonOption = False) -> None:
    """List the data sets: those that come with aecore, and your own."""
    rows = [_row(name) for name in datasets.names()]
    if as_json:
        print_json(rows)
        return
    table = Table("name", "title", "pixels", "classes", "test images", "from")
    for row in rows:
        shape = "×".join(map(str, row["image_shape"] or [])) or "?"
        count = f"{row['test_images']:,}" if row["test_images"] else "?"
        table.add_row(row["name"], row["title"], shape, str(row["classes"]), count, row["from"])
    print_table(table)


def _row(name: str) -> dict[str, Any]:
    try:
        record = datasets.record(name)
    except AecoreError as error:
        return {
            "name": name,
            "title": str(error),
            "image_shape": None,
            "classes": 0,
            "test_images": None,
            "from": "?",
        }
    return {
        "name": name,
        "title": record.title,
        "image_shape": record.image_shape,
        "classes": len(record.classes),
        "test_images": record.test_images,
        "from": "you" if datasets.is_imported(name) else "aecore",
    }


@app.command()
def show(name: NameArgument, as_json: JsonOption = False) -> None:
    """Show what is known of a data set, of an imported one with how it was read."""
    found = datasets.find(name)
    about: dict[str, Any] = _row(found)
    if datasets.is_imported(found):
        about |= {key: _imported.manifest(found)[key] for key in ("counts", "fingerprint", "notes")}
    if as_json:
        print_json(about)
        return
    for key, value in about.items():
        out.print(f"{key.replace('_', ' ')}: {_shown(key, value)}")


def _shown(key: str, value: Any) -> Any:
    if key == "counts":
        return ", ".join(f"{count:,} {split}" for split, count in value.items())
    if key == "notes":
        return " ".join(value)  # each a sentence
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


@app.command()
def rename(
    name: NameArgument, title: Annotated[str, typer.Argument(metavar="TITLE", help="What people call it.")]
) -> None:
    """Give an imported data set another title; runs go on knowing it by its name."""
    removal.rename(name, title)
    out.print(f"{datasets.find(name)} is called {title.strip()}.")


@app.command()
def export(
    name: NameArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", parser=read_path, help="The file; NAME.npz if not given.")
    ] = None,
) -> None:
    """Write an imported data set as one .npz file with MedMNIST's keys; data add reads it back the same."""
    found = library.imported(name)
    path = output or Path(f"{found}.npz")
    content = npz.exported(found)
    write_file(path, content)
    out.print(f"Wrote {path}, {len(content) / 1e6:,.1f} MB.")


@app.command()
def remove(
    name: NameArgument,
    _is_sure: Annotated[bool, typer.Option("--yes", hidden=True)] = False,
) -> None:
    """Remove an imported data set; runs that were trained on it stay, and undelete brings it back.

    Removed data sets are kept for 30 days, as long as they do not take more than two of the largest.
    """
    found = library.imported(name)
    job.check_unused(found)
    token = removal.delete(found)
    out.print(f"Removed {found}; runs on it still open, without their original images.")
    out.print(f"To bring it back: python -m aecore data undelete {token}")


@app.command()
def undelete(
    token: Annotated[str, typer.Argument(help="What remove printed, or a name; a list if none.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Bring a removed data set back, or list those that can be."""
    if token:
        out.print(f"{removal.undelete(token)} is back.")
        return
    found = removal.deleted()
    if as_json:
        print_json([dataclasses.asdict(one) | {"when": f"{one.when:%Y-%m-%dT%H:%M:%S%z}"} for one in found])
        return
    out.print(
        "These can be brought back: python -m aecore data undelete NAME" if found else "Nothing was removed."
    )
    for one in found:
        out.print(f"{one.token}  {one.title}")
