"""ONNX graphs as a row of layers that the browser knows, from Keras, JAX, PyTorch or anywhere.

A graph is followed from its input, node by node, and nothing of it is run before it is known that every layer
fits the one before it and how much it computes. What only works out shapes (Shape, Gather, Concat ...) is
worked out here, on a handful of whole numbers. Bounded are the bytes of the file, its nodes and every layer;
weights that lie in further files are refused, and so are functions and operators of other domains.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from aecore.adoption import Brought
from aecore.adoption.graphs import products, shapes
from aecore.adoption.graphs.nodes import Node, Shape, Unfit, Value, then
from aecore.adoption.graphs.operators import ELEMENTWISE, LAYERS
from aecore.adoption.networks import MOST_LAYERS
from aecore.decoder.layer import MOST_NUMBERS
from aecore.errors import CannotAdopt, ExtraMissing
from aecore.models.modules import Permute

if TYPE_CHECKING:
    import onnx

MOST_BYTES = 2**28
MOST_NODES = 1024
TRIED = 16
"""Codes or images that graph and layers are held against each other on: the reference takes its time."""


def read(content: bytes, which: str) -> Brought:
    """A network from the bytes of an ONNX file.

    Args:
        content: of the file.
        which: "decoder" or "encoder", for the error.

    Returns:
        Its layers, and itself at work by the reference of the format.

    Raises:
        CannotAdopt: if it is none, is too large, or holds an operator that no layer does.
        ExtraMissing: if the package that reads the format is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise ExtraMissing("Reading ONNX files", "aecore[onnx]") from error
    if len(content) > MOST_BYTES:
        raise CannotAdopt(
            f"the file has {len(content) / 2**20:,.0f} MB, and {MOST_BYTES // 2**20} are the most",
            "Bring a smaller network.",
        )
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # whatever a parser of foreign bytes raises
        raise CannotAdopt(f"the {which} is no ONNX file", "Bring one that an ONNX exporter wrote.") from error
    name, shape, constants = _checked(model, which)
    found = _followed(model, name, shape, constants, which)
    return Brought(_simplified(found.layers), _reference(model, name), TRIED)


def known() -> str:
    """The operators that a graph can be made of, as the end of a sentence."""
    return ", ".join(sorted({*LAYERS, *ELEMENTWISE, "Add", "Mul", "Sub", "Div"}))


def _checked(model: onnx.ModelProto, which: str) -> tuple[str, Shape, dict[str, np.ndarray]]:
    """The name and the shape of the input, and the weights, of a graph that is within bounds."""
    graph = model.graph
    if not graph.node or not graph.output:
        raise CannotAdopt(f"the {which} is an ONNX file without a graph", "Bring one that an exporter wrote.")
    if len(graph.node) > MOST_NODES or model.functions or graph.sparse_initializer:
        raise CannotAdopt(
            f"the {which} has {len(graph.node):,} nodes, functions or sparse weights, more than is read",
            f"Bring a graph of at most {MOST_NODES:,} plain nodes.",
        )
    constants = {}
    for tensor in graph.initializer:
        try:
            constants[tensor.name] = shapes.array_of(tensor)
        except Unfit as error:
            raise CannotAdopt(
                f"the {which} {error}",
                "Export it with its weights inside (torch.onnx.export: external_data=False), in float32.",
            ) from error
        except Exception as error:  # of a tensor that contradicts itself
            raise CannotAdopt(
                f"the {which} has weights that are none ({tensor.name[:40]!r})", "Try exporting it again."
            ) from error
    inputs = [one for one in graph.input if one.name not in constants]
    if len(inputs) != 1:
        raise CannotAdopt(
            f"the {which} takes {len(inputs)} inputs",
            "Bring a network that takes the code, or the image, alone.",
        )
    sides = [side.dim_value for side in inputs[0].type.tensor_type.shape.dim]
    shape = tuple(sides[1:])
    if not shape or min(shape) < 1 or math.prod(shape) > MOST_NUMBERS:
        raise CannotAdopt(
            f"the {which} takes an input of the shape {sides}, where 0 is not known",
            "Bring one that was exported with fixed sizes behind the batch's.",
        )
    return inputs[0].name, shape, constants


