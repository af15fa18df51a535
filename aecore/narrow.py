"""Class numbers as narrow as they are stored and as wide as they are worked with; nothing is lost.

On disk a class is one byte. In memory it is int16, since a difference of two classes must not wrap.
"""

from collections.abc import Mapping

import numpy as np

CLASSES = ("labels", "conditions")
"""Arrays of a run that hold classes."""


def narrowed(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
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


def widened(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
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
