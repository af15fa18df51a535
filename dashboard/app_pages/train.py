"""Train: an autoencoder of your own, watched as it learns, with every epoch to go back to."""

import streamlit as st

from aecore.config import RunConfig
from aecore.errors import AecoreError
from aecore.jobs import Job
from aecore.models import cards
from aecore.storage.run import StoredRun
from aecore.storage.settings import is_read_only
from dashboard.services import cached_reads, job_listing
from dashboard.shared.dataset_download import offer_download
from dashboard.shared.frame import choices
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, session, widgets
from dashboard.train import estimate, library, queue, view
from dashboard.train.rail import show_rail

ORDER = 5  # its place in the navigation
FIRST = "vae"
TRAINING, RUNS = "training", "runs"
INVITATION = (
    "Choose images and a kind of autoencoder above, then press **Train**: the first preset is the quickest, "
    "and long enough to learn something. Meanwhile you see the codes of the test images find their places on "
    "the plane, epoch by epoch; afterwards you can drag back to those that were kept."
)


def choose() -> tuple[str, str, str]:
    """The data set and the variant to train, trained before or not, and which part of the page to show."""
    datasets = cached_reads.dataset_titles()
    lacking = [name for name in datasets if not cached_reads.images_are_here(name, "train")]
    first = next((name for name in datasets if name not in lacking), "")
    titles = {name: cards.title(name) for name in cards.names()}
    parts = {TRAINING: "Training", RUNS: library.title()}
    with choices("Train") as name:
        dataset = widgets.choose("Data set", keys.DATASET, list(datasets), datasets, 160, first, lacking)
        variant = widgets.choose("Model", keys.VARIANT, list(titles), titles, 280, default=FIRST)
        part = st.segmented_control(
            "Part of the page",
            list(parts),
            format_func=parts.__getitem__,
            required=True,
            label_visibility="collapsed",
            **widgets.linked(keys.PART, TRAINING, list(parts), "part of the page"),
        )
        if dataset not in lacking and not is_read_only():
            offer_others([name for name in lacking if not cached_reads.image_trouble(name)])
        name(f"{datasets[dataset]} · {titles[variant]}")
    return dataset, variant, part


def offer_others(lacking: list[str]) -> None:
    """Beside the choice: what else could be learnt from, once it is here."""
    if lacking:
        with st.popover("More images to learn from", icon=":material/download:"):
            for name in lacking:
                offer_download(name, "no model can learn from them yet")


def show(dataset: str, variant: str) -> None:
    """The form at the left; at the right what trains or was trained, else what would be."""
    found = job_listing.now()
    chosen = queue.shown(found)
    at_top = chosen.run_id if chosen else ""
    with st.container(key="train-stage"):
        # Each has a place of its own: what comes or goes above a form would take away what is typed in it.
        rail, beside = st.container(key="train-rail"), st.container(key="train-view")
    is_finished = isinstance(chosen, StoredRun) or (chosen is not None and chosen.state == "done")
    if chosen and not is_finished:  # first what a person waits for
        with beside:
            show_chosen(chosen, found, "train-chosen")
    with rail:
        config, is_changed = show_rail(dataset, variant, at_top)
    with beside:
        if chosen and is_finished:
            is_alike = config is not None and (config.run_id == at_top or not is_changed)
            show_chosen(chosen, found, "train-over" if is_alike else "train-chosen")
        elif not chosen:
            show_next(config, found)


def show_chosen(chosen: Job | StoredRun, found: list[Job], key: str) -> None:
    """The training that the page shows, or the run that one became, and what waits.

    Args:
        chosen: which.
        found: every training there is.
        key: of its place, by which CSS folds the form away beside a run that the form has nothing to add to.
    """
    with st.container(key=key, gap="xsmall"):
        view.show(chosen)
        queue.show(found, chosen.run_id)


def show_next(config: RunConfig | None, found: list[Job]) -> None:
    """What the form would train."""
    with st.container(key="train-next", gap="xsmall"):
        queue.show(found, "")
        if not found and all(run.is_shipped for run in cached_reads.listing().runs):
            st.caption(INVITATION)
        if config:
            estimate.show_networks(config)


dataset, variant, part = choose()
notices = st.container()
try:
    if part == RUNS:
        library.show_library()
    else:
        show(dataset, variant)
except AecoreError as error:  # the disk refuses, or the images were altered
    st.error(as_text(error))
for sentence in session.take_notices():
    notices.warning(as_text(sentence))
