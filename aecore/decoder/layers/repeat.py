"""The same values at every step of a sequence: (d) to (times, d)."""

from aecore.decoder.layer import Layer, Parts, Shape, count


def _shape(parts: Parts, given: Shape) -> Shape:
    (width,) = given
    return parts["times"], width


LAYER = Layer(
    modules=("aecore.models.modules:Repeat",),
    numbers={"times": count},
    settings=lambda module: {"times": module.times},
    arguments=dict,
    shape=_shape,
)
