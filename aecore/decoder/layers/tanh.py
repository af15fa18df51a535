"""The hyperbolic tangent."""

from aecore.decoder.layer import Layer

LAYER = Layer(modules=("torch.nn:Tanh",))
