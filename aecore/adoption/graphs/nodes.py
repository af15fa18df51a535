"""A node of a graph with what it is given, and what layers have come to so far, within bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from aecore.decoder import layers as kinds
from aecore.decoder.layer import MOST_NUMBERS

MOST_WORK = 2**32
"""Products of one layer."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Value:
    """What a graph has worked out: layers so far, and the shape they give without the batch."""

    layers: tuple[nn.Module, ...]
    shape: Shape


class Unfit(Exception):
    """A node that no layer does; the words are the end of a sentence."""


@dataclass(frozen=True)
class Node:
    """A node with what it is given.

    Attributes:
        kind: its operator.
        given: a Value, an array that is constant, or None for each input.
        attributes: by name.
    """

    kind: str
    given: list[Any]
    attributes: dict[str, Any]

    def constant(self, place: int) -> np.ndarray | None:
        """An input that is constant; None where it is left out."""
        found = self.given[place] if place < len(self.given) else None
        if isinstance(found, Value):
            raise Unfit("has weights that depend on its input")
        return found

    def needed(self, place: int) -> np.ndarray:
        """An input that is constant and cannot be left out."""
        found = self.constant(place)
        if found is None:
            raise Unfit("lacks an input")
        return found


def then(value: Value, *modules: nn.Module) -> Value:
    """A value with more layers behind it, each held to its bounds before anything is computed."""
    shape = value.shape
    for module in modules:
        shape = _shape_behind(module, shape)
    return Value((*value.layers, *modules), shape)


def _shape_behind(module: nn.Module, given: Shape) -> Shape:
    kind = next(
        kinds.find(name)
        for name in kinds.names()
        if f"{type(module).__module__}:{type(module).__name__}"
        in [_full(path) for path in kinds.find(name).modules]
    )
    record = kind.described("x", module)
    if record is None:
        raise Unfit("is set up as no browser can run it")
    state = module.state_dict()
    parts = {
        part: tuple(state[value.removeprefix("x.")].shape)
        if part in kind.tensors
        else kind.numbers[part](value)
        for part, value in record.items()
    }
    shape = kind.shape(parts, given)
    laid_out, products = kind.laid_out(parts, given, shape), kind.products(parts, given, shape)
    if not shape or min(shape) < 1 or max(math.prod(shape), laid_out // 16) > MOST_NUMBERS:
        raise Unfit(f"gives the shape {list(shape)}")
    if products > MOST_WORK:
        raise Unfit("computes more than an image can need")
    return shape


def _full(path: str) -> str:
    package, _, name = path.partition(":")
    return f"{getattr(nn, name).__module__}:{name}" if package == "torch.nn" else path


def filled(module: Any, weight: np.ndarray, bias: np.ndarray | None) -> nn.Module:
    """A module with these weights, and this bias where it has one."""
    with torch.no_grad():
        module.weight.copy_(torch.tensor(np.array(weight, np.float32)))
        if bias is not None:
            module.bias.copy_(torch.tensor(np.array(bias, np.float32).reshape(-1)))
    return module.eval()