def _followed(
    model: onnx.ModelProto, name: str, shape: Shape, constants: dict[str, np.ndarray], which: str
) -> Value:
    """The layers from the input to the first output."""
    import onnx

    values: dict[str, Any] = {**constants, name: Value((), shape)}
    for node in model.graph.node:
        if node.domain not in ("", "ai.onnx"):
            raise _unknown(which, f"{node.domain}.{node.op_type}"[:60])
        given = [values.get(one) if one else None for one in node.input]
        if any(one and one not in values for one in node.input):
            continue  # of a branch that leads to no output, such as what is sampled
        try:
            attributes = {
                one.name: _attribute(onnx.helper.get_attribute_value(one)) for one in node.attribute
            }
            made = _made(Node(node.op_type, given, attributes))
        except Unfit as error:
            if model.graph.output[0].name in values:
                break
            raise CannotAdopt(
                f"the {which} has the node {node.op_type} ({node.name[:40]}), which {error}",
                "Export it as a plain row of layers.",
            ) from error
        except (ValueError, TypeError, IndexError, KeyError, ZeroDivisionError, OverflowError) as error:
            raise CannotAdopt(
                f"the {which} has the node {node.op_type} ({node.name[:40]}), which does not fit "
                f"({str(error)[:80]})",
                "Try exporting it again.",
            ) from error
        if made is None:
            raise _unknown(which, node.op_type)
        values |= dict.fromkeys(node.output[:1], made)
    found = values.get(model.graph.output[0].name)
    if not isinstance(found, Value) or not found.layers or len(found.layers) > MOST_LAYERS:
        raise CannotAdopt(f"the {which} has no row of layers to its first output", "Bring one that has.")
    return found


def _attribute(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _unknown(which: str, operator: str) -> CannotAdopt:
    return CannotAdopt(f"the {which} has the operator {operator}", f"Known: {known()}.")


def _made(node: Node) -> Any:
    """What a node gives; None where its operator is not known."""
    data = [one for one in node.given if isinstance(one, Value)]
    if node.kind == "Shape" and data:
        return shapes.of_value(np.array([1, *data[0].shape], np.int64), node.attributes)
    if not data:
        return shapes.constant(node)
    if node.kind in ("Add", "Mul", "Sub", "Div"):
        return products.arithmetic(node, data)
    first = node.given[0]
    if not isinstance(first, Value):
        raise Unfit("has its input elsewhere than first")
    if node.kind in ELEMENTWISE:
        module = ELEMENTWISE[node.kind](node)
        return first if module is None else then(first, module)
    if node.kind in LAYERS:
        return LAYERS[node.kind](node, first)
    return None


def _simplified(layers: Sequence[nn.Module]) -> list[nn.Module]:
    """Layers without orders of axes that undo one another."""
    found: list[nn.Module] = []
    for layer in layers:
        last = found[-1] if found else None
        made = layer
        if isinstance(layer, Permute) and isinstance(last, Permute):
            found.pop()
            made = Permute([last.order[axis] for axis in layer.order])
        if not isinstance(made, Permute) or list(made.order) != sorted(made.order):
            found.append(made)
    return found


def _reference(model: onnx.ModelProto, name: str) -> Callable[[np.ndarray], np.ndarray]:
    """The graph at work, by NumPy and what the format says of every operator."""

    def run(given: np.ndarray) -> np.ndarray:
        from onnx.reference import ReferenceEvaluator

        evaluator, output = ReferenceEvaluator(model), [model.graph.output[0].name]
        try:
            drawn = [np.asarray(next(iter(evaluator.run(output, {name: one[None]})))) for one in given]
        except Exception as error:  # whatever the format's own reference makes of it
            raise CannotAdopt(
                f"the format's own reference cannot run it ({type(error).__name__})",
                "Try exporting it again.",
            ) from error
        return np.concatenate(drawn).astype(np.float32)

    return run
