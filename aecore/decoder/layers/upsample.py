"""Each pixel as a block of pixels, whole factors downwards and across."""

from typing import Any

from aecore.decoder.layer import Layer, Parts, Shape, pair, two


def _settings(module: Any) -> dict[str, Any] | None:
    if module.mode != "nearest" or module.scale_factor is None:
        return None
    scale = two(module.scale_factor)
    if any(factor != int(factor) or factor < 1 for factor in scale):
        return None
    return {"scale": [int(factor) for factor in scale]}


def _shape(parts: Parts, given: Shape) -> Shape:
    maps, *lengths = given
    return (maps, *(length * by for length, by in zip(lengths, parts["scale"], strict=True)))


LAYER = Layer(
    modules=("torch.nn:Upsample",),
    numbers={"scale": pair},
    settings=_settings,
    arguments=lambda parts: {"scale_factor": tuple(map(float, parts["scale"]))},
    shape=_shape,
)
