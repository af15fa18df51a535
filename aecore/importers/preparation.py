"""Bringing images to one size and one number of channels."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image

from aecore.datasets import Images
from aecore.errors import BadValue

Fit = Literal["pad", "crop", "stretch"]
"""An image that is no square: bars beside it, its middle alone, or out of its shape."""
Colour = Literal["grey", "rgb"]
FITS = ("pad", "crop", "stretch")
COLOURS = ("grey", "rgb")
LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in a grey, ITU-R BT.601."""


def prepared(images: Images, size: int | None, fit: Fit, colour: Colour | None) -> Images:
    """Images as they are kept.

    Args:
        images: as they were read.
        size: side in pixels; as they are if not given.
        fit: how another shape is brought to a square.
        colour: "grey" or "rgb"; as they are if not given.

    Returns:
        Images of (size, size, c), their labels as they were.

    Raises:
        BadValue: if fit or colour is none of those there are.
    """
    if fit not in FITS:
        raise BadValue("fit", fit, f"one of {', '.join(FITS)}")
    if colour is not None and colour not in COLOURS:
        raise BadValue("colour", colour, f"one of {', '.join(COLOURS)}")
    pixels = _coloured(images.pixels, colour)
    if size is not None and pixels.shape[1:3] != (size, size):
        resized = [_resized(image, size, fit) for image in pixels]
        pixels = np.stack(resized) if resized else np.zeros((0, size, size, pixels.shape[3]), np.uint8)
    return Images(np.ascontiguousarray(pixels), images.labels, images.classes)


def _coloured(pixels: np.ndarray, colour: Colour | None) -> np.ndarray:
    channels = pixels.shape[3]
    if colour == "grey" and channels == 3:
        return np.rint(pixels @ LUMA).astype(np.uint8)[..., None]
    return np.repeat(pixels, 3, axis=3) if colour == "rgb" and channels == 1 else pixels


def _resized(image: np.ndarray, size: int, fit: Fit) -> np.ndarray:
    """One image (h, w, c) as (size, size, c)."""
    height, width, channels = image.shape
    picture = Image.fromarray(image if channels == 3 else image[..., 0])
    if fit == "stretch":
        box, extent = None, (size, size)
    elif fit == "crop":
        side = min(height, width)
        left, top = (width - side) / 2, (height - side) / 2
        box, extent = (left, top, left + side, top + side), (size, size)
    else:
        scale = size / max(height, width)
        box, extent = None, (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(picture.resize(extent, Image.Resampling.LANCZOS, box)).reshape(*extent[::-1], channels)
    if fit != "pad":
        return small
    ground = np.zeros((size, size, channels), np.uint8)
    top, left = (size - extent[1]) // 2, (size - extent[0]) // 2
    ground[top : top + extent[1], left : left + extent[0]] = small
    return ground
