"""What a convolution and a transposed one have in common."""

import math
from typing import Any

from aecore.decoder.layer import Parts, Shape


def settings(module: Any) -> dict[str, Any] | None:
    """Stride and padding of a module; None where it is dilated, grouped or padded with anything but zeros."""
    is_plain = module.dilation == (1, 1) and module.groups == 1 and module.padding_mode == "zeros"
    if not is_plain or isinstance(module.padding, str):
        return None
    return {"stride": list(module.stride), "padding": list(module.padding)}


def arguments(parts: Parts) -> dict[str, Any]:
    """What a convolution is made with, whose weight is (maps, c, h, w)."""
    outputs, inputs, *kernel = parts["weight"]
    return {
        "in_channels": inputs,
        "out_channels": outputs,
        "kernel_size": tuple(kernel),
        "stride": parts["stride"],
        "padding": parts["padding"],
        "bias": "bias" in parts,
    }


def check(parts: Parts) -> None:
    """See that no window lies in the padding alone, where it would see nothing.

    Args:
        parts: a record's padding, and the shape of its weight.

    Raises:
        ValueError: if the padding is as long as the kernel.
    """
    kernel, padding = parts["weight"][2:], parts["padding"]
    if any(pad >= size for pad, size in zip(padding, kernel, strict=True)):
        raise ValueError(f"a padding of {list(padding)} meets a kernel of {list(kernel)}")


def products(parts: Parts, windows: Shape) -> int:
    """The whole weight at each window."""
    return math.prod(windows) * math.prod(parts["weight"])


def laid_out(parts: Parts, windows: Shape, maps: int) -> int:
    """The values of all windows of so many maps, and where they lie."""
    return math.prod(windows) * math.prod(parts["weight"][2:]) * (maps + 1)
