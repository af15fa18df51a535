"""The samples of a recipe: the grid, where they lie on the plane, and everything to take home."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from aecore.latent import priors
from aecore.storage.run import StoredRun
from dashboard.components.sample_grid import pack_places, pack_samples, sample_grid, sample_plane
from dashboard.figures.export import codes_table, tiled
from dashboard.generate import real_images, recipes
from dashboard.generate.recipes import Recipe
from dashboard.services import cached_reads, engine, turns
from dashboard.shared.dataset_download import offer_download
from dashboard.shared.dimensions import dimensions
from dashboard.shared.export_buttons import columns_csv, columns_parquet, image_grid_png
from dashboard.state import keys, widgets

URL = keys.GENERATE_URL
SAVED_COLUMNS = 10
GROUP = "generate"
NO_PLANE = "Codes of {} numbers are too wide for the plane."


@dataclass(frozen=True, eq=False)
class Samples:
    """What was drawn.

    Attributes:
        codes: (n, d).
        images: what the decoder makes of them, (n, h, w, c) in [0, 1].
        nearest: the real image nearest to each, likewise; None where they are not looked for.
        captions: lines under each; none if empty.
        told: how near they come to real images, Markdown; empty where these are not looked for.
    """

    codes: np.ndarray
    images: np.ndarray
    nearest: np.ndarray | None
    captions: list[list[str]]
    told: str


@turns.rested
@st.cache_data(show_spinner="Loading the model and drawing …", max_entries=32)
def drawn(path: Path, recipe: Recipe, _run: StoredRun) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n, d) and what the decoder makes of them, (n, h, w, c) in [0, 1]."""
    codes = recipes.codes(_run, recipe)
    return codes, engine.decode(path, codes, recipes.labels(_run, recipe))


def draw(run: StoredRun, recipe: Recipe, with_nearest: bool) -> Samples:
    """Samples of a recipe, and, if asked, the real image nearest to each."""
    codes, images = drawn(run.path, recipe, run)
    labels = recipes.labels(run, recipe)
    drawn_as = [] if labels is None else [f"as {run.classes[label]}" for label in labels]
    if not with_nearest:
        return Samples(codes, images, None, [[words] for words in drawn_as], "")
    known = real_images.real_images(run.config.dataset)
    pixels = known.images.pixels
    found = real_images.nearest(run.config.dataset, known.is_training, images, pixels)
    return Samples(
        codes,
        images,
        pixels[found.indices[:, 0]].astype(np.float32) / 255,
        real_images.captions(run, known, found, drawn_as),
        real_images.words(run.config.dataset, known, found),
    )


def axes_of(run: StoredRun) -> tuple[int, int] | None:
    """The two latent dimensions that the plane of Explore opens on; None where it has no plane."""
    if not cached_reads.has_plane(run):
        return None
    first = dimensions(run.arrays["codes"], run.arrays.get("kl")).first
    return first or (0, 1 if run.config.latent_dim > 1 else -1)


@st.cache_resource(show_spinner=False, max_entries=8)
def packed_places(path: Path, _run: StoredRun) -> bytes:
    """The plane of a run whose codes it takes, packed once for all who look.

    Args:
        path: the run's folder, which names it.
        _run: the run.

    Returns:
        The packed bytes.
    """
    axes = axes_of(_run)
    assert axes, "show_place asks only for what has a plane"
    return pack_places(
        codes=_run.arrays["codes"],
        labels=_run.labels,
        classes=len(_run.classes),
        axes=axes,
        split="test",
        group=GROUP,
    )


def show_place(run: StoredRun) -> None:
    """The small plane on which the sample in question is marked."""
    if axes_of(run):
        sample_plane(packed_places(run.path, run), key="sample-plane")
    else:
        st.caption(NO_PLANE.format(run.config.latent_dim))


def show_samples(run: StoredRun, recipe: Recipe) -> None:
    """The grid, what is to be said of it, and everything to take home."""
    is_here = cached_reads.images_are_here(run.config.dataset)
    with st.container(key="generate-head", horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(recipes.words(run, recipe))
        beside = is_here and _asks_for_nearest()
        menu = st.popover("Save", icon=":material/download:", width="content")
    if not is_here:
        consequence = "the samples stand without the real images nearest to them"
        offer_download(run.config.dataset, consequence, "test")
    samples = draw(run, recipe, beside)
    if samples.told:
        st.caption(samples.told)
        if not cached_reads.images_are_here(run.config.dataset, "train"):
            offer_download(run.config.dataset, "copies of them cannot be looked for")
    with menu:
        _offer_files(run, recipe, samples)
    held_against = priors.held_against(run.manifest["prior"])
    packed = pack_samples(
        images=samples.images,
        nearest=samples.nearest,
        codes=samples.codes,
        axes=axes_of(run),
        captions=samples.captions,
        group=GROUP,
        shows_normal=recipe.source == "prior" and priors.is_standard_normal(held_against),
    )
    sample_grid(packed, key="samples")


def _asks_for_nearest() -> bool:
    return st.toggle(
        "Most similar real image",
        **widgets.linked(URL["nearest"], True, (0, 1), "nearest images"),
        help="Beside each sample. Of all training images, or where these are not here of all test images, "
        "the one with the smallest distance: the root of the mean squared difference per pixel, 0 to 1.",
    )


def _offer_files(run: StoredRun, recipe: Recipe, samples: Samples) -> None:
    """The images as one picture, and the codes."""
    stem = f"{run.run_id}-{recipe.source}-seed{recipe.seed}"
    columns = codes_table(samples.codes, recipes.labels(run, recipe), run.classes)
    picture, columns_in_row = samples.images, SAVED_COLUMNS
    if samples.nearest is not None:
        picture, columns_in_row = np.concatenate([picture, samples.nearest], axis=2), SAVED_COLUMNS // 2
    image_grid_png(tiled(picture, columns_in_row), stem, "generate-png")
    columns_parquet(columns, stem, "generate-parquet", {"run": run.run_id, "recipe": str(recipe)})
    columns_csv(columns, stem, "generate-csv")
