"""A training that has become a run: its name, where to go from here, and its rewind."""

import streamlit as st

from aecore.errors import AecoreError
from aecore.evaluation import collapse
from aecore.evaluation.collapse import Collapse
from aecore.jobs import Job
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore
from dashboard.denoise.form import learnt
from dashboard.figures.numbers import plain
from dashboard.services import cached_reads
from dashboard.shared import links
from dashboard.shared.plain_text import as_text
from dashboard.shared.replay import show_rewind
from dashboard.shared.wording import count_of, epochs_words
from dashboard.state import training_form
from dashboard.train import layout
from dashboard.train.library import describe, title_of
from dashboard.train.live_plane import draw_losses, held_scale


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
    """The run's name and what it reached, links to the other pages, its rewind and its losses."""
    with layout.head():
        with st.container(key="train-title", gap=None):
            st.markdown(f"## {as_text(title_of(run))}")
            st.caption(as_text(describe(run)))
        _show_links(run)
        st.button(
            "New training",
            icon=":material/add:",
            on_click=training_form.choose_job,
            args=("",),
            help="Back to the form. What was trained stays among your runs.",
        )
    try:
        code = collapse.of_run(run.metrics, run.config.latent_dim)
        is_doubtful = code.is_total or run.is_hearsay
        (st.warning if is_doubtful else st.success)(summary(run, code))
    except AecoreError as error:
        st.error(as_text(error))
        return
    with layout.watch(goes_back=True):
        show_rewind(run)
        if run.history:
            with layout.losses():
                draw_losses(run.run_id, run.history, run.config.epochs_to_do, held_scale() == "log", {})


def _show_links(run: StoredRun) -> None:
    shipped = _shipped_twin(run)
    links.to_explore(run)
    if shipped and cached_reads.has_plane(run) and cached_reads.has_plane(shipped):
        title = cached_reads.short_labels([shipped], with_collapse=True)[shipped.run_id]
        links.to_compare(run, shipped, f"Compare with the shipped {title}")
    if learnt(run):
        links.to_denoise(run)


def summary(run: StoredRun, code: Collapse) -> str:
    """What was stored, and what it has learned beside the mean image and PCA.

    Args:
        run: the run.
        code: whether its code says anything.

    Returns:
        Markdown.
    """
    name = as_text(run.annotation.name or run.run_id)
    stored = f"**{name}** is trained and stored: {epochs_words(run.config)}."
    if not run.config.is_trained:
        stored = f"**{name}** is stored. It was trained elsewhere."
    if run.is_hearsay:
        stored = f"**{name}** is stored. {run.caveat}\n\nIts file says: {epochs_words(run.config)}."
    if code.is_total:
        return f"{stored} This model learned nothing. {code.sentence}"
    return " ".join(filter(None, [stored, reached(run), code.facts * (code.kind != "sound")]))


def reached(run: StoredRun) -> str:
    """The reconstruction error of a run between those of the mean image and of PCA, in a sentence or two."""
    metrics, count = run.metrics, run.config.latent_dim
    if "mse" not in metrics:
        return ""
    sentence = f"Reconstruction MSE {plain(metrics['mse'])} per pixel (lower is better"
    if not {"mean_image_mse", "pca_mse"} <= set(metrics):
        return f"{sentence})."
    pca = f"PCA with {count_of(count, 'number')} {plain(metrics['pca_mse'])}"
    sentence += f"); the mean image has {plain(metrics['mean_image_mse'])}, {pca}."
    if metrics["mse"] < metrics["pca_mse"] or run.config.variant == "pca":
        return sentence
    return f"{sentence} PCA is better: more epochs may help."


def _shipped_twin(run: StoredRun) -> StoredRun | None:
    """The shipped run of the same variant and data set, of the same latent dimension if there is one."""
    config = run.config
    twins = [
        other
        for other in cached_reads.listing().runs
        if other.is_shipped
        and other.run_id != run.run_id
        and (other.config.dataset, other.config.variant) == (config.dataset, config.variant)
    ]
    return min(twins, key=lambda other: other.config.latent_dim != config.latent_dim, default=None)
