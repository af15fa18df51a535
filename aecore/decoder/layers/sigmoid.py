"""1 / (1 + exp(-x))."""

from aecore.decoder.layer import Layer

LAYER = Layer(modules=("torch.nn:Sigmoid",))
