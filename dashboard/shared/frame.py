"""The frame of every page: its style, the row of choices below the navigation, and the page's name."""

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from dashboard.components.fold import fold

PRODUCT = "aecore"
STYLE, LOGO = Path(__file__).with_name("frame.css"), Path(__file__).with_name("logo.svg")


@contextmanager
def choices(page: str) -> Iterator[Callable[[str], None]]:
    """The row of choices of a page, folded into one button where the screen is narrow.

    Args:
        page: the page's title, as the navigation has it.

    Yields:
        Callable: to be told once, in a few words, what the choices stand at: the page then has its tab title
            and its one first heading, whose anchor is the page's name. What is made within stands in the row.
    """
    head = st.container(key="page-head")

    def name(chosen: str) -> None:
        st.set_page_config(page_title=f"{page} · {chosen} – {PRODUCT}")
        with head:
            st.html(f'<h1 id="{page.lower()}">{html.escape(f"{page}: {chosen}")}</h1>')
            fold(chosen, key="fold")

    with st.container(key="choices", horizontal=True, vertical_alignment="center", gap="small"):
        yield name
