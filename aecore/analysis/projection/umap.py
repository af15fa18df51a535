"""UMAP: neighbours stay neighbours, by another cost than t-SNE's; an optional extra."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from aecore.config import check_record, option
from aecore.errors import BadValue, ExtraMissing

CAN_PLACE = False
IS_TIMED = False
TITLE = "UMAP"
NOTE = (
    "UMAP keeps neighbours together. It pulls clusters tighter than t-SNE does and sets them wider apart, "
    "but how large a cluster is, and how far it lies from another, means little here too. The map cannot be "
    "decoded: between two dots there is nothing to draw."
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be chosen before it starts.

    Raises:
        BadValue: if a value has the wrong type or lies outside its range.
    """

    neighbours: int = option(15, "neighbours that each point keeps", minimum=2, maximum=200)
    min_distance: float = option(0.1, "how near to each other points may lie", minimum=0.0, maximum=0.99)
    iterations: int = option(500, "passes over all pairs of neighbours", minimum=10, maximum=5000)
    seed: int = option(0, "seed of start and order", minimum=0, maximum=2**31 - 1)

    def __post_init__(self) -> None:
        """Check every value; see the class."""
        check_record(self)


def positions(points: np.ndarray, settings: Settings, report: Callable[[float, str], None]) -> np.ndarray:
    """The map of points.

    Args:
        points: shape (n, d), n more than the neighbours.
        settings: checked.
        report: called before and after; UMAP itself cannot be stopped half-way.

    Returns:
        float64 (n, 2).

    Raises:
        ExtraMissing: if umap-learn is not installed.
        BadValue: if there are too few points for the neighbours.

    Source: McInnes, Healy & Melville 2018.
    """
    if settings.neighbours >= len(points):
        raise BadValue(
            "neighbours", settings.neighbours, f"at most {len(points) - 1} for {len(points)} points"
        )
    from threadpoolctl import threadpool_limits  # here: a few ms that only this method needs

    report(0.0, "loading UMAP")
    method = _umap()
    report(0.1, "UMAP, which does not say how far it is")
    # numba sets the process's OpenMP threads to all cores, PyTorch's among them; the limit gives them back.
    with warnings.catch_warnings(), threadpool_limits(limits=1, user_api="openmp"):
        warnings.simplefilter("ignore")  # its own remarks about numba and sparse matrices
        placed = method(
            n_neighbors=settings.neighbours,
            min_dist=settings.min_distance,
            n_epochs=settings.iterations,
            random_state=settings.seed,
            n_jobs=1,  # more threads race, and a seed would mean nothing
        ).fit_transform(points)
    report(1.0, "UMAP done")
    return placed.astype(np.float64)


def place(points: np.ndarray, positions: np.ndarray, settings: Settings, new: np.ndarray) -> np.ndarray:
    """New points cannot be placed on a UMAP map that was kept as positions alone.

    Args:
        points: what was projected.
        positions: where it is.
        settings: those of the map.
        new: what should be placed.

    Returns:
        Never.

    Raises:
        BadValue: always, and it says which methods can.
    """
    raise BadValue("method", "umap", "tsne or pca to place a new image on the map")


def missing() -> str:
    """What to install, in a sentence; empty where it is there."""
    return "" if find_spec("umap") else str(_lacking())


def _lacking() -> ExtraMissing:
    return ExtraMissing("UMAP", "umap-learn>=0.5.12")


def _umap() -> Any:
    """The class of umap-learn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that Tensorflow is not there
        try:
            from umap import UMAP  # pyright: ignore[reportAttributeAccessIssue]  absent, this file itself is found by the name
        except ImportError as error:
            raise _lacking() from error
    return UMAP
