"""A decoder as a run, a snapshot, a rewind and the browser have it: layers that name their tensors.

A layer is a record: its type, a file of `decoder.layers`, and its parts, which are names of tensors and
numbers. What it does without (a bias, say) is left out:

    {"type": "linear", "weight": "decoder.0.weight", "bias": "decoder.0.bias"}
    {"type": "leaky_relu", "slope": 0.2}

Values run through the layers in order, from a latent code to pixels in [0, 1], (c, h, w). The records stand
in a run's manifest, in what a snapshot and a rewind say of themselves and in a packed buffer's metadata; the
tensors stand beside them under the names of PyTorch, so that nothing is stored twice.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aecore.decoder import layers as kinds
from aecore.decoder.layer import MOST_NUMBERS, Layer, Shape
from aecore.errors import UnknownName

if TYPE_CHECKING:
    import numpy as np

Record = dict[str, Any]
PREFIXES = ("decoder.", "output.", "small.", "basis.")
"""How the tensors of a decoder are named, the last two of one that compaction made; others mean something
else where they travel together."""
MOST_PRODUCTS = 2**34
"""Of a decoder: five times those of the widest one that a config makes of 32 x 32 pixels, 1024 maps
throughout. A shipped one takes up to 5 million."""
MOST_LAID_OUT = 2**26
"""Numbers that all layers of a decoder lay out, 256 MB: five times those of that widest one."""


@dataclass(frozen=True)
class Decoder:
    """Layers and the tensors that they name.

    Attributes:
        layers: one record each, in order; see the head of this file.
        tensors: by name, each that the layers name and, once it is made, no other; float16 or float32.
    """

    layers: Sequence[Record]
    tensors: Mapping[str, "np.ndarray"]

    def __post_init__(self) -> None:
        named = tensor_names(self.layers)
        if missing := [name for name in named if name not in self.tensors]:
            raise ValueError(f"The layers need tensors that there are not: {', '.join(missing)}.")
        if any("classes" not in layer for layer in self.layers if layer["type"] == "condition"):
            raise ValueError("Its layers do not say of how many classes it takes one.")
        object.__setattr__(self, "tensors", {name: self.tensors[name] for name in named})

    @property
    def classes(self) -> int:
        """How many classes it is given one of, beside the code; 0 where it is given none."""
        return next((layer["classes"] for layer in self.layers if layer["type"] == "condition"), 0)


def tensor_names(layers: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of all tensors that layers need, each once, in order.

    Args:
        layers: records.

    Returns:
        The names.

    Raises:
        ValueError: if a layer is of no known type.
    """
    named = (layer[part] for layer in layers for part in _kind(layer).tensors if part in layer)
    return list(dict.fromkeys(named))


@dataclass(frozen=True)
class Outline:
    """What a decoder does with a code, worked out before anything is computed.

    Attributes:
        shapes: of the code, and of what each layer gives.
        products: how many it takes to draw one code, at most MOST_PRODUCTS.
    """

    shapes: list[Shape]
    products: int


def output_shapes(
    layers: Sequence[Mapping[str, Any]], tensors: Mapping[str, Sequence[int]], latent_dim: int, given: int
) -> list[Shape]:
    """The shapes that a decoder makes of a code, worked out before anything is computed.

    Args:
        layers: as in `outline`.
        tensors: as in `outline`.
        latent_dim: as in `outline`.
        given: as in `outline`.

    Returns:
        The shape of the code, and those behind each layer.

    Raises:
        ValueError: as `outline` does.
    """
    return outline(layers, tensors, latent_dim, given).shapes


def outline(
    layers: Sequence[Mapping[str, Any]], tensors: Mapping[str, Sequence[int]], latent_dim: int, given: int
) -> Outline:
    """What a decoder makes of a code and what that takes, worked out before anything is computed.

    The layers may come from a stranger. Whoever draws with them relies on this chain: it starts at the code,
    each layer fits the one before it, and none is larger or takes longer than an image can need.

    Args:
        layers: records.
        tensors: shapes of the tensors there are, by name.
        latent_dim: numbers in a latent code.
        given: how many classes there are, for a decoder that is given one.

    Returns:
        Its shapes, and how much it computes.

    Raises:
        ValueError: if a layer is of no known type, lacks something, holds something else or does not fit, or
            if the decoder takes more than any is allowed.
    """
    return _outline(layers, tensors, (latent_dim,), given, "decoder", PREFIXES)


