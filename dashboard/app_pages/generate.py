"""Generate: new images from one run's decoder, each beside the training image that is nearest to it."""

import streamlit as st

from aecore.errors import AecoreError
from aecore.storage.run import StoredRun
from dashboard.generate import recipes
from dashboard.generate.recipe_form import choose_recipe
from dashboard.generate.samples import show_place, show_samples
from dashboard.services import cached_reads
from dashboard.shared import collapse_notice
from dashboard.shared.lack_of_networks import lack_of_decoder
from dashboard.shared.plain_text import as_text
from dashboard.shared.run_picker import choose_run
from dashboard.shared.style_grid import show_style_grid
from dashboard.state import session

ORDER = 3  # its place in the navigation
FIRST = "vae"


def show(run: StoredRun) -> None:
    """The choices at the left, the plane below them, the samples at the right."""
    with st.container(key=f"generate-stage{'-classes' * recipes.takes_class(run)}"):
        with st.container(key="generate-rail", gap="xsmall"):
            recipe = choose_recipe(run)
        with st.container(key="generate-place"):
            show_place(run)
        with st.container(key="generate-samples", gap="xsmall"):
            for sentence in session.take_notices():
                st.warning(as_text(sentence))
            collapse_notice.show(run)
            show_samples(run, recipe)
    show_style_grid(run)


run, _ = choose_run("Generate", FIRST)
if run:
    try:
        cached_reads.check(run)
        if run.has_decoder:
            show(run)
        else:
            st.info(lack_of_decoder("Drawing new images"))
    except AecoreError as error:  # a file of the run was altered, or the settings leave nothing to draw
        st.error(as_text(error))
for sentence in session.take_notices():
    st.warning(as_text(sentence))
