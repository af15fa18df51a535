"""Collapse, said wherever a run's codes or images are looked at."""

import streamlit as st

from aecore.evaluation import collapse
from aecore.storage.run import StoredRun
from dashboard.shared.plain_text import as_text


def show(run: StoredRun) -> None:
    """Say so where the code tells nothing of the image, or some of its dimensions do not."""
    found = collapse.of_run(run.metrics, run.config.latent_dim)
    if found.is_total:
        st.warning(found.sentence)
    elif found.words:
        st.info(found.sentence)


def show_total(run: StoredRun, title: str) -> None:
    """The same of one run among several, where the code tells nothing at all.

    Args:
        run: any run.
        title: what it is called beside the others.
    """
    found = collapse.of_run(run.metrics, run.config.latent_dim)
    if found.is_total:
        st.warning(f"**{as_text(title)}**: {found.sentence}")


def mark(run: StoredRun) -> None:
    """A word or two under the title of a run among several."""
    if words := collapse.of_run(run.metrics, run.config.latent_dim).words:
        st.caption(f":material/warning: {words.capitalize()}")
