"""What the dots of all planes of Compare are coloured by: one choice, one scale, clusters of one run.

Clusters of each run by itself have nothing to do with one another, so all planes show those of the first: how
the others arrange them is what can be compared.
"""

from collections.abc import Sequence

import streamlit as st

from aecore.storage.run import StoredRun
from dashboard.components.latent_plane import plane_marks
from dashboard.services import cached_reads
from dashboard.shared import image_values
from dashboard.shared.image_values import Work, columns
from dashboard.shared.plain_text import as_text
from dashboard.state import link, plane


def names(run: StoredRun, first: StoredRun) -> tuple[str, ...]:
    """What the dots of one of the planes can be coloured by.

    Args:
        run: the plane's.
        first: whose codes' clusters all planes show.

    Returns:
        Names as the address has them; "cluster" for whatever number of clusters.
    """
    here = image_values.here(run, link.SHARED_COLOURS)
    known = [name for name in link.SHARED_COLOURS if name in here]
    if image_values.has_clusters(first):
        known.append(link.CLUSTER)
    return (*known, *(f"{link.COLUMN}{column.name}" for column in columns(first)))


def words(first: StoredRun, called: str) -> str:
    """A sentence that says what the dots are coloured by; empty where by their classes.

    Args:
        first: whose codes' clusters all planes show.
        called: what that run is called.

    Returns:
        The sentence, after a space.
    """
    asked, size = plane.shared_colour(), first.config.latent_dim
    if (count := link.clusters(asked)) is not None:
        over = f"all {size} dimensions of those codes" if size > 2 else "those codes"
        of = as_text(called)
        return f" Each is coloured by which of {count} clusters its code of {of} lies in (k-means on {over})."
    if (name := link.column(asked)) is not None:
        return f" Each is coloured by {as_text(name)}, which no model saw."
    if asked not in link.SHARED_COLOURS:
        return ""
    return f" Each is {plane.COLOUR_WORDS[asked]}, on one scale for all planes."


def bring(runs: Sequence[StoredRun]) -> None:
    """Hand the planes what their dots are to be coloured by, as soon as it is there; start what is not.

    Args:
        runs: whose planes are shown; all planes can show the clusters of the first.
    """
    asked, group = plane.shared_colour(), cached_reads.COMPARE_GROUP
    known = columns(runs[0]) if runs else ()
    if column := next((column for column in known if column.name == link.column(asked)), None):
        words = {asked: column.words} if column.words else {}
        plane_marks(group, values={asked: column.values}, words=words, key="colours")
    asked_for = works(runs)
    for run, work in asked_for:
        image_values.begin(work)
        if work.found is not None:
            whose = run.run_id if asked in link.SHARED_COLOURS else ""
            key = f"colours-{whose}" if whose else "colours"
            plane_marks(group, values={asked: work.found}, whose=whose, key=key)
    if lacking := [work for _, work in asked_for if work.found is None]:
        with st.container(key="compare-progress"):
            image_values.show_progress(lacking)


def works(runs: Sequence[StoredRun]) -> list[tuple[StoredRun, Work]]:
    """What has to be computed, or was, for what the address asks for; each with its run."""
    asked = plane.shared_colour()
    if runs and (count := link.clusters(asked)) is not None:
        return [(runs[0], image_values.clusters_work(runs[0], asked, count))]
    if asked != "kl":
        return []
    called = cached_reads.short_labels(list(runs))
    every = ((run, image_values.per_image_work(run, asked, called[run.run_id])) for run in runs)
    return [(run, work) for run, work in every if work]
