"""PyTorch networks as a row of layers that the browser knows.

A network is read without running anything that it does not run itself: sequences by their modules, any other
module by PyTorch's own tracer, as long as what it does is one layer after the other. What only matters in
training (dropout, identity) is left out. Whether the layers do what the network does is seen afterwards, by
running both (`aecore.adoption.agreement`).
"""

import copy
import itertools
import operator
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional as F

from aecore.decoder import layers
from aecore.errors import CannotAdopt

MOST_LAYERS = 240
"""A manifest has no room for many more, and a browser no time."""
LEFT_OUT = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout)
"""Layers that do nothing once a network is trained."""
FUNCTIONS: dict[Any, Callable[..., nn.Module]] = {
    **dict.fromkeys((torch.relu, F.relu, "relu", "relu_"), lambda *_, **__: nn.ReLU()),
    **dict.fromkeys((torch.sigmoid, F.sigmoid, "sigmoid", "sigmoid_"), lambda *_: nn.Sigmoid()),
    **dict.fromkeys((torch.tanh, F.tanh, "tanh", "tanh_"), lambda *_: nn.Tanh()),
    F.silu: lambda *_, **__: nn.SiLU(),
    F.gelu: lambda approximate="none": nn.GELU(approximate),
    F.softplus: lambda beta=1, threshold=20: nn.Softplus(beta, threshold),
    F.elu: lambda alpha=1.0, inplace=False: nn.ELU(alpha),
    F.leaky_relu: lambda negative_slope=0.01, inplace=False: nn.LeakyReLU(negative_slope),
    F.hardtanh: lambda min_val=-1.0, max_val=1.0, inplace=False: nn.Hardtanh(min_val, max_val),
}
"""What a network calls in its own forward, and the module that does the same."""
SHAPING = (torch.flatten, torch.reshape, "view", "reshape", "flatten", "unflatten")
KEPT_ASIDE = (operator.getitem, getattr, "size", "dim")
"""What a network asks of its input to shape it; no layer."""


def known() -> str:
    """The layers that a network can be made of, by PyTorch's names, as the end of a sentence."""
    paths = [path.split(":") for name in layers.names() for path in layers.find(name).modules]
    return ", ".join(sorted(name for package, name in paths if package == "torch.nn"))


def read(network: nn.Module, which: str) -> list[nn.Module]:
    """The layers of a network in order, copied to the CPU, in float32 and evaluation mode.

    Args:
        network: what was trained; it is left as it was.
        which: "decoder" or "encoder", for the error.

    Returns:
        Modules that `models.export` can describe.

    Raises:
        CannotAdopt: if a layer is none of the known ones, or the network is no row of layers.
    """
    if not isinstance(network, nn.Module):
        raise CannotAdopt(f"the {which} is a {type(network).__name__}", "Bring it as a torch.nn.Module.")
    try:
        copied = copy.deepcopy(network).cpu().float().eval()
        row = list(itertools.islice(_row(copied, which, which), MOST_LAYERS + 1))
    except CannotAdopt:
        raise
    except Exception as error:  # of weights that are not there, of a network that holds itself
        raise CannotAdopt(
            f"the {which} cannot be copied to the CPU ({type(error).__name__}: {str(error)[:80]})",
            "Bring a torch.nn.Sequential of known layers whose weights are there.",
        ) from error
    if not 0 < len(row) <= MOST_LAYERS:
        raise CannotAdopt(
            f"the {which} has {'more than ' * bool(row)}{len(row) and MOST_LAYERS} layers",
            f"Bring one of 1 to {MOST_LAYERS}.",
        )
    return [_plain(layer, name, which) for name, layer in row]


def _row(module: nn.Module, name: str, which: str) -> Iterator[tuple[str, nn.Module]]:
    """The layers of a module by name, those of modules within it too."""
    if isinstance(module, nn.Sequential):
        for child, inner in enumerate(module):  # one that stands at several places is at each of them
            yield from _row(inner, f"{name}.{child}", which)
    elif isinstance(module, LEFT_OUT):
        return
    elif type(module).__module__.startswith(("torch.nn.", "aecore.models.modules")):
        yield name, module
    else:
        yield from _traced(module, name, which)


def _traced(module: nn.Module, name: str, which: str) -> Iterator[tuple[str, nn.Module]]:
    """The layers of somebody's own module, by what it calls."""
    is_heads = False
    try:
        graph = fx.Tracer().trace(module)
    except Exception as error:  # whatever a forward does that cannot be traced
        raise _no_row(name, which, f"its forward cannot be followed ({type(error).__name__})") from error
    nodes = [node for node in graph.nodes if node.op != "placeholder"]
    if len(graph.nodes) - len(nodes) != 1:
        raise _no_row(name, which, "it takes more than one input")
    last = next(node for node in graph.nodes if node.op == "placeholder")
    for node in nodes:
        if node.op == "output":
            is_heads = isinstance(node.args[0], tuple)
            if not is_heads and node.args[0] is not last:
                raise _no_row(name, which, "its output is not what its last layer gives")
            continue
        if node.op == "get_attr" or node.target in KEPT_ASIDE:
            continue
        if not node.args:
            raise _no_row(name, which, f"{node.name} is given what it takes by its name")
        if node.args[0] is not last:
            heads = _heads(module, graph)
            if heads is None:
                raise _no_row(name, which, f"{node.name} takes something else than the layer before it gives")
            continue
        if _is_head(graph, node):
            yield f"{name}.{node.target}", _merged(module, graph)
            return
        yield from _of_node(module, node, name, which)
        last = node


