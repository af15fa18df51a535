"""What a person can ask of a training: pause, resume, one epoch, stop and keep, stop and discard."""

import streamlit as st

from aecore import jobs
from aecore.jobs import Job
from aecore.storage.job_folder import Command
from aecore.storage.settings import is_read_only
from dashboard.services import visitors
from dashboard.shared.actions import press
from dashboard.shared.plain_text import as_text
from dashboard.shared.wording import count_of
from dashboard.state import keys

READ_ONLY = "This server shows what is stored: training is switched off here."
PAUSE = "Trains this epoch to its end, then waits; another training may run meanwhile."
STEP = "Trains exactly one more epoch, then pauses: to see what a single one changes. Pause first."
WIDTHS = {"train": 112, "pause": 112, "step": 132, "keep": 224, "discard": 184}
"""CSS pixels: a button that grew with its label would push the next one from under the pointer."""
WAITS = "It does what was asked after this epoch."


def show_controls(job: Job) -> None:
    """The buttons of a training that is under way; those that make no sense now are grey.

    Args:
        job: as just read.
    """
    if is_read_only():
        st.caption(READ_ONLY)
        return
    if not visitors.may_change(job.run_id):
        st.caption(visitors.OTHERS)
        return
    done = job.epochs_done
    trains, is_paused = job.state in ("starting", "training"), job.state == "paused"
    is_free = job.command == "train"  # nothing else has been asked yet
    with st.container(key="train-controls", horizontal=True, gap="xsmall"):
        if is_paused:
            _button("Resume", "train", job, ":material/play_arrow:", "Trains on, to the last epoch.")
        else:
            can_pause = trains and is_free
            _button("Pause", "pause", job, ":material/pause:", PAUSE if can_pause else WAITS, can_pause)
        _button("One epoch", "step", job, ":material/skip_next:", STEP, is_paused)
        can_keep = is_paused or (job.state in ("starting", "training", "interrupted") and is_free)
        _keep(job, done, can_keep)
        _discard(job, job.state != "measuring" and job.command != "discard")


def _button(label: str, command: str, job: Job, icon: str, help: str, is_enabled: bool = True) -> None:
    st.button(
        label,
        # One key for both: a button that took the other's place would, for a moment, stand beside it.
        key=f"{'turn' if command in ('pause', 'train') else command}-{job.run_id}",
        icon=icon,
        help=help,
        width=WIDTHS[command],
        disabled=not is_enabled,
        **press(_ask, job, command),
    )


def _keep(job: Job, done: int, is_enabled: bool) -> None:
    label = f"Stop and keep {count_of(done, 'epoch')}" if done else "Stop and keep"
    meaning = (
        f"Ends the training now and stores it as a run of {count_of(done, 'epoch')}; the one under way is "
        "given up. Its schedule is that of the whole training, cut off."
        if done
        else "There is nothing to keep before the first epoch is whole."
    )
    _button(label, "keep", job, ":material/save:", meaning, is_enabled and done > 0)


def _discard(job: Job, is_enabled: bool) -> None:
    """Asks once: nothing of a training that is discarded can be had back."""
    with st.popover(
        "Stop and discard",
        icon=":material/delete:",
        disabled=not is_enabled,
        width=WIDTHS["discard"],
        help="Ends the training and keeps nothing of it.",
        key=f"{keys.DISCARD}-{job.run_id}",
    ):
        st.markdown("Nothing of this training will be kept.")
        st.button(
            "Discard it",
            type="primary",
            key=f"discard-now-{job.run_id}",
            **press(_ask, job, "discard"),
        )


def show_failure(job: Job) -> None:
    """What went wrong, and what can still be done with the last good epoch."""
    progress = job.progress
    done = progress.epoch if progress else 0
    st.error(
        as_text(progress.error) if progress and progress.error else "The training ended without saying why."
    )
    if is_read_only():
        st.caption(READ_ONLY)
        return
    if not visitors.may_change(job.run_id):
        st.caption(visitors.OTHERS)
        return
    kept = f"Stores what {count_of(done, 'epoch')} reached as a run." if done else "No epoch was whole."
    with st.container(horizontal=True, gap="small"):
        st.button(
            f"Try again from epoch {done}" if done else "Try again",
            key=f"again-{job.run_id}",
            icon=":material/replay:",
            help="Takes up the last epoch that was whole. Remove the reason first, else it ends there again.",
            **press(_try_again, job, whole_page=True),
        )
        st.button(
            "Keep the last good epoch",
            key=f"keep-{job.run_id}",
            icon=":material/save:",
            help=kept,
            disabled=not done,
            **press(_keep_last, job, whole_page=True),
        )
        st.button(
            "Discard",
            key=f"dismiss-{job.run_id}",
            icon=":material/delete:",
            help="Keeps nothing of it.",
            **press(_dismiss, job, whole_page=True),
        )


def _ask(job: Job, command: Command) -> None:
    visitors.check(job.run_id)
    if command == "discard":
        jobs.send_command(job, command)
        return
    with visitors.admitted(job.run_id):
        jobs.send_command(job, command)


def _dismiss(job: Job) -> None:
    visitors.check(job.run_id)
    jobs.dismiss(job)


def _try_again(job: Job) -> None:
    visitors.check(job.run_id)
    with visitors.admitted(job.run_id):
        jobs.submit(job.config, by="dashboard")
    jobs.advance()


def _keep_last(job: Job) -> None:
    _ask(job, "keep")
    jobs.advance()
