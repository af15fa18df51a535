"""What a person should know of the variant: its card, its formulas, and things to try."""

import streamlit as st

from aecore.evaluation import collapse
from aecore.models.cards import Card
from aecore.storage.run import StoredRun
from dashboard.figures.layer_diagram import layer_diagram
from dashboard.services import cached_reads
from dashboard.shared import glossary

FORMULAS = """<style>
.stMarkdown .katex { font-size: 1.06em; }
.stMarkdown .katex-display { overflow-x: auto; overflow-y: hidden; padding: 4px 2px; }
.st-key-explore-networks [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
.st-key-explore-networks [data-testid="stColumn"] { min-width: min(100%, 360px); }
</style>"""
"""Formulas at the size of the text, never wider than their column; networks below where they do not fit."""


def show_card(variant: str, run: StoredRun | None = None) -> None:
    """What a person should know of the variant, with the networks of the run where there is one.

    What is to be tried and seen on a run that learned is left out for one that has collapsed.
    """
    st.markdown("## About this variant")
    card = cached_reads.card(variant)
    if isinstance(card, str):
        st.info(card)
        return
    st.html(FORMULAS)
    glossary.show(card.summary)
    has_learned = not (run and collapse.of_run(run.metrics, run.config.latent_dim).is_total)
    if run and cached_reads.has_plane(run) and has_learned:
        show_things_to_try(card)
    networks = run.manifest["networks"] if run else {}
    st.markdown("**What it minimises**")
    st.latex(card.formula)
    glossary.show(card.objective)
    place = st.container(key="explore-networks")
    about, drawn = place.columns([11, 9], gap="large") if networks else (place, None)
    with about:
        for head, text in (
            ("When to use it", card.use),
            ("How it fails", card.fails),
            ("How to see that here", card.see if has_learned else ""),
            ("Source", card.source),
        ):
            if text:
                glossary.show(f"**{head}**  \n{text}")
    if run and drawn:
        with drawn:
            st.markdown("**Its networks**")
            st.html(layer_diagram(networks, run.image_shape, run.config.latent_dim))
            st.caption(card.architecture)
    with st.expander("Published figures to hold it against"):
        st.markdown("\n".join(f"- {line}" for line in card.published))


def show_things_to_try(card: Card) -> None:
    """Two things to do on the plane above."""
    for column, text in zip(st.columns(2), card.try_, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**Try it**  \n{text}")
