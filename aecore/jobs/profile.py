"""Stopwatch: what a worker does for a config, done for about a second and timed. No run is ever written."""

import contextlib
import dataclasses
import importlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from aecore import datasets
from aecore.config import RunConfig
from aecore.datasets import Images
from aecore.evaluation import baselines, classifier, context, evaluation
from aecore.jobs import snapshot
from aecore.metrics.clustering import neighbourhoods
from aecore.models import build, devices, inference, variants
from aecore.models.base import Autoencoder, Batch
from aecore.storage import cache, snapshots
from aecore.storage.atomic import PARTIAL
from aecore.storage.snapshots import Frame
from aecore.storage.store import RunStore
from aecore.training import checkpoints, loop
from aecore.training.checkpoints import Checkpoint
from aecore.training.loop import Training

SECONDS = 1.0
"""How long the steps are timed for, about."""
SHOWN_EVERY = 0.25
"""Seconds between two looks at the codes where epochs are shorter than that, as in `worker`."""
LEAST_SHOWN = 0.4
"""Share of the epochs that are looked at however short they are: those that are kept of a hundred."""
WARM_STEPS, LEAST_STEPS, MOST_EPOCHS = 2, 2, 40
PASSES = 6
"""Passes over the test split that the closing measurement makes beside those that are named below."""
CLOSING_OVER_NEIGHBOURS, FLOORS_OVER_NEIGHBOURS = 1.5, 0.4
"""What the closing measurement and the floors cost beside the neighbours of the test images: of MNIST 13.2
and 3.2 s beside 8.9 s, on one core."""
SECONDS_TO_LOAD = 1.5
"""What is loaded when it comes to measuring, on one core that nothing else uses."""


def measured(config: RunConfig, spent: float, root: Path) -> dict[str, float]:
    """How long everything takes that a worker does for a config, from start to store.

    Args:
        config: what would be trained.
        spent: seconds that this process took before.
        root: the folder of runs, whose disk is written to for a moment.

    Returns:
        Seconds, and images per second, by name: what `estimation` keeps.
    """
    started = time.perf_counter()
    train, test = datasets.load_splits(config.dataset)
    device, shape = devices.best_device(), test.pixels.shape[1:]
    splits = inference.on_device(train, device), inference.on_device(test, device)

    def fresh() -> Autoencoder:
        return build.build_model(config, shape).to(device)

    model = fresh()
    to_start = spent + time.perf_counter() - started
    first, steps, trained = seconds_of_an_epoch(
        config, fresh, splits[0], splits[1].take(slice(inference.EVALUATION_BATCH))
    )
    terms, look = _timed(inference.test_terms, model, splits[1]), _timed(inference.encode, model, splits[1])
    started = time.perf_counter()
    frame = snapshot.take_snapshot(model, splits[1], 0, is_exact=False)
    glance = time.perf_counter() - started
    keep, show = _seconds_to_write(trained, frame, root / cache.FOLDER / config.dataset)
    shown = min(1.0, max(steps / SHOWN_EVERY, LEAST_SHOWN))
    aside = keep + (glance + show) * shown  # written beside the next epoch, which takes longer for it
    bound = model.negative_elbo(inference.to_float(splits[1].take(slice(2))), torch.Generator(device))
    after = own_after(look, terms, train, test, bound is not None)
    return {
        "seconds_to_start": to_start + first,
        "seconds_per_epoch": steps + terms + aside,
        "own_seconds_after": after,
        "images_per_second": len(train) / steps,
    }


def own_after(look: float, terms: float, train: Images, test: Images, has_bound: bool) -> float:
    """A model's own share of the closing measurement, beside what it costs for any model.

    Args:
        look: seconds to encode the test split.
        terms: seconds to work out its loss terms.
        train: training images.
        test: test images.
        has_bound: whether the model has a variational bound, which is sampled.

    Returns:
        Seconds.
    """
    passes = PASSES + len(train) / len(test)
    return look * passes + terms * (1 + context.ELBO_SAMPLES * has_bound)


def expected_closing(train: Images, test: Images) -> float:
    """What `closing` would say, guessed from a part that is timed, where there is no time for all of it.

    Args:
        train: training images.
        test: test images.

    Returns:
        Seconds.
    """
    wall, computed = time.perf_counter(), time.process_time()
    neighbours = _neighbours(test)
    shared = (time.perf_counter() - wall) / max(time.process_time() - computed, 1e-6)
    return neighbours * CLOSING_OVER_NEIGHBOURS + SECONDS_TO_LOAD * max(shared, 1.0)


