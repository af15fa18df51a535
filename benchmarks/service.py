"""The training service beside a bare loop: what frames, records, checkpoints and wishes cost an epoch."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from aecore import checkpoints, datasets, evaluation, frames, jobs, training, variants, worker
from aecore.config import RunConfig
from aecore.store import RunStore

ROUNDS = 5
CASES = {"mnist": 10, "digits": 100}
"""Epochs of each round by data set: one with seconds an epoch, one with hundredths."""
VARIANT = "vae"
PARTS: dict[str, list[tuple[Any, str]]] = {
    "frame: codes": [(evaluation, "encode"), (evaluation, "decode")],
    "frame: file": [(frames, "write_frame")],
    "checkpoint": [(checkpoints, "write")],
    "progress and wishes": [(jobs, "write_progress"), (jobs, "control")],
}


def rows() -> list[dict[str, str]]:
    """One row for each data set, one thread, the service and the bare loop by turns."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [row(dataset, epochs) for dataset, epochs in CASES.items()]
    finally:
        torch.set_num_threads(threads)


def row(dataset: str, epochs: int) -> dict[str, str]:
    """What an epoch of a data set takes either way, and what each part of the service takes of it."""
    bare, served = [], []
    parts: dict[str, list[float]] = {name: [] for name in PARTS}
    for turn in range(ROUNDS):
        config = variants.configure(VARIANT, dataset, epochs=epochs, seed=turn)
        for measure in ([bare_epochs, service_epochs], [service_epochs, bare_epochs])[turn % 2]:
            if measure is bare_epochs:
                bare.append(bare_epochs(config))
                continue
            seconds, found = service_epochs(config)
            served.append(seconds)
            for name, part in found.items():
                parts[name].append(part)
    plain = statistics.median(bare)
    more = statistics.median(s / b - 1 for s, b in zip(served, bare, strict=True))
    table = {
        "data set": dataset,
        "bare epoch": f"{1e3 * plain:,.1f} ms",
        "epoch of the service": f"{1e3 * statistics.median(served):,.1f} ms",
        "overhead": f"{more:+.1%}",
    }
    return table | {name: f"{statistics.median(part) / plain:.2%}" for name, part in parts.items()}


def bare_epochs(config: RunConfig) -> float:
    """Seconds an epoch of `train_epochs` alone, with its test losses."""
    device = training.best_device()
    images = [datasets.load_images(config.dataset, split) for split in ("train", "test")]
    model = training.build(config, images[1].pixels.shape[1:]).to(device)
    pixels = [training.on_device(part, device) for part in images]
    ends = [time.perf_counter()]
    for _ in training.train_epochs(model, config, *pixels):
        ends.append(time.perf_counter())
    return per_epoch(ends)


def service_epochs(config: RunConfig) -> tuple[float, dict[str, float]]:
    """Seconds an epoch of a worker, and of each part of its service, without the closing measurement."""
    spent, ends = dict.fromkeys(PARTS, 0.0), []

    def timed(own: Callable, name: str) -> Callable:
        def call(*arguments: Any, **settings: Any) -> Any:
            started = time.perf_counter()
            try:
                return own(*arguments, **settings)
            finally:
                spent[name] += time.perf_counter() - started

        return call

    def wait(self: worker._Work, own: Callable = worker._Work._wait) -> None:
        if not ends:
            spent.update(dict.fromkeys(PARTS, 0.0))
        ends.append(time.perf_counter())
        own(self)

    def stop(*arguments: Any) -> None:
        ends.append(time.perf_counter())
        raise KeyboardInterrupt

    replaced = [(worker._Work, "_wait", wait), (worker._Work, "_finish", stop)]
    replaced += [(o, part, timed(getattr(o, part), name)) for name, own in PARTS.items() for o, part in own]
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    with tempfile.TemporaryDirectory() as folder:
        try:
            for owner, name, new in replaced:
                setattr(owner, name, new)
            worker.train_here(config, RunStore(Path(folder)))
        except KeyboardInterrupt:
            pass
        finally:
            for owner, name, own in kept:
                setattr(owner, name, own)
    return per_epoch(ends), {name: seconds / (len(ends) - 1) for name, seconds in spent.items()}


def per_epoch(ends: list[float]) -> float:
    """The mean, since what is done now and then counts as well."""
    return (ends[-1] - ends[0]) / (len(ends) - 1)


if __name__ == "__main__":
    for line in rows():
        print(line)
