"""What the Projections section maps and how: the runs, the baselines, the method and its settings."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import streamlit as st

from aecore.analysis import projection
from aecore.analysis.projection import ProjectionConfig
from aecore.config import allowed
from aecore.storage.run import StoredRun
from dashboard.services import cached_reads
from dashboard.state import keys, widgets

PIXEL_SPACES = {"pixels": "Pixels", "pca50": "PCA-50 of the pixels"}
"""Session keys and address parameters; a setting's is made of its method's name and its own."""
FEWEST = 100
"""A map of fewer images shows nothing that the images themselves would not."""
STEPS = {
    "perplexity": 5.0,
    "exaggeration": 1.0,
    "iterations": 50,
    "early_iterations": 50,
    "min_distance": 0.05,
}
WIDTH = 136  # CSS pixels of a box for a number


@dataclass(frozen=True)
class Source:
    """Something that can be mapped: a run, or a baseline that needs no model.

    Attributes:
        title: what to call it.
        run: whose codes; of a baseline any run of the data set.
        inputs: "codes", "pixels" or "pca50".
    """

    title: str
    run: StoredRun
    inputs: str = "codes"

    def config(self, method: str, subsample: int, settings: dict[str, Any]) -> ProjectionConfig:
        """The map of it by a method."""
        owner = self.run if self.inputs == "codes" else self.run.config.dataset
        return projection.configure(owner, method, self.inputs, subsample, **settings)

    @property
    def can_start(self) -> bool:
        """Whether what is projected is on this machine."""
        return self.inputs == "codes" or cached_reads.images_are_here(self.run.config.dataset)


def choose_sources(runs: list[StoredRun], dataset: str) -> list[Source]:
    """The chosen runs that need a map, and what stands beside them.

    Args:
        runs: the runs of the page.
        dataset: their data set.

    Returns:
        What is mapped, runs first.
    """
    wide = [run for run in runs if run.config.latent_dim > 2]
    others = [
        run
        for run in cached_reads.listing().runs
        if run.config.dataset == dataset
        and run.config.latent_dim > 2
        and run not in wide
        and cached_reads.has_plane(run)
    ]
    every = {run.run_id: run for run in [*wide, *others]}
    titles = cached_reads.run_labels(list(every.values()), with_title=True) | PIXEL_SPACES
    options = [*[run.run_id for run in others], *PIXEL_SPACES]
    if wide:
        key, first = keys.MAPS_BESIDE, []
    else:
        key, first = keys.MAPS, siblings(runs, others)
        st.markdown(
            "t-SNE of a 2-D code adds nothing: the plane is the map already, and it can be decoded. "
            "The maps here are of runs with longer codes."
        )
    chosen = st.multiselect(
        "Also project" if wide else "Runs to project",
        options,
        format_func=lambda name: titles[name],
        help="Other runs with codes of more than two numbers; and two baselines that need no model: the "
        "pixels themselves, and their first 50 principal components.",
        **widgets.linked_several(key, first, options, "maps"),
    )
    if wide and len(wide) < len(runs):
        st.caption(
            "The runs with a 2-D code have no map: t-SNE of a 2-D code adds nothing to the plane above."
        )
    sources = [Source(_title(run), run) for run in wide]
    for name in chosen:
        is_pixel_space = name in PIXEL_SPACES
        sources.append(
            Source(PIXEL_SPACES[name], runs[0], name)
            if is_pixel_space
            else Source(_title(every[name]), every[name])
        )
    return sources


def siblings(runs: list[StoredRun], others: list[StoredRun]) -> list[str]:
    """Run ids of the shipped runs of the same variants with longer codes; any shipped ones where none is."""
    variants = [run.config.variant for run in runs]
    shipped = {
        run.config.variant: run.run_id for run in others if run.is_shipped and run.config.latent_dim == 32
    }
    same = [shipped[variant] for variant in dict.fromkeys(variants) if variant in shipped]
    return same or list(shipped.values())[:3]


def _title(run: StoredRun) -> str:
    words = [run.manifest["title"], f"z = {run.config.latent_dim}", cached_reads.collapse_word(run)]
    return " · ".join(filter(None, words))


def choose_method(count: int) -> tuple[str, int, dict[str, Any]]:
    """The method and its settings, chosen before anything starts.

    Args:
        count: how many test images there are.

    Returns:
        The method's name, the size of the subsample (0 for all), and the settings by name.
    """
    names = sorted(projection.names(), key=lambda name: name != "tsne")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = st.segmented_control(
            "Projection",
            names,
            format_func=lambda name: projection.module(name).TITLE,
            **widgets.linked(keys.MAP_METHOD, names[0], names, "projection"),
        )
        method = method or names[0]
        settings = {
            field.name: _setting(method, field)
            for field in dataclasses.fields(projection.module(method).Settings)
        }
        lowest = min(FEWEST, count)
        images = st.number_input(
            f"Images, of {count:,}",
            lowest,
            count,
            step=min(1000, count),
            width=WIDTH,
            help="All by default. Fewer are taken at random, and every figure says how many.",
            **widgets.linked(keys.MAP_IMAGES, count, (lowest, count), "number of images"),
        )
    return method, 0 if images == count else int(images), settings


def _setting(method: str, field: dataclasses.Field[Any]) -> float:
    """One setting of a method, as a box for a number."""
    name, rule = field.name.replace("_", " "), field.metadata
    assert isinstance(field.default, int | float), "every setting of a method is a number"
    kind = int if isinstance(field.default, int) else float
    low, high = kind(rule["minimum"]), kind(rule["maximum"])
    found = st.number_input(
        name.capitalize(),
        low,
        high,
        step=STEPS.get(field.name, kind(1)),
        format="%d" if kind is int else "%g",
        width=WIDTH,
        help=f"{rule['help'].capitalize()}; {allowed(field)}.",
        **widgets.linked(f"{method}_{field.name}", field.default, (low, high), name),
    )
    assert found is not None, "there is a number from the start"
    return found
