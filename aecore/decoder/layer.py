"""What is known of one kind of layer: its tensors and numbers, its modules in PyTorch, the shape it gives."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

Shape = tuple[int, ...]
Parts = Mapping[str, Any]
"""Of a layer's record the numbers, and for each tensor its shape."""
MOST_NUMBERS = 2**22
"""In what one layer gives: 1024 feature maps of 64 x 64 pixels."""
MOST_STEPS = 4096
"""Rows that a code is repeated to, sides that a layer enlarges by, and whatever else is counted."""
LARGEST = 3.4e38
"""A number that a browser still holds in float32."""


def _one_each(parts: Parts, given: Shape, made: Shape) -> int:
    return math.prod(made)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One kind of layer.

    Attributes:
        modules: what it is in PyTorch, as "package.module:Class"; by exact type, since a subclass may
            compute something else.
        tensors: by the part's name in a record, where a module has the tensor: "weight", "lstm.weight_ih_l0".
        optional: the tensors that a layer may do without.
        numbers: by the part's name in a record, what sees to it that a stranger's value is what it should be,
            and raises ValueError where it is not.
        settings: a module's numbers by part; None where it is set up as the browser's layer cannot be.
        arguments: of the parts, what a module is made with that computes the layer; nothing if not given.
        module: which of `modules` it is then, by the shape that the layer is given; the first if not given.
        shape: of the parts and the shape that the layer is given, the shape that it gives; ValueError where
            they do not fit. A layer that changes each value by itself gives what it is given.
        products: of the parts and both shapes, how many products it takes; one for each value that it gives
            where nothing else is said.
        laid_out: of the same, how many numbers it lays out beside what it gives: the windows of images.
        not_negative: the tensors whose numbers are 0 or more.
    """

    modules: tuple[str, ...]
    tensors: Mapping[str, str] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    numbers: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    settings: Callable[[Any], dict[str, Any] | None] = lambda module: {}
    arguments: Callable[[Parts], dict[str, Any]] = lambda parts: {}
    module: Callable[[Shape], str] | None = None
    shape: Callable[[Parts, Shape], Shape] = lambda parts, given: given
    products: Callable[[Parts, Shape, Shape], int] = _one_each
    laid_out: Callable[[Parts, Shape, Shape], int] = lambda parts, given, made: 0
    not_negative: tuple[str, ...] = ()

    def described(self, name: str, module: Any) -> dict[str, Any] | None:
        """The parts of a module's record.

        Args:
            name: the module's own in its model.
            module: one of `modules`.

        Returns:
            Names of its tensors and its numbers; None where the browser's layer cannot be set up like that.
        """
        settings = self.settings(module)
        if settings is None:
            return None
        places = {part: place for part, place in self.tensors.items() if _at(module, place) is not None}
        return {part: f"{name}.{place}" for part, place in places.items()} | settings

    def checked(self, parts: Parts) -> None:
        """See that a record has what a layer of this kind needs, and nothing else.

        Args:
            parts: by name.

        Raises:
            ValueError: if one is lacking or surplus, with its name.
        """
        if lacking := sorted({*self.tensors, *self.numbers} - {*self.optional} - set(parts)):
            raise ValueError(f"it lacks {', '.join(lacking)}")
        if surplus := set(parts) - {*self.tensors, *self.numbers}:
            raise ValueError(f"it has the part {str(min(surplus))[:40]!r}")


def _at(module: Any, place: str) -> Any:
    return reduce(lambda found, name: getattr(found, name, None), place.split("."), module)


def real(value: Any) -> float:
    """A finite number that a browser can work with."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= LARGEST:
        raise ValueError(value)
    return value


def count(value: Any, most: int = MOST_STEPS) -> int:
    """A whole number from 0 to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(value)
    return value


def positive(value: Any) -> float:
    """A finite number above 0."""
    if real(value) <= 0:
        raise ValueError(value)
    return value


def lengths(value: Any) -> Shape:
    """Two whole numbers from 1 on, downwards and across."""
    found = pair(value)
    if min(found) < 1:
        raise ValueError(value)
    return found


def pair(value: Any) -> Shape:
    """Two whole numbers, downwards and across."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(value)
    return tuple(map(count, value))


def sides(value: Any) -> Shape:
    """One to four whole numbers, the sides of a shape."""
    if not isinstance(value, list) or not 1 <= len(value) <= 4:
        raise ValueError(value)
    return tuple(count(side, MOST_NUMBERS) for side in value)


def two(size: int | tuple[int, int]) -> list[int]:
    """A module's setting that holds for both sides, or one for each, as two numbers."""
    return list(size) if isinstance(size, tuple) else [size, size]


def same(one: Any, other: Any, what: str) -> None:
    """See that two things that must agree do.

    Args:
        one: a number or a shape.
        other: likewise.
        what: what they are, for the error.

    Raises:
        ValueError: if they differ.
    """
    if one != other:
        raise ValueError(f"{what} {one} meets {other}")
