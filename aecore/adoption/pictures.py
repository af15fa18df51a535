"""The images that come with a model or with codes, as arrays of one kind, and which of them a split holds."""

from collections import defaultdict, deque

import numpy as np

from aecore.datasets import Images
from aecore.errors import CannotAdopt
from aecore.importers.formats import arrays


def as_pixels(images: np.ndarray) -> np.ndarray:
    """Images as data sets hold them.

    Args:
        images: (n, h, w), (n, h, w, c) or (n, c, h, w) with c of 1 or 3; bytes, or floats in 0..1 or 0..255.

    Returns:
        uint8 (n, h, w, c).

    Raises:
        CannotAdopt: if they are none of these.
    """
    images = arrays.array_of(images, "the images")
    wanted = "Bring an array (n, h, w), (n, h, w, c) or (n, c, h, w) with 1 or 3 channels."
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or not images.size:
        raise CannotAdopt(f"the images have the shape {images.shape}", wanted)
    if images.shape[3] not in (1, 3) and images.shape[1] in (1, 3):
        images = images.transpose(0, 2, 3, 1)
    if images.shape[3] not in (1, 3):
        raise CannotAdopt(f"the images have the shape {images.shape}", wanted)
    if images.dtype == bool:
        images = images.astype(np.uint8) * 255
    if images.dtype == np.uint8:
        return np.ascontiguousarray(images)
    if images.dtype.kind not in "iuf" or not np.isfinite(images).all():
        raise CannotAdopt(f"the images are of type {images.dtype}, or no numbers", wanted)
    low, high = float(images.min()), float(images.max())
    if low < 0 or high > 255:
        raise CannotAdopt(
            f"the pixels run from {low:.3g} to {high:.3g}", "Bring pixels from 0 to 1 or from 0 to 255."
        )
    is_unit = images.dtype.kind == "f" and high <= 1
    return np.rint(images * 255 if is_unit else images).astype(np.uint8)


def rows_of(split: Images, pixels: np.ndarray) -> np.ndarray:
    """Which of the images that were brought a split holds; of equal ones each once.

    Args:
        split: of the data set that was made of them.
        pixels: as they were brought, uint8 (n, h, w, c).

    Returns:
        A row for each image of the split, in its order.

    Raises:
        CannotAdopt: if one is none of them.
    """
    places: dict[bytes, deque[int]] = defaultdict(deque)
    for row, image in enumerate(pixels):
        places[image.tobytes()].append(row)
    found = []
    for image in split.pixels:
        rows = places[image.tobytes()]
        if not rows:
            raise CannotAdopt(
                "the data set that was made of the images holds others",
                "Bring images of 8 to 128 pixels a side, all of one shape.",
            )
        found.append(rows.popleft())
    return np.array(found, int)
