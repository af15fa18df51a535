"""What can happen to an image: noise, missing pixels, blur. One draw of noise serves every level.

The noise is drawn before its level is chosen, as two fields of the image's shape, one normal and one
uniform. A level then only scales or compares them, so a slider moves one draw and the browser can do
the same arithmetic on the same fields: every formula below is worked out in float64 and rounded to
float32 at the end, as JavaScript's numbers and a Float32Array do.

    gaussian         image + level * normal
    salt_and_pepper  1 where uniform < level / 2, 0 where uniform > 1 - level / 2
    masking          0 where uniform < level
    square           0 where |row + 0.5 - y * h| < level * h / 2, and in the columns likewise
    speckle          image * (1 + level * normal)
    poisson          the smallest count whose Poisson CDF at mean image * level reaches uniform, / level
    blur             Gaussian of `level` pixels, edge pixels repeated, cut at int(4 * level + 0.5) pixels

all clipped to [0, 1]. The processes of `aecore.models.corruptions` follow the same laws on torch tensors.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore.errors import BadValue, UnknownName, WrongShape


@dataclass(frozen=True)
class Kind:
    """One way to spoil an image.

    Attributes:
        title: what people call it.
        level: what its level counts.
        minimum: the smallest level offered.
        maximum: the largest level that makes sense.
        step: by how much a slider moves.
        reference: the level at which denoisers are compared.
        model_noise: the process of `aecore.models.corruptions.NOISES` that models are trained on, or None.
    """

    title: str
    level: str
    minimum: float
    maximum: float
    step: float
    reference: float
    model_noise: str | None


CORRUPTIONS = {
    "gaussian": Kind("Gaussian", "standard deviation", 0.0, 1.0, 0.01, 0.5, "gaussian"),
    "salt_and_pepper": Kind(
        "Salt and pepper", "share of pixels set to 0 or 1", 0.0, 1.0, 0.01, 0.3, "salt_and_pepper"
    ),
    "masking": Kind("Masking, random pixels", "share of pixels set to 0", 0.0, 1.0, 0.01, 0.5, "masking"),
    "square": Kind("Masking, a square", "side as a share of the image's", 0.0, 1.0, 0.01, 0.4, None),
    "speckle": Kind("Speckle", "standard deviation relative to the pixel", 0.0, 2.0, 0.02, 0.8, "speckle"),
    "poisson": Kind("Poisson", "photons at white: fewer are noisier", 1.0, 100.0, 1.0, 10.0, None),
    "blur": Kind("Blur", "standard deviation in pixels", 0.0, 4.0, 0.05, 1.5, None),
}
"""What can be chosen, in the order in which it is offered."""


@dataclass(frozen=True)
class Fields:
    """A draw of noise before its level.

    Attributes:
        normal: standard normal, float32, of the images' shape.
        uniform: uniform over [0, 1), likewise; independent of `normal`.
    """

    normal: np.ndarray
    uniform: np.ndarray


def fields(shape: tuple[int, ...], seed: int) -> Fields:
    """Draw the noise of an image, or of many.

    Args:
        shape: (h, w, c) or (n, h, w, c).
        seed: of numpy's default generator.

    Returns:
        The draw; equal seeds and shapes give equal draws.
    """
    random = np.random.default_rng(seed)
    return Fields(random.standard_normal(shape, np.float32), random.random(shape, np.float32))


def degrade(
    image: np.ndarray,
    kind: str,
    level: float,
    drawn: Fields,
    centre: tuple[float, float] = (0.5, 0.5),
) -> np.ndarray:
    """An image, or many, with a kind of noise at a level.

    Args:
        image: pixels in [0, 1], shape (h, w, c) or (n, h, w, c).
        kind: a name of CORRUPTIONS.
        level: what the kind's `level` says, from its minimum to its maximum.
        drawn: the noise, of the image's shape.
        centre: (y, x) of the square in shares of height and width, from the top left corner.

    Returns:
        Pixels in [0, 1], float32, same shape.

    Raises:
        UnknownName: if there is no such kind.
        BadValue: if the level is outside the kind's range.
        WrongShape: if the noise was drawn for another shape.
    """
    if kind not in CORRUPTIONS:
        raise UnknownName("noise", kind, CORRUPTIONS)
    low, high = CORRUPTIONS[kind].minimum, CORRUPTIONS[kind].maximum
    if not low <= level <= high:
        raise BadValue("level", level, f"from {low:g} to {high:g} for {CORRUPTIONS[kind].title}")
    if drawn.normal.shape != image.shape or drawn.uniform.shape != image.shape:
        raise WrongShape("fields of noise", drawn.normal.shape, f"{image.shape}, as the image has")
    pixels = np.asarray(image, np.float64)
    corrupted = _square(pixels, level, centre) if kind == "square" else _FORMULAS[kind](pixels, level, drawn)
    return np.clip(corrupted, 0, 1).astype(np.float32)


def _gaussian(pixels: np.ndarray, level: float, drawn: Fields) -> np.ndarray:
    return pixels + level * drawn.normal.astype(np.float64)


def _salt_and_pepper(pixels: np.ndarray, level: float, drawn: Fields) -> np.ndarray:
    draw = drawn.uniform.astype(np.float64)
    return np.where(draw > 1 - level / 2, 0.0, np.where(draw < level / 2, 1.0, pixels))


def _masking(pixels: np.ndarray, level: float, drawn: Fields) -> np.ndarray:
    return np.where(drawn.uniform.astype(np.float64) < level, 0.0, pixels)


def _speckle(pixels: np.ndarray, level: float, drawn: Fields) -> np.ndarray:
    return pixels * (1 + level * drawn.normal.astype(np.float64))


def _poisson(pixels: np.ndarray, level: float, drawn: Fields) -> np.ndarray:
    """Counts by inversion: pixel by pixel the same sums as a loop over one pixel makes."""
    mean, draw = pixels.ravel() * level, drawn.uniform.astype(np.float64).ravel()
    counts, probability = np.zeros_like(mean), np.exp(-mean)
    reached, open_ = probability.copy(), np.flatnonzero(draw > probability)
    most = math.ceil(level + 12 * math.sqrt(level) + 20)  # beyond it lies less than a draw resolves
    for count in range(1, most + 1):
        if not len(open_):
            break
        counts[open_] = count
        probability[open_] *= mean[open_] / count
        reached[open_] += probability[open_]
        open_ = open_[draw[open_] > reached[open_]]
    return (counts / level).reshape(pixels.shape)


def _blur(pixels: np.ndarray, level: float, drawn: Fields) -> np.ndarray:
    from scipy.ndimage import gaussian_filter  # here: a slider that never blurs need not load it

    return gaussian_filter(pixels, level, mode="nearest", truncate=4.0, axes=(-3, -2))


def _square(pixels: np.ndarray, level: float, centre: tuple[float, float]) -> np.ndarray:
    corrupted = pixels.copy()
    rows, columns = (
        np.abs(np.arange(length) + 0.5 - share * length) < level * length / 2
        for share, length in zip(centre, pixels.shape[-3:-1], strict=True)
    )
    corrupted[..., rows[:, None] & columns, :] = 0.0
    return corrupted


_FORMULAS: dict[str, Callable[[np.ndarray, float, Fields], np.ndarray]] = {
    "gaussian": _gaussian,
    "salt_and_pepper": _salt_and_pepper,
    "masking": _masking,
    "speckle": _speckle,
    "poisson": _poisson,
    "blur": _blur,
}
