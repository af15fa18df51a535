"""An image (channels, h, width) as rows (h, channels * width); channels follow one another."""

from aecore.decoder.layer import Layer, Parts, Shape


def _shape(parts: Parts, given: Shape) -> Shape:
    channels, height, width = given
    return height, channels * width


LAYER = Layer(modules=("aecore.models.modules:ImageToRows",), shape=_shape)
