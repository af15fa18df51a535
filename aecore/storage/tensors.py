"""Arrays as they are stored: classes in one byte, codes and weights in float16 where that reaches them.

In memory a class is int16, since a difference of two classes must not wrap; nothing of it is lost.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

CLASSES = ("labels", "conditions")
"""Arrays of a run that hold classes."""
COLUMN = "column/"
"""How the name of an array begins that holds what is known of each code beside its class, counted from 0."""


def pack_labels(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays as they are stored.

    Args:
        arrays: those of a run, by name.

    Returns:
        The same, classes uint8 where they are int16 and all from 0 to 255.
    """

    def fits(array: np.ndarray) -> bool:
        return array.dtype == np.int16 and array.size > 0 and array.min() >= 0 and array.max() <= 255

    return {
        name: array.astype(np.uint8) if name in CLASSES and fits(array) else array
        for name, array in arrays.items()
    }


def unpack_labels(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays as they are worked with.

    Args:
        arrays: those of a run as stored, by name.

    Returns:
        The same, classes int16 where they are uint8.
    """
    return {
        name: array.astype(np.int16) if name in CLASSES and array.dtype == np.uint8 else array
        for name, array in arrays.items()
    }


WIDE = 8
SMALL = 4096
"""Numbers in a tensor up to which it stays float32, as in the weights of a run."""
Record = dict[str, Any]
Arrays = dict[str, np.ndarray]


def storable(array: np.ndarray, is_large: bool) -> np.ndarray:
    """An array in float32; a large one in float16 where that reaches its numbers."""
    return halved(array) if is_large else np.ascontiguousarray(array, np.float32)


def as_array(about: Record) -> np.ndarray:
    """A description as the tensor `about`."""
    plain = json.dumps(about, allow_nan=False, default=float)  # numbers of numpy among them
    return np.frombuffer(plain.encode(), np.uint8)


def as_record(about: np.ndarray) -> Record:
    """The description in a tensor `about`."""
    return json.loads(about.tobytes().decode())


def halved(array: np.ndarray) -> np.ndarray:
    """An array in float16 where float16 reaches its numbers, else in float32: none becomes infinite."""
    is_within = array.size == 0 or np.abs(array).max() <= np.finfo(np.float16).max
    return np.ascontiguousarray(array, np.float16 if is_within else np.float32)


def quantised(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A wide matrix in eight bits: i8 (rows, columns), and the scale of each row, f16 (rows,)."""
    scale = (np.abs(matrix).max(1) / 127).astype(np.float16)
    scale[scale == 0] = 1
    return np.clip(np.round(matrix / scale[:, None].astype(np.float32)), -127, 127).astype(np.int8), scale


def dequantised(rounded: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The matrix of `quantised`, float16."""
    return (rounded * scale[:, None].astype(np.float32)).astype(np.float16)
