"""Explore: one run's latent plane, decoded under the pointer, and what the run reached."""

import streamlit as st

from aecore.errors import AecoreError
from aecore.storage.run import StoredRun
from dashboard.components.latent_plane import latent_plane, plane_marks
from dashboard.explore import colour, introduction
from dashboard.explore.card import show_card
from dashboard.explore.numbers import show_numbers
from dashboard.explore.training import show_training
from dashboard.services import cached_reads, original_images
from dashboard.shared import collapse_notice, replay
from dashboard.shared.dataset_download import offer_download
from dashboard.shared.hole_maps import kept_maps, map_once
from dashboard.shared.image_readout import show_drawing
from dashboard.shared.lack_of_networks import lack_of_encoder
from dashboard.shared.plain_text import as_text
from dashboard.shared.run_picker import choose_run
from dashboard.shared.style_grid import show_style_grid
from dashboard.state import keys, plane, session, widgets

ORDER = 1  # its place in the navigation
FIRST = "vae"  # the variant to open with: its plane is full, so every place on it is worth a look


def lead(run: StoredRun) -> str:
    """What is seen here, in two sentences; nothing where there is no plane to see."""
    if not cached_reads.has_plane(run):
        return ""
    count, labels, dimensions = len(run.arrays["codes"]), run.manifest["labels"], run.config.latent_dim
    seen = colour.words(dimensions)
    if not seen:
        seen = f"coloured by class ({as_text(labels) or 'which the model never saw'})"
    if not run.classes and not plane.asked_colour():
        seen = "all of one colour, since they have no labels"
    drawn = "Point anywhere: the decoder draws the image that belongs there, even between dots."
    if not run.has_decoder:
        drawn = "Nothing is drawn between them: these are codes alone, without a decoder."
    what = f"one of {count:,} test images, placed by the encoder and {seen}"
    if not run.has_encoder:
        what = f"one of {count:,} codes, {seen}"
    said = (
        f"Each dot is {what}. {drawn}"
        + f" The plane shows those two of {dimensions} dimensions that say most; the sliders set the others."
        * (dimensions > 2)
    )
    if not replay.is_there(run):
        return said
    past = (
        "Each dot is a test image, placed by the encoder as it was after the epoch shown"
        f"{' and coloured by class' * bool(run.classes)}. Point anywhere: "
        "the decoder of that epoch draws the image."
    )
    return f'<span class="at-last">{said}</span><span class="at-past">{past}</span>'


def show_kind(run: StoredRun, has_track: bool) -> None:
    """For the style of the page: what needs room beside and below the plane."""
    extra = "-classes" if "conditions" in run.arrays else "-deep" * (run.config.latent_dim > 2)
    with st.container(key=f"explore-kind{'-epochs' * has_track}{extra}"):
        st.html("<i hidden></i>")  # an empty container is left out


def show_plane(run: StoredRun) -> None:
    """The latent plane, with the test images where they are on this machine."""
    dataset, dimensions = run.config.dataset, run.config.latent_dim
    originals = original_images.originals(dataset)
    is_wide = not cached_reads.has_plane(run)
    packed = None if is_wide else cached_reads.plane_of(run, originals, colour.names(run))
    if packed is not None:
        count = len(run.arrays["codes"])
        columns = [column.name for column in colour.columns(run)]
        plane.check_plane_link(count, dimensions, len(run.classes), "conditions" in run.arrays, columns)
    if packed is None:
        st.info(
            f"This run's codes have {dimensions} numbers, and the plane takes up to "
            f"{cached_reads.WIDEST_PLANE}, so what it reached is shown without the plane."
        )
        return
    latent_plane(packed, key=keys.PLANE, on_selection=plane.keep_selection, on_view=plane.keep_view)
    colour.bring(run)
    if plane.shows_holes():  # its bytes travel when it is asked for
        plane_marks(cached_reads.EXPLORE_GROUP, holes=kept_maps([run]), key="holes")


def show_drawing_of(run: StoredRun) -> None:
    """An image of one's own on the plane."""
    if not run.has_encoder:
        st.info(lack_of_encoder(run, "Placing an image of your own"))
        return
    show_drawing([run], cached_reads.EXPLORE_GROUP)


def show_model(run: StoredRun) -> None:
    """What kind of model it is, and, where its decoder takes a class, the same styles in every class."""
    show_card(run.config.variant, run)
    show_style_grid(run)


def show_sections(run: StoredRun) -> None:
    """What is to be told of the run, and the section whose tab is open; only that one is made."""
    for sentence in session.take_notices():
        st.warning(as_text(sentence))
    colour.show_progress(run)
    has_plane = cached_reads.has_plane(run)
    if has_plane and plane.shows_holes() and not kept_maps([run]):
        map_once(run)
    sections = {
        "Model": show_model,
        "Numbers": show_numbers,
        "Training": show_training,
        **({"Draw": show_drawing_of} if has_plane else {}),
    }
    first = next(iter(sections))
    if has_plane and not cached_reads.images_are_here(run.config.dataset):
        what = "only reconstructions are shown" if run.has_decoder else "the plane shows their places alone"
        offer_download(run.config.dataset, what, "test")
    tabs = st.tabs(list(sections), **widgets.linked(keys.ABOUT_RUN, first, list(sections), "section"))
    for tab, show in zip(tabs, sections.values(), strict=True):
        if tab.open:
            with tab:
                collapse_notice.show(run)
                show(run)


run, variant = choose_run("Explore", FIRST, lead)
if not run:
    show_card(variant)
else:
    try:
        cached_reads.check(run)
        has_track = cached_reads.has_plane(run) and replay.is_there(run)
        with st.container(key="explore-stage", gap=None):  # of one name: what stays there is not built anew
            show_kind(run, has_track)
            show_plane(run)
            if has_track:
                with st.container(key="explore-epochs"):
                    replay.show_track(run.path)
            if cached_reads.has_plane(run):
                introduction.show(run)
            with st.container(key="explore-sections"):
                show_sections(run)
    except AecoreError as error:  # a file of the run was altered since it was listed
        st.error(as_text(error))
