"""A training that has become a run: its name, where to go from here, and its rewind."""

import streamlit as st

from aecore.errors import AecoreError
from aecore.jobs import Job
from aecore.store import RunStore, StoredRun
from dashboard import data
from dashboard.denoise.choices import LEARNT
from dashboard.figures.numbers import plain
from dashboard.train import links
from dashboard.train.rewinding import show_rewind
from dashboard.train.words import count_of


def show_result(job: Job) -> None:
    """What became of a training that is done.

    Args:
        job: whose progress names the run.
    """
    run_id = job.progress.result if job.progress else ""
    try:
        run = RunStore().open(run_id)
    except AecoreError:
        st.info(f"It became the run `{run_id}`, which is no longer here: it was deleted or moved since.")
        return
    show_finished(run)


def show_finished(run: StoredRun) -> None:
    """The run's name and what it reached, links to the other pages, and its rewind."""
    try:
        st.success(summary(run))
    except AecoreError as error:
        st.error(str(error))
        return
    shipped = _shipped_twin(run)
    with st.container(horizontal=True, gap="small"):
        links.to_explore(run)
        if shipped and data.has_plane(run) and data.has_plane(shipped):
            links.to_compare(run, shipped, f"Compare with the shipped {shipped.manifest['title']}")
        if run.config.variant in LEARNT:
            links.to_denoise(run)
    show_rewind(run)


def summary(run: StoredRun) -> str:
    """What was stored, in two sentences."""
    stopped = run.config.stop_after
    epochs = f"stopped after {stopped} of " * bool(stopped) + count_of(run.config.epochs, "epoch")
    name = run.label.name or run.run_id
    return (
        f"**{name}** is trained and stored: {epochs}, reconstruction MSE {plain(run.metrics['mse'])} "
        "per pixel (lower is better). It is on every other page now."
    )


def _shipped_twin(run: StoredRun) -> StoredRun | None:
    """The shipped run of the same variant and data set, of the same latent dimension if there is one."""
    config = run.config
    twins = [
        other
        for other in data.listing().runs
        if other.is_shipped
        and other.run_id != run.run_id
        and (other.config.dataset, other.config.variant) == (config.dataset, config.variant)
    ]
    return min(twins, key=lambda other: other.config.latent_dim != config.latent_dim, default=None)
