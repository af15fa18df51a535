"""The choice of one run in the sidebar, for pages that show one."""

import streamlit as st

from aecore.store import StoredRun
from dashboard import data, state
from dashboard.plain_text import as_text


def choose_run(first: str) -> StoredRun | None:
    """Data set, variant and run, each in the address.

    Args:
        first: the variant to open with.

    Returns:
        The run; None where none of the variant is trained on the data set, which the page then says.
    """
    listing, datasets = data.listing(), data.dataset_titles()
    meaning = "The images that the model learned from."
    dataset = state.choose("Data set", state.DATASET, list(datasets), datasets, meaning)
    here = [run for run in listing.runs if run.config.dataset == dataset]
    titles = data.variant_titles(here)
    meaning = "The kind of autoencoder; from the simplest to the most particular."
    variant = state.choose("Variant", state.VARIANT, list(titles), titles, meaning, default=first)
    runs = {run.run_id: run for run in here if run.config.variant == variant}
    chosen = None
    if runs:
        labels = data.run_labels(list(runs.values()))
        chosen = state.choose("Run", state.RUN, list(runs), labels, "One training, by its settings.")
    else:
        st.info(
            f"There is no run of {variant} on {datasets[dataset]} yet. Train one, then reload this page:\n\n"
            f"`python -m aecore train {variant} {dataset}`"
        )
    for error in listing.damaged:
        st.sidebar.warning(as_text(error))
    return runs[chosen] if chosen else None
