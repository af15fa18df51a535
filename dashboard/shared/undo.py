"""What was deleted just now, and the way to have it back."""

import datetime
from collections.abc import Callable
from typing import Any, Protocol

import streamlit as st

from dashboard.shared.actions import press
from dashboard.shared.plain_text import as_text

FRESH = 600.0
"""Seconds for which what was deleted stands above the list, where its undoing is at hand."""


class Deleted(Protocol):
    """What was put into the trash: its token there, what people call it, and when that was."""

    @property
    def token(self) -> str:
        """What names it in the trash."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def when(self) -> datetime.datetime:
        """When it was deleted, UTC."""
        ...


def is_fresh(one: Deleted) -> bool:
    """Whether it was deleted so lately that its undoing stands above the list."""
    return (datetime.datetime.now(datetime.UTC) - one.when).total_seconds() < FRESH


def show(one: Deleted, undo: Callable[[Any], object], key: str, about: str) -> None:
    """A line that says what was deleted, with a button that brings it back.

    Args:
        one: what was deleted.
        undo: called with it.
        key: of the button.
        about: what the button does, for its help.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Undo", key=key, icon=":material/undo:", help=about, **press(undo, one, whole_page=True))
        st.markdown(f"{as_text(one.title)} was deleted on {one.when:%Y-%m-%d at %H:%M} UTC.")
