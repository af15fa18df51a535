"""The runs of a section that open; a damaged one says so and leaves the others alone."""

import streamlit as st

from aecore.errors import AecoreError
from aecore.store import StoredRun


def openable(runs: list[StoredRun]) -> list[StoredRun]:
    """The runs whose codes can be read; of each other one its error is shown.

    Args:
        runs: as chosen.

    Returns:
        Those that open, in their order.
    """
    found = []
    for run in runs:
        try:
            run.arrays  # noqa: B018  read and verified now
        except AecoreError as error:
            st.error(str(error))
        else:
            found.append(run)
    return found
