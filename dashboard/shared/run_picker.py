"""The choice of one run in the sidebar, for pages that show one."""

import streamlit as st

from aecore.storage.run import StoredRun
from dashboard.services import cached_reads
from dashboard.shared.plain_text import as_text
from dashboard.shared.run_link import bring_own
from dashboard.state import keys, widgets


def choose_run(first: str) -> StoredRun | None:
    """Data set, variant and run, each in the address.

    Args:
        first: the variant to open with.

    Returns:
        The run; None where none of the variant is trained on the data set, which the page then says.
    """
    bring_own(keys.RUN, keys.DATASET, keys.VARIANT)
    listing, datasets = cached_reads.listing(), cached_reads.dataset_titles()
    meaning = "The images that the model learned from."
    dataset = widgets.choose("Data set", keys.DATASET, list(datasets), datasets, meaning)
    here = [run for run in listing.runs if run.config.dataset == dataset]
    titles = cached_reads.variant_titles(here)
    meaning = "The kind of autoencoder; from the simplest to the most particular."
    variant = widgets.choose("Variant", keys.VARIANT, list(titles), titles, meaning, default=first)
    runs = {run.run_id: run for run in here if run.config.variant == variant}
    chosen = None
    if runs:
        labels = cached_reads.run_labels(list(runs.values()))
        chosen = widgets.choose("Run", keys.RUN, list(runs), labels, "One training, by its settings.")
    else:
        st.info(
            f"There is no run of {variant} on {datasets[dataset]} yet. Train one, then reload this page:\n\n"
            f"`python -m aecore train {variant} {dataset}`"
        )
    for error in listing.damaged:
        st.sidebar.warning(as_text(error))
    return runs[chosen] if chosen else None
