"""Which images are learnt from and which are only measured on, where nobody said so."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from aecore.datasets import Column, Images
from aecore.errors import BadImport
from aecore.importers.preparation import AT_ONCE, LUMA
from aecore.importers.settings import Settings


def completed(parts: dict[str, Images], settings: Settings) -> tuple[dict[str, Images], int, list[str]]:
    """Training, validation and test images, the latter two drawn where there are none.

    Equal images, and near ones by their difference hash, stay together: else a test image would have been
    learnt from. Where test images are given, nothing is drawn, unless that is asked for.

    Args:
        parts: "all", or the splits as they were given, "train" among them.
        settings: whether what was given counts, the shares that are drawn, and the seed.

    Returns:
        The splits; how many images have an equal one before them; what was done, a sentence each.

    Raises:
        BadImport: if there are too few images, or too few of a class.
    """
    notes: list[str] = []
    if settings.split == "drawn" and "all" not in parts:
        parts, notes = (
            {"all": joined(list(parts.values()))},
            ["The splits that were given were put together."],
        )
    given = parts.get("all", parts.get("train"))
    if given is None:
        raise BadImport("there are test images and none to learn from", "Bring training images as well.")
    duplicates = sum(len(images) - len(np.unique(digests(images.pixels))) for images in parts.values())
    notes += [f"{duplicates:,} images have an equal one before them."] * bool(duplicates)
    if "test" in parts:
        return parts, duplicates, [*notes, *_straddling(parts)]
    rest = {split: images for split, images in parts.items() if split not in ("all", "train")}
    group = groups(given.pixels)
    test = drawn(given, group, settings.test_share, settings.seed)
    _check(given, test)
    by = "with" if given.labels is None else "by class and with"
    notes.append(
        f"{len(test):,} of {len(given):,} images were drawn as test images, {by} seed {settings.seed}; "
        "equal and nearly equal ones stay on one side."
    )
    learnt = np.setdiff1d(np.arange(len(given)), test)
    if settings.validation_share and "validation" not in rest:
        share = settings.validation_share * len(given) / max(len(learnt), 1)
        rows = learnt[drawn(given[learnt], group[learnt], share, settings.seed + 1)]
        if len(rows):
            rest["validation"] = given[rows]
            learnt = np.setdiff1d(learnt, rows)
            notes.append(f"{len(rows):,} were drawn as validation images, likewise.")
    return {"train": given[learnt], **rest, "test": given[test]}, duplicates, notes


def joined(parts: Sequence[Images]) -> Images:
    """Images of several splits as one, in order.

    Args:
        parts: of one shape, with the same classes and columns.

    Returns:
        All of them.
    """
    first = parts[0]
    labels = None if first.labels is None else np.concatenate([images.known_labels for images in parts])
    columns = [
        Column(column.name, np.concatenate([images.columns[k].values for images in parts]), column.words)
        for k, column in enumerate(first.columns)
    ]
    pixels = np.concatenate([images.pixels for images in parts])
    return Images(pixels, labels, first.classes, tuple(columns))


def _straddling(parts: dict[str, Images]) -> list[str]:
    shared = np.isin(digests(parts["test"].pixels), digests(parts["train"].pixels)).sum()
    if not shared:
        return []
    return [
        f"{shared:,} of {len(parts['test']):,} test images are among the training images as well, as given."
    ]


def drawn(images: Images, group: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Rows of some images: of every class a share, groups of equal and near images never parted.

    Args:
        images: all that there are.
        group: of each image, from `groups`.
        share: of each class.
        seed: of the draw.

    Returns:
        Rows in order; of a class of one group none.
    """
    group = np.unique(group, return_inverse=True)[1]
    chance = np.random.default_rng(seed)
    labels = images.labels if images.labels is not None else np.zeros(len(images), np.int64)
    owners = _majorities(group, labels)
    counts = np.bincount(group, minlength=len(owners))
    chosen = np.zeros(len(owners), bool)
    for label in np.unique(labels):
        own = chance.permutation(np.flatnonzero(owners == label))
        wanted = share * counts[own].sum()
        # As many groups as come nearest to the share, of two or more at least one and never all.
        ends = np.cumsum(counts[own])
        count = int(np.argmin(np.abs(ends - wanted))) + 1 if len(own) else 0
        chosen[own[: min(count, len(own) - 1)]] = True
    return np.flatnonzero(chosen[group])


def _check(images: Images, test: np.ndarray) -> None:
    chosen = np.zeros(len(images), bool)
    chosen[test] = True
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
    hashes = difference_hashes(pixels)
    near = np.unique(hashes, return_inverse=True)[1]
    # Equal images have equal hashes, so the near ones are the groups; only a blank hash groups nothing.
    blank = hashes == 0
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
    parts = [_hashes(pixels[start : start + AT_ONCE]) for start in range(0, len(pixels), AT_ONCE)]
    return np.concatenate(parts) if parts else np.zeros(0, np.uint64)


def _hashes(pixels: np.ndarray) -> np.ndarray:
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
