"""What trains, or what a training has become: its name, and where it stands in its life."""

import streamlit as st

from aecore.jobs import Job
from aecore.storage.run import StoredRun
from dashboard.state import keys
from dashboard.train import finished, progress, queue


def show(chosen: Job | StoredRun) -> None:
    """A training as it unfolds, or the run with its rewind.

    Args:
        chosen: which.
    """
    if isinstance(chosen, StoredRun):
        finished.show_finished(chosen)
    else:
        progress.show_job(chosen)
        if chosen.state == "queued":
            queue.follow(chosen.run_id)
    st.html(f'<div id="{keys.TRAINING_ANCHOR}"></div>')  # CSS puts it at the top; last, it moves nothing
