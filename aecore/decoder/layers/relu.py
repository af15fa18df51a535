"""x where it is above 0, else 0."""

from aecore.decoder.layer import Layer

LAYER = Layer(modules=("torch.nn:ReLU",))
