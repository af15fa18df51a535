"""Rows (h, channels * width) put together to an image (channels, h, width); channels follow one another."""

from aecore.decoder.layer import Layer, Parts, Shape, count, same


def _shape(parts: Parts, given: Shape) -> Shape:
    steps, numbers = given
    same(parts["channels"] * parts["width"], numbers, "a row of")
    return parts["channels"], steps, parts["width"]


LAYER = Layer(
    modules=("aecore.models.modules:RowsToImage",),
    numbers={"channels": count, "width": count},
    settings=lambda module: {"channels": module.channels, "width": module.width},
    arguments=dict,
    shape=_shape,
)
