"""Operators that move a window over an image, or change its sides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import nn

from aecore.adoption.graphs.nodes import Node, Unfit, Value, filled, then
from aecore.adoption.graphs.shapes import slicing
from aecore.models.modules import Crop, Permute


def _window(node: Node, kernel: Sequence[int], sides: Sequence[int]) -> tuple[list[int], list[int]]:
    """Strides, and the zeros above, left, below and right of a window that moves over an image."""
    attributes = node.attributes
    if list(attributes.get("dilations", [1, 1])) != [1, 1] or attributes.get("group", 1) != 1:
        raise Unfit("is dilated or grouped")
    strides = [int(step) for step in attributes.get("strides", [1, 1])]
    way = attributes.get("auto_pad", "NOTSET")
    if way in ("NOTSET", "VALID"):
        return strides, [int(pad) for pad in attributes.get("pads", [0, 0, 0, 0])] if way == "NOTSET" else [
            0
        ] * 4
    totals = [
        max((math.ceil(side / step) - 1) * step + size - side, 0)
        for side, step, size in zip(sides, strides, kernel, strict=True)
    ]
    low = [total // 2 if way == "SAME_UPPER" else total - total // 2 for total in totals]
    return strides, [*low, *(total - less for total, less in zip(totals, low, strict=True))]


def _pair(sides: Sequence[int]) -> tuple[int, int]:
    down, across = (int(side) for side in sides)
    return down, across


def conv(node: Node, value: Value) -> Value:
    """A convolution; zeros that are not alike on both sides are put around first."""
    weight, bias = node.needed(1), node.constant(2)
    if weight.ndim != 4 or len(value.shape) != 3:
        raise Unfit("is no convolution of an image")
    strides, pads = _window(node, weight.shape[2:], value.shape[1:])
    lead, padding = [], (pads[0], pads[1])
    if pads[:2] != pads[2:]:
        lead, padding = [nn.ZeroPad2d((pads[1], pads[3], pads[0], pads[2]))], (0, 0)
    sizes: Any = weight.shape[1], weight.shape[0], weight.shape[2:]
    made = nn.Conv2d(*sizes, stride=_pair(strides), padding=padding, bias=bias is not None)
    return then(value, *lead, filled(made, weight, bias))


def conv_transpose(node: Node, value: Value) -> Value:
    """A transposed convolution, its padding as padding, output padding or crop."""
    weight, bias = node.needed(1), node.constant(2)
    if weight.ndim != 4 or len(value.shape) != 3:
        raise Unfit("is no convolution of an image")
    plain = Node(node.kind, node.given, {k: v for k, v in node.attributes.items() if k != "auto_pad"})
    strides, pads = _window(plain, weight.shape[2:], value.shape[1:])
    more = [int(number) for number in node.attributes.get("output_padding", [0, 0])]
    way = node.attributes.get("auto_pad", "NOTSET")
    wanted = node.attributes.get("output_shape")
    if wanted is None and way in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [side * step for side, step in zip(value.shape[1:], strides, strict=True)]
    if wanted is not None:
        grown = zip(value.shape[1:], strides, weight.shape[2:], more, list(wanted)[-2:], strict=True)
        totals = [step * (side - 1) + extra + size - int(out) for side, step, size, extra, out in grown]
        low = [total // 2 if way == "SAME_UPPER" else total - total // 2 for total in totals]
        pads = [*low, *(total - less for total, less in zip(totals, low, strict=True))]
    if min(pads) < 0:
        raise Unfit("pads by less than nothing")
    # What is cut off less at the end than at the beginning is output padding; what more, is cropped.
    extra = [max(pads[k] - pads[k + 2], 0) + more[k] for k in (0, 1)]
    cut = [max(pads[k + 2] - pads[k], 0) for k in (0, 1)]
    sizes: Any = weight.shape[0], weight.shape[1], weight.shape[2:]
    made = nn.ConvTranspose2d(
        *sizes,
        stride=_pair(strides),
        padding=(pads[0], pads[1]),
        output_padding=_pair(extra),
        bias=bias is not None,
    )
    found = then(value, filled(made, weight, bias))
    return _cropped(found, [0, 0], [side - less for side, less in zip(found.shape[1:], cut, strict=True)])


def _cropped(value: Value, starts: Sequence[int], sides: Sequence[int]) -> Value:
    """Part of an image, where it is the middle that the crop layer takes."""
    if list(value.shape[1:]) == list(sides):
        return value
    middle = [(whole - side) // 2 for whole, side in zip(value.shape[1:], sides, strict=True)]
    if list(starts) != middle:
        raise Unfit("cuts out another part of an image than its middle")
    return then(value, Crop(*sides))


def sliced(node: Node, value: Value) -> Value:
    """Part of an image that a crop takes."""
    starts, ends, axes, steps = slicing(node, len(value.shape) + 1)
    begin, sides = [0] * len(value.shape), list(value.shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if step != 1 or not axis:
            raise Unfit("takes some of a batch, or every other number")
        low, high, _ = slice(start, end).indices(value.shape[axis - 1])
        begin[axis - 1], sides[axis - 1] = low, high - low
    if tuple(sides) == value.shape:
        return value
    if len(sides) != 3 or min(sides) < 1:
        raise Unfit("cuts out part of what is no image")
    if sides[0] == value.shape[0]:
        return _cropped(value, begin[1:], sides[1:])
    turned = then(value, Permute((2, 0, 1)))  # channels last
    found = _cropped(turned, begin[:2], sides[:2]) if sides[2] == value.shape[2] else None
    if found is None:
        raise Unfit("cuts out some channels")
    return then(found, Permute((1, 2, 0)))


def pooled(node: Node, value: Value) -> Value:
    """The largest or the mean of each window."""
    kernel = [int(side) for side in node.attributes["kernel_shape"]]
    strides, pads = _window(node, kernel, value.shape[1:])
    if any(pads) or node.attributes.get("ceil_mode", 0):
        raise Unfit("is padded")
    kind = nn.MaxPool2d if node.kind == "MaxPool" else nn.AvgPool2d
    return then(value, kind(_pair(kernel), _pair(strides)))


def pooled_whole(node: Node, value: Value) -> Value:
    """The mean of each channel."""
    return then(value, nn.AvgPool2d(_pair(value.shape[1:])))


def resize(node: Node, value: Value) -> Value:
    """Each pixel as a block of pixels."""
    if node.attributes.get("mode", "nearest") != "nearest" or len(value.shape) != 3:
        raise Unfit("interpolates")
    scales = node.attributes.get("scales")
    if scales is None:
        place = 1 if node.kind == "Upsample" or len(node.given) == 2 else 2
        scales = node.constant(place)
    if scales is None or not np.size(scales):
        sizes = node.needed(3).ravel()
        scales = [1.0, *(float(to) / side for to, side in zip(sizes[1:], value.shape, strict=True))]
    found = [float(scale) for scale in np.asarray(scales).ravel()]
    if len(found) != 4 or found[0] != 1 or any(s != int(s) or s < 1 for s in found):
        raise Unfit(f"enlarges by {found}")
    if found[1] == 1:
        return then(value, nn.Upsample(scale_factor=(found[2], found[3])))
    if found[3] == 1:  # channels last
        enlarged = nn.Upsample(scale_factor=(found[1], found[2]))
        return then(value, Permute((2, 0, 1)), enlarged, Permute((1, 2, 0)))
    raise Unfit("enlarges channels")


def pad(node: Node, value: Value) -> Value:
    """Zeros around an image."""
    given = node.attributes.get("pads") if len(node.given) < 2 else node.needed(1)
    pads = [int(pad) for pad in np.asarray(given).ravel()]
    number = node.constant(2) if len(node.given) > 2 else node.attributes.get("value", 0.0)
    is_zero = number is None or not np.any(np.asarray(number))
    if (
        node.attributes.get("mode", "constant") != "constant"
        or not is_zero
        or len(pads) != 8
        or min(pads) < 0
    ):
        raise Unfit("pads by anything but zeros around an image")
    top, left, bottom, right = pads[2], pads[3], pads[6], pads[7]
    if pads[0] or pads[1] or pads[4] or pads[5]:
        raise Unfit("pads by anything but zeros around an image")
    return then(value, nn.ZeroPad2d((left, right, top, bottom)))
