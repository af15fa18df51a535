"""What a person should know of the variant: its card, its formulas, and things to try."""

import html
import re
from collections.abc import Sequence

import streamlit as st

from aecore.evaluation import collapse
from aecore.storage.run import StoredRun
from dashboard.figures.layer_diagram import layer_diagram
from dashboard.services import cached_reads
from dashboard.shared import glossary
from dashboard.shared.lack_of_networks import lack_of_encoder
from dashboard.shared.plain_text import as_text

OF_CLASSES = re.compile(r"\bclass(es)?\b|\bdigits?\b|\bshirts?\b")
"""What is to be tried where images have labels, or are those of MNIST or Fashion-MNIST."""


def show_card(variant: str, run: StoredRun | None = None) -> None:
    """What a person should know of the variant, with the networks of the run where there is one.

    What is to be tried and seen on a run that learned is left out for one that has collapsed.
    """
    if run and not run.config.is_trained:
        show_adopted(run)
        return
    card = cached_reads.card(variant)
    if run and not run.has_encoder:
        st.info(lack_of_encoder(run, "Placing an image of your own"))
        return
    if isinstance(card, str):
        st.info(card)
        return
    has_learned = not (run and collapse.of_run(run.metrics, run.config.latent_dim).is_total)
    glossary.show(f"## About this variant\n\n{card.summary}")
    if run and cached_reads.has_plane(run) and has_learned:
        show_things_to_try([text for text in card.try_ if run.classes or not OF_CLASSES.search(text)])
    glossary.show(f"**What it minimises**\n\n$$\n{card.formula}\n$$\n\n{card.objective}")
    about = {
        "When to use it": card.use,
        "How it fails": card.fails,
        "How to see that here": card.see if has_learned else "",
        "How it is built": card.architecture,
        "Source": card.source,
    }
    with st.container(key="explore-networks"):
        glossary.show("\n\n".join(f"**{head}**  \n{text}" for head, text in about.items() if text))
        if run and (networks := run.manifest["networks"]):
            st.html(f"<b>Its networks</b>{layer_diagram(networks, run.image_shape, run.config.latent_dim)}")
    with st.expander("Published figures to hold it against"):
        st.markdown("\n".join(f"- {line}" for line in card.published))


def show_adopted(run: StoredRun) -> None:
    """What was brought: its networks, and how they were read."""
    if run.has_decoder:
        st.markdown("## About this model")
        st.markdown("It was made elsewhere and adopted: described by its layers, which run here as they are.")
    else:
        st.markdown("## About these codes")
        st.markdown(
            "They were brought alone. The plane shows where they lie; nothing is decoded between them, since "
            "there is no decoder."
        )
    about, drawn = st.columns([11, 9], gap="large")
    with about:
        if run.annotation.note:
            st.markdown("**How it was read**")
            st.markdown("\n".join(f"- {as_text(line)}" for line in run.annotation.note.splitlines()))
    with drawn:
        if networks := run.manifest["networks"]:
            st.markdown("**Its networks**")
            st.html(layer_diagram(networks, run.image_shape, run.config.latent_dim))


def show_things_to_try(things: Sequence[str]) -> None:
    """What to do on the plane above."""
    if things:
        items = "".join(f"<li><b>Try it</b> {html.escape(text)}</li>" for text in things)
        st.markdown(f'<ul class="things-to-try">{items}</ul>', unsafe_allow_html=True)
