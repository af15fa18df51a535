"""Additions: numbers that a run was stored without, measured later and kept beside it.

Kept through `storage.cache` as kind "metrics": one float64 array (1,) by name, NaN where the model turned out
to have no such number. How codes fill the prior is kept as kind "coverage", with the shares in cells. Of what
a file holds only numbers of the catalog count, each within its limits: it may have been altered.
"""

from collections.abc import Collection, Mapping

import numpy as np

from aecore import datasets
from aecore.metrics import SEED, WHITENED, catalog, lacking
from aecore.metrics.cells import are_shares, undefined
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

NUMBERS = ("metrics", {"seed": SEED})
COVERAGE = ("coverage", {"seed": SEED})
"""Kind and settings under which the cache keeps either."""
GROUP = "coverage of the prior"
CELLS = ("cells", "cells" + WHITENED)
TRAINED = frozenset({"decoder", "training"})
"""Of the needs of numbers on coverage; the rest of them are labels and discriminators."""


def kept(run: StoredRun, store: RunStore | None = None) -> dict[str, float]:
    """Numbers that were measured later.

    Args:
        run: a stored run.
        store: where to look; your own runs and the shipped ones if not given.

    Returns:
        By name; NaN where it was looked for in vain.
    """
    found = cache.read(run, *NUMBERS, store) or {}
    return {
        name: float(array[0])
        for name, array in found.items()
        if _is_number(run, name, array) or (name in catalog() and _is_none(array))
    }


def kept_coverage(run: StoredRun, store: RunStore | None = None) -> dict[str, np.ndarray]:
    """How a run's codes fill the prior, as far as it was measured later.

    Args:
        run: a stored run.
        store: as in `kept`.

    Returns:
        Numbers by name, shape (1,); "cells" and "cells_whitened" as in `metrics.cells.cell_shares`, (10, 20).
    """
    found = cache.read(run, *COVERAGE, store) or {}
    return {
        name: array
        for name, array in found.items()
        if _is_number(run, name, array) or (name in CELLS and are_shares(array))
    }


def keep(run: StoredRun, numbers: Mapping[str, float], store: RunStore | None = None) -> None:
    """Keep numbers beside a run and those that are kept already.

    Args:
        run: a stored run; it stays as it is.
        numbers: by name, NaN where there is none.
        store: where to keep them; your own runs if not given.
    """
    whole = kept(run, store) | dict(numbers)
    arrays = {name: np.array([number], np.float64) for name, number in whole.items()}
    cache.write(run, *NUMBERS, arrays, store)


def numbers(run: StoredRun, store: RunStore | None = None) -> dict[str, float]:
    """A run's own numbers, and those that were measured later.

    Args:
        run: a stored run.
        store: as in `kept`.

    Returns:
        By name, all of them finite.
    """
    later = {name: number for name, number in kept(run, store).items() if np.isfinite(number)}
    return later | run.metrics


def not_measured(run: StoredRun, store: RunStore | None = None) -> list[str]:
    """The numbers that a run could have and has not: it was measured before they were there.

    Args:
        run: a stored run.
        store: as in `kept`.

    Returns:
        Names of the catalog, in its order.
    """
    known = {*run.metrics, *kept(run, store)}
    return lacking(known, _has(run), run.config.latent_dim, run.manifest["prior"])


def lacking_coverage(
    known: Collection[str],
    latent_dim: int,
    prior: str | None,
    *,
    is_labelled: bool,
    has: frozenset[str] = TRAINED,
) -> list[str]:
    """What a run could have of the numbers and cells on how its codes fill the prior, and has not.

    Args:
        known: names of what was measured.
        latent_dim: numbers in a latent code.
        prior: one of `priors.names()`; None where the model has none and is held against N(0, I).
        is_labelled: whether its images have labels.
        has: what it has beside, of those numbers' needs; what every model has that was trained here.

    Returns:
        The missing names.
    """
    cells = CELLS if not undefined(latent_dim, prior) else []
    wanted = lacking(known, has | {*["labels"] * is_labelled}, latent_dim, prior, GROUP)
    return [*wanted, *(name for name in cells if name not in known)]


def has_of_coverage(run: StoredRun) -> frozenset[str]:
    """What a run has of `TRAINED`: one that was not trained here may lack a part."""
    return _has(run) & TRAINED


def _is_number(run: StoredRun, name: str, array: np.ndarray) -> bool:
    """Whether an array that was kept is a number of the catalog, and one that a run of this size can have."""
    metric = catalog().get(name)
    if metric is None or array.dtype != np.float64 or array.shape != (1,):
        return False
    return metric.is_within(float(array[0]), run.config.latent_dim)


def _is_none(array: np.ndarray) -> bool:
    """Whether an array that was kept says that the model has no such number."""
    return array.dtype == np.float64 and array.shape == (1,) and bool(np.isnan(array[0]))


def _has(run: StoredRun) -> frozenset[str]:
    """What a run's data set and model have, as far as its files tell without PyTorch."""
    terms, arrays = run.history[-1]["test"] if run.history else {}, run.arrays
    found = {
        "labels": "labels" in arrays,
        "prior": run.manifest["prior"] is not None,
        "posterior": "kl" in arrays,
        "images": run.config.is_trained or datasets.extent(run.config.dataset) is not None,
        "training": run.config.is_trained or "two_sample_accuracy" in run.metrics,
        "reconstructions": "errors" in arrays,
        "decoder": run.has_decoder,
        "bound": "kl" in arrays,
        "class": "conditions" in arrays,
        "noise": "noise" in run.config.options or "noisy_psnr" in run.metrics,
        "classifier": "classification" in terms,
        "rectifier": run.has_decoder and run.manifest["layers"][-1]["type"] != "sigmoid",
    }
    return frozenset(name for name, is_so in found.items() if is_so) | set(terms)
