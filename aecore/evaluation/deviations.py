"""Deviations: how far a run's numbers would move with another seed and other test images, as far as is known.

Over seeds: `benchmarks.seeds` trains one recipe with several seeds and keeps what each reached (`cache`,
owner the data set, kind "seeds": one float64 array (seeds,) per number). It is known for that very recipe
only, and says nothing of other settings. Over test images: the sampling error of a mean, of a share of
images, or of counts in cells. Not in it: other splits, other machines, the choice of the recipe.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from aecore.config import RunConfig
from aecore.metrics import WHITENED
from aecore.metrics.cells import empty_of, holes_of, variation_of
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

KIND = "seeds"
FACTOR = 2.0
"""Two runs are told apart where they differ by more than so many standard deviations of the difference."""
DRAWS = 200
SHARES = ("knn_accuracy", "linear_probe", "test_error")
OF_CELLS = {"total_variation": variation_of, "hole_share": holes_of, "empty_share": empty_of}


def told_apart(one: float, other: float, deviation: float | None, other_deviation: float | None) -> bool:
    """Whether two numbers differ by more than chance explains.

    Args:
        one: of one run.
        other: of the other.
        deviation: standard deviation of the one, None where it is not known.
        other_deviation: of the other.

    Returns:
        Whether |one - other| > 2 sqrt(deviation² + other_deviation²); never where either is not known.
    """
    if deviation is None or other_deviation is None:
        return False
    return bool(abs(one - other) > FACTOR * np.hypot(deviation, other_deviation))


def known(run: StoredRun, cells: Mapping[str, np.ndarray], store: RunStore | None = None) -> dict[str, float]:
    """Standard deviations of a run's numbers, over seeds and test images together.

    Args:
        run: a stored run.
        cells: shares of its codes in the prior's cells, (10, 20), by "cells" and "cells_whitened", where
            they are kept.
        store: where to look for other seeds; your own runs and the shipped ones if not given.

    Returns:
        By name; only numbers whose deviation over seeds is known, since that over images alone is too small.
    """
    seeds = over_seeds(run.config, store)
    images = over_images(run, cells) if seeds else {}
    return {name: float(np.hypot(deviation, images.get(name, 0.0))) for name, deviation in seeds.items()}


def over_seeds(config: RunConfig, store: RunStore | None = None) -> dict[str, float]:
    """Standard deviations over seeds, of the same recipe.

    Args:
        config: the recipe; its seed does not matter.
        store: where to look.

    Returns:
        By name; nothing where the recipe was trained with one seed only.
    """
    kept = cache.read(config.dataset, KIND, settings(config), store) or {}
    return {name: float(values.std(ddof=1)) for name, values in kept.items() if len(values) > 1}


def settings(config: RunConfig) -> dict[str, Any]:
    """What names a recipe whatever its seed."""
    return dataclasses.replace(config, seed=0).to_json()


def over_images(run: StoredRun, cells: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Standard deviations over test images, where they are cheap to tell; see `known`."""
    count, metrics, errors = run.test_images, run.metrics, run.arrays.get("errors")
    found = {}
    if errors is not None:  # else there was nothing to decode, or to compare it with
        found["mse"] = float(errors.astype(np.float64).std() / np.sqrt(count))
    for name in SHARES:
        if name in metrics:
            found[name] = float(np.sqrt(metrics[name] * (1 - metrics[name]) / count))
    for ending in ("", WHITENED):
        if f"cells{ending}" in cells:
            found |= {
                name + ending: value for name, value in _of_cells(cells[f"cells{ending}"], count).items()
            }
    return found


def _of_cells(shares: np.ndarray, count: int) -> dict[str, float]:
    """Of the numbers on cells, by drawing as many images again with replacement."""
    draws = np.random.default_rng(0).multinomial(count, shares.ravel() / shares.sum(), DRAWS) / count
    return {name: float(np.std([number(draw) for draw in draws])) for name, number in OF_CELLS.items()}
