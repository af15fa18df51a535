"""Data sets, one file each: `load_images("mnist", split="test")`. A new one is one new file.

A file of this folder offers DATASET, one record that says what the data set is and how it is loaded
(`Dataset`). Labels are optional: a record without classes is of images without labels. What `load` returns
is checked here, once: all else relies on it.

The test images of MNIST and Fashion-MNIST come with the product (shipped/, with licence and source); their
training images are downloaded. So it is asked of each split by itself whether it is here.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import platformdirs

from aecore import registry
from aecore.datasets import _faults, _imported
from aecore.errors import AecoreError, AmbiguousName, BadDataset, BadValue, UnknownName
from aecore.storage import atomic

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
class Column:
    """What is known of each image beside its label: a number, or one of some words.

    Attributes:
        name: what it is of, a short line of plain text.
        values: float64 (n,), NaN where it is not known; of words, an index into them.
        words: the words there are, in order; none of a column of numbers.
    """

    name: str
    values: np.ndarray
    words: tuple[str, ...] = ()

    def __getitem__(self, rows: Any) -> "Column":
        """It for some of the images, by slice or by rows."""
        return Column(self.name, self.values[rows], self.words)


@dataclass(frozen=True, eq=False)
class Images:
    """Images and, where they have them, labels.

    Equal pixels and labels are equal images, so that what is computed from them can be kept by them.

    Attributes:
        pixels: uint8 (n, h, w, c) with c 1 or 3.
        labels: int64 (n,), an index into the class names; None where the images have none.
        classes: class names; none where there are no labels.
        columns: what else is known of each image; no model is trained on it.
    """

    pixels: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()

    @property
    def known_labels(self) -> np.ndarray:
        """The labels, for who has made sure that there are any."""
        assert self.labels is not None, "asked for the labels of images that have none"
        return self.labels

    @cached_property
    def digest(self) -> str:
        """SHA-256 of pixels and labels."""
        digest = hashlib.sha256(np.ascontiguousarray(self.pixels).data)  # no copy: they may be gigabytes
        if self.labels is not None:
            digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()

    def __len__(self) -> int:
        """How many there are."""
        return len(self.pixels)

    def __getitem__(self, rows: Any) -> "Images":
        """Some of them, by slice or by rows, with their labels and columns."""
        labels = None if self.labels is None else self.labels[rows]
        return Images(self.pixels[rows], labels, self.classes, tuple(column[rows] for column in self.columns))

    def __eq__(self, other: object) -> bool:
        """Whether pixels and labels are the same."""
        return isinstance(other, Images) and self.digest == other.digest

    def __hash__(self) -> int:
        """Hash of the digest."""
        return hash(self.digest)


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What the file of a data set offers as DATASET.

    Attributes:
        title: what to call it.
        epochs: a training budget that suits its size.
        load: gives the images of a split ("train" or "test"), whose files lie below a root.
        is_present: says whether a split can be read below a root without a download.
        download: fetches what is missing below a root, and reports (bytes done, bytes in all).
        classes: class names by label; none where the images have no labels.
        layout: how its authors laid a thing out in its image, so that a picture from elsewhere can be made
            to look like theirs.
        image_shape: (h, w, c), and with `test_images` what runs from elsewhere are held to.
        test_images: how many the test split has.
        download_bytes: what its files weigh that do not come with the product, compressed.
    """

    title: str
    epochs: int
    load: Callable[[Split, Path], Images]
    is_present: Callable[[Split, Path], bool]
    download: Callable[[Path, Progress | None], None]
    classes: tuple[str, ...] = ()
    layout: Layout = Layout()
    image_shape: tuple[int, int, int] | None = None
    test_images: int | None = None
    download_bytes: int = 0


def names() -> list[str]:
    """The data sets there are: by file name, then those that were imported."""
    return [*registry.names(__path__), *_imported.names()]


def imported_root() -> Path:
    """Where imported data sets lie: AECORE_DATASETS, else a folder of this user's data."""
    return _imported.root()


def is_imported(name: str) -> bool:
    """Whether a data set is of somebody's own images."""
    return name in _imported.names()


def find(word: str) -> str:
    """The data set that a person means.

    Args:
        word: one of `names()`, or of an imported one the name that was given, without its fingerprint.

    Returns:
        Its name.

    Raises:
        UnknownName: if there is none.
        AmbiguousName: if several were imported under that name.
    """
    found = [name for name in _imported.names() if name.rpartition("_")[0] == word]
    if word in names():
        return word
    if len(found) > 1:
        raise AmbiguousName(word, found, "data set")
    if not found:
        raise UnknownName("data set", word, names())
    return found[0]


def record(name: str) -> Dataset:
    """What the file of a data set says of it.

    Args:
        name: one of `names()`.

    Returns:
        Its DATASET.

    Raises:
        UnknownName: if there is none of that name.
        BadDataset: if its file cannot be imported or offers no record, or one that no page could show.
    """
    if name in _imported.names():
        return _imported_record(name)
    try:
        module = registry.load(__name__, __path__, "data set", name)
    except AecoreError:
        raise
    except Exception as error:  # a file of somebody else's: anything may be wrong with it
        raise BadDataset(name, [_failure("its file cannot be imported", error)]) from error
    found = getattr(module, "DATASET", None)
    if not isinstance(found, Dataset):
        raise BadDataset(name, ["its file offers no DATASET, a Dataset record"])
    if faults := _faults.faults_of_record(found):
        raise BadDataset(name, faults)
    return found


def _imported_record(name: str) -> Dataset:
    about = _imported.manifest(name)
    return Dataset(
        title=about["title"],
        epochs=_imported.epochs(about["counts"]["train"]),
        load=lambda split, root: _imported.load(name, split),
        is_present=lambda split, root: True,
        download=lambda root, progress: None,
        classes=tuple(about["classes"]),
        image_shape=tuple(about["image_shape"]),
        test_images=about["counts"]["test"],
    )


def _failure(what: str, error: Exception) -> str:
    return f"{what} ({type(error).__name__}: {str(error)[:200]})"


def title(name: str) -> str:
    """What to call a data set: what its file says, else its name, as of one whose file is gone or broken."""
    try:
        return record(name).title
    except AecoreError:
        return name


def is_labelled(name: str) -> bool:
    """Whether the images of a data set have labels; where its file is gone or broken, they are taken to."""
    try:
        return bool(record(name).classes)
    except AecoreError:
        return True


def extent(name: str) -> tuple[tuple[int, int, int], int] | None:
    """Shape (h, w, c) of the images and number of test images: as declared, else of the images that are here.

    Args:
        name: of a data set, known or not.

    Returns:
        Both; None where there is no such data set that declares them or whose images can be read here.
    """
    try:
        source = record(name)
        if source.image_shape and source.test_images:
            return source.image_shape, source.test_images
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
    source = record(name)
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
        record(name).download(root, progress)
    else:
        with _bar(f"Downloading {record(name).title}") as shown:
            record(name).download(root, shown)


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
        All images of the split, with their labels and class names where they have them.

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
        images = record(name).load(split, root)
        found = _faults.faults(images, tuple(record(name).classes))
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


def _sizes(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
