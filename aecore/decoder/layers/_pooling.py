"""What layers that sum up windows of feature maps have in common."""

import math
from typing import Any

from aecore.decoder.layer import Parts, Shape, two


def settings(module: Any) -> dict[str, Any] | None:
    """Kernel and stride of a module; None where it is padded or keeps windows that stand out."""
    if two(module.padding) != [0, 0] or module.ceil_mode:
        return None
    return {"kernel": two(module.kernel_size), "stride": two(module.stride)}


def arguments(parts: Parts) -> dict[str, Any]:
    """What a pooling layer is made with."""
    return {"kernel_size": parts["kernel"], "stride": parts["stride"]}


def shape(parts: Parts, given: Shape) -> Shape:
    """As many places as windows fit."""
    maps, *lengths = given
    moved = zip(lengths, parts["kernel"], parts["stride"], strict=True)
    return (maps, *((length - size) // step + 1 for length, size, step in moved))


def products(parts: Parts, given: Shape, made: Shape) -> int:
    """One for each place of each window."""
    return math.prod(made) * math.prod(parts["kernel"])


def laid_out(parts: Parts, given: Shape, made: Shape) -> int:
    """Where the windows lie."""
    return math.prod(made[1:]) * math.prod(parts["kernel"])
