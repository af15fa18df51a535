"""A code of `latent_dim` numbers and log-odds of classes behind it as the code and the likeliest, one-hot."""

from functools import partial

from aecore.decoder.layer import MOST_NUMBERS, Layer, Parts, Shape, count


def _shape(parts: Parts, given: Shape) -> Shape:
    (width,) = given
    if parts["latent_dim"] >= width:
        raise ValueError(f"{width} numbers leave no class behind {parts['latent_dim']}")
    return given


LAYER = Layer(
    modules=("aecore.models.modules:OwnClass",),
    numbers={"latent_dim": partial(count, most=MOST_NUMBERS)},
    settings=lambda module: {"latent_dim": module.latent_dim},
    arguments=dict,
    shape=_shape,
)
