"""What dots are coloured by, of each image: what a run has, what can be computed, and how far that is."""

import functools
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from aecore.analysis import clusters, per_image
from aecore.datasets import Column, Split
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.settings import is_read_only
from dashboard.services import background, cached_reads, engine

TITLES = {"kl": "KL of every image", "predicted": "Class of every reconstruction"}
NEEDED: dict[str, Split] = {"kl": "test", "predicted": "train"}
"""The images that each is computed from; where the classifier is there already, predicted needs none."""


class Work(NamedTuple):
    """What has to be computed before dots can be coloured as they are asked to be.

    Attributes:
        name: what the plane calls the numbers.
        key: of the job.
        title: what the job is called, for people.
        compute: does it.
        found: what was computed before, (n,), or None.
    """

    name: str
    key: str
    title: str
    compute: Callable[..., np.ndarray]
    found: np.ndarray | None


def columns(run: StoredRun) -> tuple[Column, ...]:
    """What else is known of a run's codes or test images; nothing where those are not on this machine."""
    if run.columns:
        return run.columns
    dataset = run.config.dataset
    found = cached_reads.test_images(dataset).columns if cached_reads.images_are_here(dataset) else ()
    return tuple(column for column in found if len(column.values) == run.test_images)


def here(run: StoredRun, among: Collection[str]) -> set[str]:
    """What there is of each image of a run.

    Args:
        run: a stored run.
        among: names of `aecore.analysis.per_image` that may have to be computed.

    Returns:
        Names of what it stores, and of what was computed or can be.
    """
    computed = [name for name in per_image.lacking(run) if name in among and can_be_had(run, name)]
    return {*per_image.stored_names(run), *computed}


def can_be_had(run: StoredRun, name: str) -> bool:
    """Whether what a run does not store was computed before, or can be."""
    dataset = run.config.dataset
    has_judge = name == "predicted" and cache.is_any_kept(dataset, "judge")
    if not is_read_only() and (has_judge or cached_reads.images_are_here(dataset, NEEDED[name])):
        return True
    return per_image.kept(run, name) is not None


def has_clusters(run: StoredRun) -> bool:
    """Whether a run's codes can be grouped, or were before where nothing is computed."""
    is_enough = len(run.arrays["codes"]) >= clusters.FEWEST
    return is_enough and (not is_read_only() or clusters.is_any_kept(run))


def clusters_work(run: StoredRun, name: str, count: int) -> Work:
    """The clusters of a run's codes.

    Args:
        run: whose codes.
        name: what the plane calls them.
        count: how many.

    Returns:
        What is to be computed, or was.
    """
    compute = functools.partial(engine.clusters, run.path, count)
    found = clusters.kept(run, count)
    return Work(name, f"clusters/{run.path}/{count}", f"{count} clusters of the codes", compute, found)


def per_image_work(run: StoredRun, name: str, whose: str = "") -> Work | None:
    """What a run does not store of each image.

    Args:
        run: whose numbers.
        name: of `per_image`.
        whose: what the run is called, where there are several.

    Returns:
        What is to be computed, or was; None where it is stored, or cannot be had.
    """
    if name not in per_image.lacking(run) or not can_be_had(run, name):
        return None
    title = f"{TITLES[name]}{f' of {whose}' * bool(whose)}"
    compute = functools.partial(engine.per_image, run.path, name)
    return Work(name, f"per-image/{run.path}/{name}", title, compute, per_image.kept(run, name))


def begin(work: Work) -> None:
    """Start what was not computed yet, in the background; not what was stopped or failed."""
    if work.found is None and not background.jobs().get(work.key):
        background.start(work.key, work.title, work.compute)


def show_progress(works: Sequence[Work]) -> None:
    """How far the computing of each is, or why there is nothing."""
    for work in works:
        job = None if work.found is not None else background.jobs().get(work.key)
        if job and not background.show(work.key):
            again = work.key, work.title, work.compute
            st.button("Compute again", key=f"colour-again-{work.key}", on_click=background.start, args=again)
