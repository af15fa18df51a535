"""Generate: new images from one run's decoder, each beside the real image that is nearest to it."""

from pathlib import Path

import numpy as np
import streamlit as st

from aecore.errors import AecoreError
from aecore.sampling import Nearest, nearest_images
from aecore.store import StoredRun
from dashboard import data, engine, generation, state
from dashboard.choosing import choose_run
from dashboard.downloads import columns_csv, columns_parquet, image_grid_png
from dashboard.figures.numbers import plain
from dashboard.figures.sample_grid import sample_grid
from dashboard.file_bytes import codes_table, tiled
from dashboard.generation import Recipe
from dashboard.recipe_choice import choose_recipe

ORDER = 3  # its place in the navigation
FIRST = "vae"
URL = state.GENERATE_URL
REAL_SAMPLE = 500  # the first so many real images say what distance to the nearest other one is usual
SAVED_COLUMNS = 10


@st.cache_data(show_spinner="Loading the model and drawing …", max_entries=32)
def drawn(path: Path, recipe: Recipe, _run: StoredRun) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n, d) and what the decoder makes of them, (n, h, w, c) in [0, 1]."""
    codes = generation.codes(_run, recipe)
    return codes, engine.decode(path, codes, generation.labels(_run, recipe))


@st.cache_data(show_spinner=False, max_entries=4)
def usual_distance(dataset: str) -> float:
    """Median distance from a real test image to the nearest other one, RMSE per pixel."""
    pixels = data.test_images(dataset).pixels
    found = nearest_images(pixels[:REAL_SAMPLE].astype(np.float32) / 255, pixels, k=2)
    return float(np.median(found.distances[:, 1]))  # the first is the image itself


def show_samples(run: StoredRun, recipe: Recipe) -> None:
    """The grid, the nearest real images beside it, and everything to take home."""
    codes, images = drawn(run.path, recipe, run)
    st.caption(generation.words(run, recipe))
    beside = choose_nearest(run)
    dataset, labels = run.config.dataset, generation.labels(run, recipe)
    captions = [] if labels is None else [run.classes[label] for label in labels]
    picture, real = images, None
    if beside:
        pixels = data.test_images(dataset).pixels
        found = nearest_images(images, pixels)
        real = pixels[found.indices[:, 0]].astype(np.float32) / 255
        captions = nearest_captions(run, found, captions)
        picture = np.concatenate([images, real], axis=2)
        tell_distances(dataset, found)
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
    if not data.images_are_here(run.config.dataset):
        st.info(
            f"The original {run.manifest['data_title']} images are not on this machine, so the samples stand "
            "without the real images nearest to them. The Explore page offers to download them."
        )
        return False
    return st.toggle(
        "The nearest real test image beside each sample",
        **state.linked(URL["nearest"], True, (0, 1), "nearest images"),
        help="Of all test images the one with the smallest distance: the root of the mean squared difference "
        "per pixel, 0 to 1. A copy would be at 0.",
    )


def nearest_captions(run: StoredRun, found: Nearest, classes: list[str]) -> list[str]:
    """Distance, index and class of the nearest real image under each sample."""
    lines = []
    for number, (index, distance) in enumerate(zip(found.indices[:, 0], found.distances[:, 0], strict=True)):
        label = run.classes[run.arrays["labels"][index]]
        drawn_as = f"{classes[number]} · " if classes else ""
        lines.append(f"{drawn_as}{distance:.3f} to no. {index} ({label})")
    return lines


def tell_distances(dataset: str, found: Nearest) -> None:
    """How near the samples come to real images, and what is usual."""
    distances = found.distances[:, 0]
    usual, closest = usual_distance(dataset), int(distances.argmin())
    st.markdown(
        "Left of each pair a sample, right with an orange edge the real test image nearest to it. Distances "
        f"are RMSE per pixel, 0 to 1: **a copy would be at 0**. Median {plain(float(np.median(distances)))}; "
        f"closest sample {closest + 1}, at {plain(float(distances.min()))}. For comparison: a real test "
        f"image lies {plain(usual)} from the nearest other one (median of the first {REAL_SAMPLE})."
    )


def show_styles(run: StoredRun) -> None:
    """Styles by classes, for a decoder that is given a class."""
    if not generation.takes_class(run):
        return
    st.markdown("#### Style by class")
    asked = st.toggle(
        f"Draw {engine.STYLES} styles as every class",
        **state.linked(URL["styles"], False, (0, 1), "style grid"),
        help="Each row is one code drawn from the prior, each column one class.",
    )
    if not asked:
        return
    grid = data.style_grid(run.path)
    st.image(
        grid.repeat(3, 0).repeat(3, 1),
        width=560,
        caption=f"Each row is one style, drawn from the prior; each column one class: "
        f"{', '.join(run.classes)}. Along a row the style stays and the class changes.",
    )
    image_grid_png(grid, f"{run.run_id}-styles", "styles-png")


run = choose_run(FIRST)
if run:
    st.markdown(f"### {run.manifest['data_title']} · {run.manifest['title']} · z = {run.config.latent_dim}")
    notices = st.container()
    try:
        show_samples(run, choose_recipe(run))
        show_styles(run)
    except AecoreError as error:  # a file of the run was altered, or the settings leave nothing to draw
        st.error(str(error))
    for sentence in state.take_notices():
        notices.warning(sentence)
