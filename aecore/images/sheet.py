"""The sheet that somebody wrote on, found in a photo: without its desk, its frame, its edges and its shadow.

What surrounds the writing is told by shape, never by being dark or light: a surround is cut off by a sharp
edge, and is either around something rectangular that holds marks, or lies along a side of the picture.
"""

import numpy as np
from scipy import ndimage

LEAST_SHEET = 0.15
"""Of the picture; a smaller rectangle is something drawn."""
RECTANGLE, SOLID = 0.85, 0.9
"""Least share of its tightest turned box, and of its convex hull: an ellipse fills 0.79 of its box."""
BAND = 0.4
"""Of a side, along which a surround lies; a stroke that leaves the picture is narrower."""
SHARP = 1 / 12
"""Share of the step between two levels that one pixel makes at an edge; at that of a shadow far less."""
RING = 0.3
"""Share that is hole of the strokes of a thick 0; a frame has more, and something in it."""
SPECK = 5e-4
DEPTH = 4
"""A frame on a sheet on a desk, and one more."""
BORDER = 0.03
"""The border's width, as a share of the sheet's shorter side."""
EVEN = 2 / 255
"""A background that varies by less, as a median, is even: drawn, not photographed."""
PLANE = 0.04
"""Beyond this median deviation from a plane, the light has an edge."""
REWEIGHTINGS = 12
WIDEST_PEN = 1 / 6
"""Of the sheet's shorter side, where its light has an edge."""


def sheet(grey: np.ndarray) -> np.ndarray:
    """Where the sheet is.

    Args:
        grey: in [0, 1], (h, w).

    Returns:
        Bool (h, w): all of it where nothing surrounds the writing.
    """
    smooth = ndimage.gaussian_filter(grey, 1)
    slope = ndimage.gaussian_gradient_magnitude(grey.astype(np.float32), 2)
    inside = np.ones(grey.shape, bool)
    for _ in range(DEPTH):
        found = _without_surround(smooth, slope, inside)
        if found is None or found.sum() < LEAST_SHEET / 2 * grey.size:
            break
        inside = found
    return inside


def _without_surround(smooth: np.ndarray, slope: np.ndarray, inside: np.ndarray) -> np.ndarray | None:
    """What is left inside of the next surround; None where there is none."""
    is_light = smooth > _otsu(smooth[inside])
    is_ground = is_light == (is_light[_rim(inside)].mean() > 0.5)
    labels, count = ndimage.label(inside & ~is_ground, np.ones((3, 3)))
    sizes = ndimage.sum_labels(np.ones_like(labels), labels, range(1, count + 1))
    left = inside
    for label in np.argsort(-sizes)[:8] + 1:
        thing = labels == label
        if sizes[label - 1] < SPECK * inside.size or not _is_sharp(thing, smooth, slope, inside):
            continue
        if (hull := _sheet_of(thing, inside & ~is_ground)) is not None:
            return ndimage.binary_erosion(hull, iterations=3)
        if _lies_along_a_side(thing, inside):
            left = left & ~ndimage.binary_dilation(thing, iterations=3)
    return None if left is inside else _largest(left)


