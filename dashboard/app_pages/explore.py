"""Explore: one run's latent plane, decoded under the pointer, and what the run reached."""

from pathlib import Path
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from aecore import collapse, directions
from aecore.cards import Card
from aecore.errors import AecoreError
from aecore.metrics import GROUPS, MEANINGS
from aecore.metrics.coverage import caution
from aecore.metrics.discriminator import disagreement
from aecore.store import StoredRun
from dashboard import data, engine, state, trouble
from dashboard.components.latent_plane import latent_plane
from dashboard.downloads import codes_parquet
from dashboard.drawing import show_drawing
from dashboard.figures.kl_bars import kl_bars
from dashboard.figures.layer_diagram import layer_diagram
from dashboard.figures.loss_curves import loss_curve, stages, terms
from dashboard.figures.numbers import plain, with_deviation
from dashboard.figures.units_by_class import units_by_class
from dashboard.offers import offer_download
from dashboard.plain_text import as_text
from dashboard.train import rewinding

ORDER = 1  # its place in the navigation
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
CURVES_KEPT = 128
SPARSE = 0.9  # above this share of active entries a code is dense, and the number says nothing of interest
FIRST = "vae"  # the variant to open with: its plane is full, so every place on it is worth a look
FORMULAS = """<style>
.stMarkdown .katex { font-size: 1.06em; }
.stMarkdown .katex-display { overflow-x: auto; overflow-y: hidden; padding: 4px 0; }
</style>"""  # formulas at the size of the text, and never wider than their column


def choose_run() -> StoredRun | None:
    """The run chosen in the sidebar; None where there is none yet of the chosen variant."""
    listing, datasets = data.listing(), data.dataset_titles()
    dataset = state.choose(
        "Data set", state.DATASET, list(datasets), datasets, "The images that were encoded."
    )
    here = [run for run in listing.runs if run.config.dataset == dataset]
    titles = data.variant_titles(here)
    meaning = "The kind of autoencoder that made the plane; from the simplest to the most particular."
    variant = state.choose("Variant", state.VARIANT, list(titles), titles, meaning, default=FIRST)
    runs = {run.run_id: run for run in here if run.config.variant == variant}
    labels = data.run_labels(list(runs.values()))
    if not runs:
        _warn(listing.damaged)
        st.info(
            f"There is no run of {variant} on {datasets[dataset]} yet. Train one, then reload this page:\n\n"
            f"`python -m aecore train {variant} {dataset}`"
        )
        show_card(variant)
        return None
    chosen = state.choose("Run", state.RUN, list(runs), labels, "One training, by its settings.")
    _warn(listing.damaged)
    return runs[chosen]


def _warn(damaged: list[AecoreError]) -> None:
    """Name the runs that do not open, below the choices."""
    for error in damaged:
        st.sidebar.warning(as_text(error))


def show_plane(run: StoredRun) -> None:
    """The latent plane, with the originals where they are on this machine."""
    dataset, dimensions = run.config.dataset, run.config.latent_dim
    here = data.images_are_here(dataset)
    count, labels = len(run.arrays["codes"]), run.manifest["labels"]
    if data.has_plane(run):
        packed = data.plane_of(run.path, here)
        state.check_plane_link(count, dimensions, len(run.classes), "conditions" in run.arrays)
    for sentence in state.take_notices():
        st.warning(as_text(sentence))
    st.markdown(f"### {run.manifest['data_title']} · {run.manifest['title']}")
    show_collapse(run)
    if not data.has_plane(run):
        st.info(
            f"This run's codes have {dimensions} numbers, and the plane takes up to {data.WIDEST_PLANE}, "
            "so what it reached is shown without the plane."
        )
        return
    seen = as_text(labels) or "which the model never saw"
    place = "the mean of its q(z|x)" if "log_var" in run.arrays or "kl" in run.arrays else "its code"
    st.caption(
        f"Each dot is one of {count:,} test images at {place}, coloured by class ({seen}). Point anywhere: "
        "the decoder draws the image that belongs there, even between dots."
        + f" It opens on the two most alive of {dimensions} dimensions; set the others with the sliders."
        * (dimensions > 2)
    )
    latent_plane(packed, key=state.PLANE, on_selection=state.keep_selection, on_view=state.keep_view)
    if not here:
        offer_download(dataset, run.manifest["data_title"], "only reconstructions are shown")
    show_drawing([run], data.EXPLORE_GROUP)


def show_collapse(run: StoredRun) -> None:
    """Say so where the code tells nothing of the image, or some of its dimensions do not."""
    found = collapse.of_run(run.metrics, run.config.latent_dim)
    if found.is_total:
        st.warning(found.sentence)
    elif found.words:
        st.info(found.sentence)


def show_card(variant: str, run: StoredRun | None = None) -> None:
    """What a person should know of the variant, with the networks of the run where there is one."""
    st.markdown("#### About this variant")
    card = data.card(variant)
    if isinstance(card, str):
        st.info(card)
        return
    st.html(FORMULAS)
    st.markdown(card.summary)
    if run and data.has_plane(run):
        show_things_to_try(card)
    networks = run.manifest["networks"] if run else {}
    about, drawn = st.columns([11, 9], gap="large") if networks else (st.container(), None)
    with about:
        st.markdown("**What it minimises**")
        st.latex(card.formula)
        st.markdown(card.objective)
        for head, text in (
            ("When to use it", card.use),
            ("How it fails", card.fails),
            ("How to see that here", card.see),
            ("Source", card.source),
        ):
            st.markdown(f"**{head}**  \n{text}")
    if run and drawn:
        with drawn:
            st.markdown("**Its networks**")
            st.html(layer_diagram(networks, run.image_shape, run.config.latent_dim))
            st.caption(card.architecture)
    with st.expander("Published figures to hold it against"):
        st.markdown("\n".join(f"- {line}" for line in card.published))


