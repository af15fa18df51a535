"""What Explore's dots are coloured by, where the model has to compute it: once, in the background."""

import functools

import numpy as np
import streamlit as st

from aecore.analysis import per_image
from aecore.datasets import Split
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.settings import is_read_only
from dashboard.components.latent_plane import plane_marks
from dashboard.services import background, cached_reads, engine
from dashboard.state import link, plane

COMPUTED_AS = {"kl": "kl", "predicted": "predicted", "right": "predicted"}
"""By what the dots are coloured: what of `per_image` that takes."""
TITLES = {"kl": "KL of every image", "predicted": "Class of every reconstruction"}
NEEDED: dict[str, Split] = {"kl": "test", "predicted": "train"}
"""The images that each is computed from; where the classifier is there already, predicted needs none."""


def names(run: StoredRun) -> tuple[str, ...]:
    """What the dots can be coloured by: what is stored, what was computed, and what can be here."""
    here = {
        *per_image.stored_names(run),
        *(name for name in per_image.lacking(run) if _can_be_had(run, name)),
    }
    return tuple(name for name in link.COLOURS if COMPUTED_AS.get(name, name) in here)


def _can_be_had(run: StoredRun, name: str) -> bool:
    if per_image.kept(run, name) is not None:
        return True
    dataset = run.config.dataset
    has_judge = name == "predicted" and cache.is_any_kept(dataset, "judge")
    return not is_read_only() and (has_judge or cached_reads.images_are_here(dataset, NEEDED[name]))


def bring(run: StoredRun) -> None:
    """Hand the plane what its dots are to be coloured by, once it is computed; start that where it is not."""
    name = _asked(run)
    found = per_image.kept(run, name) if name else None
    if found is not None:
        plane_marks(cached_reads.EXPLORE_GROUP, values={name: found}, key="plane-colours")
    elif name and _can_be_had(run, name) and not background.jobs().get(_key(run, name)):
        background.start(*_work(run, name))


def show_progress(run: StoredRun) -> None:
    """How far the computing is, or why there is nothing."""
    name = _asked(run)
    if not name or per_image.kept(run, name) is not None:
        return
    job = background.jobs().get(_key(run, name))
    if not background.show(_key(run, name)) and job:
        st.button("Compute again", key="colour-again", on_click=background.start, args=_work(run, name))


def _work(run: StoredRun, name: str) -> tuple[str, str, functools.partial[np.ndarray]]:
    """What `background.start` takes."""
    return _key(run, name), TITLES[name], functools.partial(engine.per_image, run.path, name)


def _asked(run: StoredRun) -> str:
    """What has to be computed for what the address asks for; empty where nothing has."""
    name = COMPUTED_AS.get(plane.asked_colour(), "")
    return name if name in per_image.lacking(run) else ""


def _key(run: StoredRun, name: str) -> str:
    return f"per-image/{run.path}/{name}"
