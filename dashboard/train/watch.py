"""A training as one watches it: how far it is, its losses, and its latent plane as it unfolds.

Everything is read from the job's folder, so that every browser sees the same training, and a page that
is loaded anew finds it.
"""

import streamlit as st

from aecore import jobs
from aecore.errors import AecoreError
from aecore.jobs import Job
from aecore.store import is_read_only
from dashboard import state
from dashboard.train import beside, controls, finished
from dashboard.train.learning import show_losses, show_plane, show_standing
from dashboard.train.words import (
    resumed_words,
    settings_words,
    share_done,
    state_words,
    time_words,
    title_of,
)

PERIOD = 1.0
"""Seconds from one look at the job's folder to the next."""


def show_job(job: Job) -> None:
    """All there is to see of a training, kept up to date while it is under way.

    Args:
        job: as just read.
    """
    st.markdown(f"#### {title_of(job)}")
    st.caption(settings_words(job.config) + (f"  \n{job.note}" if job.note else ""))
    period = None if job.is_over else PERIOD
    st.fragment(_show_state, run_every=period)(job.run_id, not job.is_over)
    if job.state == "done":
        finished.show_result(job)
    elif job.state != "queued":
        _show_learning(job, period)


def _show_state(run_id: str, was_under_way: bool) -> None:
    """How far it is and what can be asked of it; the page runs again once something else is to be shown."""
    for sentence in state.take_notices():
        st.warning(sentence)
    try:
        if not is_read_only():
            jobs.advance()
        job = jobs.find(run_id)
    except AecoreError as error:
        st.error(str(error))
        return
    if job is None or (was_under_way and job.is_over):
        st.rerun(scope="app")
    if job.state == "failed":
        controls.show_failure(job)
    elif not job.is_over:
        _show_progress(job)
        controls.show_controls(job)


def _show_progress(job: Job) -> None:
    words = [state_words(job, jobs.waiting_before(job)), resumed_words(job)]
    if job.state == "training" and job.seconds_left is not None:
        words.insert(1, f"{time_words(job.seconds_left)} left")
    text = " · ".join(filter(None, words))
    st.progress(share_done(job), text[:1].upper() + text[1:])


def _show_learning(job: Job, period: float | None) -> None:
    """The plane and the losses, and below them a shipped run to hold them against."""
    st.fragment(show_plane, run_every=period)(job.run_id)
    losses = st.container()  # above what is chosen next, whose levels it shows
    chosen = beside.choose(job.config)
    with losses:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("##### Losses by term", width="content")
            is_log = _choose_scale()
        st.fragment(show_losses, run_every=period)(job.run_id, is_log, chosen)
    if not chosen:
        return
    plane, numbers = st.columns([5, 4], gap="medium")
    with plane:
        beside.show_plane(chosen)
    with numbers:
        st.fragment(show_standing, run_every=period)(job.run_id, chosen)
        st.caption(beside.differences(job.config, chosen))


def _choose_scale() -> bool:
    """Whether the losses stand on a logarithmic axis."""
    scales = ["linear", "log"]
    chosen = st.segmented_control(
        "Scale of the losses",
        scales,
        help="Logarithmic shows late, small changes. A loss that is not always above 0 stays linear.",
        label_visibility="collapsed",
        **state.linked(state.LOSS_SCALE, "linear", scales, "scale of the losses"),
    )
    return chosen == "log"
