"""Generate: new images from one run's decoder, each beside the training image that is nearest to it."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from aecore.datasets import Images
from aecore.errors import AecoreError
from aecore.latent.sampling import Nearest, nearest_images
from aecore.storage.run import StoredRun
from dashboard.figures.export import codes_table, tiled
from dashboard.figures.numbers import plain
from dashboard.figures.sample_grid import sample_grid
from dashboard.generate import recipes
from dashboard.generate.recipe_form import choose_recipe
from dashboard.generate.recipes import Recipe
from dashboard.services import cached_reads, engine, turns
from dashboard.shared import collapse_notice
from dashboard.shared.dataset_download import offer_download
from dashboard.shared.export_buttons import columns_csv, columns_parquet, image_grid_png
from dashboard.shared.plain_text import as_text
from dashboard.shared.run_picker import choose_run
from dashboard.state import keys, session, widgets

ORDER = 3  # its place in the navigation
FIRST = "vae"
URL = keys.GENERATE_URL
REAL_SAMPLE = 500  # the first so many test images say what distance to the nearest real one is usual
SAVED_COLUMNS = 10


@turns.rested
@st.cache_data(show_spinner="Loading the model and drawing …", max_entries=32)
def drawn(path: Path, recipe: Recipe, _run: StoredRun) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n, d) and what the decoder makes of them, (n, h, w, c) in [0, 1]."""
    codes = recipes.codes(_run, recipe)
    return codes, engine.decode(path, codes, recipes.labels(_run, recipe))


@dataclass(frozen=True, eq=False)
class Real:
    """Real images that samples are held against: those of the training split where they can be read."""

    images: Images
    is_training: bool

    @property
    def kind(self) -> str:
        """Which images, for people."""
        return f"{'training' if self.is_training else 'test'} image"


def real_images(dataset: str) -> Real:
    """The training images, or, where they are not here or damaged, the test images."""
    if cached_reads.images_are_here(dataset, "train"):
        with contextlib.suppress(AecoreError):
            return Real(cached_reads.training_images(dataset), is_training=True)
    return Real(cached_reads.test_images(dataset), is_training=False)


@turns.rested
@st.cache_data(show_spinner="Looking through the real images …", max_entries=32)
def nearest(dataset: str, is_training: bool, drawn: np.ndarray, _pixels: np.ndarray) -> Nearest:
    """The real image nearest to each drawn one, kept: the next look is instant."""
    return nearest_images(drawn, _pixels)


@turns.rested
@st.cache_data(show_spinner="Measuring how far real images lie apart …", max_entries=4)
def usual_distance(dataset: str, is_training: bool, _pixels: np.ndarray) -> float:
    """Median distance from a test image to the nearest real one that is another, RMSE per pixel."""
    first = cached_reads.test_images(dataset).pixels[:REAL_SAMPLE].astype(np.float32) / 255
    column = 0 if is_training else 1  # among test images the first is the image itself
    return float(np.median(nearest_images(first, _pixels, k=column + 1).distances[:, column]))


def show_samples(run: StoredRun, recipe: Recipe) -> None:
    """The grid, the nearest real images beside it, and everything to take home."""
    codes, images = drawn(run.path, recipe, run)
    st.caption(recipes.words(run, recipe))
    beside = choose_nearest(run)
    dataset, labels = run.config.dataset, recipes.labels(run, recipe)
    captions = [] if labels is None else [run.classes[label] for label in labels]
    picture, real = images, None
    if beside:
        known = real_images(dataset)
        found = nearest(dataset, known.is_training, images, known.images.pixels)
        real = known.images.pixels[found.indices[:, 0]].astype(np.float32) / 255
        captions = nearest_captions(run, known, found, captions)
        picture = np.concatenate([images, real], axis=2)
        tell_distances(dataset, known, found)
        if not cached_reads.images_are_here(dataset, "train"):
            offer_download(dataset, "copies of them cannot be looked for")
    st.html(sample_grid(images, real, captions))
    stem = f"{run.run_id}-{recipe.source}-seed{recipe.seed}"
    columns = codes_table(codes, labels, run.classes)
    with st.container(horizontal=True):
        columns_in_row = SAVED_COLUMNS // 2 if beside else SAVED_COLUMNS
        image_grid_png(tiled(picture, columns_in_row), stem, "generate-png")
        columns_parquet(columns, stem, "generate-parquet", {"run": run.run_id, "recipe": str(recipe)})
        columns_csv(columns, stem, "generate-csv")


