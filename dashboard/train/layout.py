"""Places that a training and the run it becomes share on the page; the page's CSS says where each lies."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def head() -> DeltaGenerator:
    """A line for the name and what can be done."""
    return st.container(key="train-head", horizontal=True, vertical_alignment="center", gap="small")


def watch(goes_back: bool) -> DeltaGenerator:
    """The plane with its panel, and the losses.

    Args:
        goes_back: whether a player stands below the plane.

    Returns:
        The place.
    """
    return st.container(key=f"train-watch{'-back' * goes_back}")


def losses() -> DeltaGenerator:
    """Within the latter, below its panel or beside it."""
    return st.container(key="train-losses")
