"""What only works out shapes: a handful of whole numbers, and weights that are laid out otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from aecore.adoption.graphs.nodes import Node, Unfit

MOST_SHAPE = 64
"""Whole numbers in what only works out a shape."""


def array_of(tensor: Any) -> np.ndarray:
    """The numbers of a tensor that lies in the file itself.

    Args:
        tensor: an onnx.TensorProto.

    Returns:
        The array.

    Raises:
        Unfit: if it lies elsewhere, or is of no plain numbers.
        ValueError: if it contradicts itself.
    """
    from onnx import TensorProto, numpy_helper

    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise Unfit("has its weights in a further file")
    names = ("FLOAT", "DOUBLE", "FLOAT16", "INT64", "INT32", "INT8", "UINT8", "BOOL")
    if tensor.data_type not in [getattr(TensorProto, name) for name in names]:
        raise Unfit("has weights that are no plain numbers")
    return np.asarray(numpy_helper.to_array(tensor))


def of_value(shape: np.ndarray, attributes: dict[str, Any]) -> np.ndarray:
    """A shape, or the part of it that is asked for."""
    return shape[attributes.get("start", 0) : attributes.get("end", len(shape))]


def constant(node: Node) -> Any:
    """A constant of constants; of weights only what lays them out otherwise."""
    found, attributes = [one for one in node.given if one is not None], node.attributes
    if node.kind == "Constant":
        return _value_of_constant(attributes)
    if not found:
        return None
    first = np.asarray(found[0])
    if node.kind == "Identity":
        return first
    if node.kind in ("Transpose", "Reshape", "Squeeze", "Unsqueeze", "Slice"):
        return _laid_out(node, first)
    if any(np.size(one) > MOST_SHAPE for one in found):
        raise Unfit("computes with weights")
    return _of_shapes(node, [np.asarray(one) for one in found])


def _laid_out(node: Node, first: np.ndarray) -> np.ndarray:
    if node.kind == "Transpose":
        return np.transpose(first, node.attributes.get("perm"))
    if node.kind == "Slice":  # JAX turns the weights of a transposed convolution so
        return _slice(node, first)
    axes = node.attributes.get("axes") if len(node.given) < 2 else np.asarray(node.given[1]).ravel().tolist()
    if node.kind == "Reshape":
        return first.reshape([int(side) for side in axes or []])
    if node.kind == "Squeeze":
        return np.squeeze(first, tuple(axes) if axes else None)
    return np.expand_dims(first, tuple(axes or ()))


def _value_of_constant(attributes: dict[str, Any]) -> np.ndarray:
    if "value" in attributes:
        return array_of(attributes["value"])
    for name in ("value_float", "value_int", "value_floats", "value_ints"):
        if name in attributes:
            return np.asarray(attributes[name])
    raise Unfit("has a value that is no number")


def _of_shapes(node: Node, found: list[np.ndarray]) -> np.ndarray | None:
    """What a handful of whole numbers come to."""
    first, attributes = found[0], node.attributes
    simple: dict[str, Callable[[], Any]] = {
        "Cast": lambda: first,
        "Concat": lambda: np.concatenate(found, attributes.get("axis", 0)),
        "Gather": lambda: np.take(first, found[1].astype(np.int64), attributes.get("axis", 0)),
        "Add": lambda: first + found[1],
        "Sub": lambda: first - found[1],
        "Mul": lambda: first * found[1],
        "Mod": lambda: np.mod(first, found[1]),
        "Div": lambda: first // found[1] if first.dtype.kind in "iu" else first / found[1],
        "Neg": lambda: -first,
        "ReduceProd": lambda: np.prod(first, keepdims=bool(attributes.get("keepdims", 1))),
        "Floor": lambda: np.floor(first),
        "Sqrt": lambda: np.sqrt(first),
    }
    return np.asarray(simple[node.kind]()) if node.kind in simple else None


def _slice(node: Node, first: np.ndarray) -> np.ndarray:
    starts, ends, axes, steps = slicing(node, first.ndim)
    place = [slice(None)] * first.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        place[axis] = slice(start, end, step)
    return first[tuple(place)]


def slicing(node: Node, rank: int) -> tuple[list[int], ...]:
    """Starts, ends, axes and steps, from inputs or, in old graphs, attributes."""
    if len(node.given) > 1:
        parts = [node.constant(place) for place in range(1, 5)]
    else:
        parts = [node.attributes.get(name) for name in ("starts", "ends", "axes", "steps")]
    starts, ends, axes, steps = (
        None if part is None else [int(number) for number in np.asarray(part).ravel()] for part in parts
    )
    if starts is None or ends is None:
        raise Unfit("lacks where it begins and ends")
    axes = list(range(len(starts))) if axes is None else [axis % rank for axis in axes]
    return starts, ends, axes, steps or [1] * len(starts)
