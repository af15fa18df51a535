"""Transposed convolution of feature maps (c, h, w): weight (c, maps, h, w)."""

from typing import Any

from aecore.decoder.layer import Layer, Parts, Shape, lengths, pair, same
from aecore.decoder.layers import _convolutions


def _settings(module: Any) -> dict[str, Any] | None:
    found = _convolutions.settings(module)
    return found and found | {"output_padding": list(module.output_padding)}


def _arguments(parts: Parts) -> dict[str, Any]:
    inputs, outputs, *_ = parts["weight"]
    turned = {"in_channels": inputs, "out_channels": outputs, "output_padding": parts["output_padding"]}
    return _convolutions.arguments(parts) | turned


def _shape(parts: Parts, given: Shape) -> Shape:
    inputs, outputs, *kernel = parts["weight"]
    maps, *sides = given
    _convolutions.check(parts)
    if any(more >= step for more, step in zip(parts["output_padding"], parts["stride"], strict=True)):
        raise ValueError(f"an output padding of {list(parts['output_padding'])} is no part of a stride")
    same(inputs, maps, "a depth of")
    same(parts.get("bias", (outputs,)), (outputs,), "a bias of")
    moved = zip(sides, kernel, parts["stride"], parts["padding"], parts["output_padding"], strict=True)
    return (
        outputs,
        *((length - 1) * step - 2 * pad + size + more for length, size, step, pad, more in moved),
    )


LAYER = Layer(
    modules=("torch.nn:ConvTranspose2d",),
    tensors={"weight": "weight", "bias": "bias"},
    optional=("bias",),
    numbers={"stride": lengths, "padding": pair, "output_padding": pair},
    settings=_settings,
    arguments=_arguments,
    shape=_shape,
    products=lambda parts, given, made: _convolutions.products(parts, given[1:]),
    laid_out=lambda parts, given, made: _convolutions.laid_out(parts, given[1:], made[0]),
)
