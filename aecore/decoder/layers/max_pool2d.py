"""The largest value of each window."""

from typing import Any

from aecore.decoder.layer import Layer, lengths, two
from aecore.decoder.layers import _pooling


def _settings(module: Any) -> dict[str, Any] | None:
    return _pooling.settings(module) if two(module.dilation) == [1, 1] else None


LAYER = Layer(
    modules=("torch.nn:MaxPool2d",),
    numbers={"kernel": lengths, "stride": lengths},
    settings=_settings,
    arguments=_pooling.arguments,
    shape=_pooling.shape,
    products=_pooling.products,
    laid_out=_pooling.laid_out,
)
