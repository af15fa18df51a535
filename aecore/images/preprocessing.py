"""A picture to an image of a data set: what the data set's authors did to theirs, step by step.

A model knows only images like those it was trained on, so a drawing or a photo is made to look like
them first. How they lie in their frame is the data set's own `Layout`; the rest is one way for all:

    grey      luma of ITU-R BT.601, as the data set has one channel
    sheet     of ink: the desk, frame or edge around the sheet is left out, see `paper`
    ground    what the sheet's border is like; a light one is turned dark, and what stays within
              three standard deviations of it (a robust guess) becomes 0; so do faint lines across it
    box       what stands out is cut out by its bounding box and scaled, its shape kept; ink that this
              made grey becomes white again
    centre    its centre of mass, or its box, is put in the middle, by whole pixels

MNIST: LeCun, Bottou, Bengio & Haffner 1998, section III.A ("size normalized to fit in a 20x20 pixel
box while preserving their aspect ratio", "centered in a 28x28 image by computing the center of mass").
The test images have theirs at (14, 14) counted from 0, hence `// 2` below. Fashion-MNIST: Xiao, Rasul &
Vollgraf 2017, section 2.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image
from scipy import ndimage

from aecore.datasets import Layout
from aecore.errors import BadPicture, WrongShape
from aecore.images import sheet

LUMA = (0.299, 0.587, 0.114)
RIM = {True: 0.2, False: 0.05}
"""Below this share of the brightest a pixel is not counted as ink: smoothing leaves a rim around strokes.

Things with greys of their own are trimmed as Fashion-MNIST's authors trimmed theirs, to 5 %."""
CONTRAST = 0.1
"""What stands out by less is not seen."""
SPREADS = 3 * 1.4826
"""Three standard deviations, from the median of absolute deviations."""
THIN = 0.95
"""A stroke so thin that its brightest pixel, scaled, is no brighter, is grey all along."""
SPECK = 0.03
"""Of the largest mark's area; what is smaller and apart is dirt, dither or noise."""
FAINT = (0.2, 0.35, 0.5)
"""Shares of the brightest, of which the first is taken that parts ink from lines across the sheet."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step, to be shown: what was done, and pixels in [0, 1] after it, float32 (h, w, c)."""

    title: str
    image: np.ndarray


@dataclass(frozen=True, eq=False)
class Prepared:
    """A picture as an image of a data set.

    Attributes:
        image: pixels in [0, 1], float32, of the data set's shape.
        steps: how it came about; the first is what was given, the last is `image`.
    """

    image: np.ndarray
    steps: tuple[Step, ...]


def prepare(
    picture: np.ndarray,
    image_shape: tuple[int, int, int],
    layout: Layout,
    *,
    ground: Literal["find", "dark"] = "find",
    is_adapted: bool = True,
) -> Prepared:
    """Make a picture look like the images of a data set.

    Args:
        picture: pixels in [0, 1], shape (h, w, 1 or 3).
        image_shape: (h, w, c) of the data set's images.
        layout: how they are laid out.
        ground: "dark" where light ink on black is known, as from a draw pad; else it is found.
        is_adapted: whether to do all this; if not, the picture is only made grey and resized.

    Returns:
        The image and the steps to it. Colour images of colour data sets are only fitted in.

    Raises:
        WrongShape: if the picture is none.
        BadPicture: if nothing stands out from the background.
    """
    if picture.ndim != 3 or picture.shape[-1] not in (1, 3) or 0 in picture.shape:
        raise WrongShape("picture", picture.shape, "(h, w, 1) or (h, w, 3)")
    height, width, channels = image_shape
    steps = [Step("As given", np.clip(picture.astype(np.float32), 0, 1))]
    if channels == 1 and picture.shape[-1] == 3:
        steps.append(Step("Grey", steps[-1].image @ np.array(LUMA, np.float32)[:, None]))
    if not is_adapted:
        resized = _channels(_resized(steps[-1].image, height, width), channels)
        return _prepared([*steps, Step(f"Resized to {width}×{height}", resized)])
    if channels == 1:
        steps += _on_dark(steps[-1].image, layout, ground)
        cut = _cut_out(steps[-1].image, RIM[layout.is_stretched])
        steps.append(Step("Cropped to what stands out", cut))
    box = (layout.box, layout.box) if layout.box else (height, width)
    fitted = _fitted(steps[-1].image, *box)
    title = f"Scaled into {box[1]}×{box[0]}"
    if channels == 1 and layout.is_stretched and fitted.max() < THIN:
        fitted = np.clip(fitted / np.median(fitted[fitted > fitted.max() / 2]), 0, 1)
        title += ", ink to white"
    steps.append(Step(title, fitted))
    placed = _channels(_placed(fitted, height, width, layout.centre), channels)
    return _prepared([*steps, Step(f"Centred by {layout.centre} in {width}×{height}", placed)])


