"""What is projected: the codes of a run's test images, or the test images of a data set themselves."""

from functools import lru_cache

import numpy as np

from aecore.analysis.projection._principal import Axes, principal_axes
from aecore.datasets import load_images
from aecore.storage.run import StoredRun

COMPONENTS = 50
"""Principal components of the PCA-50 baseline, as t-SNE is commonly given them."""


def load(owner: StoredRun | str, inputs: str) -> tuple[np.ndarray, np.ndarray | None]:
    """The points of the test split in its order, and their labels.

    Args:
        owner: a run for codes, or the name of a data set; its images are downloaded if need be.
        inputs: "codes", "pixels" or "pca50".

    Returns:
        float64 (n, d), and labels (n,) or None where there are none. Pixels are in [0, 1].
    """
    if isinstance(owner, StoredRun):
        return owner.arrays["codes"].astype(np.float64), owner.labels
    return alike(owner, inputs, load_images(owner, "test").pixels), load_images(owner, "test").labels


def alike(owner: StoredRun | str, inputs: str, new: np.ndarray) -> np.ndarray:
    """New codes, or new images, in the form that was projected.

    Args:
        owner: the run or data set of the map.
        inputs: "codes", "pixels" or "pca50".
        new: codes (k, d), or images uint8 (k, h, w, c).

    Returns:
        float64 (k, d).
    """
    if isinstance(owner, StoredRun):
        return np.asarray(new, np.float64)
    flat = new.reshape(len(new), -1) / 255.0
    return _axes(owner).scores(flat) if inputs == "pca50" else flat


@lru_cache(maxsize=2)
def _axes(dataset: str) -> Axes:
    pixels = load_images(dataset, "test").pixels
    flat = pixels.reshape(len(pixels), -1) / 255.0
    return principal_axes(flat, min(COMPONENTS, flat.shape[1]))
