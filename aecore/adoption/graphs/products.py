"""Operators that multiply and add: dense layers, and constants on their own."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from aecore.adoption.graphs.nodes import Node, Unfit, Value, filled, then
from aecore.adoption.readings import affine
from aecore.models.modules import Permute


def _linear(weight: np.ndarray, bias: np.ndarray | None) -> nn.Module:
    """The layer x W^T + b of W (out, in) and b (out,)."""
    made = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    return filled(made, weight, bias)


def gemm(node: Node, value: Value) -> Value:
    """A dense layer: alpha x W + beta b."""
    if node.attributes.get("transA", 0):
        raise Unfit("turns its input")
    weight, bias = node.needed(1), node.constant(2)
    weight = weight if node.attributes.get("transB", 0) else weight.T
    weight = weight * node.attributes.get("alpha", 1.0)
    if bias is not None:
        bias = np.broadcast_to(bias * node.attributes.get("beta", 1.0), (1, len(weight)))
    return then(value, _linear(weight, bias))


def matmul(node: Node, value: Value) -> Value:
    """A dense layer without a bias."""
    weight = node.needed(1)
    if weight.ndim != 2:
        raise Unfit("multiplies by weights that are no matrix")
    return then(value, _linear(weight.T, None))


def arithmetic(node: Node, data: list[Value]) -> Value:
    """A constant added or multiplied, or x times its sigmoid."""
    if len(data) == 2:
        shorter, longer = sorted(data, key=lambda one: len(one.layers))
        gate = longer.layers[len(shorter.layers) :]
        is_gate = len(gate) == 1 and isinstance(gate[0], nn.Sigmoid) and longer.layers[:-1] == shorter.layers
        if node.kind == "Mul" and is_gate:
            return then(shorter, nn.SiLU())
        raise Unfit("joins two branches")
    is_first = isinstance(node.given[0], Value)
    other = np.asarray(node.given[1 if is_first else 0], np.float64)
    if node.kind == "Div" and not is_first:
        raise Unfit("divides by its input")
    if node.kind == "Div" and not other.all():
        raise Unfit("divides by 0")
    factor, summand = {
        "Add": lambda: (1.0, other),
        "Sub": lambda: (1.0 if is_first else -1.0, -other if is_first else other),
        "Mul": lambda: (other, 0.0),
        "Div": lambda: (1 / other, 0.0),
    }[node.kind]()
    return _scaled(data[0], np.asarray(factor, np.float64), np.asarray(summand, np.float64))


def _scaled(value: Value, factor: np.ndarray, summand: np.ndarray) -> Value:
    """Values times a factor plus a summand: one for all, one for each channel, or one for each number."""
    last = value.layers[-1] if value.layers else None
    rank = len(value.shape)
    is_plain = isinstance(last, nn.Linear | nn.Conv2d | nn.ConvTranspose2d) and last.bias is None
    if is_plain and factor.ndim == 0 and factor == 1 and summand.size == _outputs(last):
        axis = rank - 1 if isinstance(last, nn.Linear) else 0
        if summand.size == 1 or _axis_of(summand, rank) == axis:
            return Value((*value.layers[:-1], _with_bias(last, summand)), value.shape)
    if rank == 1:
        pair = [np.broadcast_to(one.reshape(-1), value.shape) for one in (factor, summand)]
        return then(value, filled(nn.BatchNorm1d(value.shape[0], eps=1e-12), *pair))
    if rank != 3:
        raise Unfit("adds or multiplies what is neither an image nor a vector")
    axes = {_axis_of(one, rank) for one in (factor, summand) if one.size > 1}
    if not axes <= {0} and not axes <= {2}:
        raise Unfit("adds or multiplies other numbers at each place of an image")
    channels = value.shape[2] if axes == {2} else value.shape[0]
    pair = [np.broadcast_to(one.reshape(-1), (channels,)) for one in (factor, summand)]
    layer = filled(affine(channels, 1.0, 0.0), *pair)
    turned = [Permute((2, 0, 1)), layer, Permute((1, 2, 0))] if axes == {2} else [layer]
    return then(value, *turned)


def _axis_of(array: np.ndarray, rank: int) -> int:
    """The axis of a value, counted without the batch, along which an array differs."""
    long = [axis - array.ndim + rank for axis, side in enumerate(array.shape) if side > 1]
    if len(long) != 1:
        raise Unfit("adds or multiplies other numbers at each place of an image")
    return long[0]


def _outputs(layer: Any) -> int:
    return layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels


def _with_bias(layer: Any, bias: np.ndarray) -> nn.Module:
    """A layer without a bias, with one; the layer itself may be part of another branch."""
    weight = layer.weight.detach().numpy()
    if isinstance(layer, nn.Linear):
        return _linear(weight, bias)
    settings = {"stride": layer.stride, "padding": layer.padding}
    if isinstance(layer, nn.ConvTranspose2d):
        settings["output_padding"] = layer.output_padding
    sizes: Any = (layer.in_channels, layer.out_channels, layer.kernel_size)
    return filled(type(layer)(*sizes, **settings), weight, bias)
