"""What the training service costs over a bare loop: checkpoints, frames, progress, wishes looked at."""

import os
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import torch

from aecore import datasets, training, variants, worker
from aecore.config import RunConfig
from aecore.store import RunStore

EPOCHS, ROUNDS = 6, 4
CASES = (("vae", "mnist"), ("ae", "mnist"), ("conv", "mnist"), ("vae", "digits"))


class _Enough(Exception):
    """As many epochs as are timed."""


def rows() -> list[dict[str, str]]:
    """One row for each case: seconds of an epoch alone and in a worker's hands, by turns."""
    torch.set_num_threads(training.usual_threads())
    return [_row(variant, dataset) for variant, dataset in CASES]


def _row(variant: str, dataset: str) -> dict[str, str]:
    config = variants.configure(variant, dataset)
    rounds = ROUNDS if variant != "conv" else 2
    alone, served = [], []
    for _ in range(rounds):  # by turns: what else the machine does falls on both
        alone += _alone(config)
        served += _served(config)
    before, after = statistics.median(alone), statistics.median(served)
    return {
        "training": f"{variant} on {dataset}",
        "an epoch in a bare loop": f"{before * 1000:,.0f} ms",
        "in a worker": f"{after * 1000:,.0f} ms",
        "overhead": f"{after / before - 1:+.1%}",
        "aim": "< 3 %",
        "epochs timed": f"{len(alone)} each, median",
    }


def _alone(config: RunConfig) -> list[float]:
    """Seconds of each epoch of the training alone, with the test split measured; the first is a warm-up."""
    images = [datasets.load_images(config.dataset, split) for split in ("train", "test")]
    device = training.best_device()
    model = training.build(config, images[1].pixels.shape[1:]).to(device)
    under_way = training.Training(model, config, *(training.on_device(each, device) for each in images))
    seconds = []
    for _ in range(EPOCHS + 1):
        started = time.perf_counter()
        under_way.epoch()
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def _served(config: RunConfig) -> list[float]:
    """Seconds between the ends of epochs as a worker trains them, everything that it keeps included."""
    ends: list[float] = []

    def ended(_: training.Epoch) -> None:
        ends.append(time.perf_counter())
        if len(ends) > EPOCHS:
            raise _Enough

    with tempfile.TemporaryDirectory(dir=os.environ.get("AECORE_RUNS")) as folder:
        try:
            worker.train_here(config, RunStore(Path(folder)), ended)
        except _Enough:
            return [after - before for before, after in pairwise(ends)]
    raise AssertionError(f"{config.run_id} has fewer than {EPOCHS} epochs")
