"""Which images are learnt from and which are only measured on, where nobody said so."""

from __future__ import annotations

import hashlib

import numpy as np

from aecore.datasets import Images
from aecore.errors import BadImport
from aecore.importers.preparation import LUMA


def completed(
    parts: dict[str, Images], test_share: float, seed: int
) -> tuple[dict[str, Images], int, list[str]]:
    """Training and test images, the latter drawn where there are none.

    Equal images, and near ones by their difference hash, stay together: else a test image would have been
    learnt from.

    Args:
        parts: "all", or the splits as they were given, "train" among them.
        test_share: of the images that are drawn for the test split.
        seed: of the draw.

    Returns:
        The splits; how many images have an equal one before them; what was done, a sentence each.

    Raises:
        BadImport: if there are too few images, or too few of a class.
    """
    given = parts.get("all", parts.get("train"))
    if given is None:
        raise BadImport("there are test images and none to learn from", "Bring training images as well.")
    duplicates = sum(len(images) - len(np.unique(digests(images.pixels))) for images in parts.values())
    notes = [f"{duplicates:,} images have an equal one before them."] * bool(duplicates)
    if "test" in parts:
        return parts, duplicates, [*notes, *_straddling(parts)]
    test = drawn(given, test_share, seed)
    rest = {split: images for split, images in parts.items() if split not in ("all", "train")}
    notes.append(
        f"{len(test):,} of {len(given):,} images were drawn as test images, by class and with seed {seed}; "
        "equal and nearly equal ones stay on one side."
    )
    learnt = np.setdiff1d(np.arange(len(given)), test)
    return {"train": given[learnt], **rest, "test": given[test]}, duplicates, notes


def _straddling(parts: dict[str, Images]) -> list[str]:
    shared = np.isin(digests(parts["test"].pixels), digests(parts["train"].pixels)).sum()
    if not shared:
        return []
    return [
        f"{shared:,} of {len(parts['test']):,} test images are among the training images as well, as given."
    ]


def drawn(images: Images, share: float, seed: int) -> np.ndarray:
    """Rows of the test images: of every class a share, groups of equal and near images never parted.

    Args:
        images: all that there are.
        share: of each class.
        seed: of the draw.

    Returns:
        Rows in order.

    Raises:
        BadImport: if a class has all of its images in one group.
    """
    group = groups(images.pixels)
    chance = np.random.default_rng(seed)
    labels = images.labels if images.labels is not None else np.zeros(len(images), np.int64)
    owners = _majorities(group, labels)
    chosen = np.zeros(len(images), bool)
    for label in np.unique(labels):
        own = chance.permutation(np.flatnonzero(owners == label))
        sizes = np.bincount(group, minlength=len(owners))[own]
        wanted = share * sizes.sum()
        # As many groups as come nearest to the share, of two or more at least one and never all.
        ends = np.cumsum(sizes)
        count = int(np.argmin(np.abs(ends - wanted))) + 1 if len(own) else 0
        chosen |= np.isin(group, own[: min(count, len(own) - 1)])
    _check(images, chosen)
    return np.flatnonzero(chosen)


def _check(images: Images, chosen: np.ndarray) -> None:
    if images.labels is None:
        if not chosen.any():
            raise BadImport("all images are nearly equal, so none can be kept aside", "Bring others as well.")
        return
    for label, name in enumerate(images.classes):
        of_class = images.labels == label
        if not (chosen & of_class).any() or (chosen | ~of_class).all():
            raise BadImport(
                f"the class {name!r} has {of_class.sum():,} images that differ too little to be divided into "
                "training and test images",
                "Bring more of it, or leave it out.",
            )


def _majorities(group: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The label that most of each group have."""
    counts = np.zeros((group.max() + 1, labels.max() + 1), np.int64)
    np.add.at(counts, (group, labels), 1)
    return counts.argmax(axis=1)


def groups(pixels: np.ndarray) -> np.ndarray:
    """The group of each image, from 0: of one group are equal images and those of one difference hash.

    Args:
        pixels: uint8 (n, h, w, c).

    Returns:
        Whole numbers (n,).
    """
    equal = np.unique(digests(pixels), return_inverse=True)[1]
    near = np.unique(difference_hashes(pixels), return_inverse=True)[1]
    # Equal images have equal hashes, so the near ones are the groups; only a blank hash groups nothing.
    blank = difference_hashes(pixels) == 0
    return np.unique(np.where(blank, equal + near.max() + 1, near), return_inverse=True)[1]


def digests(pixels: np.ndarray) -> np.ndarray:
    """SHA-256 of each image's pixels, in hexadecimal digits."""
    flat = np.ascontiguousarray(pixels).reshape(len(pixels), -1)
    return np.array([hashlib.sha256(image.tobytes()).hexdigest() for image in flat], dtype="S64")


def difference_hashes(pixels: np.ndarray) -> np.ndarray:
    """A 64-bit difference hash of each image: whether each of 8 x 9 means grows to the right.

    Args:
        pixels: uint8 (n, h, w, c), no side under 8.

    Returns:
        uint64 (n,); 0 where nothing grows, as of a blank image.

    Source: Krawetz 2013, "Kind of like that".
    """
    greys = (pixels @ LUMA if pixels.shape[3] == 3 else pixels[..., 0]).astype(np.float64)
    rows, columns = (_edges(greys.shape[1], 8), _edges(greys.shape[2], 9))
    means = np.add.reduceat(np.add.reduceat(greys, rows, axis=1), columns, axis=2)
    means /= np.diff([*rows, greys.shape[1]])[:, None] * np.diff([*columns, greys.shape[2]])
    grows = (means[:, :, 1:] > means[:, :, :-1]).reshape(len(pixels), -1)
    packed = np.packbits(grows, axis=1)
    packed = np.pad(packed, ((0, 0), (0, 8 - packed.shape[1])))
    return packed.view(np.uint64)[:, 0]


def _edges(length: int, parts: int) -> np.ndarray:
    return np.unique(np.linspace(0, length, parts, endpoint=False).astype(int))
