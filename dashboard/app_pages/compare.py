"""Compare: several autoencoders of the same images, decoded by one pointer, and how they cover the plane."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from aecore.errors import AecoreError
from aecore.storage.run import StoredRun
from dashboard.compare import coverage, interpolation, planes, projections, samples, traversals
from dashboard.services import cached_reads
from dashboard.shared import image_input, image_readout
from dashboard.shared.damaged_runs import name_damaged
from dashboard.shared.export_buttons import codes_parquet
from dashboard.shared.frame import choices
from dashboard.shared.lack_of_networks import with_decoder, with_encoder
from dashboard.shared.plain_text import as_text
from dashboard.shared.run_link import bring_own
from dashboard.state import keys, session, widgets

ORDER = 2  # its place in the navigation
FIRST = ("ae", "vae", "aae")  # no prior, a prior by its KL, a prior by a discriminator
LESSON = """
1. **Move the pointer** over the autoencoder's plane, from one crowd of dots to the next: in the gaps it
   draws what no image looks like. Do the same on the other planes.
2. All planes show the region that new images are drawn from, on one scale; **hatching** marks the parts
   that no real image maps to. **Scale: Own** shows each where its own codes lie.
3. Open **Prior samples**: the same noise through every decoder{judged}.
4. Open **Coverage**: the numbers behind it, each beside what a sample of the prior itself would score, and
   what covering costs in reconstruction.
"""
SECTIONS: dict[str, Callable[[list[StoredRun], str, np.ndarray | None], None]] = {
    "Coverage": lambda runs, dataset, _own: coverage.show(runs, dataset),
    "Prior samples": lambda runs, dataset, _own: samples.show(runs, dataset),
    "Interpolation": lambda runs, dataset, _own: interpolation.show(runs, dataset),
    "Projections": projections.show,
    "Traversals": lambda runs, dataset, _own: traversals.show(runs, dataset),
}
DECODED = {
    "Prior samples": "Drawing samples of the prior",
    "Interpolation": "Drawing what lies between two images",
    "Traversals": "Drawing along a dimension",
}  # the sections that decode, and what each does, as the start of a sentence
JUDGED = ", and how many of the images a classifier\n   recognises"


def choose_runs() -> tuple[list[StoredRun], str, bool]:
    """The data set, the two to six of its runs to compare, and whether it has but one to look at."""
    bring_own(keys.RUNS, keys.DATASET)
    datasets = cached_reads.shown_titles()
    with choices("Compare") as name:
        dataset = widgets.choose("Data set", keys.DATASET, list(datasets), datasets, 160)
        here = {
            run.run_id: run
            for run in cached_reads.listing().runs
            if run.config.dataset == dataset and cached_reads.has_plane(run)
        }
        own = [run.run_id for run in here.values() if not run.is_shipped]
        first = [run.run_id for variant in FIRST if (run := _first(list(here.values()), variant))]
        if (known := session.run_on_other_pages()) in here and known not in first:
            first.insert(0, known)
        first = first if len(first) > 1 else list(dict.fromkeys([*first, *own, *here]))[:2]
        labels = cached_reads.run_labels(list(here.values()), with_title=True)
        chosen = widgets.choose_several("Runs", keys.RUNS, list(here), labels, first)
        name_damaged()
        with st.popover("What to see here", icon=":material/lightbulb:"):
            st.markdown(LESSON.format(judged=JUDGED * any(here[run_id].classes for run_id in chosen)))
        name(f"{datasets[dataset]} · {len(chosen)} run{'s' * (len(chosen) != 1)}")
    return [here[run_id] for run_id in chosen], dataset, len(here) == 1


def _first(runs: list[StoredRun], variant: str) -> StoredRun | None:
    """The run of a variant to begin with: two latent dimensions, shipped where there is one."""
    return next((run for run in runs if run.config.variant == variant and run.config.latent_dim == 2), None)


def offer_codes(runs: list[StoredRun]) -> None:
    """The codes of every plane as files, made when asked for."""
    words = cached_reads.short_labels(runs, with_collapse=True)
    with st.popover("Download the codes", icon=":material/download:"):
        for run in runs:
            st.markdown(as_text(words[run.run_id]))
            codes_parquet(run, key=f"codes-{run.run_id}")


def show_planes(runs: list[StoredRun]) -> np.ndarray | None:
    """The linked planes and the pad below them; returns the person's own image, uint8 (h, w, c), if any."""
    try:
        planes.show(runs)
        offer_codes(runs)
        with st.expander("Draw or upload an image", icon=":material/draw:"):
            having = with_encoder(runs, "Placing an image")
            prepared = image_readout.show_drawing(having, planes.GROUP) if having else None
    except AecoreError as error:
        st.error(as_text(error))
        return None
    return image_input.as_bytes(prepared.image) if prepared else None


def show_sections(runs: list[StoredRun], dataset: str, own: np.ndarray | None, bound: dict[str, Any]) -> None:
    """A drawer beside the planes, with the section that is chosen, if any; its trouble is its own."""
    chosen = st.segmented_control(
        "More about these runs", list(SECTIONS), label_visibility="collapsed", **bound
    )
    if chosen is None:
        return
    with st.container(key="compare-section"):
        try:
            having = with_decoder(runs, DECODED[chosen]) if chosen in DECODED else runs
            if having:
                SECTIONS[chosen](having, dataset, own)
        except AecoreError as error:
            st.error(as_text(error))


runs, dataset, is_alone = choose_runs()
drawer = widgets.linked_choice(keys.SECTION, list(SECTIONS), "section")
for sentence in session.take_notices():
    st.warning(as_text(sentence))
if len(runs) < (1 if is_alone else 2):
    st.info("Choose at least two runs above, up to six: their planes then share one pointer.")
else:
    with st.container(key="compare-stage"):
        # For the style, before the planes come; another key of the container would mount them anew.
        st.html(f'<span class="drawer-{"open" if widgets.held(keys.SECTION, None) else "shut"}"></span>')
        with st.container(key="compare-planes", gap="xsmall"):
            own = show_planes(runs)
        with st.container(key="compare-drawer"):
            show_sections(runs, dataset, own, drawer)
