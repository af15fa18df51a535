"""The frame of every page: its style, the row of choices below the navigation, and the page's name."""

import html
from pathlib import Path
from typing import Self

import streamlit as st

from dashboard.components.fold import fold

PRODUCT = "aecore"
STYLE, LOGO = Path(__file__).with_name("frame.css"), Path(__file__).with_name("logo.svg")


def show_frame() -> None:
    """What is the same on every page; before it runs."""
    st.html(STYLE)
    st.logo(LOGO)


class Choices:
    """The row of choices of a page, folded into one button where the screen is narrow.

    What is made within `with` stands in the row.
    """

    def __init__(self, page: str) -> None:
        """An empty row.

        Args:
            page: the page's title, as the navigation has it.
        """
        self.page = page
        self._head = st.container(key="page-head")
        self._row = st.container(key="choices", horizontal=True, vertical_alignment="center", gap="small")

    def __enter__(self) -> Self:
        """Begin to fill the row."""
        self._row.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        """The row is full."""
        self._row.__exit__(*raised)

    def name(self, chosen: str) -> None:
        """Give the page its tab title and its one heading of the first level; once per run.

        Args:
            chosen: what the choices stand at, in a few words.
        """
        st.set_page_config(page_title=f"{self.page} · {chosen} – {PRODUCT}")
        with self._head:
            st.html(f"<h1>{html.escape(f'{self.page}: {chosen}')}</h1>")
            fold(chosen, key="fold")
