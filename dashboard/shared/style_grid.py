"""One style in every class: what a decoder that is given a class makes of the same codes."""

import streamlit as st

from aecore.storage.run import StoredRun
from dashboard.services import cached_reads, engine
from dashboard.shared.export_buttons import image_grid_png
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, widgets


def show_style_grid(run: StoredRun) -> None:
    """Styles by classes, where the decoder is given a class; drawn when asked, since it loads the model."""
    if "conditions" not in run.arrays:
        return
    st.markdown("## Style by class")
    asked = st.toggle(
        f"Draw {engine.STYLES} styles as every class",
        **widgets.linked(keys.GENERATE_URL["styles"], False, (0, 1), "style grid"),
        help="Each row is one code drawn from the prior, each column one class. Loads the model: a few "
        "seconds.",
    )
    if not asked:
        return
    grid = cached_reads.style_grid(run.path)
    with st.container(width=560):
        st.image(
            grid.repeat(3, 0).repeat(3, 1),
            width="stretch",
            caption=f"Each row is one style, drawn from the prior; each column one class: "
            f"{as_text(', '.join(run.classes))}. Along a row the style stays and the class changes.",
        )
    image_grid_png(grid, f"{run.run_id}-styles", "styles-png")
