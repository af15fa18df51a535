"""Additions: numbers that a run was stored without, measured later and kept beside it.

Kept through `storage.cache` as kind "metrics": one float64 array (1,) by name, NaN where the model turned out
to have no such number. How codes fill the prior is kept as kind "coverage", with the shares in cells.
"""

from collections.abc import Collection, Mapping

import numpy as np

from aecore.metrics import SEED, WHITENED, lacking
from aecore.metrics.cells import undefined
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

NUMBERS = ("metrics", {"seed": SEED})
COVERAGE = ("coverage", {"seed": SEED})
"""Kind and settings under which the cache keeps either."""
GROUP = "coverage of the prior"


def kept(run: StoredRun, store: RunStore | None = None) -> dict[str, float]:
    """Numbers that were measured later.

    Args:
        run: a stored run.
        store: where to look; your own runs and the shipped ones if not given.

    Returns:
        By name; NaN where it was looked for in vain.
    """
    found = cache.read(run, *NUMBERS, store) or {}
    return {name: float(array[0]) for name, array in found.items() if array.shape == (1,)}


def keep(run: StoredRun, numbers: Mapping[str, float], store: RunStore | None = None) -> None:
    """Keep numbers beside a run and those that are kept already.

    Args:
        run: a stored run; it stays as it is.
        numbers: by name, NaN where there is none.
        store: where to keep them; your own runs if not given.
    """
    whole = kept(run, store) | dict(numbers)
    cache.write(run, *NUMBERS, {name: np.array([number]) for name, number in whole.items()}, store)


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
    known: Collection[str], latent_dim: int, prior: str | None, *, is_labelled: bool
) -> list[str]:
    """What a run could have of the numbers and cells on how its codes fill the prior, and has not.

    Args:
        known: names of what was measured.
        latent_dim: numbers in a latent code.
        prior: one of `priors.names()`; None where the model has none and is held against N(0, I).
        is_labelled: whether its images have labels.

    Returns:
        The missing names.
    """
    cells = ["cells", "cells" + WHITENED] if not undefined(latent_dim, prior) else []
    has = frozenset({"decoder", *["labels"] * is_labelled})  # the rest of the group is of discriminators
    wanted = lacking(known, has, latent_dim, prior, GROUP)
    return [*wanted, *(name for name in cells if name not in known)]


def _has(run: StoredRun) -> frozenset[str]:
    """What a run's data set and model have, as far as its files tell without PyTorch."""
    terms, arrays = run.history[-1]["test"], run.arrays
    found = {
        "labels": "labels" in arrays,
        "prior": run.manifest["prior"] is not None,
        "posterior": "kl" in arrays,
        "decoder": True,
        "bound": "kl" in arrays,
        "class": "conditions" in arrays,
        "noise": "noise" in run.config.options or "noisy_psnr" in run.metrics,
        "classifier": "classification" in terms,
        "rectifier": run.manifest["layers"][-1]["type"] != "sigmoid",
    }
    return frozenset(name for name, is_so in found.items() if is_so) | set(terms)
