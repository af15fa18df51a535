"""What Explore's dots are coloured by; what has to be computed for it is, once, in the background."""

import numpy as np

from aecore.storage.run import StoredRun
from dashboard.components.latent_plane import plane_marks
from dashboard.services import cached_reads
from dashboard.shared import image_values
from dashboard.shared.image_values import Work, columns
from dashboard.shared.plain_text import as_text
from dashboard.state import link, plane

COMPUTED_AS = {"kl": "kl", "predicted": "predicted", "right": "predicted"}
"""By what the dots are coloured: what of `per_image` that takes."""


def names(run: StoredRun) -> tuple[str, ...]:
    """What the dots can be coloured by: what is stored, what was computed, and what can be here."""
    here = image_values.here(run, COMPUTED_AS.values())
    known = [name for name in link.COLOURS if COMPUTED_AS.get(name, name) in here]
    if image_values.has_clusters(run):
        known.append(link.CLUSTER)
    return (*known, *(f"{link.COLUMN}{column.name}" for column in columns(run)))


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


def bring(run: StoredRun) -> None:
    """Hand the plane what its dots are to be coloured by, once it is computed; start that where it is not."""
    asked = plane.asked_colour()
    column = next((known for known in columns(run) if known.name == link.column(asked)), None)
    if column is not None:
        _hand_over(asked, column.values, column.words)
    elif work := _work(run):
        if work.found is not None:
            _hand_over(work.name, work.found)
        image_values.begin(work)


def _hand_over(name: str, values: np.ndarray, words: tuple[str, ...] = ()) -> None:
    group = cached_reads.EXPLORE_GROUP
    plane_marks(group, values={name: values}, words={name: words} if words else {}, key="plane-colours")


def show_progress(run: StoredRun) -> None:
    """How far the computing is, or why there is nothing."""
    work = _work(run)
    image_values.show_progress([work] if work else [])


def _work(run: StoredRun) -> Work | None:
    """What what the address asks for has to be computed by; None where nothing has, or it cannot be."""
    asked = plane.asked_colour()
    if (count := link.clusters(asked)) is not None:
        return image_values.clusters_work(run, asked, count)
    return image_values.per_image_work(run, COMPUTED_AS.get(asked, ""))
