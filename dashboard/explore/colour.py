"""What Explore's dots are coloured by; what has to be computed for it is, once, in the background."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from aecore.analysis import clusters, per_image
from aecore.datasets import Column, Split
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.settings import is_read_only
from dashboard.components.latent_plane import plane_marks
from dashboard.services import background, cached_reads, engine
from dashboard.shared.plain_text import as_text
from dashboard.state import link, plane

COMPUTED_AS = {"kl": "kl", "predicted": "predicted", "right": "predicted"}
"""By what the dots are coloured: what of `per_image` that takes."""
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


def names(run: StoredRun) -> tuple[str, ...]:
    """What the dots can be coloured by: what is stored, what was computed, and what can be here."""
    here = {
        *per_image.stored_names(run),
        *(name for name in per_image.lacking(run) if _can_be_had(run, name)),
    }
    known = [name for name in link.COLOURS if COMPUTED_AS.get(name, name) in here]
    has_clusters = len(run.arrays["codes"]) >= clusters.FEWEST
    if has_clusters and (not is_read_only() or clusters.is_any_kept(run)):
        known.append(link.CLUSTER)
    return (*known, *(f"{link.COLUMN}{column.name}" for column in columns(run)))


def columns(run: StoredRun) -> tuple[Column, ...]:
    """What else is known of a run's codes or test images; nothing where those are not on this machine."""
    if run.columns:
        return run.columns
    dataset = run.config.dataset
    found = cached_reads.test_images(dataset).columns if cached_reads.images_are_here(dataset) else ()
    return tuple(column for column in found if len(column.values) == run.test_images)


def words(latent_dim: int) -> str:
    """What stands in the place of "coloured by class".

    Args:
        latent_dim: numbers in a latent code.

    Returns:
        Some words; empty where dots are coloured by their classes.
    """
    asked = plane.asked_colour()
    if (count := link.clusters(asked)) is not None:
        among = "" if latent_dim <= 2 else f", over all {latent_dim} dimensions"
        return f"coloured by which of {count} clusters its code lies in (k-means on the codes{among})"
    if (name := link.column(asked)) is not None:
        return f"coloured by {as_text(name)}, which the model never saw"
    return plane.COLOUR_WORDS.get(asked, "")


def _can_be_had(run: StoredRun, name: str) -> bool:
    if per_image.kept(run, name) is not None:
        return True
    dataset = run.config.dataset
    has_judge = name == "predicted" and cache.is_any_kept(dataset, "judge")
    return not is_read_only() and (has_judge or cached_reads.images_are_here(dataset, NEEDED[name]))


def bring(run: StoredRun) -> None:
    """Hand the plane what its dots are to be coloured by, once it is computed; start that where it is not."""
    asked = plane.asked_colour()
    column = next((known for known in columns(run) if known.name == link.column(asked)), None)
    if column is not None:
        _hand_over(asked, column.values, column.words)
    elif work := _work(run):
        if work.found is not None:
            _hand_over(work.name, work.found)
        elif not background.jobs().get(work.key):
            background.start(work.key, work.title, work.compute)


def _hand_over(name: str, values: np.ndarray, words: tuple[str, ...] = ()) -> None:
    group = cached_reads.EXPLORE_GROUP
    plane_marks(group, values={name: values}, words={name: words} if words else {}, key="plane-colours")


def show_progress(run: StoredRun) -> None:
    """How far the computing is, or why there is nothing."""
    work = _work(run)
    if not work or work.found is not None:
        return
    job = background.jobs().get(work.key)
    if not background.show(work.key) and job:
        again = work.key, work.title, work.compute
        st.button("Compute again", key="colour-again", on_click=background.start, args=again)


def _work(run: StoredRun) -> Work | None:
    """What what the address asks for has to be computed by; None where nothing has, or it cannot be."""
    asked = plane.asked_colour()
    if (count := link.clusters(asked)) is not None:
        found, key = clusters.kept(run, count), f"clusters/{run.path}/{count}"
        compute = functools.partial(engine.clusters, run.path, count)
        return Work(asked, key, f"{count} clusters of the codes", compute, found)
    name = COMPUTED_AS.get(asked, "")
    if name not in per_image.lacking(run) or not _can_be_had(run, name):
        return None
    compute = functools.partial(engine.per_image, run.path, name)
    return Work(name, f"per-image/{run.path}/{name}", TITLES[name], compute, per_image.kept(run, name))
