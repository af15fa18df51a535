"""A training as one watches it: how far it is, its losses, and its latent plane as it unfolds.

Everything is read from the job's folder, so that every browser sees the same training, and a page that
is loaded anew finds it.
"""

import streamlit as st

from aecore import jobs
from aecore.errors import AecoreError
from aecore.jobs import Job
from aecore.storage.settings import is_read_only
from dashboard.services import job_listing, refresh
from dashboard.shared import error_message
from dashboard.shared.plain_text import as_text
from dashboard.shared.wording import (
    resumed_words,
    settings_words,
    share_done,
    state_words,
    time_words,
    title_of,
)
from dashboard.state import training_form
from dashboard.train import controls, estimate, finished, layout, queue, reference_run
from dashboard.train.live_plane import (
    choose_scale,
    held_scale,
    show_kept,
    show_losses,
    show_plane,
    show_standing,
)

PERIOD = 1.0
"""Seconds from one look at the job's folder to the next, while few sessions look."""


def show_job(job: Job) -> None:
    """All there is to see of a training, kept up to date while it is under way.

    Args:
        job: as just read.
    """
    if job.state == "done":
        finished.show_result(job)
        return
    other = reference_run.held(job.config)
    # One fragment for all that changes: each of several would ask the server once a period.
    every = None if job.is_over else refresh.period(PERIOD)
    follow = st.fragment(error_message.said(_follow), run_every=every)
    follow(job.run_id, other.run_id if other else "", not job.is_over)
    if other and job.state != "queued":
        plane, words = st.columns([5, 4], gap="medium")
        with plane:
            reference_run.show_plane(other)
        words.caption(reference_run.differences(job.config, other))


def _follow(run_id: str, shown_beside: str, was_under_way: bool) -> None:
    """What changes as it trains; the whole page runs again once something else is to be shown."""
    refresh.look()
    try:
        if not is_read_only():
            job_listing.advance()
        job = jobs.find(run_id)
    except AecoreError as error:
        st.error(as_text(error))
        return
    if job is None or (was_under_way and job.is_over):
        st.rerun(scope="app")
    _show_head(job)
    if job.state == "queued" and not job.progress:
        return
    history, chosen = job.history, reference_run.held(job.config)
    is_measuring = job.state == "measuring"
    with layout.watch(goes_back=is_measuring):
        (show_kept if is_measuring else show_plane)(job, history)
        with layout.losses():
            show_losses(job, history, held_scale() == "log", chosen)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = reference_run.choose(job.config)
        choose_scale()
    if (chosen.run_id if chosen else "") != shown_beside:
        st.rerun(scope="app")
    if chosen and history:
        show_standing(job, history, chosen)


def _show_head(job: Job) -> None:
    """What it is called, how far it is, and what can be asked of it."""
    with layout.head():
        st.markdown(f"## {as_text(title_of(job))}")
        if job.state == "failed":
            queue.change_settings(job, "change-shown")
            st.button(
                "Close",
                icon=":material/close:",
                on_click=training_form.choose_job,
                args=("",),
                help="It stays in the queue until it is tried again, kept or discarded.",
            )
        else:
            controls.show_controls(job)
    if job.state == "failed":
        controls.show_failure(job)
    else:
        _show_progress(job)


def _show_progress(job: Job) -> None:
    at = job.progress.note if job.progress and job.state == "measuring" else resumed_words(job)
    words = [state_words(job, jobs.waiting_before(job, found=job_listing.recent())), at]
    left = _seconds_left(job)
    if left is not None:
        words.insert(1, f"{time_words(left)} left")
    text = " · ".join(filter(None, words))
    with st.container(key="train-progress", horizontal=True, gap="small"):
        st.progress(share_done(job), as_text(text[:1].upper() + text[1:]))
        st.caption(settings_words(job.config), width="content")
    if job.note:
        st.caption(as_text(job.note))
    if job.progress and job.progress.trouble:
        st.warning(
            as_text(f"So far it has learned nothing. {job.progress.trouble}"), icon=":material/warning:"
        )


def _seconds_left(job: Job) -> float | None:
    """Until the run is stored: as its worker knows, and before that by the pace of others like it."""
    if job.state not in ("starting", "training", "measuring"):
        return None
    left = job.seconds_left
    if left is None and job.state != "measuring":
        pace = estimate.pace_of(job.config)
        left = pace.seconds(job.config.epochs_to_do) if pace and pace.seconds_after is not None else None
    return left