def _otsu(values: np.ndarray) -> float:
    """The level that parts values best into two (Otsu 1979)."""
    counts, edges = np.histogram(values, 64)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1].astype(float)
    above = below[-1] + counts[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = below * above * (sums[:-1] / below - (sums[-1] - sums[:-1]) / above) ** 2
    between = np.nan_to_num(between)
    best = np.flatnonzero(between == between.max())
    return float(edges[1 + int(best.mean())])


def _rim(inside: np.ndarray, width: int = 1) -> np.ndarray:
    return inside & ~ndimage.binary_erosion(inside, iterations=width)


def _is_sharp(thing: np.ndarray, smooth: np.ndarray, slope: np.ndarray, inside: np.ndarray) -> bool:
    rest = inside & ~thing
    edge = ndimage.binary_dilation(thing) & ndimage.binary_dilation(rest)
    step = abs(float(smooth[thing].mean() - smooth[rest].mean())) if rest.any() else 0.0
    return bool(edge.any()) and float(np.quantile(slope[edge], 0.2)) >= SHARP * step


def _sheet_of(thing: np.ndarray, things: np.ndarray) -> np.ndarray | None:
    """The area of a thing that is a sheet with marks on it, or a frame with something in it."""
    filled = ndimage.binary_fill_holes(thing)
    area = filled.sum()
    holes = filled & ~thing
    if area < LEAST_SHEET * thing.size or holes.sum() < SPECK * thing.size:
        return None
    if holes.sum() >= RING * area and (holes & things).sum() < SPECK * thing.size:
        return None  # a thick 0
    from skimage.morphology import convex_hull_image

    hull = convex_hull_image(filled)
    is_sheet = area >= SOLID * hull.sum() and hull.sum() >= RECTANGLE * _tightest_box(hull)
    return hull if is_sheet else None


def _tightest_box(hull: np.ndarray) -> float:
    """Area of the smallest box around a convex area, turned by any whole even number of degrees."""
    edge = np.argwhere(_rim(hull))
    angles = np.radians(np.arange(0, 90, 2))
    along = edge @ np.stack([np.cos(angles), np.sin(angles)])
    across = edge @ np.stack([-np.sin(angles), np.cos(angles)])
    return float(((np.ptp(along, axis=0) + 1) * (np.ptp(across, axis=0) + 1)).min())


def _lies_along_a_side(thing: np.ndarray, inside: np.ndarray) -> bool:
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    box = thing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    sides = (box[:2].any(0), box[-2:].any(0), box[:, :2].any(1), box[:, -2:].any(1))
    return max(side.mean() for side in sides) >= BAND


def _largest(left: np.ndarray) -> np.ndarray:
    labels, count = ndimage.label(left)
    sizes = ndimage.sum_labels(np.ones_like(labels), labels, range(1, count + 1))
    return labels == 1 + int(np.argmax(sizes)) if count else left


def light(grey: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, float]:
    """Level of the background everywhere, and the median of deviations from it.

    An even one is the border's median. An uneven one is a plane through the border, of least absolute
    deviations, so that what touches the border does not tilt it. Where the border fits no plane, as at
    the edge of a shadow, it is what lies beside the ink.

    Args:
        grey: in [0, 1], (h, w).
        inside: where the sheet is, bool (h, w).

    Returns:
        Levels, float32 (h, w), and the median deviation.
    """
    height, width = grey.shape
    is_border = _rim(inside, max(1, round(BORDER * min(height, width))))
    border = grey[is_border].astype(np.float64)
    level = np.full_like(grey, np.median(border))
    spread = float(np.median(np.abs(border - np.median(border))))
    if spread < EVEN:
        return level, spread
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    plane = np.stack([np.ones_like(rows), rows, columns], axis=-1)
    inputs, weights = plane[is_border], np.ones(len(border))
    slopes, away = np.zeros(inputs.shape[1]), np.abs(border)
    for _ in range(REWEIGHTINGS):
        root = np.sqrt(weights)
        slopes = np.linalg.lstsq(inputs * root[:, None], border * root, rcond=None)[0]
        away = np.abs(border - inputs @ slopes)
        weights = 1 / np.maximum(away, 1e-4)
    if np.median(away) <= PLANE:
        return (plane @ slopes).astype(np.float32), float(np.median(away))
    level = _around(grey, inside)
    return level, float(np.median(np.abs(grey - level)[inside]))


def _around(grey: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The sheet without its ink: whatever is as narrow as a pen is filled with what lies beside it.

    A closing for dark ink, an opening for light, since both keep the edge of a shadow where it is.
    """
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    whole = ndimage.gaussian_filter(grey[tuple(nearest)], 1)
    away = whole - _medians(whole)
    is_dark = (np.minimum(away, 0) ** 2).sum() > (np.maximum(away, 0) ** 2).sum()
    size = max(3, round(WIDEST_PEN * min(grey.shape)))
    return (ndimage.grey_closing if is_dark else ndimage.grey_opening)(whole, size, mode="nearest")


def _medians(whole: np.ndarray) -> np.ndarray:
    """The median of the half of the picture around each place, worked out on a coarse grid."""
    step = max(1, min(whole.shape) // 64)
    coarse = whole[::step, ::step]
    medians = ndimage.median_filter(coarse, size=[max(3, side // 2) for side in coarse.shape], mode="nearest")
    scale = [large / small for large, small in zip(whole.shape, coarse.shape, strict=True)]
    return ndimage.zoom(medians, scale, order=1, mode="nearest", grid_mode=True)
