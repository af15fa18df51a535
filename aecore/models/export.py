"""A model's decoder, and all of a model, as descriptions that other rooms and the browser read.

One kind of description serves both; see `aecore.decoder`.
"""

import pkgutil
from collections.abc import Iterable, Iterator

from torch import nn

from aecore.decoder import Decoder, Record, layers, tensor_names
from aecore.models.base import Autoencoder
from aecore.models.modules import Condition, OwnClass


def decoder_layers(model: Autoencoder) -> list[Record]:
    """The layers from a latent code to pixels in [0, 1].

    Args:
        model: a variant whose decoder is a sequence of known layers.

    Returns:
        One record per layer.

    Raises:
        TypeError: if the browser cannot run a layer (a mistake in the variant, not in its use).
    """
    return _records([*_leaves("decoder", model.decoder), ("output", model.output)])


def encoder_layers(model: Autoencoder) -> list[Record] | None:
    """The layers from an image (c, h, w) to an encoder's output; None where the model has no encoder.

    Args:
        model: a model whose encoder is a sequence of known layers.

    Returns:
        One record per layer.

    Raises:
        TypeError: as `decoder_layers` does.
    """
    if "encoder" not in dict(model.named_children()):
        return None
    return _records(_leaves("encoder", model.encoder))


def decoder(model: Autoencoder) -> Decoder:
    """The decoder as it is now, its tensors copied: the model may be trained on."""
    return _described(decoder_layers(model), model)


def reconstruction(model: Autoencoder) -> Decoder:
    """All of a model, described as a decoder is, but from an image (c, h, w): encoder, mean code, decoder.

    Args:
        model: a variant of known layers.

    Returns:
        The layers and copies of their tensors. It is given a class where the model does not see it itself.

    Raises:
        TypeError: as `decoder_layers` does.
    """
    code = [("code", layer) for layer in model.code_layers()]
    inner = list(_leaves("decoder", model.decoder))
    if any(isinstance(layer, OwnClass) for _, layer in code):
        inner = [(name, layer) for name, layer in inner if not isinstance(layer, Condition)]
    parts = [*_leaves("encoder", model.encoder), *code, *inner, ("output", model.output)]
    return _described(_records(parts), model)


def classifier(network: nn.Sequential) -> Decoder:
    """A classifier of images (c, h, w), described as a decoder is: it leads to log-odds, (classes,)."""
    return _described(_records(_leaves("", network)), network)


def _described(records: list[Record], model: nn.Module) -> Decoder:
    weights = model.state_dict()
    return Decoder(records, {name: weights[name].cpu().numpy().copy() for name in tensor_names(records)})


def _records(parts: Iterable[tuple[str, nn.Module]]) -> list[Record]:
    kinds = {module: kind for kind in layers.names() for module in _modules(kind)}
    return [_record(name, module, kinds) for name, module in parts]


def _modules(kind: str) -> list[type[nn.Module]]:
    return [pkgutil.resolve_name(path) for path in layers.find(kind).modules]


def _leaves(name: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """A sequence's modules by name, those of sequences within it too."""
    if not isinstance(module, nn.Sequential):
        yield name, module
        return
    for child, inner in module.named_children():
        yield from _leaves(f"{name}.{child}".lstrip("."), inner)


def _record(name: str, module: nn.Module, kinds: dict[type[nn.Module], str]) -> Record:
    kind = kinds.get(type(module))
    if kind is None:
        raise TypeError(f"{name} is a {type(module).__name__}, which the browser's decoder cannot run")
    parts = layers.find(kind).described(name, module)
    if parts is None:
        raise TypeError(f"{name} is {module}, and the browser's decoder cannot run a layer set up like that")
    return {"type": kind, **parts}
