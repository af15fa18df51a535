"""What a convolution and a transposed one have in common."""

from typing import Any


def settings(module: Any) -> dict[str, Any] | None:
    """Stride and padding of a module; None where it is dilated, grouped or padded with anything but zeros."""
    is_plain = module.dilation == (1, 1) and module.groups == 1 and module.padding_mode == "zeros"
    if not is_plain or isinstance(module.padding, str):
        return None
    return {"stride": list(module.stride), "padding": list(module.padding)}
