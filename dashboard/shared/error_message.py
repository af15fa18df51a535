"""What an error of ours says, shown where the part of a page would have stood that it stopped."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import streamlit as st

from aecore.errors import AecoreError
from dashboard.services import turns
from dashboard.shared.plain_text import as_text

Given = ParamSpec("Given")
Made = TypeVar("Made")


def said(show: Callable[Given, Made]) -> Callable[Given, Made | None]:
    """A part of a page whose trouble is its own: an error of ours becomes its sentence, the rest stands.

    Below `st.fragment`, since a fragment that runs again by itself has no page around it to catch anything.

    Args:
        show: draws the part.

    Returns:
        The same; it gives None where it was stopped.
    """

    @functools.wraps(show)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> Made | None:
        try:
            with turns.turn():
                return show(*args, **kwargs)
        except AecoreError as error:
            st.error(as_text(error))
            return None

    return guarded
