"""The `kept` largest numbers of a vector as they are, 0 in place of the others; of equals the first."""

from functools import partial

from aecore.decoder.layer import MOST_NUMBERS, Layer, Parts, Shape, count


def _shape(parts: Parts, given: Shape) -> Shape:
    (width,) = given
    if parts["kept"] > width:
        raise ValueError(f"it keeps {parts['kept']} of {width} numbers")
    return given


LAYER = Layer(
    modules=("aecore.models.modules:TopK",),
    numbers={"kept": partial(count, most=MOST_NUMBERS)},
    settings=lambda module: {"kept": module.kept},
    arguments=dict,
    shape=_shape,
)
