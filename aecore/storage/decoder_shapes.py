"""The shapes that a decoder's layers make of a latent code, worked out before anything is computed.

The layers are those of `models.export`, of a run that may come from a stranger. Whoever draws with them, the
browser or Python, relies on this chain: it starts at the code, each layer fits the one before it, none is
larger than an image can need, and the last gives an image.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aecore.storage.manifests import is_number

Shape = tuple[int, ...]
MOST_NUMBERS = 2**22
"""In what one layer gives: 1024 feature maps of 64 x 64 pixels."""
MOST_STEPS = 4096
"""Rows that a code is repeated to, sides that a layer enlarges by, and whatever else is counted."""
PREFIXES = ("decoder.", "output.")
"""How the tensors of a decoder are named; others mean something else where they travel together."""


def output_shape(
    layers: Sequence[Mapping[str, Any]], tensors: Mapping[str, Sequence[int]], latent_dim: int, classes: int
) -> Shape:
    """The shape of what a decoder draws, behind the last of its layers; see `output_shapes`."""
    return output_shapes(layers, tensors, latent_dim, classes)[-1]


def output_shapes(
    layers: Sequence[Mapping[str, Any]], tensors: Mapping[str, Sequence[int]], latent_dim: int, classes: int
) -> list[Shape]:
    """The shapes that a decoder makes of a code, one after the other.

    Args:
        layers: records of `aecore.models.export`.
        tensors: shapes of the tensors there are, by name.
        latent_dim: numbers in a latent code.
        classes: how many there are, for a decoder that is given one.

    Returns:
        The shape of the code, and those behind each layer.

    Raises:
        ValueError: if a layer is of no known type, lacks something, holds something else or does not fit.
    """
    shape: Shape = (latent_dim,)
    shapes = [shape]
    for place, layer in enumerate(layers):
        kind = layer.get("type")
        if not isinstance(kind, str) or kind not in LAYERS:
            raise ValueError(f"layer {place + 1} of its decoder is of the type {str(kind)[:40]!r}")
        try:
            shape = _after(kind, layer, tensors, shape, classes if place == 0 else -1)
        except (ValueError, TypeError, ZeroDivisionError) as error:
            raise ValueError(f"layer {place + 1} of its decoder, {kind}, does not fit ({error})") from error
        if not shape or min(shape) < 1 or math.prod(shape) > MOST_NUMBERS:
            raise ValueError(f"layer {place + 1} of its decoder, {kind}, gives the shape {list(shape)}")
        shapes.append(shape)
    return shapes


def _after(
    kind: str, layer: Mapping[str, Any], tensors: Mapping[str, Sequence[int]], shape: Shape, classes: int
) -> Shape:
    """The shape behind one layer; what it names is looked up, and every other part is a number."""
    needed, optional, shape_after = LAYERS[kind]
    parts = set(layer) - {"type"}
    if lacking := sorted(set(needed) - parts):
        raise ValueError(f"it lacks {', '.join(lacking)}")
    if surplus := parts - {*needed, *optional}:
        raise ValueError(f"it has the part {str(min(surplus))[:40]!r}")
    found: dict[str, Any] = {}
    for part in sorted(parts):
        value = layer[part]
        found[part] = _tensor(value, tensors) if part in TENSOR_PARTS else _numbers(part, value)
    return shape_after(found, shape, classes)


def _tensor(name: object, tensors: Mapping[str, Sequence[int]]) -> Shape:
    if not isinstance(name, str) or name not in tensors or not name.startswith(PREFIXES):
        raise ValueError(f"it names {str(name)[:80]!r}, which is none of its weights")
    return tuple(tensors[name])


def _numbers(part: str, value: Any) -> Any:
    """One number, or as many whole ones as a part has."""
    if part in REAL_PARTS:
        if not is_number(value):
            raise ValueError(f"its {part} is {str(value)[:40]!r}")
        return value
    items = value if isinstance(value, list) else [value]
    are_counts = all(
        isinstance(item, int) and not isinstance(item, bool) and 0 <= item <= MOST_NUMBERS for item in items
    )
    length = {"shape": range(1, 5)}.get(part, [2] if part in PAIRS else [1])
    if (
        not are_counts
        or len(items) not in length
        or isinstance(value, list) != (len(length) > 1 or part in PAIRS)
    ):
        raise ValueError(f"its {part} is {str(value)[:40]!r}")
    if part not in ("shape", "classes") and max(items) > MOST_STEPS:
        raise ValueError(f"its {part} is {str(value)[:40]!r}")
    return tuple(items) if isinstance(value, list) else value


def _same(one: Any, other: Any, what: str) -> None:
    if one != other:
        raise ValueError(f"{what} {one} meets {other}")


def _condition(part: Any, shape: Shape, classes: int) -> Shape:
    _same(part["classes"], classes, "a class of")  # -1 where it is not the first layer
    return (shape[0] + classes,)


def _linear(part: Any, shape: Shape, _: int) -> Shape:
    outputs, inputs = part["weight"]
    _same(inputs, shape[-1], "a width of")
    _same(part.get("bias", (outputs,)), (outputs,), "a bias of")
    return (*shape[:-1], outputs)


def _conv2d(part: Any, shape: Shape, _: int) -> Shape:
    outputs, inputs, *kernel = part["weight"]
    maps, *sides = shape
    _same(inputs, maps, "a depth of")
    _same(part.get("bias", (outputs,)), (outputs,), "a bias of")
    moved = zip(sides, kernel, part["stride"], part["padding"], strict=True)
    return (outputs, *((side + 2 * pad - size) // step + 1 for side, size, step, pad in moved))


def _conv_transpose2d(part: Any, shape: Shape, _: int) -> Shape:
    inputs, outputs, *kernel = part["weight"]
    maps, *sides = shape
    _same(inputs, maps, "a depth of")
    _same(part.get("bias", (outputs,)), (outputs,), "a bias of")
    moved = zip(sides, kernel, part["stride"], part["padding"], part["output_padding"], strict=True)
    return (
        outputs,
        *((side - 1) * step - 2 * pad + size + more for side, size, step, pad, more in moved),
    )


def _upsample(part: Any, shape: Shape, _: int) -> Shape:
    maps, *sides = shape
    return (maps, *(side * by for side, by in zip(sides, part["scale"], strict=True)))


def _pool(part: Any, shape: Shape, _: int) -> Shape:
    maps, *sides = shape
    moved = zip(sides, part["kernel"], part["stride"], strict=True)
    return (maps, *((side - size) // step + 1 for side, size, step in moved))


def _batch_norm(part: Any, shape: Shape, _: int) -> Shape:
    for values in part.values():
        if isinstance(values, tuple):
            _same(values, shape[:1], "statistics of")
    return shape


def _layer_norm(part: Any, shape: Shape, _: int) -> Shape:
    weight = part["weight"]
    _same(weight, shape[-len(weight) :], "a weight of")
    _same(part.get("bias", weight), weight, "a bias of")
    return shape


def _unflatten(part: Any, shape: Shape, _: int) -> Shape:
    _same(math.prod(part["shape"]), shape[0], "a shape of")
    return (*part["shape"], *shape[1:])


def _crop(part: Any, shape: Shape, _: int) -> Shape:
    maps, height, width = shape
    if part["height"] > height or part["width"] > width:
        raise ValueError(f"it cuts {part['height']} x {part['width']} out of {height} x {width}")
    return maps, part["height"], part["width"]


def _repeat(part: Any, shape: Shape, _: int) -> Shape:
    (width,) = shape
    return part["times"], width


def _lstm(part: Any, shape: Shape, _: int) -> Shape:
    steps, inputs = shape
    gates, hidden = part["weight_hh"]
    _same(gates, 4 * hidden, "gates of")
    _same(part["weight_ih"], (gates, inputs), "a weight of")
    for bias in ("bias_ih", "bias_hh"):
        _same(part.get(bias, (gates,)), (gates,), "a bias of")
    return steps, hidden


def _rows_to_image(part: Any, shape: Shape, _: int) -> Shape:
    steps, numbers = shape
    _same(part["channels"] * part["width"], numbers, "a row of")
    return part["channels"], steps, part["width"]


def _as_is(part: Any, shape: Shape, _: int) -> Shape:
    return shape


TENSOR_PARTS = {"weight", "bias", "mean", "variance", "weight_ih", "weight_hh", "bias_ih", "bias_hh"}
REAL_PARTS = {"epsilon", "slope", "alpha", "low", "high"}
PAIRS = {"stride", "padding", "output_padding", "scale", "kernel"}
_POOL = (("kernel", "stride"), (), _pool)
_PLAIN = ((), (), _as_is)
LAYERS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[Any, Shape, int], Shape]]] = {
    "condition": (("classes",), (), _condition),
    "linear": (("weight",), ("bias",), _linear),
    "conv2d": (("weight", "stride", "padding"), ("bias",), _conv2d),
    "conv_transpose2d": (
        ("weight", "stride", "padding", "output_padding"),
        ("bias",),
        _conv_transpose2d,
    ),
    "upsample": (("scale",), (), _upsample),
    "max_pool2d": _POOL,
    "avg_pool2d": _POOL,
    "batch_norm": (("mean", "variance", "epsilon"), ("weight", "bias"), _batch_norm),
    "layer_norm": (("weight", "epsilon"), ("bias",), _layer_norm),
    "leaky_relu": (("slope",), (), _as_is),
    "elu": (("alpha",), (), _as_is),
    "clamp": (("low", "high"), (), _as_is),
    **dict.fromkeys(("relu", "gelu", "silu", "softplus", "tanh", "sigmoid"), _PLAIN),
    "flatten": ((), (), lambda part, shape, _: (math.prod(shape),)),
    "unflatten": (("shape",), (), _unflatten),
    "crop": (("height", "width"), (), _crop),
    "repeat": (("times",), (), _repeat),
    "lstm": (("weight_ih", "weight_hh"), ("bias_ih", "bias_hh"), _lstm),
    "rows_to_image": (("channels", "width"), (), _rows_to_image),
}
"""Of each type of layer the parts it needs, those it may have, and what it makes of a shape."""
