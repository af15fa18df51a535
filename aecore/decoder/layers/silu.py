"""x times its sigmoid."""

from aecore.decoder.layer import Layer

LAYER = Layer(modules=("torch.nn:SiLU",))
