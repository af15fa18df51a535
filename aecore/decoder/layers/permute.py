"""The axes of an image in another order: (h, w, c) to (c, h, w), and whatever else."""

from typing import Any

from aecore.decoder.layer import Layer, Parts, Shape

MOST_AXES = 3
"""Those of an image."""


def _order(value: Any) -> list[int]:
    axes = [str(axis) for axis in range(len(value))] if isinstance(value, list) else []
    if not 1 <= len(axes) <= MOST_AXES or sorted(map(str, value)) != axes:
        raise ValueError(value)
    return value


def _shape(parts: Parts, given: Shape) -> Shape:
    if len(parts["order"]) != len(given):
        raise ValueError(f"it orders {len(parts['order'])} axes, and there are {len(given)}")
    return tuple(given[axis] for axis in parts["order"])


LAYER = Layer(
    modules=("aecore.models.modules:Permute",),
    numbers={"order": _order},
    settings=lambda module: {"order": list(module.order)},
    arguments=dict,
    shape=_shape,
)
