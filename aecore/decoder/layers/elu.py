"""x where it is above 0, else alpha (exp(x) - 1)."""

from aecore.decoder.layer import Layer, real

LAYER = Layer(
    modules=("torch.nn:ELU",),
    numbers={"alpha": real},
    settings=lambda module: {"alpha": module.alpha},
    arguments=dict,
)
