"""Maps of holes: those that are kept, and a button that makes the others."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from aecore.storage.run import StoredRun
from aecore.storage.settings import is_read_only
from dashboard.services import background, cached_reads, engine
from dashboard.shared.plain_text import as_text


def kept_maps(runs: Sequence[StoredRun]) -> dict[str, dict[str, np.ndarray]]:
    """The maps of holes there are, each as arrays by name, by the run's id."""
    found = {run.run_id: cached_reads.kept_holes(run) for run in runs if run.config.latent_dim == 2}
    return {run_id: arrays for run_id, arrays in found.items() if arrays is not None}


def offer_maps(lacking: Sequence[StoredRun]) -> None:
    """A button that maps the holes of runs in the background, and how far this is.

    Args:
        lacking: runs with two latent dimensions and no map.
    """
    lacking = [run for run in lacking if can_be_mapped(run)]
    keys = {_key(run): run for run in lacking}
    under_way = [background.show(key) for key in keys]
    if not lacking or any(under_way):
        return
    titles = ", ".join(cached_reads.short_labels(list(lacking), with_collapse=True).values())
    meaning = f"Decodes and encodes the plane, some seconds for each: {as_text(titles)}."
    st.button("Map the holes", help=meaning, on_click=_start_maps, args=(keys,))


def map_once(run: StoredRun) -> None:
    """Map a run's holes, which somebody wants to see, and show how far this is.

    Where that was tried before, or nothing is kept here, it is offered instead.

    Args:
        run: with two latent dimensions and no map.
    """
    key = _key(run)
    if not can_be_mapped(run):
        st.info("A map of holes decodes the plane and encodes it again, and this run has not both networks.")
        return
    if background.jobs().get(key) is None and not is_read_only():
        start_map(key, run)
    offer_maps([run])


def can_be_mapped(run: StoredRun) -> bool:
    """Whether a run has what a map takes: a decoder, and an encoder."""
    return run.has_decoder and run.has_encoder


def _key(run: StoredRun) -> str:
    return f"holes-{run.run_id}"


def _start_maps(keys: Mapping[str, StoredRun]) -> None:
    for key, run in keys.items():
        start_map(key, run)


def start_map(key: str, run: StoredRun) -> None:
    """Map a run's holes in the background, unless that is under way."""
    title = f"Holes of {run.manifest['title']}"
    background.jobs().start(key, title, lambda report: engine.holes(run.path, report))
