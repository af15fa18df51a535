"""Ways from a run to the other pages, each with the run chosen there."""

from pathlib import Path

import streamlit as st

from aecore.storage.run import StoredRun
from dashboard.state import keys

PAGES = Path(__file__).resolve().parents[1] / "app_pages"


def link(page: str, label: str, icon: str, parameters: dict[str, str]) -> None:
    """A link to another page of the dashboard, in this tab.

    Args:
        page: the stem of its file in app_pages/.
        label: what stands there.
        icon: a Material icon such as ":material/explore:".
        parameters: what the page's address says.
    """
    # A Page rather than its path, which is only found where the router has run.
    target = st.Page(PAGES / f"{page}.py", title=page.capitalize(), url_path=page)
    st.page_link(target, label=label, icon=icon, query_params=parameters)


def to_explore(run: StoredRun) -> None:
    """The run's latent plane and all of its numbers."""
    config = run.config
    chosen = {keys.DATASET: config.dataset, keys.VARIANT: config.variant, keys.RUN: run.run_id}
    link("explore", "Open on Explore", ":material/explore:", chosen)


def to_compare(run: StoredRun, other: StoredRun, label: str) -> None:
    """Both planes under one pointer."""
    chosen = {keys.DATASET: run.config.dataset, keys.RUNS: f"{run.run_id},{other.run_id}"}
    link("compare", label, ":material/compare:", chosen)


def to_denoise(run: StoredRun) -> None:
    """The run among the denoisers."""
    chosen = {keys.DATASET: run.config.dataset, keys.DENOISER_MODELS: run.run_id}
    link("denoise", "Denoise with it", ":material/auto_fix_high:", chosen)
