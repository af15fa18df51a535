"""Data sets, one file each: `load_images("mnist", split="test")`. A new one is one new file.

A file of this folder offers TITLE, CLASSES, EPOCHS (a training budget that suits its size),
`load(split, root)`, `is_present(root)` and `download(root, progress)`. It may offer LAYOUT, how its
authors laid a thing out in its image, so that a picture from elsewhere can be made to look like them, and
IMAGE_SHAPE (h, w, c) and TEST_IMAGES, how many the test split has: runs from elsewhere are held to them.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
import platformdirs

from aecore import discovery
from aecore.errors import BadValue

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
    return discovery.names(__path__)


def module(name: str) -> ModuleType:
    """The file of a data set.

    Args:
        name: one of `names()`.

    Returns:
        Its module; see the head of this file for what it offers.
    """
    return discovery.load(__name__, __path__, "data set", name)


def layout(name: str) -> Layout:
    """How the images of a data set are laid out: what its file says, else the whole image."""
    return getattr(module(name), "LAYOUT", Layout())


def extent(name: str) -> tuple[tuple[int, int, int], int] | None:
    """Shape (h, w, c) of the images and number of test images: as declared, else of the images that are here.

    Args:
        name: one of `names()`.

    Returns:
        Both; None where the data set declares neither and its images are not on this machine.

    Raises:
        DataDamaged: if the images are here and not what they should be.
    """
    source = module(name)
    if hasattr(source, "IMAGE_SHAPE") and hasattr(source, "TEST_IMAGES"):
        return source.IMAGE_SHAPE, source.TEST_IMAGES
    if not is_present(name):
        return None
    pixels = load_images(name, "test").pixels
    return pixels.shape[1:], len(pixels)


def data_root() -> Path:
    """Where image files lie: AECORE_DATA, else a cache folder of this user."""
    configured = os.environ.get("AECORE_DATA")
    return Path(configured) if configured else Path(platformdirs.user_cache_dir("aecore")) / "data"


def is_present(name: str, root: Path | None = None) -> bool:
    """Whether the images of a data set can be read without a download."""
    return module(name).is_present(root or data_root())


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
    """
    if split not in ("train", "test"):
        raise BadValue("split", split, "'train' or 'test'")
    root = Path(root) if root else data_root()
    if not module(name).is_present(root):
        download(name, progress, root)
    return module(name).load(split, root)