def show_things_to_try(card: Card) -> None:
    """Two things to do on the plane above."""
    for column, text in zip(st.columns(2), card.try_, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**Try it**  \n{text}")


@st.fragment
@trouble.said
def show_numbers(run: StoredRun) -> None:
    """What the run reached on the test split, each number beside its floors: the main ones, then all."""
    metrics = run.metrics
    st.markdown(f"#### Measured on the {len(run.arrays['codes']):,} test images")
    groups = {"In short": [name for name in HEADLINES if name in metrics]}
    if metrics.get("living_activity", 1.0) > SPARSE:
        groups["In short"] = [name for name in groups["In short"] if MEANINGS[name].group != "sparsity"]
    for group in GROUPS:
        found = [name for name, meaning in MEANINGS.items() if meaning.group == group]
        groups[group.capitalize()] = [name for name in found if name in metrics]
    shown = {title: names for title, names in groups.items() if names}
    tabs = st.tabs(list(shown), key=state.NUMBERS, on_change="rerun")
    for tab, (title, names) in zip(tabs, shown.items(), strict=True):
        if not tab.open:  # a closed tab costs the browser as much as an open one
            continue
        with tab, st.container(horizontal=True):
            for name in names:
                show_number(name, run)
            if title == "Latent space" and "kl" in run.arrays:
                show_kl(run)
            if title == "Sparsity" and metrics.get("living_activity", 1.0) < SPARSE:
                show_units(run)


def show_number(name: str, run: StoredRun) -> None:
    """One number with its unit, its direction, what it means on hover, its floors, and what to beware of."""
    meaning, metrics, variant = MEANINGS[name], run.metrics, run.config.variant
    with st.container(border=True, width=300, height="stretch", gap="xsmall"):
        st.metric(
            f"{meaning.label}{directions.arrow(name, variant)}",
            plain(metrics[name]),
            help=f"{meaning.sentence} {_direction(directions.better(name, variant))}".strip(),
        )
        floors = [floor for floor in meaning.floors if floor in metrics]
        beside = [f"{MEANINGS[floor].label} {with_deviation(metrics, floor)}" for floor in floors]
        st.caption("  \n".join([meaning.unit, *beside]))
        doubt = disagreement(metrics, name) or caution(name, run.config.latent_dim)
        if doubt:
            st.caption(f":material/warning: {doubt[0].upper()}{doubt[1:]}")


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
        figure = units_by_class(run.arrays["codes"], run.arrays["labels"], list(run.classes))
        st.plotly_chart(figure, width="stretch", config={"displayModeBar": False})


def show_training(run: StoredRun) -> None:
    """Loss curves, and what the run was made from."""
    manifest, config = run.manifest, run.config
    st.markdown("#### How it learned")
    if stages(run.history)[-1][0] == "closed form":
        seconds = run.history[-1]["seconds"]
        st.markdown(f"Fitted in closed form, in {seconds:.2g} s: there is no learning curve.")
    else:
        names = terms(run.history)
        with st.container(horizontal=True):
            for term in names:
                with st.container(width=300 if len(names) > 2 else 460):
                    figure = _loss_curve(run.path, term, run.history)
                    st.plotly_chart(figure, width="stretch", config={"displaylogo": False})
    with st.expander("About this run"):
        st.markdown(
            f"`{run.run_id}`, {manifest['parameters']:,} parameters, {manifest['seconds']:.0f} s on "
            f"{as_text(manifest['machine'])}, {manifest['created'][:10]}."
        )
        settings = {**config.to_json(), **config.options}
        del settings["options"]
        st.table({"setting": list(settings), "value": [str(value) for value in settings.values()]})
        codes_parquet(run, key="codes-parquet")


@st.cache_resource(show_spinner=False, max_entries=CURVES_KEPT)
def _loss_curve(path: Path, term: str, _history: list[dict[str, Any]]) -> Figure:
    """One loss of the run in a folder, drawn once: Plotly takes half of the time of a rerun for it."""
    return loss_curve(_history, term)


def show_rewind(run: StoredRun) -> None:
    """The plane epoch by epoch, where the epochs were kept; drawn when it is opened, since it is large."""
    if not (rewinding.is_there(run) and data.has_plane(run)):
        return
    section = st.expander("Rewind: the plane, epoch by epoch", icon=":material/history:", on_change="rerun")
    if section.open:
        with section:
            rewinding.show_rewind(run)


def show_style_grid(run: StoredRun) -> None:
    """Styles by classes, where the decoder is given a class; drawn when asked, since it loads the model."""
    if "conditions" not in run.arrays:
        return
    st.markdown("#### Style by class")
    asked = st.toggle(f"Draw {engine.STYLES} styles as every class", help="Loads the model: a few seconds.")
    if asked:
        names = as_text(", ".join(run.classes))
        st.image(
            data.style_grid(run.path),
            width=560,
            caption=f"Each row is one style, drawn from the prior; each column one class: {names}. Along a "
            "row the style stays and the class changes.",
        )


run = choose_run()
if run:
    try:
        data.check(run)
        show_plane(run)
        show_rewind(run)
        show_style_grid(run)
        show_card(run.config.variant, run)
        show_numbers(run)
        show_training(run)
    except AecoreError as error:  # a file of the run was altered since it was listed
        st.error(as_text(error))
