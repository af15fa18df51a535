"""Closing measurement: how long it will take, guessed as a training begins, where none was timed before."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from aecore.datasets import Images
from aecore.evaluation import classifier, context
from aecore.metrics.clustering import neighbourhoods
from aecore.models import devices, inference
from aecore.models.base import Autoencoder, Batch

PASSES = 6
"""Passes over the test split that the closing measurement makes beside those that are named below."""
CLOSING_OVER_NEIGHBOURS, BASELINES_OVER_NEIGHBOURS = 1.5, 0.4
"""What the closing measurement and the floors cost beside the neighbours of the test images: of MNIST 13.2
and 3.2 s beside 8.9 s, on one core."""
SECONDS_TO_LOAD = 1.5
"""What is loaded when it comes to measuring, on one core that nothing else uses."""


def own_seconds(model: Autoencoder, train: Images, test: Images, split: Batch) -> float:
    """A model's own share of the closing measurement, by a look at the test split that is timed.

    Args:
        model: before its training or after.
        train: training images.
        test: test images.
        split: these on the model's device.

    Returns:
        Seconds.
    """
    terms = _timed(inference.test_terms, model, split)
    few = inference.to_float(split.take(slice(2)))
    bound = model.negative_elbo(few, torch.Generator(split.images.device))
    passes = PASSES + len(train) / len(test)
    return terms / 2 * passes + terms * (1 + context.ELBO_SAMPLES * (bound is not None))


def guess_shared(test: Images) -> float:
    """What the closing measurement takes of any model, guessed from a part that is timed.

    Args:
        test: test images.

    Returns:
        Seconds.
    """
    wall, computed = time.perf_counter(), time.process_time()
    neighbours = _neighbours(test)
    busy = (time.perf_counter() - wall) / max(time.process_time() - computed, 1e-6)
    return neighbours * CLOSING_OVER_NEIGHBOURS + SECONDS_TO_LOAD * max(busy, 1.0)


def guess_baselines(train: Images, test: Images) -> float:
    """How long working out floors and judge would take, guessed likewise.

    Args:
        train: training images.
        test: test images.

    Returns:
        Seconds.
    """
    seconds = _neighbours(test) * BASELINES_OVER_NEIGHBOURS
    if train.labels is None:
        return seconds  # there is no judge
    steps, device = 20, devices.best_device()
    batch = inference.on_device(train[: steps * classifier.BATCH_SIZE], device)
    first = batch.take(slice(classifier.BATCH_SIZE))
    with torch.random.fork_rng(devices=[]):
        network = classifier.untrained_judge(train.pixels[0].size, len(train.classes)).to(device)
    classifier.fit(network, first, 1, 0)  # wakes the threads
    return seconds + _timed(classifier.fit, network, batch, 1, 0) * classifier.JUDGE_STEPS / steps


def _neighbours(test: Images) -> float:
    """Seconds that the neighbours of all test images will take: of an eighth, times the square."""
    count = len(test)
    rows = min(count, max(count // 8, 300))
    pixels = test.pixels[:rows].reshape(rows, -1).astype(np.float32) / 255
    return _timed(neighbourhoods, pixels, pixels[:, :2]) * (count / rows) ** 2


def _timed(work: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started
