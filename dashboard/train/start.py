"""The button that starts a training, and what stands in its place where there is nothing to start."""

import shlex
from collections.abc import Mapping
from typing import Any

import streamlit as st

from aecore import jobs
from aecore.config import RunConfig
from aecore.errors import FormChanged, FormWrong, RunDamaged, RunTooNew
from aecore.storage.annotations import LONGEST_NAME, LONGEST_NOTE
from aecore.storage.run import StoredRun
from aecore.storage.settings import is_read_only
from aecore.storage.store import RunStore
from dashboard.services import cached_reads, visitors
from dashboard.shared import links
from dashboard.shared.actions import press
from dashboard.shared.dataset_download import offer_download
from dashboard.state import keys, session, training_form, widgets
from dashboard.train import form
from dashboard.train.controls import READ_ONLY
from dashboard.train.estimate import words_of

ICON = ":material/model_training:"
ANOTHER = "To train another one, change a setting, such as the seed."
AT_TOP = f"[beside this form](#{keys.TRAINING_ANCHOR})"
CHOICES = (keys.DATASET, keys.VARIANT, keys.PRESET)
"""What the whole form hangs on."""


def show(config: RunConfig | None, at_top: str, asked: tuple[str, str], base: Mapping[str, Any]) -> None:
    """Start what the form says, or say why that cannot be.

    Args:
        config: what would be trained; None where the form has a wrong value, which stands beside it.
        at_top: the run id of what the page shows already.
        asked: data set and variant that the form is of.
        base: what the preset has put there, by setting.
    """
    dataset = asked[0]
    run = existing(config) if config else None
    job = jobs.find(config.run_id) if config else None
    if is_read_only():
        st.info(READ_ONLY)
    elif run:
        _show_existing(run, at_top)
    elif job and not job.is_over:
        _show_under_way(job, at_top)
    elif not cached_reads.images_are_here(dataset, "train"):
        offer_download(dataset, "there is nothing to train on yet")
    elif config is None:
        st.button("Train", type="primary", icon=ICON, width="stretch", disabled=True)
    else:
        _offer(asked, base)


def show_naming() -> None:
    """What the run is to be called, and a note for it."""
    st.text_input(
        "Name",
        max_chars=LONGEST_NAME,
        placeholder="optional",
        help="What to call the run in every list. It can be changed later.",
        **widgets.remembered(keys.TRAINING_NAME, ""),
    )
    st.text_input(
        "Note",
        max_chars=LONGEST_NOTE,
        placeholder="optional: what it is for",
        **widgets.remembered(keys.TRAINING_NOTE, ""),
    )


def show_command(config: RunConfig) -> None:
    """The same as a command line."""
    with st.expander("The same from the command line"):
        st.code("python -m aecore " + shlex.join(words_of(config)), language="sh", wrap_lines=True)


def existing(config: RunConfig) -> StoredRun | None:
    """The run of a config, shipped or one's own; None where it was never trained or does not open."""
    try:
        return RunStore().find(config)
    except (RunDamaged, RunTooNew):
        return None  # training it again replaces it


def _show_existing(run: StoredRun, at_top: str) -> None:
    if run.caveat:
        st.warning(f"{run.caveat} To train these settings here, delete it among your runs first.")
    else:
        origin = "came with the product" if run.is_shipped else f"is of {run.manifest['created'][:10]}"
        place = f"stands {AT_TOP}" if run.run_id == at_top else "opens at once"
        st.success(f"These settings are trained already: the run {origin} and {place}. {ANOTHER}")
    if run.run_id == at_top:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        links.to_explore(run)
        st.button(
            "Show it here",
            icon=":material/history:",
            on_click=training_form.choose_job,
            args=(run.run_id,),
            help="Its epochs and what it reached, beside this form.",
        )


def _show_under_way(job: jobs.Job, at_top: str) -> None:
    is_shown = job.run_id == at_top
    st.info(f"These settings are being trained{f', {AT_TOP}' * is_shown}. {ANOTHER}")
    if not is_shown:
        st.button(
            "Show it", icon=":material/visibility:", on_click=training_form.choose_job, args=(job.run_id,)
        )


def _offer(asked: tuple[str, str], base: Mapping[str, Any]) -> None:
    """The button."""
    chosen = {key: value for key, value in session.now().items() if key in CHOICES}
    st.button(
        "Train",
        type="primary",
        icon=ICON,
        width="stretch",
        help="A process of its own trains it: closing this page or the browser stops nothing.",
        **press(_begin, asked, base, chosen),
    )


def _begin(asked: tuple[str, str], base: Mapping[str, Any], chosen: Mapping[str, str]) -> None:
    """Hand over the training that the form asks for now, and show it."""
    now = session.now()
    if any(now.get(key) != value for key, value in chosen.items()):
        raise FormChanged
    filled = form.filled_now(*asked, base)
    if filled.config is None:
        raise FormWrong(filled.error)
    config = filled.config
    run = existing(config)
    if run is None:
        _hand_in(config, now.get(keys.TRAINING_NAME) or "", now.get(keys.TRAINING_NOTE) or "")
    for key in (keys.TRAINING_NAME, keys.TRAINING_NOTE):
        widgets.forget(key)
    training_form.choose_job(config.run_id)
    if run is None:
        jobs.advance()


def _hand_in(config: RunConfig, name: str, note: str) -> None:
    """Put a training into the queue, if the visitor and the server have room for it."""
    with visitors.admitted(config.run_id):
        owner = visitors.owner_to_be(config.run_id)
        jobs.submit(config, by="dashboard", name=name, note=note, owner=owner)
