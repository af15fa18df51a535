"""Convolution of feature maps (c, h, w): weight (maps, c, h, w), zeros around them."""

from aecore.decoder.layer import Layer, Parts, Shape, lengths, pair, same
from aecore.decoder.layers import _convolutions


def _shape(parts: Parts, given: Shape) -> Shape:
    outputs, inputs, *kernel = parts["weight"]
    maps, *sides = given
    _convolutions.check(parts)
    same(inputs, maps, "a depth of")
    same(parts.get("bias", (outputs,)), (outputs,), "a bias of")
    moved = zip(sides, kernel, parts["stride"], parts["padding"], strict=True)
    return (outputs, *((length + 2 * pad - size) // step + 1 for length, size, step, pad in moved))


LAYER = Layer(
    modules=("torch.nn:Conv2d", "aecore.models.modules:BottleneckConv2d"),
    tensors={"weight": "weight", "bias": "bias"},
    optional=("bias",),
    numbers={"stride": lengths, "padding": pair},
    settings=_convolutions.settings,
    arguments=_convolutions.arguments,
    shape=_shape,
    products=lambda parts, given, made: _convolutions.products(parts, made[1:]),
    laid_out=lambda parts, given, made: _convolutions.laid_out(parts, made[1:], given[0]),
)
