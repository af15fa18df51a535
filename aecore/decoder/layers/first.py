"""The first `count` numbers of a vector."""

from functools import partial

from aecore.decoder.layer import MOST_NUMBERS, Layer, Parts, Shape, count


def _shape(parts: Parts, given: Shape) -> Shape:
    (width,) = given
    if parts["count"] > width:
        raise ValueError(f"it takes {parts['count']} of {width} numbers")
    return (parts["count"],)


LAYER = Layer(
    modules=("aecore.models.modules:First",),
    numbers={"count": partial(count, most=MOST_NUMBERS)},
    settings=lambda module: {"count": module.count},
    arguments=dict,
    shape=_shape,
)
