"""The operators that a graph can be made of, each with the layers that do what it does."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from aecore.adoption.graphs import products, windows
from aecore.adoption.graphs.nodes import Node, Shape, Unfit, Value, filled, then
from aecore.decoder.layers.permute import MOST_AXES
from aecore.models.modules import Permute


def _shaped(value: Value, sides: Shape) -> Value:
    """The same numbers in another shape."""
    if math.prod(sides) != math.prod(value.shape):
        raise Unfit(f"shapes {list(value.shape)} to {list(sides)}")
    if sides == value.shape:
        return value
    modules: list[nn.Module] = [nn.Flatten()] * (len(value.shape) > 1)
    return then(value, *modules, *([nn.Unflatten(1, sides)] if len(sides) > 1 else []))


def _reshape(node: Node, value: Value) -> Value:
    target = node.attributes.get("shape") if len(node.given) < 2 else node.needed(1)
    sides = [int(side) for side in np.asarray(target).ravel()]
    whole = [1, *value.shape]
    if not node.attributes.get("allowzero", 0):
        sides = [whole[place] if side == 0 else side for place, side in enumerate(sides)]
    rest = math.prod(side for side in sides[1:] if side > 0)
    behind = [math.prod(value.shape) // max(rest, 1) if side == -1 else side for side in sides[1:]]
    if not behind or min(behind) < 1 or sides[0] not in (-1, 1):
        raise Unfit(f"shapes to {sides}")
    return _shaped(value, tuple(behind))


def _flatten(node: Node, value: Value) -> Value:
    if node.attributes.get("axis", 1) != 1:
        raise Unfit("flattens more or less than all of an image")
    return _shaped(value, (math.prod(value.shape),))


def _squeeze(node: Node, value: Value) -> Value:
    given = node.attributes.get("axes") if len(node.given) < 2 else node.constant(1)
    rank = len(value.shape) + 1
    if given is None:
        raise Unfit("takes away sides that it does not name")
    axes = sorted(int(axis) for axis in np.asarray(given).ravel())
    if node.kind == "Squeeze":
        axes = [axis % rank for axis in axes]
        if 0 in axes or any(value.shape[axis - 1] != 1 for axis in axes):
            raise Unfit("takes away a side that is longer than 1")
        return _shaped(value, tuple(s for place, s in enumerate(value.shape, 1) if place not in axes) or (1,))
    sides = [0, *value.shape]
    for axis in sorted(axis % (rank + len(axes)) for axis in axes):
        if not axis:
            raise Unfit("adds a side before the batch")
        sides.insert(axis, 1)
    return _shaped(value, tuple(sides[1:]))


def _tile(node: Node, value: Value) -> Value:
    """Every number of a side of length 1 so many times, as Keras's UpSampling2D is exported."""
    times = [int(count) for count in node.needed(1).ravel()]
    repeated = [axis for axis, count in enumerate(times) if count != 1]
    if len(times) != len(value.shape) + 1 or any(
        axis == 0 or value.shape[axis - 1] != 1 or times[axis] < 1 for axis in repeated
    ):
        raise Unfit("repeats more than single numbers")
    for axis in repeated:
        before, behind = value.shape[: axis - 1], value.shape[axis:]
        image = _shaped(value, (1, math.prod(before), math.prod(behind)))
        grown = then(image, nn.Upsample(scale_factor=(float(times[axis]), 1.0)))
        value = _shaped(grown, (*before, times[axis], *behind))
    return value


def _transpose(node: Node, value: Value) -> Value:
    order = [int(axis) for axis in node.attributes.get("perm", range(len(value.shape), -1, -1))]
    if order[0] != 0 or sorted(order) != list(range(len(value.shape) + 1)):
        raise Unfit("turns the batch")
    sides = [axis - 1 for axis in order[1:]]
    if len(sides) <= MOST_AXES:
        return then(value, Permute(sides))
    runs: list[list[int]] = []  # sides that stay beside one another are one
    for side in sides:
        if runs and runs[-1][-1] + 1 == side:
            runs[-1].append(side)
        else:
            runs.append([side])
    if len(runs) > MOST_AXES:
        raise Unfit("orders more sides than an image has")
    firsts = sorted(run[0] for run in runs)
    joined = [math.prod(value.shape[side] for side in run) for run in sorted(runs)]
    turned = then(_shaped(value, tuple(joined)), Permute([firsts.index(run[0]) for run in runs]))
    return _shaped(turned, tuple(value.shape[side] for side in sides))


def _batch_norm(node: Node, value: Value) -> Value:
    weight, bias, mean, variance = (node.needed(place) for place in range(1, 5))
    kind = nn.BatchNorm2d if len(value.shape) == 3 else nn.BatchNorm1d
    made = kind(len(mean), eps=node.attributes.get("epsilon", 1e-5))
    assert made.running_mean is not None, "it keeps statistics"
    assert made.running_var is not None, "it keeps statistics"
    made.running_mean.copy_(torch.tensor(np.array(mean, np.float32)))
    made.running_var.copy_(torch.tensor(np.array(variance, np.float32)))
    return then(value, filled(made, weight, bias))


def _layer_norm(node: Node, value: Value) -> Value:
    weight, bias = node.needed(1), node.constant(2)
    made = nn.LayerNorm(list(weight.shape), eps=node.attributes.get("epsilon", 1e-5), bias=bias is not None)
    with torch.no_grad():
        made.weight.copy_(torch.tensor(np.array(weight, np.float32)))
        if bias is not None:
            made.bias.copy_(torch.tensor(np.array(bias, np.float32)))
    return then(value, made)


def _clip(node: Node) -> nn.Module:
    bounds = []
    for place, name, default in ((1, "min", -3.4e38), (2, "max", 3.4e38)):
        found = node.constant(place) if len(node.given) > 1 else node.attributes.get(name)
        bounds.append(default if found is None else float(np.asarray(found).item()))
    return nn.Hardtanh(*bounds)


def _gelu(node: Node) -> nn.Module:
    if node.attributes.get("approximate", "none") != "none":
        raise Unfit("approximates by tanh")
    return nn.GELU()


ELEMENTWISE: dict[str, Callable[[Node], nn.Module | None]] = {
    "Relu": lambda node: nn.ReLU(),
    "Sigmoid": lambda node: nn.Sigmoid(),
    "Tanh": lambda node: nn.Tanh(),
    "Softplus": lambda node: nn.Softplus(),
    "LeakyRelu": lambda node: nn.LeakyReLU(node.attributes.get("alpha", 0.01)),
    "Elu": lambda node: nn.ELU(node.attributes.get("alpha", 1.0)),
    "Gelu": _gelu,
    "Clip": _clip,
    "Identity": lambda node: None,
    "Dropout": lambda node: None,
    "Cast": lambda node: None,
}


LAYERS: dict[str, Callable[[Node, Value], Value]] = {
    "Gemm": products.gemm,
    "MatMul": products.matmul,
    "Conv": windows.conv,
    "ConvTranspose": windows.conv_transpose,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "MaxPool": windows.pooled,
    "AveragePool": windows.pooled,
    "GlobalAveragePool": windows.pooled_whole,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Unsqueeze": _squeeze,
    "Tile": _tile,
    "Transpose": _transpose,
    "Slice": windows.sliced,
    "Resize": windows.resize,
    "Upsample": windows.resize,
    "Pad": windows.pad,
}
