"""Data: the images there are, and your own: brought in, looked through, kept, trained on."""

import streamlit as st

from aecore import datasets
from aecore.errors import AecoreError
from aecore.storage.settings import is_read_only
from dashboard.data import detail, listing, review, upload
from dashboard.services import cached_reads, imports, visitors
from dashboard.services.intake import Intake
from dashboard.shared.frame import choices
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, session, widgets

ORDER = 6  # its place in the navigation


def choose() -> str:
    """The data set to look at: one's own, if there is any."""
    titles = cached_reads.dataset_titles()
    first = next(filter(datasets.is_imported, titles), "")
    with choices("Data") as name:
        dataset = widgets.choose("Data set", keys.DATASET, list(titles), titles, 260, first)
        name(titles[dataset])
    return dataset


def show_review(intake: Intake) -> None:
    """What was brought: its form at the left, what was read at the right."""
    with choices("Data") as tell:
        st.caption("New images. Nothing is kept until you press Keep.")
        tell(f"{intake.title}, new")
    with st.container(key="data-stage-new"):
        rail, view = st.container(key="data-rail"), st.container(key="data-view", gap="small")
    with rail:
        name, title = review.show_form(intake)
    with view:
        say()
        review.show(intake, name, title)


def show_all(dataset: str) -> None:
    """A door for images and the list at the left, one data set at the right."""
    with st.container(key="data-stage"):
        rail, view = st.container(key="data-rail"), st.container(key="data-view", gap="small")
        rest = st.container(key="data-list")
    with rail:
        if is_read_only():
            st.caption(upload.READ_ONLY)
        else:
            upload.show()
    with view:
        say()
        if not is_read_only() and not any(map(datasets.is_imported, datasets.names())):
            with st.container(border=True, key="data-taught"):
                upload.teach()
        detail.trouble(dataset)
    with rest:
        listing.show(dataset)


def say() -> None:
    """What became of the last import, once."""
    for sentence in session.take_notices():
        st.warning(as_text(sentence))
    if said := session.exchange(keys.SAID_OF_DATA, None):
        kind, sentence = said
        {"success": st.success, "info": st.info, "error": st.error}[kind](sentence)


intake = None if is_read_only() else imports.intakes().of(visitors.owner(), imports.session_id())
try:
    if intake:
        show_review(intake)
    else:
        show_all(choose())
except AecoreError as error:  # the disk refuses
    st.error(as_text(error))
