"""A person's own runs: name them, note something, take one along as a file, bring one in, delete and undo."""

import logging
from pathlib import Path

import streamlit as st

from aecore.errors import AecoreError, Unforeseen
from aecore.evaluation import collapse
from aecore.jobs import limits
from aecore.storage import archives, trash
from aecore.storage.annotations import LONGEST_NAME, LONGEST_NOTE
from aecore.storage.run import StoredRun
from aecore.storage.settings import is_read_only
from aecore.storage.store import Deleted, RunStore
from dashboard.figures.numbers import plain
from dashboard.services import cached_reads, engine, visitors
from dashboard.shared import error_message, links, undo
from dashboard.shared.actions import press
from dashboard.shared.plain_text import as_text
from dashboard.shared.wording import epochs_words, size_words
from dashboard.state import keys, session, widgets

SHARED = (
    "Everyone on this server shares these runs. You can rename and delete those that you trained or imported "
    "from this browser."
)
KEPT = f"{trash.MOST_DAYS} days, as long as they take less than {trash.MOST_BYTES // 10**9} GB together"
SHOWN = 12
UNDO_HELP = f"Brings the run back as it was. Deleted runs are kept for {KEPT}."
MEGABYTES = 200
"""The largest file that is taken in."""
READ_ONLY = "This server is public: runs can be opened and taken along, and neither changed nor brought in."
EMPTY = "No runs yet. Runs you train or import appear here, and on every other page."


@st.fragment
@error_message.said
def show_library() -> None:
    """Every run that did not come with the product, the newest first, and what can be done with it."""
    st.markdown(f"## {title()}")
    if _is_shared():
        st.caption(SHARED)
    if is_read_only():
        st.caption(READ_ONLY)
    listed = st.container()  # above the import, which is read first: its run is in the list at once
    if not is_read_only():
        _show_import()
    with listed:
        _show_list(own_runs(), [] if is_read_only() else RunStore().deleted())


def title() -> str:
    """What these runs are called: on a server of many they are everybody's."""
    return "Runs on this server" if _is_shared() else "Your runs"


def _is_shared() -> bool:
    return not visitors.may_change_all() and not is_read_only()


def _show_list(runs: list[StoredRun], deleted: list[Deleted]) -> None:
    there = {run.run_id for run in runs}  # trained again or brought in since: nothing to undo
    deleted = [one for one in deleted if one.run_id not in there and visitors.may_change(one.token)]
    fresh = [one for one in deleted if undo.is_fresh(one)]
    for one in fresh:
        with st.container(border=True):
            _show_deleted(one)
    for error in cached_reads.listing().damaged:
        st.warning(as_text(error))
    if not runs:
        st.info(EMPTY)
    shown = runs if len(runs) <= SHOWN or _asks_for_all(len(runs)) else runs[:SHOWN]
    for run in shown:
        _show_row(run)
    if len(deleted) > len(fresh):
        with st.expander("Deleted before", icon=":material/delete:"):
            st.caption(f"Kept for {KEPT}.")
            for one in deleted[len(fresh) :]:
                _show_deleted(one)


def own_runs() -> list[StoredRun]:
    """The runs of this store's own folder, the newest first."""
    own = [run for run in cached_reads.listing().runs if not run.is_shipped]
    return sorted(own, key=lambda run: run.manifest["created"], reverse=True)


def _asks_for_all(count: int) -> bool:
    return st.toggle(f"Show all {count}", help=f"The newest {SHOWN} are shown.")


def _show_row(run: StoredRun) -> None:
    """A run or, where it cannot be shown, what failed: the others are shown all the same."""
    try:
        _show_run(run)
    except AecoreError as error:
        st.error(as_text(error))
    except Exception as error:  # what a file says may be wrong in any way; the log has the rest
        logging.getLogger(__name__).exception("Showing %s failed", run.run_id)
        st.error(as_text(Unforeseen(f"Showing {run.run_id}", error, "the output of this server")))


def _show_run(run: StoredRun) -> None:
    with st.container(border=True, gap="xsmall", key=f"run-{run.run_id}"):
        with st.container(gap=None):
            st.markdown(f"**{as_text(title_of(run))}**")
            st.caption(as_text(describe(run)))
            if run.annotation.note:
                st.markdown(as_text(run.annotation.note))
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            links.to_explore(run)
            is_own = visitors.may_change(run.run_id)
            if is_own:
                _show_naming(run)
            _show_export(run)
            if is_own:
                _button_measure(run)
                _button_delete(run)


def title_of(run: StoredRun) -> str:
    """What the run is called: as it was named, else by its variant and data set."""
    return run.annotation.name or f"{run.manifest['title']} on {run.manifest['data_title']}"