def _of_node(module: nn.Module, node: fx.Node, name: str, which: str) -> Iterator[tuple[str, nn.Module]]:
    if node.op == "call_module":
        target = str(node.target)
        yield from _row(module.get_submodule(target), f"{name}.{target}", which)
        return
    arguments = list(node.args[1:])
    if node.target not in (*SHAPING, *FUNCTIONS):
        called = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", node.name)
        raise CannotAdopt(f"the {which} calls {called}, which is no known layer", f"Known: {known()}.")
    try:
        if node.target in SHAPING:
            layer = _shaping(node, arguments, name, which)
        else:
            layer = FUNCTIONS[node.target](*arguments, **node.kwargs)
    except (TypeError, ValueError, IndexError, RuntimeError) as error:
        raise _no_row(name, which, f"{node.name} is called as it cannot be read") from error
    yield f"{name}.{node.name}", layer


def _shaping(node: fx.Node, arguments: list[Any], name: str, which: str) -> nn.Module:
    """A flattening, or an unflattening to sides that are whole numbers."""
    if node.target in (torch.flatten, "flatten"):
        if [*arguments, *node.kwargs.values()][:1] not in ([1], []):
            raise _no_row(name, which, "it flattens more or less than all of an image")
        return nn.Flatten()
    if node.target == "unflatten":
        return nn.Unflatten(*arguments)
    first: Any = next(iter([*arguments, *node.kwargs.values()]))
    sides = list(first) if isinstance(first, tuple | list) else arguments
    if len(sides) == 2:
        return nn.Flatten()
    if not all(isinstance(side, int) and side > 0 for side in sides[1:]):
        raise _no_row(name, which, f"it is shaped to {sides[1:]}, which are no whole numbers")
    return nn.Unflatten(1, tuple(sides[1:]))


def _heads(module: nn.Module, graph: fx.Graph) -> tuple[nn.Linear, nn.Linear] | None:
    """The two linear layers that a network ends in side by side: means, and log-variances."""
    outputs = next(node for node in graph.nodes if node.op == "output").args[0]
    if not isinstance(outputs, tuple) or len(outputs) != 2:
        return None
    if not all(isinstance(node, fx.Node) and node.op == "call_module" for node in outputs):
        return None
    if outputs[0].args != outputs[1].args:  # pyright: ignore[reportAttributeAccessIssue]  nodes, see above
        return None
    first, second = (module.get_submodule(str(node.target)) for node in outputs)  # pyright: ignore[reportAttributeAccessIssue]
    if not (isinstance(first, nn.Linear) and isinstance(second, nn.Linear)):
        return None
    return (first, second) if first.out_features == second.out_features else None


def _is_head(graph: fx.Graph, node: fx.Node) -> bool:
    outputs = next(found for found in graph.nodes if found.op == "output").args[0]
    return isinstance(outputs, tuple) and node in outputs


def _merged(module: nn.Module, graph: fx.Graph) -> nn.Module:
    """Two heads as one layer: the means, then the log-variances."""
    heads = _heads(module, graph)
    if heads is None:
        raise CannotAdopt(
            "the network gives several outputs that are no means and log-variances of one layer each",
            "Bring a network that gives the codes, or their means and log-variances.",
        )
    one = nn.Linear(heads[0].in_features, 2 * heads[0].out_features)
    with torch.no_grad():
        one.weight.copy_(torch.cat([head.weight for head in heads]))
        biases = [torch.zeros(head.out_features) if head.bias is None else head.bias for head in heads]
        one.bias.copy_(torch.cat(biases))
    return one


def _plain(layer: nn.Module, name: str, which: str) -> nn.Module:
    """A layer as one of the known ones, or the error that names it."""
    if type(layer) is nn.ReLU6:
        return nn.Hardtanh(0.0, 6.0)
    if type(layer) is nn.UpsamplingNearest2d and layer.scale_factor is not None:
        return nn.Upsample(scale_factor=layer.scale_factor)
    kind = next((kind for kind in layers.names() if type(layer) in _modules(kind)), None)
    if kind is None:
        called = type(layer).__name__
        raise CannotAdopt(f"the {which} has the layer {called} ({name})", f"Known: {known()}.")
    if layers.find(kind).described(name, layer) is None:
        raise CannotAdopt(
            f"the {which} has {layer} ({name}), which is set up as no browser can run it",
            "Try it without dilation, groups, interpolation, or padding by anything but zeros.",
        )
    return layer


def _modules(kind: str) -> list[type[nn.Module]]:
    return [pkgutil.resolve_name(path) for path in layers.find(kind).modules]


def _no_row(name: str, which: str, why: str) -> CannotAdopt:
    return CannotAdopt(
        f"the {which} ({name}) is no row of layers: {why}",
        "Bring a torch.nn.Sequential of known layers instead.",
    )
