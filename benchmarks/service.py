"""The training service beside a bare loop: what frames, records, checkpoints and commands cost an epoch."""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from aecore import datasets
from aecore.config import RunConfig
from aecore.jobs import JobFolder, snapshot, trainer, worker
from aecore.jobs.epoch_writer import EpochWriter
from aecore.models import build, devices, inference, variants
from aecore.storage.store import RunStore
from aecore.training.loop import Training

CASES = {"mnist": (80, 4), "digits": (1600, 40)}
"""Epochs by data set, and after how many the turn changes: seconds for an epoch, and hundredths."""
VARIANT = "vae"
PARTS: dict[str, list[tuple[Any, str]]] = {
    "codes, pictures": [(snapshot, "take_snapshot")],
    "copy of the state": [(EpochWriter, "write")],
    "progress, commands": [(JobFolder, "write_progress"), (JobFolder, "read_command")],
    "files": [(EpochWriter, "_write")],
}


def rows() -> list[dict[str, str]]:
    """One row for each data set, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [row(dataset, *turns) for dataset, turns in CASES.items()]
    finally:
        torch.set_num_threads(threads)


def row(dataset: str, epochs: int, at_a_time: int) -> dict[str, str]:
    """What an epoch of a data set takes either way, and what each part of the service takes of it."""
    config = variants.configure(VARIANT, dataset, epochs=epochs)
    with patch.object(devices, "usual_threads", torch.get_num_threads):
        bare, served, parts = by_turns(config, at_a_time)
    plain = statistics.median(bare)
    differences = [service - loop for service, loop in zip(served, bare, strict=True)]
    more, doubt = statistics.median(differences), doubt_of_median(differences)
    table = {
        "data set": dataset,
        "bare epoch": f"{1e3 * plain:,.1f} ms",
        "more in the service": f"{1e3 * more:,.1f} ± {1e3 * doubt:,.1f} ms",
        "overhead": f"{more / plain:+.1%}",
    }
    return table | {name: f"{seconds / plain:.2%}" for name, seconds in parts.items()}


def doubt_of_median(numbers: list[float]) -> float:
    """The standard error of a median: 1.25 times a mean's, its spread from the quartiles as of a Gaussian."""
    first, _, third = statistics.quantiles(numbers)
    return 1.253 * (third - first) / 1.349 / len(numbers) ** 0.5


def by_turns(config: RunConfig, at_a_time: int) -> tuple[list[float], list[float], dict[str, float]]:
    """Train a config twice at once, some epochs in a bare loop, as many in the service, and so on.

    So both have the same machine, whatever else it does. A turn of the service ends when its last epoch
    is on the disk, so that no bare epoch bears what the service writes.

    Args:
        config: what to train.
        at_a_time: epochs of a turn; they divide the config's.

    Returns:
        Seconds an epoch in each turn of the bare loop, in each of the service, and of each part of the
        service; the test losses belong to either epoch, the closing measurement to none.
    """
    spent, bare, served = dict.fromkeys(PARTS, 0.0), [], []
    beside, started = bare_training(config), 0.0

    def timed(own: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **settings: Any) -> Any:
            begun = time.perf_counter()
            try:
                return own(*arguments, **settings)
            finally:
                spent[name] += time.perf_counter() - begun

        return call

    def end_turn(work: trainer.Trainer) -> None:
        work._writer.flush()
        served.append((time.perf_counter() - started) / at_a_time)

    def between(
        work: trainer.Trainer, own: Callable[[trainer.Trainer], None] = trainer.Trainer._wait
    ) -> None:
        nonlocal started
        done = work._training.number
        if done % at_a_time == 0:
            if done:
                end_turn(work)
            else:
                spent.update(dict.fromkeys(PARTS, 0.0))  # what the untrained model took
            begun = time.perf_counter()
            for _ in range(at_a_time):
                beside.epoch()
            started = time.perf_counter()
            bare.append((started - begun) / at_a_time)
        own(work)

    def stop(work: trainer.Trainer, *arguments: Any) -> None:
        end_turn(work)
        raise KeyboardInterrupt

    with ExitStack() as patched, tempfile.TemporaryDirectory() as folder:
        for name, parts in PARTS.items():
            for owner, part in parts:
                patched.enter_context(patch.object(owner, part, timed(getattr(owner, part), name)))
        patched.enter_context(patch.object(trainer.Trainer, "_wait", between))
        patched.enter_context(patch.object(trainer.Trainer, "_finish", stop))
        with suppress(KeyboardInterrupt):
            worker.train_here(config, RunStore(Path(folder)))
    return bare, served, {name: seconds / beside.number for name, seconds in spent.items()}


def bare_training(config: RunConfig) -> Training:
    """The loop alone."""
    device = devices.best_device()
    images = datasets.load_splits(config.dataset)
    model = build.build_model(config, images[1].pixels.shape[1:]).to(device)
    return Training(model, config, *(inference.on_device(part, device) for part in images))


if __name__ == "__main__":
    for line in rows():
        print(line)
