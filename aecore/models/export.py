"""A model's decoder as a description that other rooms and the browser read; see `aecore.decoder`."""

import pkgutil
from collections.abc import Iterator

from torch import nn

from aecore.decoder import Decoder, Record, layers, tensor_names
from aecore.models.base import Autoencoder


def decoder_layers(model: Autoencoder) -> list[Record]:
    """The layers from a latent code to pixels in [0, 1].

    Args:
        model: a variant whose decoder is a sequence of known layers.

    Returns:
        One record per layer.

    Raises:
        TypeError: if the browser cannot run a layer (a mistake in the variant, not in its use).
    """
    kinds = {module: kind for kind in layers.names() for module in _modules(kind)}
    found = [*_leaves("decoder", model.decoder), ("output", model.output)]
    return [_record(name, module, kinds) for name, module in found]


def decoder(model: Autoencoder) -> Decoder:
    """The decoder as it is now, its tensors copied: the model may be trained on."""
    records, weights = decoder_layers(model), model.state_dict()
    return Decoder(records, {name: weights[name].cpu().numpy().copy() for name in tensor_names(records)})


def _modules(kind: str) -> list[type[nn.Module]]:
    return [pkgutil.resolve_name(path) for path in layers.find(kind).modules]


def _leaves(name: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """A sequence's modules by name, those of sequences within it too."""
    if not isinstance(module, nn.Sequential):
        yield name, module
        return
    for child, inner in module.named_children():
        yield from _leaves(f"{name}.{child}", inner)


def _record(name: str, module: nn.Module, kinds: dict[type[nn.Module], str]) -> Record:
    kind = kinds.get(type(module))
    if kind is None:
        raise TypeError(f"{name} is a {type(module).__name__}, which the browser's decoder cannot run")
    parts = layers.find(kind).described(name, module)
    if parts is None:
        raise TypeError(f"{name} is {module}, and the browser's decoder cannot run a layer set up like that")
    return {"type": kind, **parts}
