"""x where it is above 0, else slope times x."""

from aecore.decoder.layer import Layer, real

LAYER = Layer(
    modules=("torch.nn:LeakyReLU",),
    numbers={"slope": real},
    settings=lambda module: {"slope": module.negative_slope},
    arguments=lambda parts: {"negative_slope": parts["slope"]},
)
