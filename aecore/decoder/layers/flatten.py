"""All values in a row."""

import math

from aecore.decoder.layer import Layer

LAYER = Layer(
    modules=("torch.nn:Flatten",),
    settings=lambda module: {} if (module.start_dim, module.end_dim) == (1, -1) else None,
    shape=lambda parts, given: (math.prod(given),),
)
