"""Zeros around feature maps (c, h, w): so many left, right, above and below."""

from aecore.decoder.layer import Layer, Parts, Shape, count


def _shape(parts: Parts, given: Shape) -> Shape:
    maps, height, width = given
    return maps, height + parts["top"] + parts["bottom"], width + parts["left"] + parts["right"]


SIDES = ("left", "right", "top", "bottom")

LAYER = Layer(
    modules=("torch.nn:ZeroPad2d",),
    numbers=dict.fromkeys(SIDES, count),
    settings=lambda module: (
        dict(zip(SIDES, module.padding, strict=True)) if min(module.padding) >= 0 else None
    ),
    arguments=lambda parts: {"padding": tuple(parts[side] for side in SIDES)},
    shape=_shape,
)
