"""Which of the codes lie together: k-means on the codes of a run's test images.

Kept through `storage.cache` as kind "clusters": one array `cluster`, int16 (n,), numbered from 0 by size, the
largest first.
"""

import warnings
from collections.abc import Callable

import numpy as np

from aecore.errors import BadValue
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

Report = Callable[[float, str], None]
KIND, FORMAT = "clusters", 1
FEWEST, MOST = 2, 50
STARTS, SEED = 10, 0
"""Beginnings of which the best is taken, each by k-means++, and the seed that they are drawn with."""


def kmeans(codes: np.ndarray, count: int, report: Report | None = None) -> np.ndarray:
    """The clusters of codes, over all of their dimensions as they are.

    Args:
        codes: shape (n, d), finite.
        count: how many clusters, FEWEST to MOST and at most n.
        report: called with the share done, 0 to 1, and what is being done.

    Returns:
        The cluster of each code, int16 (n,), numbered from 0 by size; fewer than `count` where fewer codes
        differ. Equal arguments give equal clusters.

    Raises:
        BadValue: if there cannot be so many clusters.

    Source: Lloyd 1982; k-means++, Arthur & Vassilvitskii 2007.
    """
    if not FEWEST <= count <= min(MOST, len(codes)):
        raise BadValue("clusters", count, f"a whole number from {FEWEST} to {min(MOST, len(codes))}")
    if report:
        report(0.0, "loading scikit-learn")
    from sklearn.cluster import KMeans  # here: it takes a second to import
    from sklearn.exceptions import ConvergenceWarning

    chance = np.random.RandomState(SEED)
    best, least = np.zeros(len(codes), np.int16), np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer codes differ than clusters are asked for
        for start in range(STARTS):
            if report:
                report(start / STARTS, f"grouping the codes, beginning {start + 1} of {STARTS}")
            found = KMeans(count, n_init=1, random_state=chance).fit(codes.astype(np.float64))
            if found.inertia_ < least:
                best, least = found.labels_, found.inertia_
    return _by_size(best)


def _by_size(found: np.ndarray) -> np.ndarray:
    """The same clusters, the largest first; of equal ones that of the first code."""
    _, first, renamed, sizes = np.unique(found, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    return np.argsort(order)[renamed.ravel()].astype(np.int16)


def is_any_kept(run: StoredRun, store: RunStore | None = None) -> bool:
    """Whether clusters of a run were computed before, of whatever count."""
    return cache.is_any_kept(run.run_id, KIND, store)


def kept(run: StoredRun, count: int, store: RunStore | None = None) -> np.ndarray | None:
    """Clusters that were computed earlier.

    Args:
        run: a stored run.
        count: how many were asked for.
        store: where to look; your own runs and the shipped ones if not given.

    Returns:
        As `kmeans` gives them; None where they were not computed or the file was altered.
    """
    found = (cache.read(run, KIND, _settings(count), store) or {}).get("cluster")
    if found is None or found.shape != (run.test_images,) or found.dtype != np.int16:
        return None
    return found if found.min() >= 0 and found.max() < count else None


def computed(
    run: StoredRun, count: int, report: Report | None = None, store: RunStore | None = None
) -> np.ndarray:
    """Group a run's codes, and keep the clusters.

    Args:
        run: a stored run.
        count: how many clusters.
        report: as in `kmeans`.
        store: where to keep them; your own runs if not given.

    Returns:
        As `kmeans` gives them.

    Raises:
        BadValue: if there cannot be so many clusters.
        ReadOnly: where what is stored is only shown.
    """
    found = kmeans(run.arrays["codes"], count, report)
    cache.write(run, KIND, _settings(count), {"cluster": found}, store)
    return found


def _settings(count: int) -> dict[str, object]:
    return {"count": count, "starts": STARTS, "seed": SEED, "format": FORMAT}
