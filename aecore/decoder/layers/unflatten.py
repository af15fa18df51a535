"""The first axis in the shape asked for."""

import math
from typing import Any

from aecore.decoder.layer import Layer, Parts, Shape, same, sides


def _settings(module: Any) -> dict[str, Any] | None:
    return {"shape": list(module.unflattened_size)} if module.dim == 1 else None


def _shape(parts: Parts, given: Shape) -> Shape:
    same(math.prod(parts["shape"]), given[0], "a shape of")
    return (*parts["shape"], *given[1:])


LAYER = Layer(
    modules=("torch.nn:Unflatten",),
    numbers={"shape": sides},
    settings=_settings,
    arguments=lambda parts: {"dim": 1, "unflattened_size": parts["shape"]},
    shape=_shape,
)
