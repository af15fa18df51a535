"""The mean of each window."""

from typing import Any

from aecore.decoder.layer import Layer, lengths
from aecore.decoder.layers import _pooling


def _settings(module: Any) -> dict[str, Any] | None:
    return None if module.divisor_override else _pooling.settings(module)


LAYER = Layer(
    modules=("torch.nn:AvgPool2d",),
    numbers={"kernel": lengths, "stride": lengths},
    settings=_settings,
    arguments=_pooling.arguments,
    shape=_pooling.shape,
    products=_pooling.products,
    laid_out=_pooling.laid_out,
)
