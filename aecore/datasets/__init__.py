"""Data sets, one file each: `load_images("mnist", split="test")`. A new one is one new file.

A file of this folder offers TITLE, CLASSES, EPOCHS (a training budget that suits its size),
`load(split, root)`, `is_present(split, root)` and `download(root, progress)`. It may offer LAYOUT, how its
authors laid a thing out in its image, so that a picture from elsewhere can be made to look like them, and
IMAGE_SHAPE (h, w, c) and TEST_IMAGES, how many the test split has: runs from elsewhere are held to them.
What `load` returns is checked here, once: all else relies on it.
DOWNLOAD_BYTES is what its files weigh that do not come with the product, compressed.

The test images of MNIST and Fashion-MNIST come with the product (shipped/, with licence and source); their
training images are downloaded. So it is asked of each split by itself whether it is here.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
import platformdirs

from aecore import registry
from aecore.config import PLAIN, is_text
from aecore.errors import AecoreError, BadDataset, BadValue, quoted
from aecore.storage import atomic

OFFERED = ("TITLE", "CLASSES", "EPOCHS", "load", "is_present", "download")
"""What the file of a data set must offer."""
LEAST_IMAGES = 16
"""One more than the neighbours that the measures ask for."""
MOST_CLASSES = 1000
LARGEST_SIDE = 1024
"""Pixels; a model of larger images trains on no machine that this is for."""

Split = Literal["train", "test"]
Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all)."""


@dataclass(frozen=True)
class Layout:
    """Where the images of a data set have what they show, and how bright it is.

    Attributes:
        box: longest side of what is shown, in pixels; None for the whole image.
        centre: what lies in the middle: its centre of "mass", or of its bounding "box".
        is_stretched: whether the brightest pixel is white, as of ink; else greys mean something.
        source: who says so.
    """

    box: int | None = None
    centre: Literal["mass", "box"] = "box"
    is_stretched: bool = False
    source: str = ""


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images: pixels uint8 (n, h, w, c) with c 1 or 3, labels int64 (n,), class names.

    Equal pixels and labels are equal images, so that what is computed from them can be kept by them.
    """

    pixels: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of pixels and labels."""
        return hashlib.sha256(self.pixels.tobytes() + self.labels.tobytes()).hexdigest()

    def __eq__(self, other: object) -> bool:
        """Whether pixels and labels are the same."""
        return isinstance(other, Images) and self.digest == other.digest

    def __hash__(self) -> int:
        """Hash of the digest."""
        return hash(self.digest)


def names() -> list[str]:
    """The data sets there are, by file name."""
    return registry.names(__path__)


def module(name: str) -> ModuleType:
    """The file of a data set.

    Args:
        name: one of `names()`.

    Returns:
        Its module; see the head of this file for what it offers.

    Raises:
        UnknownName: if there is none of that name.
        BadDataset: if its file cannot be imported, lacks a part or has a title that no page could show.
    """
    try:
        found = registry.load(__name__, __path__, "data set", name)
    except AecoreError:
        raise
    except Exception as error:  # a file of somebody else's: anything may be wrong with it
        raise BadDataset(name, [_failure("its file cannot be imported", error)]) from error
    if lacking := [part for part in OFFERED if not hasattr(found, part)]:
        raise BadDataset(name, [f"its file offers no {', '.join(lacking)}"])
    if not (found.TITLE and is_text(found.TITLE)):
        raise BadDataset(name, [f"its TITLE {quoted(found.TITLE)} is not {PLAIN}"])
    return found


def _failure(what: str, error: Exception) -> str:
    return f"{what} ({type(error).__name__}: {str(error)[:200]})"


def title(name: str) -> str:
    """What to call a data set: what its file says, else its name, as of one whose file is gone or broken."""
    try:
        return module(name).TITLE
    except AecoreError:
        return name


def layout(name: str) -> Layout:
    """How the images of a data set are laid out: what its file says, else the whole image."""
    return getattr(module(name), "LAYOUT", Layout())


def extent(name: str) -> tuple[tuple[int, int, int], int] | None:
    """Shape (h, w, c) of the images and number of test images: as declared, else of the images that are here.

    Args:
        name: of a data set, known or not.

    Returns:
        Both; None where there is no such data set that declares them or whose images can be read here.
    """
    try:
        source = module(name)
        if hasattr(source, "IMAGE_SHAPE") and hasattr(source, "TEST_IMAGES"):
            return source.IMAGE_SHAPE, source.TEST_IMAGES
        pixels = load_images(name, "test").pixels if is_present(name, "test") else None
    except AecoreError:
        pixels = None
    return None if pixels is None else (pixels.shape[1:], len(pixels))


def data_root() -> Path:
    """Where image files lie: AECORE_DATA, else a cache folder of this user."""
    return atomic.folder_of("AECORE_DATA") or Path(platformdirs.user_cache_dir("aecore")) / "data"


def is_present(name: str, split: Split, root: Path | None = None) -> bool:
    """Whether one split of a data set can be read without a download.

    Args:
        name: one of `names()`.
        split: "train" or "test".
        root: folder of the files; `data_root()` if not given.

    Returns:
        Whether its files are here; what is in them is checked when they are read.

    Raises:
        UnknownName: if there is none of that name.
        BadDataset: if its file cannot be imported, or its answer is an error.
    """
    source = module(name)
    try:
        return source.is_present(split, root or data_root())
    except AecoreError:
        raise
    except Exception as error:  # a file of somebody else's: anything may be wrong with it
        raise BadDataset(name, [_failure("it cannot be asked what is here", error)]) from error


