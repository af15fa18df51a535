"""Explore: one run's latent plane, decoded under the pointer, and what the run reached."""

import streamlit as st

from aecore.errors import AecoreError
from aecore.metrics import MEANINGS
from aecore.store import StoredRun
from dashboard import data, engine, state
from dashboard.components.latent_plane import latent_plane
from dashboard.figures.loss_curves import loss_curves

SHOWN_METRICS = (
    "mse",
    "bce",
    "negative_elbo",
    "knn_accuracy",
    "mmd2",
    "total_variation",
    "discriminator_loss",
)
ARROWS = {"lower": " ↓", "higher": " ↑"}


def choose_run() -> StoredRun | None:
    """The run chosen in the sidebar; None where there is none yet of the chosen variant."""
    listing, titles = data.listing(), data.dataset_titles()
    dataset = state.choose("Data set", state.DATASET, list(titles), titles, "The images that were encoded.")
    here = [run for run in listing.runs if run.config.dataset == dataset]
    titles = data.variant_titles(listing.runs)
    variant = state.choose(
        "Variant", state.VARIANT, list(titles), titles, "The kind of autoencoder that made the plane."
    )
    runs = {run.run_id: run for run in here if run.config.variant == variant}
    for error in listing.damaged:
        st.sidebar.warning(str(error))
    if not runs:
        st.info(
            f"There is no run of {variant} on {dataset} yet. Train one, then reload this page:\n\n"
            f"`python -m aecore train {variant} {dataset}`"
        )
        return None
    labels = {run_id: _label(run) for run_id, run in runs.items()}
    chosen = state.choose("Run", state.RUN, list(runs), labels, "One training, by its settings.")
    return runs[chosen]


def _label(run: StoredRun) -> str:
    config, origin = run.config, "shipped" if run.is_shipped else run.manifest["created"][:10]
    seed = f" · seed {config.seed}" if config.seed else ""
    return f"{origin} · z={config.latent_dim} · {config.epochs} epochs{seed}"


def show_plane(run: StoredRun) -> None:
    """The latent plane, with the originals where they are on this machine."""
    dataset = run.config.dataset
    here = data.images_are_here(dataset)
    packed = data.plane_of(run.path, here)
    count = len(run.arrays["codes"])
    state.check_plane_link(count, run.config.latent_dim, len(run.classes))
    for sentence in state.take_notices():
        st.warning(sentence)
    st.markdown(f"### {run.manifest['data_title']} · {run.manifest['title']}")
    dimensions = run.config.latent_dim
    st.caption(
        f"All {count:,} test images, each a dot where the encoder puts it, coloured by class (which the "
        "model never saw). Move the pointer over the plane: the decoder draws what lies there, also between "
        "the dots."
        + f" It shows two of the {dimensions} latent dimensions; the sliders hold the rest."
        * (dimensions > 2)
    )
    latent_plane(packed, key=state.PLANE, on_selection=state.keep_selection, on_view=state.keep_view)
    if not here:
        offer_download(dataset, run.manifest["data_title"])


@st.fragment
def offer_download(dataset: str, title: str) -> None:
    """A button that fetches the original images, with progress; any other click cancels it."""
    place = st.empty()
    with place.container():
        st.info(f"The original {title} images are not on this machine, so only reconstructions are shown.")
        asked = st.button(f"Download {title}", help="About 11 to 31 MB; everything works without it.")
    if not asked:
        return
    with place.container():
        bar = st.progress(0.0, f"Downloading {title} …")
        st.button("Cancel")  # any rerun stops the download at its next block
        try:
            engine.download(dataset, lambda done, total: bar.progress(min(done / max(total, 1), 1.0)))
        except AecoreError as error:
            st.error(str(error))
            return
    st.rerun(scope="app")


def show_numbers(run: StoredRun) -> None:
    """What the run reached on the test split, each number beside its floors."""
    st.markdown(f"#### Measured on the {len(run.arrays['codes']):,} test images")
    with st.container(horizontal=True):
        for name in SHOWN_METRICS:
            if name in run.metrics:
                show_number(name, run.metrics)


def show_number(name: str, metrics: dict[str, float]) -> None:
    """One number with its unit, its direction, what it means on hover, and its floors."""
    meaning = MEANINGS[name]
    with st.container(border=True, width=250, gap="xsmall"):
        st.metric(
            f"{meaning.label}{ARROWS.get(meaning.better, '')}",
            _figures(metrics[name]),
            help=f"{meaning.sentence} {_direction(meaning.better)}.",
        )
        beside = [f"{MEANINGS[floor].label} {_figures(metrics[floor])}" for floor in meaning.floors]
        st.caption("  \n".join([meaning.unit, *beside]))


def _figures(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.4f}"


def _direction(better: str) -> str:
    return f"{better.capitalize()} is better" if better in ARROWS else f"Best {better}"


def show_training(run: StoredRun) -> None:
    """Loss curves, and what the run was made from."""
    manifest, config = run.manifest, run.config
    st.markdown("#### How it learned")
    st.plotly_chart(loss_curves(run.history), width="stretch", config={"displaylogo": False})
    with st.expander("About this run"):
        st.markdown(
            f"`{run.run_id}`, {manifest['parameters']:,} parameters, {manifest['seconds']:.0f} s on "
            f"{manifest['machine']}, {manifest['created'][:10]}."
        )
        settings = {**config.to_json(), **config.options}
        del settings["options"]
        st.table({"setting": list(settings), "value": [str(value) for value in settings.values()]})


run = choose_run()
if run:
    try:
        show_plane(run)
        show_numbers(run)
        show_training(run)
    except AecoreError as error:  # a file of the run was altered since it was listed
        st.error(str(error))