def expected_standards(train: Images, test: Images) -> float:
    """How long working out floors and judge would take, guessed likewise.

    Args:
        train: training images.
        test: test images.

    Returns:
        Seconds.
    """
    floors = _neighbours(test) * FLOORS_OVER_NEIGHBOURS
    if train.labels is None:
        return floors
    steps, device = 20, devices.best_device()
    batch = inference.on_device(train[: steps * classifier.BATCH_SIZE], device)
    with torch.random.fork_rng(devices=[]):
        network = classifier.untrained_judge(train.pixels[0].size, len(train.classes)).to(device)
    classifier.fit(network, batch.take(slice(classifier.BATCH_SIZE)), 1, 0)  # wakes the threads
    judge = _timed(classifier.fit, network, batch, 1, 0) * classifier.JUDGE_STEPS / steps
    return judge + floors


def _neighbours(test: Images) -> float:
    """Seconds that the neighbours of all test images will take: of an eighth, times the square."""
    count = len(test)
    rows = min(count, max(count // 8, 300))
    pixels = test.pixels[:rows].reshape(rows, -1).astype(np.float32) / 255
    return _timed(neighbourhoods, pixels, pixels[:, :2]) * (count / rows) ** 2


def seconds_of_an_epoch(
    config: RunConfig, fresh: Callable[[], Autoencoder], train: Batch, test: Batch
) -> tuple[float, float, Training]:
    """How long the steps of one epoch take.

    Args:
        config: what would be trained.
        fresh: builds its model, untrained, on its device.
        train: the training split, of which as much is trained on as it takes.
        test: images to look at after each epoch, a few.

    Returns:
        Seconds that the first steps take for what PyTorch loads then, seconds of an epoch, averaged over
        the stages by their shares, and the training that was timed.
    """
    count, stages = len(train.images), fresh().stages

    def run(rows: int, epochs: int) -> tuple[dict[str, float], Training]:
        model = fresh()
        model.prepare(train, torch.Generator(train.images.device).manual_seed(0))
        model.prepare = lambda *_: None  # it has looked at the whole split, of which a part is trained on
        short = dataclasses.replace(config, epochs=epochs, stop_after=0)
        under_way, seconds = loop.Training(model, short, train.take(slice(rows)), test), {}
        while not under_way.is_over:
            epoch = under_way.epoch()
            seconds.setdefault(epoch.stage, []).append(epoch.seconds / rows)
        return {stage: median(each) for stage, each in seconds.items()}, under_way

    if not stages:
        fitted = loop.Training(fresh(), config, train, test)
        return 0.0, fitted.epoch().seconds, fitted
    batch = min(config.batch_size, count)
    started = time.perf_counter()
    rough = max(run(min(WARM_STEPS * batch, count), 1)[0].values())  # also wakes the threads
    first = time.perf_counter() - started
    epochs = 3 if len(stages) == 1 else 10
    rows = min(count, max(LEAST_STEPS * batch, int(SECONDS / epochs / rough) // batch * batch))
    if rows == count:
        epochs = min(MOST_EPOCHS, max(epochs, int(SECONDS / (count * rough))))
    found, trained = run(rows, epochs)
    shares = {stage.name: stage.share for stage in stages if stage.name in found}
    mean = sum(found[name] * share for name, share in shares.items()) / sum(shares.values())
    return first, count * mean, trained


def _seconds_to_write(trained: Training, frame: Frame, place: Path) -> tuple[float, float]:
    """Seconds that an epoch's checkpoint takes, and those of a frame, written through to the store's disk.

    `aecore doctor` finds what a kill leaves there.
    """
    kept = Checkpoint(trained.state(), 0.0, torch.get_num_threads())
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
    here = place if os.access(place, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=here, prefix=".pace-", suffix=PARTIAL) as folder:
        path = Path(folder)
        return (
            median(_timed(checkpoints.write, path / "checkpoint", kept) for _ in range(3)),
            median(_timed(snapshots.write_frame, path / "frame", frame) for _ in range(3)),
        )


def closing(dataset: str, store: RunStore | None) -> float:
    """How long the closing measurement takes for a model whose own share in it is next to nothing.

    Args:
        dataset: name of the data set.
        store: where its floors and judge are kept, which are worked out before where they are not.

    Returns:
        Seconds.
    """
    train, test = datasets.load_splits(dataset)
    config = variants.configure("ae", dataset, hidden=(8,))
    model = build.build_model(config, test.pixels.shape[1:]).to(devices.best_device())
    to_load = _timed(_load)
    baselines.kept(config, train, test, store)  # else they would count for every training to come

    def work() -> None:
        evaluation.evaluate(model, train, test, None, baselines.kept(config, train, test, store))

    return to_load + _timed(work)


def _load() -> None:
    """What a worker loads when it comes to measuring, and not before."""
    for name in ("skimage.metrics", "sklearn.linear_model", "sklearn.neighbors"):
        importlib.import_module(name)


def _timed(work: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started
