"""Cached reads of runs and data sets, for pages. No torch."""

from pathlib import Path

import numpy as np
import streamlit as st

from aecore import cards, datasets, priors
from aecore.cards import Card
from aecore.datasets import Images
from aecore.errors import AecoreError
from aecore.store import Listing, RunStore, StoredRun
from dashboard import engine, state
from dashboard.components.latent_plane import pack
from dashboard.components.latent_plane.packing import deflate, weight_names

LONGEST_KEPT = 16
WIDEST_PLANE = 128
"""Numbers in the longest code that the plane takes."""
PRIOR_SAMPLES = 2000


def listing() -> Listing:
    """Every run there is; read again only when a folder of runs has changed."""
    roots = [root for root in RunStore().roots if root.is_dir()]
    return _listing(tuple((str(root), root.stat().st_mtime_ns) for root in roots))


@st.cache_resource(show_spinner=False, max_entries=2)
def _listing(folders: tuple[tuple[str, int], ...]) -> Listing:
    return RunStore().listing()


def dataset_titles() -> dict[str, str]:
    """Titles of the data sets by name, MNIST first."""
    ordered = sorted(datasets.names(), key=lambda name: name != "mnist")
    return {name: datasets.module(name).TITLE for name in ordered}


def variant_titles(here: list[StoredRun]) -> dict[str, str]:
    """Titles of the variants by name, in the order in which one learns them.

    Args:
        here: the runs of the chosen data set; a variant that has none says so.

    Returns:
        What can be trained and what was trained, also by a variant that is no longer there.
    """
    trained = {run.config.variant: run.manifest["title"] for run in here}
    known = {name: cards.title(name) for name in cards.names()}
    untrained = {name: f"{title} · not trained yet" for name, title in known.items() if name not in trained}
    return known | trained | untrained


def run_labels(runs: list[StoredRun], with_title: bool = False) -> dict[str, str]:
    """What to call each run in a list: where it is from, its code size, and how it differs from the first.

    Words come before numbers, since the box is narrow and a word says what kind of run it is.

    Args:
        runs: the runs of one data set.
        with_title: whether the variant's title comes first, where they are of several variants.

    Returns:
        Labels by run id; a difference is from the first run of the same variant.
    """
    first, labels = {}, {}
    for run in runs:
        origin = "shipped" if run.is_shipped else run.manifest["created"][:10]
        settings = dict(run.config.options) | {"epochs": run.config.epochs, "seed": run.config.seed}
        usual = first.setdefault(run.config.variant, settings)
        own = [(name, value) for name, value in settings.items() if value != usual.get(name)]
        own.sort(key=lambda setting: not isinstance(setting[1], str))
        head = [run.manifest["title"], f"z={run.config.latent_dim}"] if with_title else []
        tail = [origin] if with_title else [origin, f"z={run.config.latent_dim}"]
        differences = [f"{name} {_plain(value)}" for name, value in own]
        labels[run.run_id] = " · ".join([*head, *tail, *differences])
    return labels


def _plain(value: object) -> str:
    """A setting's value as a person writes it: 512-256 rather than (512, 256)."""
    return ("-".join(map(str, value)) or "none") if isinstance(value, tuple) else str(value)


def card(variant: str) -> Card | str:
    """The card of a variant, or a sentence that says why there is none."""
    try:
        return cards.card(variant)
    except (AecoreError, ValueError) as error:
        return str(error)


def images_are_here(dataset: str) -> bool:
    """Whether the images of a data set are on this machine."""
    return datasets.is_present(dataset)


@st.cache_resource(show_spinner="Reading the images …", max_entries=4)
def test_images(dataset: str) -> Images:
    """The test images of a data set, which must be here."""
    return datasets.load_images(dataset, "test")


@st.cache_resource(show_spinner=False, max_entries=4)
def _deflated_images(dataset: str) -> bytes | None:
    """The test images packed for the browser; None where the files are damaged."""
    try:
        return deflate(test_images(dataset).pixels)
    except AecoreError:
        return None


def has_plane(run: StoredRun) -> bool:
    """Whether the plane takes codes as wide as the run's."""
    return run.config.latent_dim <= WIDEST_PLANE


@st.cache_resource(show_spinner="Opening the run …", max_entries=LONGEST_KEPT)
def plane_of(path: Path, with_originals: bool) -> bytes:
    """What the latent plane shows of a run, as one buffer.

    Args:
        path: the run's folder, which names it.
        with_originals: whether the test images are on this machine.

    Returns:
        The packed bytes.
    """
    run = next(run for run in listing().runs if run.path == path)
    return pack(
        codes=run.arrays["codes"],
        labels=run.arrays["labels"],
        errors=run.arrays["errors"],
        decoder={name: run.weights[name] for name in weight_names(run.manifest["layers"])},
        layers=run.manifest["layers"],
        image_shape=run.image_shape,
        classes=run.classes,
        title=f"{run.manifest['data_title']} · {run.manifest['title']}",
        split="test",
        prior=run.manifest["prior"],
        prior_samples=_prior_samples(run),
        conditions=run.arrays.get("conditions"),
        pixels=_deflated_images(run.config.dataset) if with_originals else None,
        url_names=state.PLANE_URL,
    )


def _prior_samples(run: StoredRun) -> np.ndarray | None:
    """Samples that show a prior which circles would not."""
    prior = run.manifest["prior"]
    if prior in (None, "standard_normal"):
        return None
    return priors.sample(prior, PRIOR_SAMPLES, run.config.latent_dim, np.random.default_rng(0))


@st.cache_data(show_spinner="Loading the model and drawing …", max_entries=LONGEST_KEPT)
def style_grid(path: Path) -> np.ndarray:
    """`engine.style_by_class`, drawn once."""
    return engine.style_by_class(path)
