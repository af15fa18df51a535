"""x W^T + b, W (out, in); of rows (t, in), row by row."""

import math

from aecore.decoder.layer import Layer, Parts, Shape, same


def _shape(parts: Parts, given: Shape) -> Shape:
    outputs, inputs = parts["weight"]
    same(inputs, given[-1], "a width of")
    same(parts.get("bias", (outputs,)), (outputs,), "a bias of")
    return (*given[:-1], outputs)


LAYER = Layer(
    modules=("torch.nn:Linear", "aecore.models.modules:BottleneckLinear"),
    tensors={"weight": "weight", "bias": "bias"},
    optional=("bias",),
    arguments=lambda parts: {
        "in_features": parts["weight"][1],
        "out_features": parts["weight"][0],
        "bias": "bias" in parts,
    },
    shape=_shape,
    products=lambda parts, given, made: math.prod(made) * given[-1],
)