def _prepared(steps: list[Step]) -> Prepared:
    return Prepared(steps[-1].image, tuple(steps))


def _on_dark(grey: np.ndarray, layout: Layout, ground: str) -> list[Step]:
    """Light things on a ground of 0; a step for each thing that was needed."""
    steps, level, spread = [], np.zeros_like(grey), 0.0
    inside = np.ones(grey.shape[:2], bool)
    if ground == "find":
        if layout.is_stretched:
            inside = sheet.sheet(grey[..., 0])
        levels, spread = sheet.light(grey[..., 0], inside)
        level = levels[..., None]
        if not inside.all():
            grey, level, inside = _cut_sheet(grey, level, inside)
            steps.append(Step("Only the sheet: what surrounds it is left out", grey))
        lighter, darker = np.clip(grey - level, 0, 1), np.clip(level - grey, 0, 1)
        if (darker**2).sum() > (lighter**2).sum():
            grey, level = 1 - grey, 1 - level
            steps.append(Step("Inverted: its background is light", grey))
    raised = np.clip(grey - level - SPREADS * spread, 0, 1)
    most = float(raised.max())
    if most < (1 / 255 if ground == "dark" else CONTRAST):
        empty = "the drawing is empty" if ground == "dark" else "nothing stands out from its background"
        raise BadPicture(empty, "Draw something first." if ground == "dark" else "Choose another.")
    if spread >= sheet.EVEN:  # a photo's brightest pixel is its noise
        most = float(np.quantile(raised[raised > most / 2], 0.9))
    cleared = raised / (most if layout.is_stretched else float((1 - level).max()) - SPREADS * spread)
    if not np.array_equal(cleared, grey):
        title = "Background to black" + ", ink to white" * layout.is_stretched
        steps.append(Step(title, np.clip(cleared, 0, 1)))
    if ground == "find" and layout.is_stretched:
        shown = np.clip(cleared, 0, 1)
        ink = np.where(_ink(shown[..., 0], inside)[..., None], shown, 0)
        if np.abs(ink - shown).max() > RIM[True]:
            steps.append(Step("Specks and faint lines left out", ink))
    return steps


def _cut_sheet(
    grey: np.ndarray, level: np.ndarray, inside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The box around the sheet, in which what is not of the sheet has the background's level."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return np.where(inside[box][..., None], grey[box], level[box]), level[box], inside[box]


def _ink(shown: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Where the strokes are and their rim: no specks, no lines that lead across the sheet."""
    near = max(2, round(0.02 * min(inside.shape)))
    kept = np.zeros(shown.shape, bool)
    for share in FAINT:
        marks = shown > share
        labels, count = ndimage.label(marks, np.ones((3, 3)))
        sizes = ndimage.sum_labels(marks, labels, range(count + 1))
        kept = (sizes >= SPECK * sizes.max())[labels] & marks
        sides = (kept[:near], kept[-near:]), (kept[:, :near], kept[:, -near:])
        if not any(first.any() and last.any() for first, last in sides):
            break
    return ndimage.binary_dilation(kept, iterations=2)


def _cut_out(grey: np.ndarray, rim: float) -> np.ndarray:
    ink = grey[..., 0] > rim * grey.max()
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fitted(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scaled, its proportions kept, to the largest that a box of so many pixels holds."""
    scale = min(height / image.shape[0], width / image.shape[1])
    rows, columns = (max(1, round(side * scale)) for side in image.shape[:2])
    return _resized(image, rows, columns)


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Each new pixel the mean of the area it covers; in between where there are more new than old."""
    way = Image.Resampling.BOX if height <= image.shape[0] else Image.Resampling.BILINEAR
    planes = [np.ascontiguousarray(plane) for plane in np.moveaxis(image.astype(np.float32), -1, 0)]
    return np.stack([np.asarray(Image.fromarray(p).resize((width, height), way)) for p in planes], axis=-1)


def _placed(image: np.ndarray, height: int, width: int, centre: str) -> np.ndarray:
    """In the middle of a black frame, by whole pixels and never over its edge."""
    frame = np.zeros((height, width, image.shape[-1]), np.float32)
    corner = []
    for axis, length in enumerate((height, width)):
        own = image.shape[axis]
        start = (length - own) / 2
        if centre == "mass" and image.any():
            along = image.sum(axis=tuple({0, 1, 2} - {axis}))
            start = length // 2 - float((along * np.arange(own)).sum() / along.sum())
        corner.append(int(np.clip(np.floor(start + 0.5), 0, length - own)))
    frame[corner[0] : corner[0] + image.shape[0], corner[1] : corner[1] + image.shape[1]] = image
    return frame


def _channels(image: np.ndarray, channels: int) -> np.ndarray:
    return np.repeat(image, channels, -1) if image.shape[-1] == 1 < channels else image
