"""The choice of one run, for pages that show one."""

from collections.abc import Callable

import streamlit as st

from aecore.storage.run import StoredRun
from dashboard.services import cached_reads
from dashboard.shared.damaged_runs import name_damaged
from dashboard.shared.frame import choices
from dashboard.shared.glossary import show_caption
from dashboard.shared.run_link import bring_own
from dashboard.state import keys, widgets


def choose_run(
    page: str, first: str, lead: Callable[[StoredRun], str] = lambda run: ""
) -> tuple[StoredRun | None, str]:
    """Data set, variant and run, each in the address.

    Args:
        page: the page's title.
        first: the variant to open with.
        lead: what is seen of a run, in Markdown; beside the choices.

    Returns:
        The run and the name of its variant; None where none of it is trained on the data set, which the
        page then says.
    """
    bring_own(keys.RUN, keys.DATASET, keys.VARIANT)
    datasets = cached_reads.shown_titles()
    with choices(page) as name:
        dataset = widgets.choose("Data set", keys.DATASET, list(datasets), datasets, 160)
        here = [run for run in cached_reads.listing().runs if run.config.dataset == dataset]
        titles = cached_reads.variant_titles(here)
        if here and not any(run.config.variant == first for run in here):
            first = here[0].config.variant
        variant = widgets.choose("Model", keys.VARIANT, list(titles), titles, 280, default=first)
        runs = {run.run_id: run for run in here if run.config.variant == variant}
        labels = cached_reads.run_labels(list(runs.values()))
        chosen = widgets.choose("Run", keys.RUN, list(runs), labels, 260) if runs else None
        name_damaged()
        if chosen and (sentences := lead(runs[chosen])):
            show_caption(sentences)
        name(" · ".join([datasets[dataset], titles[variant], *([labels[chosen]] if chosen else [])]))
    if not chosen:
        st.info(
            f"There is no run of {variant} on {datasets[dataset]} yet. Train one, then reload this page:\n\n"
            f"`python -m aecore train {variant} {dataset}`"
        )
        return None, variant
    return runs[chosen], variant
