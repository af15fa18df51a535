"""x times the share of a standard normal below it, by the error function."""

from aecore.decoder.layer import Layer

LAYER = Layer(
    modules=("torch.nn:GELU",),
    settings=lambda module: {} if module.approximate == "none" else None,
)
