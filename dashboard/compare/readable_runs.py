"""The runs of a section that open; a damaged one says so and leaves the others alone."""

import streamlit as st

from aecore.errors import AecoreError
from aecore.storage.run import StoredRun
from dashboard.services import cached_reads
from dashboard.shared.plain_text import as_text


def openable(runs: list[StoredRun]) -> list[StoredRun]:
    """The runs that can be shown; of each other one its error is.

    Args:
        runs: as chosen.

    Returns:
        Those that open, in their order.
    """
    found = []
    for run in runs:
        try:
            cached_reads.check(run)
            run.arrays  # noqa: B018  read and verified now
        except AecoreError as error:
            st.error(as_text(error))
        else:
            found.append(run)
    return found