def choose_nearest(run: StoredRun) -> bool:
    """Whether to show the nearest real images, which must be here for that."""
    if not cached_reads.images_are_here(run.config.dataset):
        consequence = "the samples stand without the real images nearest to them"
        offer_download(run.config.dataset, consequence, "test")
        return False
    return st.toggle(
        "The most similar real image beside each sample",
        **widgets.linked(URL["nearest"], True, (0, 1), "nearest images"),
        help="Of all training images, or where these are not here of all test images, the one with the "
        "smallest distance: the root of the mean squared difference per pixel, 0 to 1.",
    )


def nearest_captions(run: StoredRun, known: Real, found: Nearest, classes: list[str]) -> list[str]:
    """Distance, index and, if it has one, class of the nearest real image under each sample."""
    lines = []
    for number, (index, distance) in enumerate(zip(found.indices[:, 0], found.distances[:, 0], strict=True)):
        labels = known.images.labels
        of_class = "" if labels is None else f" ({run.classes[labels[index]]})"
        drawn_as = f"{classes[number]} · " if classes else ""
        lines.append(f"{drawn_as}{distance:.3f} · image {index}{of_class}")
    return lines


def tell_distances(dataset: str, known: Real, found: Nearest) -> None:
    """How near the samples come to real images, what is usual, and whether a copy would show."""
    distances = found.distances[:, 0]
    median, least = plain(float(np.median(distances))), plain(float(distances.min()))
    count, closest = len(known.images.pixels), int(distances.argmin())
    usual = usual_distance(dataset, known.is_training, known.images.pixels)
    if known.is_training:
        shows = "**a copy would be at 0**"
        usually = (
            f"A test image, which no model has seen, lies {plain(usual)} from the nearest training image"
        )
    else:
        shows = (
            "**this is resemblance to test images: copies of training images, which cannot be read here, "
            "would not show**"
        )
        usually = f"A test image lies {plain(usual)} from the nearest other one"
    st.markdown(
        f"Left: generated. Right, orange frame: the most similar of all {count:,} {known.kind}s. Distances "
        f"are RMSE per pixel, 0 to 1; {shows}. Median {median}; nearest is sample {closest + 1}, "
        f"at {least}. {usually} (median of the first {REAL_SAMPLE})."
    )


def show_styles(run: StoredRun) -> None:
    """Styles by classes, for a decoder that is given a class."""
    if not recipes.takes_class(run):
        return
    st.markdown("## Style by class")
    asked = st.toggle(
        f"Draw {engine.STYLES} styles as every class",
        **widgets.linked(URL["styles"], False, (0, 1), "style grid"),
        help="Each row is one code drawn from the prior, each column one class.",
    )
    if not asked:
        return
    grid = cached_reads.style_grid(run.path)
    st.image(
        grid.repeat(3, 0).repeat(3, 1),
        width=560,
        caption=f"Each row is one style, drawn from the prior; each column one class: "
        f"{as_text(', '.join(run.classes))}. Along a row the style stays and the class changes.",
    )
    image_grid_png(grid, f"{run.run_id}-styles", "styles-png")


run, _ = choose_run("Generate", FIRST)
if run:
    notices = st.container()
    try:
        cached_reads.check(run)
        collapse_notice.show(run)
        show_samples(run, choose_recipe(run))
        show_styles(run)
    except AecoreError as error:  # a file of the run was altered, or the settings leave nothing to draw
        st.error(as_text(error))
    for sentence in session.take_notices():
        notices.warning(as_text(sentence))
