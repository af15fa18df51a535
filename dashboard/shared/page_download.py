"""A button that saves the planes in view as one HTML file."""

import streamlit as st

from aecore.storage.run import StoredRun
from dashboard import standalone
from dashboard.services import cached_reads
from dashboard.state import keys, session

BY_PAGE = {"explore": keys.RUN, "": keys.RUN, "compare": keys.RUNS}
"""Pages of planes, and the parameter of the address that names their runs."""
ABOUT = "One HTML file that decodes without a server or a network: send it, or put it on a web page."


def show(page: str) -> None:
    """Offer it, where there are planes to save.

    Args:
        page: its name in the address.
    """
    runs = _in_view(page)
    if runs:
        st.download_button(
            "Save as a page",
            data=lambda: standalone.page(runs).encode(),
            file_name=f"{'-'.join(run.config.variant for run in runs)}-{runs[0].config.dataset}.html",
            mime="text/html",
            key=keys.SAVED_PAGE,
            on_click="ignore",
            icon=":material/download:",
            help=ABOUT,
        )


def _in_view(page: str) -> list[StoredRun]:
    named = session.address().get(BY_PAGE.get(page, ""), "").split(",")
    stored = {run.run_id: run for run in cached_reads.listing().runs}
    found = [stored[name] for name in named if name in stored]
    return [run for run in found if cached_reads.has_plane(run)]