def download(name: str, progress: Progress | None = None, root: Path | None = None) -> None:
    """Fetch and verify the files of a data set that are missing.

    Args:
        name: one of `names()`.
        progress: called with (bytes done, bytes in all) as they arrive; a bar on stderr if not given.
        root: folder of the files; `data_root()` if not given.
    """
    root = Path(root) if root else data_root()
    if progress:
        module(name).download(root, progress)
    else:
        with _bar(f"Downloading {module(name).TITLE}") as shown:
            module(name).download(root, shown)


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    """A progress bar with time left, on stderr, as long as something is reported."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn(title), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def load_images(
    name: str, split: Split = "train", root: Path | None = None, progress: Progress | None = None
) -> Images:
    """One split of a data set; what is missing on this machine is downloaded first.

    Args:
        name: one of `names()`.
        split: "train" or "test".
        root: folder of the files, which may be read-only; `data_root()` if not given.
        progress: called with (bytes done, bytes in all) during a download.

    Returns:
        All images of the split: pixels uint8 (n, h, w, c), labels (n,), class names.

    Raises:
        BadValue: if the split is neither of the two.
        BadDataset: if the images cannot be loaded or are not what everything else relies on.
        DataMissing: if they cannot be had.
        DataDamaged: if a file of them was altered.
    """
    if split not in ("train", "test"):
        raise BadValue("split", split, "'train' or 'test'")
    root = Path(root) if root else data_root()
    try:
        if not is_present(name, split, root):
            download(name, progress, root)
        images = module(name).load(split, root)
        found = faults(images, tuple(module(name).CLASSES))
    except AecoreError:
        raise
    except Exception as error:  # a file of somebody else's: anything may be wrong with it
        raise BadDataset(name, [_failure("they cannot be loaded", error)], split) from error
    if found:
        raise BadDataset(name, found, split)
    return images


def load_splits(name: str) -> tuple[Images, Images]:
    """What a training needs: training and test images that belong together.

    Args:
        name: one of `names()`.

    Returns:
        The two splits.

    Raises:
        BadDataset: as `load_images` does, and if images of the two are not of one shape.
    """
    train, test = load_images(name, "train"), load_images(name, "test")
    shapes = [_sizes(images.pixels.shape[1:]) for images in (train, test)]
    if shapes[0] != shapes[1]:
        raise BadDataset(name, [f"they are {shapes[0]} for training and {shapes[1]} for testing"])
    return train, test


def faults(images: Images, classes: tuple[str, ...]) -> list[str]:
    """All that is wrong with a split, in the words of a sentence.

    Args:
        images: what a data set's `load` returned.
        classes: its CLASSES.

    Returns:
        A few words for each fault; none where everything that training, measures and pages rely on holds.
    """
    found = _faults_of_classes(images.classes, classes)
    pixels, labels = images.pixels, images.labels
    if not (isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.ndim == 4):
        found.append(f"pixels are {_described(pixels)}, not uint8 (n, h, w, c)")
    else:
        found += _faults_of_pixels(pixels)
    if not (isinstance(labels, np.ndarray) and labels.dtype.kind in "iu" and labels.ndim == 1):
        found.append(f"labels are {_described(labels)}, not whole numbers (n,)")
    else:
        found += _faults_of_labels(labels, len(pixels), images.classes)
    return found


def _faults_of_classes(own: tuple[str, ...], classes: tuple[str, ...]) -> list[str]:
    found = []
    if not 1 <= len(classes) <= MOST_CLASSES:
        found.append(f"there are {len(classes):,} classes, not 1 to {MOST_CLASSES:,}")
    if not all(isinstance(name, str) and name for name in classes) or len(set(classes)) < len(classes):
        found.append("class names are not all different, non-empty strings")
    elif wrong := [name for name in classes if not is_text(name)]:
        found.append(f"the name of a class {quoted(wrong[0])} is not {PLAIN}")
    if tuple(own) != tuple(classes):
        found.append(f"the {len(own)} classes of the images are not the {len(classes)} of CLASSES")
    return found


def _faults_of_pixels(pixels: np.ndarray) -> list[str]:
    count, height, width, channels = pixels.shape
    found = []
    if count < LEAST_IMAGES:
        found.append(f"there are {count} images, and measuring needs at least {LEAST_IMAGES}")
    if not (1 <= height <= LARGEST_SIDE and 1 <= width <= LARGEST_SIDE):
        found.append(f"images have {height} × {width} pixels, not 1 to {LARGEST_SIDE:,} a side")
    if channels not in (1, 3):
        found.append(f"images have {channels} channels, not 1 or 3")
    return found


def _faults_of_labels(labels: np.ndarray, count: int, classes: tuple[str, ...]) -> list[str]:
    found = []
    if len(labels) != count:
        found.append(f"there are {len(labels):,} labels for {count:,} images")
    if not len(labels):
        return found
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= len(classes):
        hint = "; subtract 1" if low == 1 and high == len(classes) else ""
        found.append(f"labels run from {low} to {high}, not from 0 to {len(classes) - 1}{hint}")
    elif lacking := [classes[label] for label in np.setdiff1d(np.arange(len(classes)), labels)]:
        found.append(f"no image has the class {' or '.join(map(repr, lacking[:5]))}")
    return found


def _described(array: object) -> str:
    if isinstance(array, np.ndarray):
        return f"{array.dtype} {array.shape}"
    return type(array).__name__


def _sizes(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
