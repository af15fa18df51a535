"""Linked planes: several runs of one data set, decoded by one pointer, with the holes of each."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from aecore.errors import AecoreError
from aecore.evaluation import collapse
from aecore.latent import priors
from aecore.metrics import NULL, WHITENED
from aecore.storage.run import StoredRun
from dashboard.compare import colour
from dashboard.components.latent_plane import linked_plane, plane_conductor, plane_marks
from dashboard.figures.numbers import plain
from dashboard.services import cached_reads, original_images
from dashboard.shared import collapse_notice
from dashboard.shared.dataset_download import offer_download
from dashboard.shared.hole_maps import kept_maps, offer_maps
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, plane, session

GROUP, HOLES = cached_reads.COMPARE_GROUP, "hole_share"
HOLES_TOLD = (
    " **Hole cells**: of 200 cells with equal shares of the prior, those with fewer than a quarter of the "
    "codes due there. **If whitened**: the codes are moved, turned and scaled to mean 0 and covariance I "
    "first, so that only their shape counts. **By chance**: what a sample of the prior scores. **Hatched**: "
    "the prior's mass in the holes of a smoothed map. Lower is better in each."
)
UNLABELLED = " They have no labels, so all are of one colour."
PER_ROW = {1: 1, 2: 2, 4: 2}
"""How many planes stand side by side, by how many there are; three otherwise."""


def show(runs: list[StoredRun]) -> None:
    """The shared toolbar, and below it a plane for each run.

    Args:
        runs: of one data set, whose planes share pointer, choice and overlays.
    """
    sound = [run for run in runs if opens(run)]
    first = [*sound, *runs][0]
    dataset, count = first.config.dataset, first.test_images
    originals = original_images.originals(dataset)
    dimensions = {run.run_id: run.config.latent_dim for run in runs}
    columns = [column.name for column in colour.columns(first)]
    plane.check_shared_link(count, dimensions, len(first.classes), columns)
    for sentence in session.take_notices():
        st.warning(as_text(sentence))
    plane_conductor(
        cached_reads.shared_images(dataset, originals, first),
        key=keys.SHARED_PLANES,
        on_selection=plane.keep_shared_selection,
        on_view=plane.keep_shared_view,
    )
    if originals is None:
        is_drawn = any(run.has_decoder for run in runs)
        what = "only reconstructions are shown" if is_drawn else "the planes show their places alone"
        offer_download(dataset, what, "test")
    maps, words = kept_maps(runs), headings(runs)
    called = cached_reads.short_labels(runs)[first.run_id]
    per_row = PER_ROW.get(len(runs), 3)
    for start in range(0, len(runs), per_row):
        for column, run in zip(st.columns(per_row), runs[start : start + per_row], strict=False):
            deep = f"deep-{run.run_id}" if run.config.latent_dim > 2 else None  # its place is higher
            with column, st.container(gap="xxsmall", key=deep):
                show_plane(run, words[run.run_id], maps.get(run.run_id), first)
    image = plane.shared_image(count)
    plane_marks(GROUP, holes=maps, image=image, clusters_of=called, key="linked_holes")
    colour.bring(sound)
    is_plain = not first.classes and not plane.shared_colour()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Each dot is one of all {count:,} test images: its code, or the mean of q(z|x) where that "
            f"has a spread.{UNLABELLED * is_plain}{colour.words(first, called)}"
            + HOLES_TOLD
            * any(HOLES in run.metrics for run in runs)
        )
        offer_maps([run for run in runs if run.config.latent_dim == 2 and run.run_id not in maps])


def opens(run: StoredRun) -> bool:
    """Whether a run can be shown."""
    try:
        cached_reads.check(run)
    except AecoreError:
        return False
    return True


def headings(runs: Sequence[StoredRun]) -> dict[str, str]:
    """What stands above each plane, by run: the variant, and what tells it from others of its kind."""
    labels = cached_reads.run_labels(list(runs), with_collapse=False)
    titles = [run.manifest["title"] for run in runs]
    return {
        run.run_id: f"**{title}** · "
        + (as_text(labels[run.run_id]) if titles.count(title) > 1 else f"z = {run.config.latent_dim}")
        for run, title in zip(runs, titles, strict=True)
    }


def show_plane(
    run: StoredRun, heading: str, hatched: Mapping[str, np.ndarray] | None, first: StoredRun
) -> None:
    """One run's plane below its heading and what it reached; its trouble is its own.

    Args:
        run: a stored run.
        heading: what stands above.
        hatched: its map of holes, where there is one.
        first: whose codes' clusters all planes can show.
    """
    try:
        packed = cached_reads.linked_plane_of(run, colour.names(run, first))
        measured = measures(run, hatched)
    except AecoreError as error:
        st.error(as_text(error))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(f"{heading}{verdict(run)}")
        collapse_notice.mark(run)
    linked_plane(packed, key=f"plane-{run.run_id}")
    st.caption(measured)


def measures(run: StoredRun, hatched: Mapping[str, np.ndarray] | None) -> str:
    """What the run reached, each number with its direction, and what it is held against.

    Args:
        run: a stored run.
        hatched: its map of holes, where there is one.

    Returns:
        Up to three lines; hole cells and hatching are two measures, each with its own null.
    """
    metrics, prior = run.metrics, run.manifest["prior"]
    error = f"MSE ↓ {plain(metrics['mse'])}" if "mse" in metrics else "nothing is decoded and compared"
    if collapse.of_run(metrics, run.config.latent_dim).is_total:
        return f"{error} · not held against the prior: the code says nothing"
    against = f"the prior, {priors.find(prior).title}" if prior else "no prior: not trained for N(0, I)"
    lines = [f"{error} · {against}"]
    if HOLES in metrics:
        named = {"": HOLES, " if whitened": HOLES + WHITENED, " by chance": HOLES + NULL}
        shares = [_percent(metrics[name]) + words for words, name in named.items() if name in metrics]
        lines.append(f"Hole cells ↓ {' · '.join(shares)}")
    if hatched and "share" in hatched:
        mass = f"{_percent(hatched['share'])} of the prior's mass"
        lines.append(f"Hatched ↓ {mass} · {_percent(hatched['null'])} by chance")
    return "  \n".join(lines)


def verdict(run: StoredRun) -> str:
    """How much of the prior the codes leave empty; nothing where that is not to be said."""
    if HOLES not in run.metrics or collapse.of_run(run.metrics, run.config.latent_dim).is_total:
        return ""
    return f" :blue-badge[{_percent(run.metrics[HOLES])} hole cells ↓]"


def _percent(share: float | np.ndarray) -> str:
    return f"{100 * float(share):.1f} %"
