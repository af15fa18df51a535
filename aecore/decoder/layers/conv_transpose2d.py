"""Transposed convolution of feature maps (c, h, w): weight (c, maps, h, w)."""

from typing import Any

from aecore.decoder.layer import Layer, Parts, Shape, pair, same
from aecore.decoder.layers import _convolutions


def _settings(module: Any) -> dict[str, Any] | None:
    found = _convolutions.settings(module)
    return found and found | {"output_padding": list(module.output_padding)}


def _shape(parts: Parts, given: Shape) -> Shape:
    inputs, outputs, *kernel = parts["weight"]
    maps, *lengths = given
    same(inputs, maps, "a depth of")
    same(parts.get("bias", (outputs,)), (outputs,), "a bias of")
    moved = zip(lengths, kernel, parts["stride"], parts["padding"], parts["output_padding"], strict=True)
    return (
        outputs,
        *((length - 1) * step - 2 * pad + size + more for length, size, step, pad, more in moved),
    )


LAYER = Layer(
    modules=("torch.nn:ConvTranspose2d",),
    tensors={"weight": "weight", "bias": "bias"},
    optional=("bias",),
    numbers={"stride": pair, "padding": pair, "output_padding": pair},
    settings=_settings,
    shape=_shape,
)
