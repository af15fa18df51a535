"""The runs that do not open, named beside the choices where they are missing."""

import streamlit as st

from dashboard.services import cached_reads
from dashboard.shared.plain_text import as_text


def name_damaged() -> None:
    """A button that says how many there are, and why when it is pressed; nothing where all open."""
    damaged = cached_reads.listing().damaged
    if not damaged:
        return
    count = f"{len(damaged)} run does" if len(damaged) == 1 else f"{len(damaged)} runs do"
    with st.popover(f"{count} not open", icon=":material/warning:"):
        for error in damaged:
            st.warning(as_text(error))
