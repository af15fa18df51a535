"""At the right of the navigation: what trains, the link to what is seen, and help."""

from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore.errors import AecoreError
from dashboard.components.shortcuts import shortcut_button
from dashboard.services import job_listing, refresh
from dashboard.shared import links
from dashboard.shared.shortcuts import ON_A_PLANE
from dashboard.shared.wording import title_of
from dashboard.state import keys, session

PERIOD = 5.0
"""Seconds from one look at what trains to the next, while few sessions look."""
WHAT = """
An **autoencoder** squeezes each image into a few numbers, its *code*, and draws the image again from them.
The **plane** is the map of those numbers: each dot is one test image, and wherever you point, the decoder
draws the image that belongs there.
"""
HELP = "\n".join(
    [WHAT, "| on a plane | |", "| --- | --- |", *(f"| {keys} | {means} |" for keys, means in ON_A_PLANE.rows)]
)

EXPLORE, HOME = "explore", ""
"""The page with the introduction, by its name and at the root."""
WELCOME, WELCOME_ICON = "Introduction and tour", ":material/waving_hand:"


def place() -> DeltaGenerator:
    """Where the actions stand; made before the page, so that they come first for the keyboard too."""
    return st.container(key="header-actions", horizontal=True, vertical_alignment="center", gap="xsmall")


def show(actions: DeltaGenerator, page: str) -> None:
    """Fill the place, once the page has run and its address is known.

    Args:
        actions: what `place` made.
        page: the page's name in the address.
    """
    with actions:
        if page != "train":
            _show_training()
        shared = st.popover("Share", icon=":material/link:", on_change="rerun", key=keys.SHARED_LINK)
        if shared.open:
            with shared:
                st.caption("This link opens what you see now: run, image, position, window and overlays.")
                st.code(_link(), language=None, wrap_lines=True)
                from dashboard.shared import (
                    page_download,
                )  # here: what it reads is kept for a server that runs

                page_download.show(page)
        with st.popover("Help", icon=":material/help:"):
            st.markdown(HELP)
            shortcut_button("Every key (?)", key=keys.ALL_KEYS)
            if page in (EXPLORE, HOME):
                st.button(WELCOME, icon=WELCOME_ICON, on_click=session.ask, args=(keys.WELCOME,))
            else:
                links.link(EXPLORE, WELCOME, WELCOME_ICON, {keys.WELCOME: "1"})


def _link() -> str:
    page, query = urlsplit(st.context.url or ""), urlencode(session.address())
    return page._replace(query=query).geturl()


def _show_training() -> None:
    """A link to what trains, kept up to date while it does."""
    try:
        is_under_way = any(job.is_alive for job in job_listing.recent())
    except AecoreError:  # the Train page says what is wrong with the queue
        return
    every = refresh.period(PERIOD) if is_under_way else None
    st.fragment(_show_first, run_every=every)()


def _show_first() -> None:
    try:
        alive = [job for job in job_listing.recent() if job.is_alive]
    except AecoreError:
        return
    if not alive:
        return
    refresh.look()
    job, others = alive[0], len(alive) - 1
    words = (
        f"{title_of(job)} {job.epochs_done}/{job.config.epochs_to_do}{f' and {others} more' * bool(others)}"
    )
    links.link("train", words, ":material/model_training:", {keys.JOB: job.run_id})
