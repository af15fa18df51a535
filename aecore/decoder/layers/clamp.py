"""x, raised to `low` where it is below and lowered to `high` where it is above."""

from aecore.decoder.layer import Layer, real

LAYER = Layer(
    modules=("torch.nn:Hardtanh",),
    numbers={"low": real, "high": real},
    settings=lambda module: {"low": module.min_val, "high": module.max_val},
)
