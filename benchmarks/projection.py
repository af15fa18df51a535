"""t-SNE beside scikit-learn's: the same codes, perplexity, exaggeration and number of steps, in one run."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.manifold import TSNE

from aecore.analysis import projection
from aecore.analysis.projection import tsne
from aecore.metrics.clustering import accuracy_within, trustworthiness
from aecore.storage.store import RunStore

RUN = "mnist-ae-z32"
PLACED = 1000
LOOKS = 20


def rows() -> list[dict[str, str]]:
    """One row per measure, ours beside scikit-learn's; the last have no counterpart there."""
    run = RunStore().open(RUN)
    codes, labels = run.arrays["codes"].astype(np.float64), run.arrays["labels"]
    settings = tsne.Settings()
    warm_up = codes[:500]
    tsne.positions(warm_up, settings, _silent)  # both libraries are imported before the clock runs
    _theirs(settings).fit_transform(warm_up)
    ours, our_seconds = _timed(lambda: tsne.positions(codes, settings, _silent))
    theirs, their_seconds = _timed(lambda: _theirs(settings).fit_transform(codes))
    first, more = codes[:-PLACED], codes[-PLACED:]
    _, place_seconds = _timed(lambda: tsne.place(first, ours[:-PLACED], settings, more))
    ratio = f"{their_seconds / our_seconds:.1f} times as fast"
    accuracies = [accuracy_within(positions, labels) for positions in (ours, theirs)]
    kept = [trustworthiness(codes, positions) for positions in (ours, theirs)]
    steps = settings.early_iterations + settings.iterations
    return [
        _row(
            f"{len(codes):,} codes of {RUN}, {steps} steps, {tsne.THREADS} threads",
            f"{our_seconds:.1f} s",
            f"{their_seconds:.1f} s",
            ratio,
        ),
        _row("kNN-15 accuracy on the map, higher is better", *(f"{value:.3f}" for value in accuracies)),
        _row("trustworthiness of the map, higher is better", *(f"{value:.3f}" for value in kept)),
        _row(f"{PLACED:,} new codes placed on it", f"{place_seconds:.1f} s", "cannot"),
        _row("the second look at a kept map, median", f"{1000 * _second_look():.1f} ms", "keeps none"),
    ]


def _theirs(settings: tsne.Settings) -> TSNE:
    """scikit-learn's, set as ours is; its learning rate stays its own, which its authors chose for it."""
    return TSNE(
        perplexity=settings.perplexity,
        early_exaggeration=settings.exaggeration,
        max_iter=settings.early_iterations + settings.iterations,
        n_iter_without_progress=settings.iterations,  # all steps, as ours
        init="pca",
        random_state=settings.seed,
        n_jobs=tsne.THREADS,
    )


def _second_look() -> float:
    """Median seconds to open a map of 10,000 codes that is kept."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        config = projection.configure(RunStore().open(RUN), "pca")
        projection.project(config, store)
        for _ in range(LOOKS):
            seconds.append(_timed(lambda: projection.kept(config, store))[1])
    return statistics.median(seconds)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def _row(measure: str, ours: str, theirs: str, ratio: str = "") -> dict[str, str]:
    return {"measure": measure, "aecore (openTSNE)": ours, "scikit-learn": theirs, "": ratio}


def _silent(share: float, note: str) -> None:
    """Report to nobody."""
