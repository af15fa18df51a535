"""Corruptions of an image, one file each: noise, missing pixels, blur. A new one is one new file.

A file of this folder offers CORRUPTION, a `Corruption`. Its formula is a pure function of pixels, level and
draws, so that one draw serves every level, a slider moves one draw, and the browser does the same arithmetic
on the same draws (`dashboard/components/noise_canvas/corruptions/`, one function of the same name each). On
NumPy's arrays it is worked out in float64 and rounded to float32 at the end, as JavaScript's numbers and a
Float32Array do; `aecore.models.noise` puts PyTorch's tensors through the same formula in training. Every
result is clipped to [0, 1].
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from aecore import registry
from aecore.config import is_text
from aecore.errors import BadValue, WrongShape

LEVELS = 21
"""How many levels denoisers are fitted at, where a corruption names none."""


class Draws(NamedTuple):
    """What chance gives a corruption, before any level: a formula reads what it needs.

    Attributes:
        normal: standard normal, of the images' shape.
        uniform: uniform over [0, 1), likewise; independent of `normal`.
        centre: (y, x) of what covers a place, in shares of height and width from the top left corner; one
            for all images, shape (2,), or one for each, (n, 2).
    """

    normal: Any = None
    uniform: Any = None
    centre: Any = (0.5, 0.5)


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """One way to corrupt an image.

    Attributes:
        title: what people call it.
        sentence: what it does to a pixel, for people.
        order: its place among the others.
        level: what its level counts.
        minimum: the smallest level offered.
        maximum: the largest level that makes sense.
        step: by how much a slider moves.
        reference: the level at which denoisers are compared.
        draws: which fields of `Draws` its formula reads; none where nothing is random.
        formula: (pixels, level, Draws) to pixels that are not yet clipped. Pixels have the shape (h, w, c)
            or (n, h, w, c).
        takes_tensors: whether the formula is made of operators alone and treats every pixel by itself, so
            that tensors of any layout go through it, with a level for each image: denoising variants can be
            trained on it. Its level 0 leaves an image as it is.
        levels: at which denoisers are fitted, rising; if not given, LEVELS of them evenly spaced.
        is_log: whether levels are told apart by their ratio.
    """

    title: str
    sentence: str
    order: int
    level: str
    minimum: float
    maximum: float
    step: float
    reference: float
    draws: tuple[str, ...]
    formula: Callable[[Any, Any, Draws], Any]
    takes_tensors: bool = False
    levels: tuple[float, ...] = ()
    is_log: bool = False

    def __post_init__(self) -> None:
        """Fill in the levels, and check what pages and denoisers rely on."""
        if not self.levels:
            spaced = np.linspace(self.minimum, self.maximum, LEVELS)
            object.__setattr__(self, "levels", tuple(round(float(level), 6) for level in spaced))
        for name in ("title", "sentence", "level"):
            if not is_text(getattr(self, name)):
                raise BadValue(f"{name} of a corruption", getattr(self, name), "a short line of plain text")
        if unknown := set(self.draws) - set(Draws._fields):
            raise BadValue("draws of a corruption", sorted(unknown), f"of {', '.join(Draws._fields)}")
        if (self.levels[0], self.levels[-1]) != (self.minimum, self.maximum) or not self.step > 0:
            raise BadValue("levels of a corruption", self.levels, "from its minimum to its maximum")
        if self.reference not in self.levels:
            raise BadValue("reference of a corruption", self.reference, "one of its levels")
        if self.takes_tensors and self.minimum != 0:
            raise BadValue("minimum of a corruption", self.minimum, "0 where models are trained on it")

    @property
    def is_placed(self) -> bool:
        """Whether it covers a place, which a person may choose."""
        return "centre" in self.draws

    @property
    def is_random(self) -> bool:
        """Whether another seed gives another image."""
        return bool({"normal", "uniform"} & set(self.draws))


class NoiseRange(NamedTuple):
    """The noise that a model is trained to remove: a corruption's name, its lowest and its highest level."""

    kind: str
    lowest: float
    highest: float


def names() -> list[str]:
    """The corruptions there are, by file name, in the order in which they are offered."""
    return sorted(registry.names(__path__), key=lambda name: (find(name).order, name))


def tensor_names() -> tuple[str, ...]:
    """Those that a denoising variant can be trained on, in that order."""
    return tuple(name for name in names() if find(name).takes_tensors)


def highest_level() -> float:
    """The highest level that makes sense of any that a denoising variant can be trained on."""
    return max(find(name).maximum for name in tensor_names())


def find(name: str) -> Corruption:
    """A corruption.

    Args:
        name: one of `names()`.

    Returns:
        What its file offers.

    Raises:
        UnknownName: if there is none of that name.
    """
    return registry.load(__name__, __path__, "noise", name).CORRUPTION


def draw(shape: tuple[int, ...], seed: int, centre: Any = (0.5, 0.5)) -> Draws:
    """Draw for an image, or for many.

    Args:
        shape: (h, w, c) or (n, h, w, c).
        seed: of numpy's default generator.
        centre: of what covers a place; see `Draws`.

    Returns:
        The draws, float32; equal seeds and shapes give equal ones.
    """
    random = np.random.default_rng(seed)
    return Draws(random.standard_normal(shape, np.float32), random.random(shape, np.float32), centre)


def corrupt(images: np.ndarray, name: str, level: float, draws: Draws) -> np.ndarray:
    """An image, or many, with a corruption at a level.

    Args:
        images: pixels in [0, 1], shape (h, w, c) or (n, h, w, c).
        name: one of `names()`.
        level: what the corruption's `level` says, from its minimum to its maximum.
        draws: from `draw`, of the images' shape.

    Returns:
        Pixels in [0, 1], float32, same shape.

    Raises:
        UnknownName: if there is no such corruption.
        BadValue: if the level is outside its range.
        WrongShape: if the draws are of another shape.
    """
    found = find(name)
    if not found.minimum <= level <= found.maximum:
        raise BadValue("level", level, f"from {found.minimum:g} to {found.maximum:g} for {found.title}")
    if draws.normal.shape != images.shape or draws.uniform.shape != images.shape:
        raise WrongShape("draws of noise", draws.normal.shape, f"{images.shape}, as the image has")
    fields = (np.asarray(field, np.float64) for field in draws)
    pixels = found.formula(np.asarray(images, np.float64), level, Draws(*fields))
    return np.clip(pixels, 0, 1).astype(np.float32)