def encoder_outline(
    layers: Sequence[Mapping[str, Any]], tensors: Mapping[str, Sequence[int]], image_shape: Shape
) -> Outline:
    """What an encoder makes of an image, as `outline` says it of a decoder; it is given no class.

    Args:
        layers: records, whose tensors are named "encoder.".
        tensors: as in `outline`.
        image_shape: (c, h, w).

    Returns:
        Its shapes, and how much it computes.

    Raises:
        ValueError: as `outline` does.
    """
    return _outline(layers, tensors, image_shape, 0, "encoder", ("encoder.",))


def _outline(
    layers: Sequence[Mapping[str, Any]],
    tensors: Mapping[str, Sequence[int]],
    start: Shape,
    given: int,
    network: str,
    prefixes: tuple[str, ...],
) -> Outline:
    shapes: list[Shape] = [start]
    products = laid_out = 0
    for place, layer in enumerate(layers):
        kind, what = _kind(layer, place, network), f"layer {place + 1} of its {network}, {layer.get('type')},"
        try:
            if layer["type"] == "condition" and (place or layer.get("classes") != given):
                raise ValueError(f"a class of {given} comes first and nowhere else")
            shape = kind.shape(parts := _parts(kind, layer, tensors, prefixes), shapes[-1])
        except (ValueError, TypeError, ZeroDivisionError, IndexError) as error:
            raise ValueError(f"{what} does not fit ({error})") from error
        if not shape or min(shape) < 1 or math.prod(shape) > MOST_NUMBERS:
            raise ValueError(f"{what} gives the shape {list(shape)}")
        products += kind.products(parts, shapes[-1], shape)
        laid_out += kind.laid_out(parts, shapes[-1], shape)
        if products > MOST_PRODUCTS or laid_out > MOST_LAID_OUT:
            much = f"{products:,} products and lays out {laid_out:,} numbers"
            most = f"{MOST_PRODUCTS:,} and {MOST_LAID_OUT:,} are the most"
            raise ValueError(f"{what} brings it to {much}, and {most}")
        shapes.append(shape)
    return Outline(shapes, products)


def check_numbers(decoder: Decoder) -> None:
    """See that a decoder's tensors hold numbers that its layers can compute with.

    Args:
        decoder: whose layers fit its tensors.

    Raises:
        ValueError: if one holds something that is no finite number, or is negative where it cannot be.
    """
    import numpy as np

    for name, tensor in decoder.tensors.items():
        if not np.isfinite(tensor).all():
            raise ValueError(f"its {name[:80]} is not all numbers")
    for place, layer in enumerate(decoder.layers):
        for part in _kind(layer, place).not_negative:
            if part in layer and decoder.tensors[layer[part]].min(initial=0) < 0:
                raise ValueError(f"layer {place + 1} of its decoder has a negative {part}")


def _kind(layer: Mapping[str, Any], place: int | None = None, network: str = "decoder") -> Layer:
    name = layer.get("type")
    try:
        return kinds.find(name if isinstance(name, str) else str(name))
    except UnknownName as error:
        which = "a layer" if place is None else f"layer {place + 1}"
        raise ValueError(f"{which} of its {network} is of the type {str(name)[:40]!r}") from error


def _parts(
    kind: Layer,
    layer: Mapping[str, Any],
    tensors: Mapping[str, Sequence[int]],
    prefixes: tuple[str, ...] = PREFIXES,
) -> Record:
    """A record's numbers, each checked, and the shapes of the tensors that it names."""
    parts = {part: value for part, value in layer.items() if part != "type"}
    kind.checked(parts)
    return {
        part: _number(kind, part, value) if part in kind.numbers else _shape(value, tensors, prefixes)
        for part, value in parts.items()
    }


def _number(kind: Layer, part: str, value: Any) -> Any:
    try:
        return kind.numbers[part](value)
    except ValueError as error:
        raise ValueError(f"its {part} is {str(value)[:40]!r}") from error


def _shape(name: object, tensors: Mapping[str, Sequence[int]], prefixes: tuple[str, ...]) -> Shape:
    if not isinstance(name, str) or name not in tensors or not name.startswith(prefixes):
        raise ValueError(f"it names {str(name)[:80]!r}, which is none of its weights")
    if 0 in tensors[name]:
        raise ValueError(f"{name[:80]!r} holds nothing")
    return tuple(tensors[name])
