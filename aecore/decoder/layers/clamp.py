"""x, raised to `low` where it is below and lowered to `high` where it is above."""

from aecore.decoder.layer import Layer, Parts, Shape, real


def _shape(parts: Parts, given: Shape) -> Shape:
    if parts["low"] > parts["high"]:
        raise ValueError(f"its low end is {parts['low']}, and its high end {parts['high']}")
    return given


LAYER = Layer(
    modules=("torch.nn:Hardtanh",),
    numbers={"low": real, "high": real},
    settings=lambda module: {"low": module.min_val, "high": module.max_val},
    arguments=lambda parts: {"min_val": parts["low"], "max_val": parts["high"]},
    shape=_shape,
)
