"""What a data set looks like: its classes, and what was noted when it was read."""

from collections.abc import Sequence

import streamlit as st

from aecore.importers.sheets import ClassSheet
from dashboard.figures.contact_sheet import contact_sheet
from dashboard.shared.plain_text import as_text

SHOWN = 20
"""Classes that are shown at first."""


def show_sheets(sheets: Sequence[ClassSheet]) -> None:
    """Of each class the counts, the mean and some images."""
    is_cut = len(sheets) > SHOWN and not st.toggle(f"Show all {len(sheets)} classes")
    st.html(contact_sheet(sheets[:SHOWN] if is_cut else sheets))


def show_notes(notes: Sequence[str]) -> None:
    """What was inferred, a sentence each."""
    st.markdown("\n".join(f"- {as_text(note)}" for note in notes) or "Nothing had to be inferred.")
