"""Convolution of feature maps (c, h, w): weight (maps, c, h, w), zeros around them."""

from aecore.decoder.layer import Layer, Parts, Shape, pair, same
from aecore.decoder.layers import _convolutions


def _shape(parts: Parts, given: Shape) -> Shape:
    outputs, inputs, *kernel = parts["weight"]
    maps, *lengths = given
    same(inputs, maps, "a depth of")
    same(parts.get("bias", (outputs,)), (outputs,), "a bias of")
    moved = zip(lengths, kernel, parts["stride"], parts["padding"], strict=True)
    return (outputs, *((length + 2 * pad - size) // step + 1 for length, size, step, pad in moved))


LAYER = Layer(
    modules=("torch.nn:Conv2d", "aecore.models.modules:BottleneckConv2d"),
    tensors={"weight": "weight", "bias": "bias"},
    optional=("bias",),
    numbers={"stride": pair, "padding": pair},
    settings=_convolutions.settings,
    shape=_shape,
)
