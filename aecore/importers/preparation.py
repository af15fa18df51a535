"""Bringing images to one size and one number of channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from aecore.datasets import Images
from aecore.errors import BadImport, quoted
from aecore.importers.settings import Colour, Fit, Settings

LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in a grey, ITU-R BT.601."""
AT_ONCE = 4096
"""Images that are weighed at a time, so that their floats take little memory."""


def prepared(images: Images, settings: Settings) -> Images:
    """Images as they are kept.

    Args:
        images: as they were read, all of one size.
        settings: their size, fit, colour and background.

    Returns:
        Images of the size that is asked for, if one is; all else of them as it was.
    """
    pixels = coloured(images.pixels, settings.colour)
    sides = settings.sides
    if sides and pixels.shape[1:3] != sides:
        ground = settings.ground if pixels.shape[3] == 3 else (luma(settings.ground),)
        resized = np.empty((len(pixels), *sides, pixels.shape[3]), np.uint8)
        for row, image in enumerate(pixels):
            picture = Image.fromarray(image if image.shape[2] == 3 else image[..., 0])
            resized[row] = fitted(picture, sides, settings.fit, ground)
        pixels = resized
    return Images(np.ascontiguousarray(pixels), images.labels, images.classes, images.columns)


def without(parts: dict[str, Images], names: Sequence[str]) -> tuple[dict[str, Images], list[str]]:
    """Images without those of some classes; splits that lose all of theirs are gone.

    Args:
        parts: images by split, with the same classes.
        names: of classes.

    Returns:
        The others, their classes counted from 0; and what was done, in a sentence.

    Raises:
        BadImport: if there is no such class, or none is left.
    """
    if not names:
        return parts, []
    classes = next(iter(parts.values())).classes
    if unknown := [name for name in names if name not in classes]:
        known = f"there are {', '.join(map(quoted, classes[:10]))}" if classes else "there are no labels"
        raise BadImport(f"no class is called {quoted(unknown[0])}", f"Name one that is there: {known}.")
    kept = [k for k, name in enumerate(classes) if name not in names]
    if not kept:
        raise BadImport("every class is left out", "Bring at least one.")
    place = np.full(len(classes), -1, np.int64)
    place[kept] = np.arange(len(kept))
    left, count = {}, 0
    for split, images in parts.items():
        assert images.labels is not None
        rows = np.flatnonzero(place[images.labels] >= 0)
        count += len(images) - len(rows)
        if len(rows):
            some = images[rows]
            left[split] = Images(
                some.pixels, place[images.labels[rows]], tuple(classes[k] for k in kept), some.columns
            )
    return left, [
        f"{count:,} images of {', '.join(map(quoted, dict.fromkeys(names)))} were left out, as asked."
    ]


def luma(ground: tuple[int, int, int]) -> int:
    """The grey of a colour, 0 to 255."""
    return int(np.rint(np.array(ground) @ LUMA))


def coloured(pixels: np.ndarray, colour: Colour | None) -> np.ndarray:
    """Pixels with the channels of a colour.

    Args:
        pixels: uint8 (n, h, w, c).
        colour: "grey", "rgb" or None, which leaves them as they are.

    Returns:
        uint8 (n, h, w, 1 or 3).
    """
    channels = pixels.shape[3]
    if colour == "grey" and channels == 3:
        grey = np.empty((*pixels.shape[:3], 1), np.uint8)
        for start in range(0, len(pixels), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            grey[part, ..., 0] = np.rint(pixels[part] @ LUMA)
        return grey
    return np.repeat(pixels, 3, axis=3) if colour == "rgb" and channels == 1 else pixels


def fitted(picture: Image.Image, sides: tuple[int, int], fit: Fit, ground: tuple[int, ...]) -> np.ndarray:
    """One picture at the size that is asked for.

    Args:
        picture: of mode L, RGB or RGBA.
        sides: height and width in pixels.
        fit: how other proportions are brought to them.
        ground: value of each channel, 0 to 255, beside what is padded and under what is transparent.

    Returns:
        uint8 (h, w, 1 or 3).
    """
    height, width = sides
    box, extent = None, (width, height)
    if fit == "crop":
        scale = min(picture.width / width, picture.height / height)
        across, down = width * scale, height * scale
        left, top = (picture.width - across) / 2, (picture.height - down) / 2
        box = (left, top, left + across, top + down)
    elif fit == "pad":
        scale = min(width / picture.width, height / picture.height)
        extent = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    if picture.size != extent or box:
        # Pillow weighs colours by their opacity
        picture = picture.resize(extent, Image.Resampling.LANCZOS, box)
    is_whole = extent == (width, height)
    if picture.mode == "RGBA" or not is_whole:
        framed = Image.new("L" if picture.mode == "L" else "RGB", (width, height), ground)
        corner = ((width - extent[0]) // 2, (height - extent[1]) // 2)
        framed.paste(picture, corner, picture if picture.mode == "RGBA" else None)
        picture = framed
    pixels = np.asarray(picture)
    return pixels[..., None] if pixels.ndim == 2 else pixels
