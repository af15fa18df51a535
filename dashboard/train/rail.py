"""The form of a new training: its settings, and below them, always in sight, the button that starts it."""

import streamlit as st

from aecore.config import RunConfig
from aecore.errors import AecoreError, LabelsNeeded
from dashboard.shared.plain_text import as_text
from dashboard.state import training_form
from dashboard.train import estimate, form, presets, start

CLOSED_FORM = "It is fitted in closed form: there are no epochs, and nothing depends on a seed."


def show_rail(dataset: str, variant: str, at_top: str) -> tuple[RunConfig | None, bool]:
    """The form and the button.

    Args:
        dataset: name of the data set.
        variant: name of the variant.
        at_top: the run id of what the page shows beside it; empty where there is none.

    Returns:
        What would be trained, None where the form has a wrong value, which stands in it; and whether a
        setting differs from the preset.
    """
    with st.container(key="train-form", gap="small"):
        st.markdown("## New training")
        try:
            name, recipe = form.form_of(dataset, variant), presets.recipe(dataset, variant)
        except LabelsNeeded as error:
            st.info(as_text(error))
            return None, False
        is_closed = "epochs" not in form.fields_of(variant)
        if is_closed:
            st.caption(CLOSED_FORM)
        pace = estimate.pace_of(recipe)
        preset = presets.SHIPPED if is_closed else presets.choose(name, recipe, pace)
        base = presets.filled(preset, recipe, pace)
        filled = form.show(dataset, variant, base)
        tell(filled, name, "" if is_closed or filled.changed else presets.warning(preset, recipe, pace))
        config = filled.config
        try:
            if config:
                estimate.preview_of(config)
        except AecoreError as error:  # sizes that fit no image
            config = None
            st.error(as_text(error))
        start.show_naming()
        if config:
            start.show_command(config)
    with st.container(key="train-start", gap="xsmall"):
        if config:
            estimate.show_estimate(config)
        start.show(config, at_top, (dataset, variant), base)
    return config, bool(filled.changed)


def tell(filled: form.Filled, name: str, warning: str) -> None:
    """What the form says about itself: what differs from the preset, and what is wrong."""
    if warning:
        st.caption(warning)
    if filled.changed:
        words = ", ".join(form.title_of(setting).lower() for setting in filled.changed)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Changed: {words}.")
            st.button(
                "Back to the preset",
                type="tertiary",
                icon=":material/undo:",
                on_click=training_form.forget_settings,
                args=(name,),
            )
    if filled.error:
        st.error(as_text(filled.error))
