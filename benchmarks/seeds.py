"""Spread over seeds: `python -m benchmarks.seeds mnist ae vae aae`, kept for `aecore.evaluation.deviations`.

Trains the shipped two-dimensional recipe of each variant with several seeds, in a folder that is thrown away,
and keeps what each reached. The shipped run is the first of them, so it must hold all numbers of today.
"""

import dataclasses
import sys
import tempfile
from pathlib import Path

import numpy as np

from aecore import runs
from aecore.evaluation import deviations
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore

SEEDS = 5
LATENT_DIM = 2


def main(dataset: str, *variants: str) -> None:
    """Train, keep and print.

    Args:
        dataset: name of a data set.
        *variants: names of variants that have a shipped run of it.
    """
    shipped = RunStore(SHIPPED)
    for run in shipped.listing().runs:
        config = run.config
        if (config.dataset, config.latent_dim) == (dataset, LATENT_DIM) and config.variant in variants:
            keep(run, shipped)
            found = deviations.over_seeds(config, shipped)
            print(run.run_id, {name: float(f"{value:.3g}") for name, value in found.items()}, flush=True)


def keep(run: StoredRun, store: RunStore, seeds: int = SEEDS) -> None:
    """Train a run's recipe with further seeds, and keep each number of all of them.

    Args:
        run: the one with the first seed.
        store: where to keep the numbers.
        seeds: how many there are in all.
    """
    with tempfile.TemporaryDirectory() as folder:
        others = [
            runs.train_config(
                dataclasses.replace(run.config, seed=run.config.seed + more), RunStore(Path(folder))
            )
            for more in range(1, seeds)
        ]
        reached = [run.metrics, *(other.metrics for other in others)]
    names = [name for name in reached[0] if all(name in metrics for metrics in reached)]
    found = {name: np.array([metrics[name] for metrics in reached]) for name in names}
    cache.write(run.config.dataset, deviations.KIND, deviations.settings(run.config), found, store)


if __name__ == "__main__":
    main(*sys.argv[1:])
