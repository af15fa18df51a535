"""Train: an autoencoder of your own, watched as it learns, with every epoch to go back to."""

import streamlit as st

from aecore.errors import AecoreError, LabelsNeeded
from aecore.jobs import Job
from aecore.models import cards
from aecore.storage.run import StoredRun
from aecore.storage.settings import is_read_only
from dashboard.services import cached_reads, job_listing
from dashboard.shared.dataset_download import offer_download
from dashboard.shared.frame import choices
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, session, training_form, widgets
from dashboard.train import estimate, finished, form, library, presets, progress, queue, start

ORDER = 5  # its place in the navigation
FIRST = "vae"
INVITATION = (
    "Choose images and a kind of autoencoder on the left, then press **Train**: the first preset is the "
    "quickest, and long enough to learn something. Meanwhile you see the codes of the test images find their "
    "places on the plane, epoch by epoch; afterwards you can drag back to any of them."
)


def choose() -> tuple[str, str]:
    """The data set and the variant to train, trained before or not."""
    datasets = cached_reads.dataset_titles()
    lacking = [name for name in datasets if not cached_reads.images_are_here(name, "train")]
    first = next((name for name in datasets if name not in lacking), "")
    titles = {name: cards.title(name) for name in cards.names()}
    with choices("Train") as name:
        dataset = widgets.choose("Data set", keys.DATASET, list(datasets), datasets, 160, first, lacking)
        variant = widgets.choose("Model", keys.VARIANT, list(titles), titles, 280, default=FIRST)
        if dataset not in lacking and not is_read_only():
            offer_others([name for name in lacking if not cached_reads.image_trouble(name)])
        name(f"{datasets[dataset]} · {titles[variant]}")
    return dataset, variant


def offer_others(lacking: list[str]) -> None:
    """Below the choice: what else could be learnt from, once it is here."""
    if lacking:
        with st.popover("More images to learn from", icon=":material/download:"):
            for name in lacking:
                offer_download(name, "no model can learn from them yet")


def show_chosen(chosen: Job | StoredRun) -> None:
    """The training at the top of the page, or the run that one became."""
    st.html(f'<div id="{keys.TRAINING_ANCHOR}"></div>')
    is_over = isinstance(chosen, StoredRun) or chosen.is_over
    if is_over:
        with st.container(horizontal=True, horizontal_alignment="right"):
            if isinstance(chosen, Job) and chosen.state == "failed":
                queue.change_settings(chosen, "change-shown")
            st.button(
                "Close",
                icon=":material/close:",
                on_click=training_form.choose_job,
                args=("",),
                help="What was trained stays in the list of your runs.",
            )
    if isinstance(chosen, StoredRun):
        finished.show_finished(chosen)
    else:
        progress.show_job(chosen)
        if chosen.state == "queued":
            queue.follow(chosen.run_id)
    st.divider()


def show_form(dataset: str, variant: str, at_top: str) -> None:
    """The settings and the button at the left, what they would make at the right."""
    try:
        name, recipe = form.form_of(dataset, variant), presets.recipe(dataset, variant)
    except LabelsNeeded as error:
        st.info(as_text(error))
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        is_closed = "epochs" not in form.fields_of(variant)
        if is_closed:
            st.caption("It is fitted in closed form: there are no epochs, and nothing depends on a seed.")
        pace = estimate.pace_of(recipe)
        preset = presets.SHIPPED if is_closed else presets.choose(name, recipe, pace)
        base = presets.filled(preset, recipe, pace)
        filled = form.show(dataset, variant, base)
        told, below = st.container(), st.container()
    with told:
        tell(filled, name, "" if is_closed or filled.changed else presets.warning(preset, recipe, pace))
    config = filled.config
    with right:
        try:
            if config:
                estimate.show_networks(config)
        except AecoreError as error:  # sizes that fit no image
            config = None
            left.error(as_text(error))
    with below:
        if config:
            estimate.show_estimate(config)
    with left:
        start.show(config, at_top, (dataset, variant), base)


def tell(filled: form.Filled, name: str, warning: str) -> None:
    """What the form says about itself: what differs from the preset, and what is wrong."""
    if warning:
        st.caption(warning)
    if filled.changed:
        words = ", ".join(form.title_of(setting).lower() for setting in filled.changed)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Changed: {words}.")
            st.button(
                "Back to the preset",
                type="tertiary",
                icon=":material/undo:",
                on_click=training_form.forget_settings,
                args=(name,),
            )
    if filled.error:
        st.error(as_text(filled.error))


dataset, variant = choose()
notices = st.container()
try:
    found = job_listing.now()
    chosen = queue.shown(found)
    at_top = chosen.run_id if chosen else ""
    # Each part has a place of its own: what comes or goes above a form would take away what is typed in it.
    top, waiting, invitation, below = (st.container() for _ in range(4))
    with top:
        if chosen:
            show_chosen(chosen)
    with waiting:
        queue.show(found, at_top)
    title = f"{cards.title(variant)} on {cached_reads.dataset_titles()[dataset]}"
    invitation.markdown(f"## {'New training · ' * bool(found or chosen)}{title}")
    if not found and all(run.is_shipped for run in cached_reads.listing().runs):
        invitation.caption(INVITATION)
    with below:
        show_form(dataset, variant, at_top)
    library.show_library()
except AecoreError as error:  # the disk refuses, or the images were altered
    st.error(as_text(error))
for sentence in session.take_notices():
    notices.warning(as_text(sentence))
