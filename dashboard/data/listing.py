"""The data sets there are, each with some of its images: a person's own first."""

import html

import streamlit as st

from aecore import datasets
from aecore.errors import AecoreError
from aecore.importers import removal, sheets
from aecore.importers.removal import Deleted
from aecore.storage import trash
from dashboard.figures.contact_sheet import strip
from dashboard.services import cached_reads, turns, visitors
from dashboard.shared import undo
from dashboard.shared.actions import press
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, session

SHOWN = 8
UNDO_HELP = f"Brings the images back as they were, for {trash.MOST_DAYS} days."


def show(chosen: str) -> None:
    """What was deleted just now, and all that is there.

    Args:
        chosen: the data set that the page shows.
    """
    st.markdown("## Data sets")
    _show_deleted()
    titles = cached_reads.dataset_titles()
    for name in sorted(titles, key=lambda name: not datasets.is_imported(name)):
        _show_card(name, titles[name], name == chosen)


def facts(name: str) -> str:
    """A data set in a few words: pixels, colour, classes."""
    record = datasets.record(name)
    extent = datasets.extent(name)
    shape = f"{extent[0][0]} × {extent[0][1]} {'grey' if extent[0][2] == 1 else 'colour'}" if extent else ""
    classes = f"{len(record.classes)} classes" if record.classes else "no labels"
    return " · ".join(filter(None, [shape, classes, "yours" if datasets.is_imported(name) else ""]))


def _show_card(name: str, title: str, is_chosen: bool) -> None:
    with st.container(key=f"data-card-{name}", gap=None):
        st.button(
            as_text(title),
            type="tertiary",
            icon=":material/check:" if is_chosen else None,
            key=f"look-at-{name}",
            **press(session.commit, {keys.DATASET: name}, whole_page=True),
        )
        try:
            st.html(f'{_strip_of(name)}<div class="facts">{html.escape(facts(name))}</div>')
        except AecoreError as error:
            st.caption(as_text(error))


@turns.rested
@st.cache_data(show_spinner=False, max_entries=64)
def _strip_of(name: str) -> str:
    """Some test images in a line; nothing where none are here."""
    if not cached_reads.images_are_here(name):
        return ""
    images = cached_reads.test_images(name)
    rows = sheets.shown_rows(images, None, SHOWN)
    return strip(images.pixels[rows], f"{len(rows)} images of {datasets.title(name)}")


def _show_deleted() -> None:
    there = datasets.names()
    for one in removal.deleted():
        if undo.is_fresh(one) and one.name not in there and visitors.may_change_data(one.name):
            with st.container(border=True):
                undo.show(one, _undo, f"undo-data-{one.token}", UNDO_HELP)


def _undo(one: Deleted) -> None:
    visitors.check_data(one.name)
    session.commit({keys.DATASET: removal.undelete(one.token)})
