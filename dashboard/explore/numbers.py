"""What the run reached: its numbers beside their floors, KL by dimension, units by class."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore import datasets
from aecore.evaluation import additions, directions
from aecore.metrics import GROUPS, catalog
from aecore.metrics.discriminator import disagreement
from aecore.metrics.mmd import caution
from aecore.storage.run import StoredRun
from aecore.storage.settings import is_read_only
from dashboard.figures.kl_bars import kl_bars
from dashboard.figures.numbers import plain, with_deviation
from dashboard.figures.units_by_class import units_by_class
from dashboard.services import background, cached_reads, engine
from dashboard.shared import error_message
from dashboard.shared.glossary import show_caption
from dashboard.shared.lack_of_labels import lack_of_labels
from dashboard.shared.lack_of_networks import lack_of_decoder
from dashboard.state import keys

HEADLINES = (
    "mse",
    "negative_elbo",
    "knn_accuracy",
    "test_error",
    "mmd2",
    "total_variation",
    "two_sample_accuracy",
    "discriminator_loss",
    "denoised_psnr",
    "living_activity",
    "dead_units",
)
SPARSE = 0.9  # above this share of active entries a code is dense, and the number says nothing of interest


@st.fragment
@error_message.said
def show_numbers(run: StoredRun) -> None:
    """What the run reached on the test split, each number beside its floors: the main ones, then all."""
    metrics, missing, known = additions.numbers(run), additions.not_measured(run), catalog()
    of = "test images" if run.config.dataset in datasets.names() else "codes"
    st.markdown(f"## Measured on the {len(run.arrays['codes']):,} {of}")
    if not run.has_decoder:
        st.caption(lack_of_decoder("What compares images with their reconstructions"))
    groups = {"In short": [name for name in HEADLINES if name in metrics]}
    if metrics.get("living_activity", 1.0) > SPARSE:
        groups["In short"] = [name for name in groups["In short"] if known[name].group != "sparsity"]
    for group in GROUPS:
        found = [name for name, meaning in known.items() if meaning.group == group]
        groups[group.capitalize()] = [name for name in found if name in metrics or name in missing]
    if not run.classes:
        st.caption(lack_of_labels(run.manifest["data_title"], "numbers that need classes are left out"))
    shown = {title: names for title, names in groups.items() if names}
    if not shown:
        st.info("No number can be measured of this run.")
        return
    tabs = st.tabs(list(shown), key=keys.NUMBERS, on_change="rerun")
    for tab, (title, names) in zip(tabs, shown.items(), strict=True):
        if not tab.open:  # a closed tab costs the browser as much as an open one
            continue
        with tab, st.container(horizontal=True):
            for name in names:
                if name in metrics:
                    show_number(name, run, metrics)
                else:
                    offer_number(name, run)
            if title == "Latent space" and "kl" in run.arrays:
                show_kl(run)
            if title == "Sparsity" and run.classes and metrics.get("living_activity", 1.0) < SPARSE:
                show_units(run)


def show_number(name: str, run: StoredRun, metrics: Mapping[str, float]) -> None:
    """One number with its unit, its direction, what it means on hover, its floors, and what to beware of."""
    known = catalog()
    with _tile(name, run, plain(metrics[name])):
        meaning = known[name]
        floors = [floor for floor in meaning.floors_of(run.config.options) if floor in metrics]
        beside = [f"{known[floor].title} {with_deviation(metrics, floor)}" for floor in floors]
        show_caption("  \n".join([meaning.unit, *beside]))
        doubt = disagreement(metrics, name) or caution(name, run.config.latent_dim)
        if doubt:
            st.caption(f":material/warning: {doubt[0].upper()}{doubt[1:]}")


def offer_number(name: str, run: StoredRun) -> None:
    """A number that the run was stored without, and a button that measures it where that can be done."""
    with _tile(name, run, "not measured"):
        meaning = catalog()[name]
        show_caption(meaning.unit)
        key = f"metric/{run.path}/{name}"
        if background.show(key) or is_read_only() or not cached_reads.images_are_here(run.config.dataset):
            return
        begin = (key, f"Measuring {meaning.title}", lambda report: engine.measure(run.path, name, report))
        st.button(
            "Measure",
            key=f"number-{name}-{run.run_id}",
            on_click=background.start,
            args=begin,
            kwargs={"is_timed": False},
        )


def _tile(name: str, run: StoredRun, value: str) -> DeltaGenerator:
    """A box with a number's title, its value and, on hover, its sentence; what else it says goes below."""
    meaning, variant = catalog()[name], run.config.variant
    tile = st.container(border=True, width=300, height="stretch", gap="xsmall")
    tile.metric(
        f"{meaning.title}{directions.arrow(name, variant)}",
        value,
        help=f"{meaning.sentence} {_direction(directions.better(name, variant))}".strip(),
    )
    return tile


def _direction(better: str) -> str:
    return f"{directions.WORDS[better].capitalize()}." if better else ""


def show_kl(run: StoredRun) -> None:
    """Which numbers of the code carry something."""
    with st.container(border=True, width=max(340, min(160 + 22 * run.config.latent_dim, 900))):
        st.markdown(
            "KL per latent dimension",
            help="How far q(z|x) is from the prior, averaged over the test images. A grey bar is a dimension "
            "that says nothing: its posterior is the prior, whatever the image.",
        )
        st.plotly_chart(kl_bars(run.arrays["kl"]), width="stretch", config={"displayModeBar": False})


def show_units(run: StoredRun) -> None:
    """Which classes each unit of a sparse code speaks for."""
    with st.container(border=True, width=max(420, min(200 + 26 * run.config.latent_dim, 1000))):
        st.markdown(
            "Units by class",
            help="Share of a class's test images for which a unit is not 0. Units that are 0 for every image "
            "are left out.",
        )
        figure = units_by_class(run.arrays["codes"], run.known_labels, list(run.classes))
        st.plotly_chart(figure, width="stretch", config={"displayModeBar": False})
