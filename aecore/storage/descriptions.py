"""What frames and rewinds say of themselves: read once, each number held to its range.

Their files lie where anyone can write, and a rewind may be a stranger's. Whoever reads them catches MALFORMED
around what it does, and says that the file does not make sense.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import safetensors

from aecore.decoder import Outline, Record, outline
from aecore.storage.manifests import MOST_LAYERS, is_count, is_number
from aecore.storage.tensors import as_record

MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    safetensors.SafetensorError,
)
"""What working with content of the wrong form raises, a recursion without end among it."""
DEEPEST = 2**14
"""Lists and records in a description, which is read as a whole."""


def read(about: np.ndarray) -> Record:
    """A description, before anything in it is believed.

    Args:
        about: the tensor of that name.

    Returns:
        The record, whose "format" is a whole number.

    Raises:
        ValueError: if it is none, or holds lists within lists without an end.
    """
    content = about.tobytes()
    if content.count(b"[") + content.count(b"{") > DEEPEST:
        raise ValueError("it describes itself without an end")
    record = as_record(about)
    if not isinstance(record, dict) or not is_count(record.get("format"), 2**31):
        raise ValueError("it says of no format that it is its own")
    return record


def epoch(number: object, most: int) -> int:
    """The number of an epoch.

    Args:
        number: what is said to be one.
        most: the last there can be.

    Returns:
        The number, from 0 to `most`.

    Raises:
        ValueError: if it is none.
    """
    if not is_count(number, most):
        raise ValueError(f"there is no epoch {str(number)[:40]}")
    return number


def error(number: object, most: float = 1e300) -> float | None:
    """A mean error.

    Args:
        number: what is said to be one; None where it is unknown.
        most: the largest that it can be.

    Returns:
        The error, from 0 to `most`, or None.

    Raises:
        ValueError: if it is none.
    """
    if number is None:
        return None
    if not is_number(number) or not 0 <= number <= most:
        raise ValueError(f"an error is not all numbers: {str(number)[:40]}")
    return float(number)


def layers(records: object) -> list[Record]:
    """The layers of a decoder, of which nothing is known but that they are some.

    Args:
        records: what is said to be them.

    Returns:
        The records.

    Raises:
        ValueError: if they are none, or too many.
    """
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValueError("its layers are no list of layers")
    if len(records) > MOST_LAYERS:
        raise ValueError(f"a decoder has {len(records):,} layers")
    return records


def check_decoder(
    layers: Sequence[Mapping[str, Any]],
    shapes: Mapping[str, Sequence[int]],
    latent_dim: int,
    classes: int,
    image_shape: Sequence[int],
) -> Outline:
    """See that a decoder leads from a code to an image.

    Args:
        layers: records.
        shapes: of the tensors there are, by name.
        latent_dim: numbers in a latent code.
        classes: how many there are, for a decoder that is given one.
        image_shape: (h, w, c).

    Returns:
        What it does with a code.

    Raises:
        ValueError: if it does not, with the first thing that is wrong.
    """
    found = outline(layers, shapes, latent_dim, classes)
    height, width, channels = image_shape
    drawn, expected = found.shapes[-1], (channels, height, width)
    if drawn != expected:
        what = f"its decoder gives the shape {list(drawn)}, and an image has {list(expected)}"
        raise ValueError(what)
    return found
