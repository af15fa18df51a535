"""Baselines: what the numbers of a run are held against, worked out once for a data set and kept.

The floors are what the mean image, a perfect reconstruction and PCA reach; the judge says what a decoded
image shows. `kept` keeps both through `storage.cache` under the data set's name, the floors as kind "floors",
the judge as in `sample_classifier`; either is worked out anew where the images are others.
"""

import contextlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import nn

from aecore.config import RunConfig
from aecore.datasets import Images
from aecore.errors import StoreNotWritable
from aecore.evaluation import classifier, sample_classifier
from aecore.metrics.clustering import knn_accuracy
from aecore.metrics.reconstruction import floors
from aecore.models import devices
from aecore.storage import cache
from aecore.storage.store import RunStore

KIND = "floors"


@dataclass(frozen=True)
class Baselines:
    """What a model of one data set and latent dimension is held against.

    Attributes:
        floors: numbers by name, as they stand among a run's metrics.
        judge: images (n, c, h, w) in [0, 1] to log-odds of the classes; None where there are no labels.
    """

    floors: dict[str, float]
    judge: nn.Module | None


def worked_out(train: Images, test: Images, latent_dim: int, device: torch.device) -> Baselines:
    """The baselines, worked out once per process.

    Args:
        train: training images.
        test: test images, which the floors are measured on.
        latent_dim: numbers in a code.
        device: where the judge shall compute.

    Returns:
        The baselines.
    """
    judge = None if train.labels is None else classifier.judge(train, device)
    return Baselines(_floors(train, test, latent_dim), judge)


def are_kept(config: RunConfig, train: Images, test: Images, store: RunStore | None = None) -> bool:
    """Whether the baselines of a config are there already; `kept` would work them out else.

    Args:
        config: as there.
        train: as there.
        test: as there.
        store: as there.

    Returns:
        True where both floors and, of images with labels, judge are.
    """
    has_floors = cache.read(config.dataset, KIND, _settings(config, train, test), store) is not None
    return has_floors and (train.labels is None or sample_classifier.is_kept(config.dataset, store))


def kept(config: RunConfig, train: Images, test: Images, store: RunStore | None = None) -> Baselines:
    """The baselines of a config, worked out where they are not kept; a disk that refuses costs no more.

    Args:
        config: its data set and latent dimension count.
        train: training images of that data set.
        test: test images.
        store: where to look and to keep them; your own runs and the shipped ones if not given.

    Returns:
        The baselines.
    """
    settings = _settings(config, train, test)
    found = cache.read(config.dataset, KIND, settings, store)
    if found is None:
        found = {name: np.array([number]) for name, number in _floors(train, test, config.latent_dim).items()}
        with contextlib.suppress(StoreNotWritable):
            cache.write(config.dataset, KIND, settings, found, store)
    numbers = {name: float(array[0]) for name, array in found.items()}
    if train.labels is None:
        return Baselines(numbers, None)
    try:
        return Baselines(numbers, sample_classifier.judge(config.dataset, store=store, train=train))
    except StoreNotWritable:
        return Baselines(numbers, classifier.judge(train, devices.best_device()))


def _settings(config: RunConfig, train: Images, test: Images) -> dict[str, Any]:
    """What the floors depend on."""
    return {"latent_dim": config.latent_dim, "images": [sample_classifier.checksum(i) for i in (train, test)]}


@lru_cache(maxsize=8)
def _floors(train: Images, test: Images, latent_dim: int) -> dict[str, float]:
    pixels = (images.pixels.astype(np.float32) / 255 for images in (train, test))
    numbers, pca_codes = floors(next(pixels), next(pixels), latent_dim)
    if train.labels is None:
        return numbers
    pca_train, pca_test = np.split(pca_codes, [len(train.pixels)])
    accuracy = knn_accuracy(pca_train, train.labels, pca_test, test.known_labels)
    return numbers | {"pca_knn_accuracy": accuracy}
