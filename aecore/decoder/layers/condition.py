"""The one-hot class behind the latent code; the first layer, if there is one."""

from functools import partial

from aecore.decoder.layer import MOST_NUMBERS, Layer, Parts, Shape, count


def _shape(parts: Parts, given: Shape) -> Shape:
    (numbers,) = given
    return (numbers + parts["classes"],)


LAYER = Layer(
    modules=("aecore.models.modules:Condition",),
    numbers={"classes": partial(count, most=MOST_NUMBERS)},
    settings=lambda module: {"classes": module.classes},
    arguments=dict,
    shape=_shape,
)
