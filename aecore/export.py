"""A decoder described for the browser: a list of layers that name their tensors.

The list stands in a run's manifest and the tensors in its weights, so nothing is stored twice:

    {"type": "linear", "weight": NAME, "bias": NAME}     x W^T + b, W (out, in)
    {"type": "relu"} {"type": "tanh"} {"type": "sigmoid"}
    {"type": "unflatten", "shape": [c, h, w]}
"""

from typing import Any

from torch import nn

from aecore.variants._autoencoder import Autoencoder

_PLAIN = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid"}


def decoder_layers(model: Autoencoder) -> list[dict[str, Any]]:
    """The layers from a latent code to pixels in [0, 1].

    Args:
        model: a variant whose decoder is a sequence of known layers.

    Returns:
        One record per layer; see the head of this file.

    Raises:
        TypeError: if the browser cannot run a layer (a mistake in the variant, not in its use).
    """
    layers = [_describe(f"decoder.{name}", layer) for name, layer in model.decoder.named_children()]
    return [*layers, {"type": "sigmoid"}]


def _describe(name: str, layer: nn.Module) -> dict[str, Any]:
    if isinstance(layer, nn.Linear):
        return {"type": "linear", "weight": f"{name}.weight", "bias": f"{name}.bias"}
    if isinstance(layer, nn.Unflatten):
        return {"type": "unflatten", "shape": list(layer.unflattened_size)}
    if type(layer) in _PLAIN:
        return {"type": _PLAIN[type(layer)]}
    raise TypeError(f"{name} is a {type(layer).__name__}, which the browser's decoder cannot run")
