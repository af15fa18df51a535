"""The middle of an image, from the offset (H - height) // 2 on, and so across."""

from aecore.decoder.layer import Layer, Parts, Shape, count


def _shape(parts: Parts, given: Shape) -> Shape:
    maps, height, width = given
    if parts["height"] > height or parts["width"] > width:
        raise ValueError(f"it cuts {parts['height']} x {parts['width']} out of {height} x {width}")
    return maps, parts["height"], parts["width"]


LAYER = Layer(
    modules=("aecore.models.modules:Crop",),
    numbers={"height": count, "width": count},
    settings=lambda module: {"height": module.height, "width": module.width},
    arguments=dict,
    shape=_shape,
)
