"""The last row of a sequence: (t, d) to (d)."""

from aecore.decoder.layer import Layer, Parts, Shape


def _shape(parts: Parts, given: Shape) -> Shape:
    _, width = given
    return (width,)


LAYER = Layer(modules=("aecore.models.modules:LastRow",), shape=_shape)