def describe(run: StoredRun) -> str:
    """A run in a line: what it is, what it reached, what it weighs, and when it was made."""
    config = run.config
    try:
        reached = f"MSE {plain(run.metrics['mse'])} per pixel ↓" if "mse" in run.metrics else ""
        code = collapse.of_run(run.metrics, config.latent_dim).words
    except AecoreError:
        reached, code = "damaged", ""
    words = [
        f"{run.manifest['title']} on {run.manifest['data_title']}" if run.annotation.name else "",
        f"z = {config.latent_dim}",
        epochs_words(config) if config.is_trained else "trained elsewhere" * run.has_decoder,
        reached,
        code,
        size_words(size_of(run.path)),
        run.manifest["created"][:16].replace("T", " "),
        run.origin if "imported" in run.manifest else "",
        "numbers as in its file" * run.is_hearsay,
    ]
    return " · ".join(filter(None, words))


def size_of(folder: Path) -> int:
    """Bytes of a run's files on disk."""
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())


def _show_naming(run: StoredRun) -> None:
    key = f"naming-{run.run_id}"
    if session.kept(f"{keys.SAVED}-{key}"):
        widgets.close(key)
        session.exchange(f"{keys.SAVED}-{key}", False)
    popover = st.popover(
        "Name and note",
        type="tertiary",
        icon=":material/edit:",
        key=key,
        on_change="rerun",
    )
    if not popover.open:
        return
    with popover, st.form(f"label-{run.run_id}", border=False):
        fields = [f"{part}-{run.run_id}" for part in ("name", "note")]
        about = {"max_chars": LONGEST_NAME, "help": "Stands in every list."}
        st.text_input("Name", run.annotation.name, key=fields[0], **about)
        st.text_area("Note", run.annotation.note, key=fields[1], max_chars=LONGEST_NOTE)
        st.form_submit_button("Save", **press(_save, run, *fields, key, whole_page=True))


def _save(run: StoredRun, name: str, note: str, popover: str) -> None:
    """Give a run what stands in the fields of these keys."""
    visitors.check(run.run_id)
    now = session.now()
    RunStore().annotate(run, now[name], now[note])
    session.exchange(f"{keys.SAVED}-{popover}", True)


def _show_export(run: StoredRun) -> None:
    st.download_button(
        "Export",
        type="tertiary",
        data=lambda: archives.export(run),
        file_name=archives.file_name(run),
        mime="application/zip",
        key=f"export-{run.run_id}",
        on_click="ignore",
        icon=":material/download:",
        help=f"The whole run as one file of about {size_words(size_of(run.path))}: it opens wherever this "
        "product runs.",
    )


def _button_measure(run: StoredRun) -> None:
    """Measures an imported run here, where its images are: its numbers are the file's own until then."""
    if run.is_hearsay and cached_reads.images_are_here(run.config.dataset, "train"):
        st.button(
            "Measure again",
            type="tertiary",
            key=f"measure-{run.run_id}",
            icon=":material/straighten:",
            help="Its numbers came with the file. This measures them here, on the test images: a few seconds "
            "for the digits, a minute or two for MNIST.",
            **press(_measure, run, whole_page=True),
        )


def _measure(run: StoredRun) -> None:
    visitors.check(run.run_id)
    engine.remeasure(run.path)


def _button_delete(run: StoredRun) -> None:
    st.button(
        "Delete",
        type="tertiary",
        key=f"delete-{run.run_id}",
        icon=":material/delete:",
        help="It can be undone for a while.",
        **press(_delete, run, whole_page=True),  # the run may be shown elsewhere on it
    )


def _delete(run: StoredRun) -> None:
    visitors.check(run.run_id)
    RunStore().delete(run)


def _undo(one: Deleted) -> None:
    visitors.check(one.token)
    RunStore().undelete(one.token)


def _show_deleted(one: Deleted) -> None:
    """A deleted run, and the way to have it back."""
    undo.show(one, _undo, f"undo-{one.token}", UNDO_HELP)


def _show_import() -> None:
    """One file at a time, kept only once every check has passed."""
    expander = st.expander("Import a run", icon=":material/upload:")
    with expander, st.form("import", clear_on_submit=True, border=False):
        st.file_uploader(
            "A file that was exported from here or elsewhere",
            type=["aerun"],
            max_upload_size=MEGABYTES,
            key=keys.IMPORTED,
            help=f"Up to {MEGABYTES} MB. Nothing in it is run: numbers and text are read and checked.",
        )
        st.form_submit_button("Import", on_click=_import)
        if said := session.kept(keys.SAID_OF_IMPORT):
            kind, sentence = said
            {"success": st.success, "warning": st.warning, "error": st.error}[kind](sentence)
            session.exchange(keys.SAID_OF_IMPORT, None)


def _import() -> None:
    """Take in the file that was chosen, and keep what is to be said of it."""
    file = session.now().get(keys.IMPORTED)
    if file is None:
        session.exchange(keys.SAID_OF_IMPORT, ("warning", "Choose a file first."))
        return
    try:
        limits.check_room(RunStore().root)
        received = engine.import_archive(file)
    except AecoreError as error:
        session.exchange(keys.SAID_OF_IMPORT, ("error", as_text(error)))
        return
    said = "was here already: nothing was changed" if received.existed else "is here now"
    session.exchange(keys.SAID_OF_IMPORT, ("success", f"{as_text(title_of(received.run))} {said}."))
