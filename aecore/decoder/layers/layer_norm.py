"""Values by their own mean and variance over as many last axes as the weight has, then weight and bias."""

from typing import Any

from aecore.decoder.layer import Layer, Parts, Shape, positive, same


def _settings(module: Any) -> dict[str, Any] | None:
    return None if module.weight is None else {"epsilon": module.eps}


def _shape(parts: Parts, given: Shape) -> Shape:
    weight = parts["weight"]
    same(weight, given[-len(weight) :], "a weight of")
    same(parts.get("bias", weight), weight, "a bias of")
    return given


LAYER = Layer(
    modules=("torch.nn:LayerNorm",),
    tensors={"weight": "weight", "bias": "bias"},
    optional=("bias",),
    numbers={"epsilon": positive},
    settings=_settings,
    arguments=lambda parts: {
        "normalized_shape": parts["weight"],
        "eps": parts["epsilon"],
        "bias": "bias" in parts,
    },
    shape=_shape,
)
