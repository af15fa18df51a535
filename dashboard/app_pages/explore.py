"""Explore: one run's latent plane, decoded under the pointer, and what the run reached."""

import streamlit as st

from aecore.errors import AecoreError
from aecore.storage.run import StoredRun
from dashboard.components.latent_plane import latent_plane
from dashboard.explore.card import show_card
from dashboard.explore.numbers import show_numbers
from dashboard.explore.training import show_training
from dashboard.services import cached_reads, engine
from dashboard.shared import collapse_notice, replay
from dashboard.shared.dataset_download import offer_download
from dashboard.shared.image_readout import show_drawing
from dashboard.shared.plain_text import as_text
from dashboard.shared.run_link import bring_own
from dashboard.state import keys, plane, session, widgets

ORDER = 1  # its place in the navigation
FIRST = "vae"  # the variant to open with: its plane is full, so every place on it is worth a look


def choose_run() -> StoredRun | None:
    """The run chosen in the sidebar; None where there is none yet of the chosen variant."""
    bring_own(keys.RUN, keys.DATASET, keys.VARIANT)
    listing, datasets = cached_reads.listing(), cached_reads.dataset_titles()
    dataset = widgets.choose(
        "Data set", keys.DATASET, list(datasets), datasets, "The images that were encoded."
    )
    here = [run for run in listing.runs if run.config.dataset == dataset]
    titles = cached_reads.variant_titles(here)
    meaning = "The kind of autoencoder that made the plane; from the simplest to the most particular."
    variant = widgets.choose("Variant", keys.VARIANT, list(titles), titles, meaning, default=FIRST)
    runs = {run.run_id: run for run in here if run.config.variant == variant}
    labels = cached_reads.run_labels(list(runs.values()))
    if not runs:
        _warn(listing.damaged)
        st.info(
            f"There is no run of {variant} on {datasets[dataset]} yet. Train one, then reload this page:\n\n"
            f"`python -m aecore train {variant} {dataset}`"
        )
        show_card(variant)
        return None
    chosen = widgets.choose("Run", keys.RUN, list(runs), labels, "One training, by its settings.")
    _warn(listing.damaged)
    return runs[chosen]


def _warn(damaged: list[AecoreError]) -> None:
    """Name the runs that do not open, below the choices."""
    for error in damaged:
        st.sidebar.warning(as_text(error))


def show_plane(run: StoredRun) -> None:
    """The latent plane, with the test images where they are on this machine."""
    dataset, dimensions = run.config.dataset, run.config.latent_dim
    here = cached_reads.images_are_here(dataset)
    count, labels = len(run.arrays["codes"]), run.manifest["labels"]
    packed = cached_reads.plane_of(run.path, here) if cached_reads.has_plane(run) else None
    if packed is not None:
        plane.check_plane_link(count, dimensions, len(run.classes), "conditions" in run.arrays)
    for sentence in session.take_notices():
        st.warning(as_text(sentence))
    st.markdown(f"### {run.manifest['data_title']} · {run.manifest['title']}")
    collapse_notice.show(run)
    if packed is None:
        st.info(
            f"This run's codes have {dimensions} numbers, and the plane takes up to "
            f"{cached_reads.WIDEST_PLANE}, so what it reached is shown without the plane."
        )
        return
    seen = f"coloured by class ({as_text(labels) or 'which the model never saw'})"
    if not run.classes:
        seen = "all of one colour, since they have no labels"
    place = "the mean of its q(z|x)" if "log_var" in run.arrays or "kl" in run.arrays else "its code"
    st.caption(
        f"Each dot is one of {count:,} test images at {place}, {seen}. Point anywhere: "
        "the decoder draws the image that belongs there, even between dots."
        + f" It opens on the two most alive of {dimensions} dimensions; set the others with the sliders."
        * (dimensions > 2)
    )
    latent_plane(packed, key=keys.PLANE, on_selection=plane.keep_selection, on_view=plane.keep_view)
    if not here:
        offer_download(dataset, "only reconstructions are shown", "test")
    show_drawing([run], cached_reads.EXPLORE_GROUP)


def show_rewind(run: StoredRun) -> None:
    """The plane epoch by epoch, where the epochs were kept; drawn when it is opened, since it is large."""
    if not (replay.is_there(run) and cached_reads.has_plane(run)):
        return
    section = st.expander("Rewind: the plane, epoch by epoch", icon=":material/history:", on_change="rerun")
    if section.open:
        with section:
            replay.show_rewind(run)


def show_style_grid(run: StoredRun) -> None:
    """Styles by classes, where the decoder is given a class; drawn when asked, since it loads the model."""
    if "conditions" not in run.arrays:
        return
    st.markdown("#### Style by class")
    asked = st.toggle(f"Draw {engine.STYLES} styles as every class", help="Loads the model: a few seconds.")
    if asked:
        names = as_text(", ".join(run.classes))
        st.image(
            cached_reads.style_grid(run.path),
            width=560,
            caption=f"Each row is one style, drawn from the prior; each column one class: {names}. Along a "
            "row the style stays and the class changes.",
        )


run = choose_run()
if run:
    try:
        cached_reads.check(run)
        show_plane(run)
        show_rewind(run)
        show_style_grid(run)
        show_card(run.config.variant, run)
        show_numbers(run)
        show_training(run)
    except AecoreError as error:  # a file of the run was altered since it was listed
        st.error(as_text(error))
