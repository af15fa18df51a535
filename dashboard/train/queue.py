"""The trainings that wait or need a look, and which of them the page shows."""

import streamlit as st

from aecore import jobs
from aecore.errors import AecoreError
from aecore.jobs import Job
from aecore.storage.run import StoredRun
from aecore.storage.settings import is_read_only
from aecore.storage.store import RunStore
from dashboard.services import job_listing, refresh, visitors
from dashboard.shared import error_message
from dashboard.shared.actions import press
from dashboard.shared.plain_text import as_text
from dashboard.shared.wording import count_of, settings_words, share_done, state_words, time_words, title_of
from dashboard.state import keys, session, training_form
from dashboard.train import form

PERIOD, STARTING = 2.0, 0.5
"""Seconds from one look at the queue to the next, and at a training that is about to begin."""
MOST_ROWS = 12
"""Trainings that are listed one by one: a page of a hundred rows, drawn every two seconds, is slow."""


def under_way(found: list[Job]) -> list[Job]:
    """The trainings that are not over, in the order in which they run."""
    return [job for job in found if not job.is_over]


def shown(found: list[Job]) -> Job | StoredRun | None:
    """What the page shows at its top.

    Args:
        found: every training there is, in queue order.

    Returns:
        The training that the address names, or the run it became; without one the visitor's newest that
        trains, else their newest that waits, else somebody else's; None where there is nothing.
    """
    asked = training_form.chosen_job()
    last, was_training, was_under_way = session.exchange(keys.LAST_SHOWN, None) or ("", False, False)
    before = _named(last, found) if last else None
    chosen = _named(asked, found)
    if was_under_way and not asked and before and not _is_under_way(before):
        chosen = before  # nobody asked for it, but all saw it train: they see what it has become
        training_form.follow_job(last)
    if last and before is None:
        st.toast("Training discarded." if was_training else "Run deleted.", icon=":material/delete:")
    elif asked and chosen is None:
        session.notice(f"The link asks for the training {asked[:80]!r}, which is not here any more.")
    if asked and chosen is None:
        training_form.choose_job("")
    owner = visitors.owner()
    chosen = chosen or max(
        under_way(found), key=lambda job: (job.owner == owner, job.is_alive, job.submitted), default=None
    )
    is_training = isinstance(chosen, Job)
    seen = (chosen.run_id, is_training, _is_under_way(chosen)) if chosen else None
    session.exchange(keys.LAST_SHOWN, seen)
    return chosen


def _is_under_way(chosen: Job | StoredRun) -> bool:
    return isinstance(chosen, Job) and not chosen.is_over


def _named(run_id: str, found: list[Job]) -> Job | StoredRun | None:
    job = next((job for job in found if job.run_id == run_id), None)
    return job or (next((run for run in _runs() if run.run_id == run_id), None) if run_id else None)


def _runs() -> list[StoredRun]:
    return RunStore().listing().runs


def show(found: list[Job], at_top: str) -> None:
    """Every training but the one at the top of the page that waits, trains or failed.

    Args:
        found: every training there is, in queue order.
        at_top: the run id of the one that is shown already; empty where there is none.
    """
    listed = rows_of(found, at_top)
    if [job for job in listed if job.run_id != at_top]:
        st.markdown("## Queue")
        rows = st.fragment(error_message.said(_show_rows), run_every=refresh.period(PERIOD))
        rows({job.run_id: job.owner for job in listed}, at_top)


def rows_of(found: list[Job], at_top: str) -> list[Job]:
    """What stands in the queue: all that is under way, and failures that are not at the top already."""
    return [job for job in found if not job.is_over or (job.state == "failed" and job.run_id != at_top)]


def follow(run_id: str) -> None:
    """Run the page again once a training that waits has begun, since there is more to see then."""
    st.fragment(error_message.said(_look_whether_it_began), run_every=refresh.period(STARTING))(run_id)


def _look_whether_it_began(run_id: str) -> None:
    refresh.look()
    job = jobs.find(run_id)
    if job is None or job.state != "queued":
        st.rerun(scope="app")


def _show_rows(seen: dict[str, str], at_top: str) -> None:
    """The rows, looked at anew every so often.

    The page runs again when one that was `seen` has ended, since there is a run to list then; not for what
    others started, else forty pages would run again whenever one of forty trainings ends.
    """
    refresh.look()
    try:
        if not is_read_only():
            job_listing.advance()
        found = rows_of(job_listing.recent(), at_top)
    except AecoreError as error:
        st.error(as_text(error))
        return
    owner, there = visitors.owner(), {job.run_id: job.owner for job in found}
    if {seen.pop(run_id) for run_id in seen.keys() - there.keys()} & {owner, ""}:
        st.rerun(scope="app")
    seen |= there
    waiting = [job.run_id for job in found if not job.is_over and job.state != "paused"]
    st.caption(
        f"{count_of(len(waiting), 'training')} in the queue, one at a time. Each goes on by itself, whether "
        "a browser looks at it or not." + f" {visitors.SHARED}" * (not visitors.may_change_all())
    )
    listed = _most_telling(found, owner)
    for job in listed:
        with st.container(border=True):
            _show_row(job, waiting.index(job.run_id) if job.run_id in waiting else 0, job.run_id == at_top)
    if len(found) > len(listed):
        st.caption(f"And {count_of(len(found) - len(listed), 'training')} more.")


def _most_telling(found: list[Job], owner: str) -> list[Job]:
    """As many as are listed, in their order: what is under way, then the visitor's own, then the next."""
    ranked = sorted(found, key=lambda job: (not job.is_alive, job.owner != owner))[:MOST_ROWS]
    listed = {job.run_id for job in ranked}
    return [job for job in found if job.run_id in listed]


def _show_row(job: Job, ahead: int, is_at_top: bool) -> None:
    about, far, buttons = st.columns([4, 5, 3], vertical_alignment="center")
    about.markdown(f"**{as_text(title_of(job))}**  \n:small[{settings_words(job.config)}]")
    if job.state == "failed":
        far.error(as_text(job.progress.error) if job.progress else "It ended without saying why.")
    else:
        words = state_words(job, ahead)
        left = "" if job.seconds_left is None else f" · {time_words(job.seconds_left)} left"
        far.progress(share_done(job), as_text(words[:1].upper() + words[1:] + left))
    with buttons.container(horizontal=True, horizontal_alignment="right"):
        if is_at_top:
            st.caption("shown above")
        else:
            st.button(
                "Show",
                key=f"show-{job.run_id}",
                icon=":material/visibility:",
                **press(training_form.choose_job, job.run_id, whole_page=True),
            )
        if job.state == "queued" and visitors.may_change(job.run_id):
            _cancel(job)
        if job.state == "failed":
            change_settings(job, f"change-row-{job.run_id}")


def _cancel(job: Job) -> None:
    st.button(
        "Cancel",
        key=f"cancel-{job.run_id}",
        icon=":material/close:",
        help="Nothing of it is lost: it has not begun.",
        **press(_discard, job, whole_page=True),
    )


def _discard(job: Job) -> None:
    visitors.check(job.run_id)
    jobs.send_command(job, "discard")
    jobs.advance()


def change_settings(job: Job, key: str) -> None:
    """A button that fills the form with a training's settings, so that they can be changed."""
    st.button(
        "Change the settings",
        key=key,
        icon=":material/tune:",
        help="Fills the form with what this training was asked for.",
        **press(_fill_form, job, whole_page=True),
    )


def _fill_form(job: Job) -> None:
    training_form.fill_form(form.address_of(job.config))
    st.toast("The form has its settings now.", icon=":material/tune:")
