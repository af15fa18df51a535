"""A model described for people: its networks, layer by layer, with shapes and parameter counts.

The description stands in a run's manifest; the dashboard and the docs draw from it:

    {"encoder": [{"layer": "Flatten", "output": [784], "parameters": 0},
                 {"layer": "Linear", "output": [512], "parameters": 401920}, ...], "decoder": [...]}

`output` is the shape of one item without the batch, and is left out where it cannot be known.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from aecore.models.base import Autoencoder


@torch.no_grad()
def networks(model: Autoencoder, latent_dim: int) -> dict[str, list[dict[str, Any]]]:
    """The layers of every network of a model, in the order in which they run.

    Each network sees one input of zeros in evaluation mode, so nothing random is drawn and no running
    statistic moves; every module is left in the mode it was in.

    Args:
        model: any variant, on any device.
        latent_dim: numbers in a latent code.

    Returns:
        Layer records by the network's name; see the head of this file. A network that takes none of
        the inputs tried is listed without shapes.
    """
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        codes = [(latent_dim,), (latent_dim + model.classes,)]
        decoder, image_shape = _described(model.decoder, codes)
        found = {}
        for name, network in model.named_children():
            if next(network.parameters(), None) is None:
                continue
            images = [image_shape] if image_shape else []
            shapes = [*_width(network), *images, *codes]
            found[name] = decoder if network is model.decoder else _described(network, shapes)[0]
        return found
    finally:
        for module, mode in modes.items():
            module.training = mode


def _described(
    network: nn.Module, shapes: list[tuple[int, ...]]
) -> tuple[list[dict[str, Any]], tuple[int, ...] | None]:
    """The layers of a network and its output's shape, by the first input shape that it takes."""
    weights = next(network.parameters())
    for shape in shapes:
        outputs: dict[nn.Module, list[int]] = {}
        hooks = [layer.register_forward_hook(_noting(outputs)) for layer in _leaves(network)]
        try:
            output = network(torch.zeros(1, *shape, device=weights.device, dtype=weights.dtype))
        except (RuntimeError, TypeError, ValueError, IndexError):
            continue  # not an input of this network
        finally:
            for hook in hooks:
                hook.remove()
        layers = [*outputs, *(layer for layer in _leaves(network) if layer not in outputs)]
        return [_record(layer, outputs.get(layer)) for layer in layers], tuple(output.shape[1:])
    return [_record(layer, None) for layer in _leaves(network)], None


def _noting(outputs: dict[nn.Module, list[int]]) -> Any:
    def note(layer: nn.Module, inputs: Any, output: Tensor | tuple[Tensor, ...]) -> None:
        first = output if isinstance(output, Tensor) else output[0]
        outputs.setdefault(layer, list(first.shape[1:]))

    return note


def _leaves(module: nn.Module) -> Iterator[nn.Module]:
    """The layers in order of definition: what has parameters of its own, or nothing inside."""
    if next(module.parameters(recurse=False), None) is not None or next(module.children(), None) is None:
        yield module
        return
    for child in module.children():
        yield from _leaves(child)


def _width(network: nn.Module) -> list[tuple[int, ...]]:
    """The input shape of a network whose first layer with weights is linear; none otherwise."""
    weighted = (layer for layer in _leaves(network) if next(layer.parameters(), None) is not None)
    first = next(weighted)
    return [(first.in_features,)] if isinstance(first, nn.Linear) else []


def _record(layer: nn.Module, output: list[int] | None) -> dict[str, Any]:
    shape = {} if output is None else {"output": output}
    count = sum(parameter.numel() for parameter in layer.parameters())
    return {"layer": _name(layer), **shape, "parameters": count}


def _name(layer: nn.Module) -> str:
    """PyTorch's name of a layer, also where the class is one of ours on top of it."""
    kinds = type(layer).__mro__
    known = (kind.__name__ for kind in kinds if kind.__module__.startswith("torch.nn.modules"))
    name = next(known)
    return type(layer).__name__ if name == "Module" else name
