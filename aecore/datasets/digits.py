"""scikit-learn's 8x8 digits: embedded in the library, so always there."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from aecore.datasets import Dataset, Images, Layout, Progress, Split

CLASSES = tuple(str(digit) for digit in range(10))


def load(split: Split, root: Path) -> Images:
    """One split: two thirds train, one third test, the classes in equal shares, always the same.

    Args:
        split: "train" (1198 images) or "test" (599).
        root: not used; nothing is read from disk.

    Returns:
        Images of 8 x 8 pixels, one channel, stretched from 0..16 to 0..255.
    """
    pixels, labels, rows = _all()
    return Images(pixels[rows[split]], labels[rows[split]], CLASSES)


@lru_cache(maxsize=1)
def _all() -> tuple[np.ndarray, np.ndarray, dict[Split, np.ndarray]]:
    """Pixels and labels of both splits, and the rows of each; read from a text, so once in a process."""
    from sklearn.datasets import load_digits  # here: it takes a second to import
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., None]
    rows = np.arange(len(pixels))
    train, test = train_test_split(rows, test_size=1 / 3, random_state=0, stratify=digits.target)
    return pixels, digits.target.astype(np.int64), {"train": np.sort(train), "test": np.sort(test)}


def is_present(split: Split, root: Path) -> bool:
    """Always: the images come with scikit-learn."""
    return True


def download(root: Path, progress: Progress | None) -> None:
    """Nothing to fetch."""


DATASET = Dataset(
    title="Digits 8×8",
    classes=CLASSES,
    epochs=400,
    load=load,
    is_present=is_present,
    download=download,
    layout=Layout(is_stretched=True, source="Alpaydin & Kaynak 1998; every test image fills its eight rows"),
    image_shape=(8, 8, 1),
    test_images=599,
)
