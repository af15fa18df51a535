"""One data set: what is in it, how it was read, and what can be done with it."""

import streamlit as st

from aecore import datasets
from aecore.datasets import Images
from aecore.errors import AecoreError
from aecore.importers import export, library, removal, sheets
from aecore.importers.sheets import ClassSheet
from aecore.jobs import job
from dashboard.data import contact_sheets
from dashboard.data.form import LONGEST_TITLE
from dashboard.data.listing import facts
from dashboard.services import cached_reads, turns, visitors
from dashboard.shared import links
from dashboard.shared.actions import press
from dashboard.shared.dataset_download import tell_absence
from dashboard.shared.plain_text import as_text
from dashboard.shared.wording import count_of, size_words
from dashboard.state import keys, session, widgets

SHOWN = 14
LARGEST_DOWNLOAD = 512 * 10**6
"""Bytes of images that the page hands over as one file; more goes by the command line."""


def show(name: str) -> None:
    """Show it.

    Args:
        name: one of the data sets there are.
    """
    st.markdown(f"## {as_text(datasets.title(name))}")
    own = datasets.is_imported(name)
    about = library.about(name) if own else {}
    words = [facts(name)]
    if own:
        words = [
            facts(name),
            ", ".join(f"{count:,} {split}" for split, count in about["counts"].items()),
            size_words(library.used(name)),
            name,
        ]
    st.caption(as_text(" · ".join(words)))
    _show_actions(name, own)
    if not cached_reads.images_are_here(name):
        tell_absence(name, "nothing of it can be shown", "test")
        return
    if not own:
        st.caption("Its test images.")
    contact_sheets.show_sheets(_sheets_of(name))
    if own:
        st.markdown("### How it was read")
        contact_sheets.show_notes(about["notes"])
        if about["columns"]:
            named = ", ".join(column["name"] for column in about["columns"])
            st.markdown(f"Also known of each image: {as_text(named)}.")


@turns.rested
@st.cache_resource(show_spinner="Reading the images …", max_entries=16)
def _sheets_of(name: str) -> list[ClassSheet]:
    parts: dict[str, Images] = (
        library.parts(name) if datasets.is_imported(name) else {"test": cached_reads.test_images(name)}
    )
    return sheets.by_class(parts, SHOWN)


def _show_actions(name: str, own: bool) -> None:
    with st.container(key="data-actions", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key="data-train", width="content"):
            links.link("train", "Train on it", ":material/model_training:", {keys.DATASET: name})
        runs = [run for run in cached_reads.listing().runs if run.config.dataset == name]
        if runs:
            words = f"Explore {count_of(len(runs), 'run')}"
            links.link("explore", words, ":material/explore:", {keys.DATASET: name})
        if not own:
            return
        may_change = visitors.may_change_data(name)
        if may_change:
            _show_naming(name)
        if library.used(name) <= LARGEST_DOWNLOAD:
            st.download_button(
                "Export",
                type="tertiary",
                data=lambda: export.exported(name),
                file_name=f"{name}.npz",
                mime="application/octet-stream",
                key=f"export-data-{name}",
                on_click="ignore",
                icon=":material/download:",
                help="One .npz file with MedMNIST's keys. Brought in again, it is this very data set.",
            )
        if may_change:
            st.button(
                "Delete",
                type="tertiary",
                icon=":material/delete:",
                key=f"delete-data-{name}",
                help="It can be undone for a while. Runs on it stay.",
                **press(_delete, name, whole_page=True),
            )


def _show_naming(name: str) -> None:
    key = f"naming-data-{name}"
    if session.kept(f"{keys.SAVED}-{key}"):
        widgets.close(key)
        session.exchange(f"{keys.SAVED}-{key}", False)
    popover = st.popover("Rename", type="tertiary", icon=":material/edit:", key=key, on_change="rerun")
    if popover.open:
        with popover, st.form(f"rename-{name}", border=False):
            field = f"title-of-{name}"
            st.text_input("Title", datasets.title(name), key=field, max_chars=LONGEST_TITLE)
            st.form_submit_button("Save", **press(_rename, name, field, key, whole_page=True))


def _rename(name: str, field: str, popover: str) -> None:
    visitors.check_data(name)
    removal.rename(name, session.now()[field])
    session.exchange(f"{keys.SAVED}-{popover}", True)


def _delete(name: str) -> None:
    visitors.check_data(name)
    job.check_unused(name)
    removal.delete(name)
    session.commit({keys.DATASET: None})


def trouble(name: str) -> None:
    """What is said in place of a data set that cannot be read; it can be deleted all the same."""
    try:
        show(name)
    except AecoreError as error:
        st.error(as_text(error))
        if datasets.is_imported(name) and visitors.may_change_data(name):
            st.button("Delete it", icon=":material/delete:", **press(_delete, name, whole_page=True))
