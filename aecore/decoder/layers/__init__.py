"""The kinds of layers that decoders are made of, one file each, found by file name; a new one is a new file.

A file of this folder offers LAYER, a `decoder.layer.Layer`; its docstring says what the layer computes. The
file of the same name in `dashboard/components/lib/decoder/layers/` computes it in the browser. No torch here:
whoever receives a run looks at its layers before anything is computed.
"""

from functools import cache

from aecore import registry
from aecore.decoder.layer import Layer


def names() -> list[str]:
    """The kinds there are, by file name: the `type` in a layer's record."""
    return registry.names(__path__)


@cache
def find(name: str) -> Layer:
    """What is known of a kind of layer.

    Args:
        name: one of `names()`.

    Returns:
        The LAYER of its file.

    Raises:
        UnknownName: if there is none of that name.
    """
    return registry.load(__name__, __path__, "layer", name).LAYER
