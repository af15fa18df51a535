"""The only file of the dashboard that may load torch, and only when something is asked of it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

STYLES = 8
"""Rows of a style-by-class grid."""


def download(dataset: str, progress: Callable[[int, int], None]) -> None:
    """Fetch and verify the images of a data set.

    Args:
        dataset: its name.
        progress: called with (bytes done, bytes in all).
    """
    from aecore import datasets

    datasets.download(dataset, progress)


def style_by_class(path: Path) -> np.ndarray:
    """Styles drawn from the prior, each decoded as every class: a row per style, a column per class.

    Args:
        path: the folder of a run whose decoder is given a class.

    Returns:
        One image, float32 (STYLES * h, classes * w, c) in [0, 1].
    """
    from aecore import priors, runs
    from aecore.store import read_manifest

    run = runs.Run(read_manifest(path))
    height, width, channels = run.stored.image_shape
    classes = len(run.stored.classes)
    prior = run.stored.manifest["prior"] or "standard_normal"
    styles = priors.sample(prior, STYLES, run.config.latent_dim, np.random.default_rng(0))
    drawn = run.decode(np.repeat(styles, classes, 0), np.tile(np.arange(classes), STYLES))
    grid = drawn.reshape(STYLES, classes, height, width, channels).swapaxes(1, 2)
    return grid.reshape(STYLES * height, classes * width, channels)
