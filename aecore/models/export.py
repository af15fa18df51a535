"""A decoder described for the browser: a list of layers that name their tensors.

The list stands in a run's manifest and the tensors in its weights, so nothing is stored twice. Values
run through the layers in order; a tensor that a layer does without (a bias, say) is left out.

    {"type": "condition", "classes": n}                  appends the one-hot class to a code; first, if at all
    {"type": "linear", "weight", "bias"}                 x W^T + b, W (out, in); of rows (t, in), row by row
    {"type": "conv2d", "weight", "bias", "stride": [h, w], "padding": [h, w]}
    {"type": "conv_transpose2d", "weight", "bias", "stride", "padding", "output_padding": [h, w]}
    {"type": "upsample", "scale": [h, w]}                the nearest value, whole factors
    {"type": "max_pool2d", "kernel": [h, w], "stride": [h, w]}
    {"type": "avg_pool2d", "kernel": [h, w], "stride": [h, w]}
    {"type": "batch_norm", "weight", "bias", "mean", "variance", "epsilon"}     by stored statistics
    {"type": "layer_norm", "weight", "bias", "epsilon"}  over as many last axes as the weight has
    {"type": "relu"} {"type": "leaky_relu", "slope"} {"type": "elu", "alpha"} {"type": "gelu"}
    {"type": "silu"} {"type": "softplus"} {"type": "tanh"} {"type": "sigmoid"}
    {"type": "clamp", "low", "high"}
    {"type": "flatten"} {"type": "unflatten", "shape": [...]}
    {"type": "crop", "height", "width"}                  the middle of an image, offset (H - height) // 2
    {"type": "repeat", "times": n}                       (d) to (n, d)
    {"type": "lstm", "weight_ih", "weight_hh", "bias_ih", "bias_hh"}  (t, in) to (t, hidden), gates i f g o
    {"type": "rows_to_image", "channels", "width"}       (h, channels * width) to (channels, h, width)
"""

from collections.abc import Callable, Iterator
from typing import Any

from torch import nn

from aecore.models.base import Autoencoder
from aecore.models.layers import (
    BottleneckConv2d,
    BottleneckLinear,
    Condition,
    Crop,
    Repeat,
    RowLSTM,
    RowsToImage,
)

Record = dict[str, Any]


def decoder_layers(model: Autoencoder) -> list[Record]:
    """The layers from a latent code to pixels in [0, 1].

    Args:
        model: a variant whose decoder is a sequence of known layers.

    Returns:
        One record per layer; see the head of this file.

    Raises:
        TypeError: if the browser cannot run a layer (a mistake in the variant, not in its use).
    """
    layers = [*_leaves("decoder", model.decoder), ("output", model.output)]
    return [_describe(name, layer) for name, layer in layers]


def _leaves(name: str, layer: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """A sequence's layers by name, those of sequences within it too."""
    if not isinstance(layer, nn.Sequential):
        yield name, layer
        return
    for child, inner in layer.named_children():
        yield from _leaves(f"{name}.{child}", inner)


def _describe(name: str, layer: nn.Module) -> Record:
    if type(layer) not in _RECORDS:
        raise TypeError(f"{name} is a {type(layer).__name__}, which the browser's decoder cannot run")
    record = _RECORDS[type(layer)](name, layer)
    if record is None:
        raise TypeError(f"{name} is {layer}, and the browser's decoder cannot run a layer set up like that")
    return record


def _tensors(name: str, layer: nn.Module, **names: str) -> dict[str, str]:
    """Names of the tensors that a layer has, by their part in its record."""
    return {part: f"{name}.{own}" for part, own in names.items() if getattr(layer, own, None) is not None}


def _pair(size: int | tuple[int, int]) -> list[int]:
    return list(size) if isinstance(size, tuple) else [size, size]


def _linear(name: str, layer: nn.Linear) -> Record:
    return {"type": "linear", **_tensors(name, layer, weight="weight", bias="bias")}


def _convolution(name: str, layer: nn.Conv2d | nn.ConvTranspose2d) -> Record | None:
    is_plain = layer.dilation == (1, 1) and layer.groups == 1 and layer.padding_mode == "zeros"
    if not is_plain or isinstance(layer.padding, str):
        return None
    record = {
        "type": "conv2d",
        **_tensors(name, layer, weight="weight", bias="bias"),
        "stride": list(layer.stride),
        "padding": list(layer.padding),
    }
    if isinstance(layer, nn.ConvTranspose2d):
        record |= {"type": "conv_transpose2d", "output_padding": list(layer.output_padding)}
    return record


def _upsample(name: str, layer: nn.Upsample) -> Record | None:
    if layer.mode != "nearest" or layer.scale_factor is None:
        return None
    scale = _pair(layer.scale_factor)
    if any(factor != int(factor) or factor < 1 for factor in scale):
        return None
    return {"type": "upsample", "scale": [int(factor) for factor in scale]}


def _pool(name: str, layer: nn.MaxPool2d | nn.AvgPool2d) -> Record | None:
    if _pair(layer.padding) != [0, 0] or layer.ceil_mode:
        return None
    sizes = {"kernel": _pair(layer.kernel_size), "stride": _pair(layer.stride)}
    if isinstance(layer, nn.AvgPool2d):
        return None if layer.divisor_override else {"type": "avg_pool2d", **sizes}
    return {"type": "max_pool2d", **sizes} if _pair(layer.dilation) == [1, 1] else None


def _batch_norm(name: str, layer: nn.BatchNorm1d | nn.BatchNorm2d) -> Record | None:
    if layer.running_mean is None:
        return None
    names = {"weight": "weight", "bias": "bias", "mean": "running_mean", "variance": "running_var"}
    return {"type": "batch_norm", **_tensors(name, layer, **names), "epsilon": layer.eps}


def _layer_norm(name: str, layer: nn.LayerNorm) -> Record | None:
    if layer.weight is None:
        return None
    return {
        "type": "layer_norm",
        **_tensors(name, layer, weight="weight", bias="bias"),
        "epsilon": layer.eps,
    }


def _lstm(name: str, layer: RowLSTM) -> Record | None:
    lstm = layer.lstm
    if lstm.num_layers != 1 or lstm.bidirectional or lstm.proj_size or not lstm.batch_first:
        return None
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return {"type": "lstm", **_tensors(f"{name}.lstm", lstm, **{part: f"{part}_l0" for part in parts})}


def _unflatten(name: str, layer: nn.Unflatten) -> Record | None:
    return {"type": "unflatten", "shape": list(layer.unflattened_size)} if layer.dim == 1 else None


def _flatten(name: str, layer: nn.Flatten) -> Record | None:
    return {"type": "flatten"} if (layer.start_dim, layer.end_dim) == (1, -1) else None


def _gelu(name: str, layer: nn.GELU) -> Record | None:
    return {"type": "gelu"} if layer.approximate == "none" else None


def _softplus(name: str, layer: nn.Softplus) -> Record | None:
    return {"type": "softplus"} if (layer.beta, layer.threshold) == (1, 20) else None


# By exact type: a subclass may compute something else. None stands for settings that the browser lacks.
_RECORDS: dict[type[nn.Module], Callable[[str, Any], Record | None]] = {
    nn.Linear: _linear,
    BottleneckLinear: _linear,
    nn.Conv2d: _convolution,
    BottleneckConv2d: _convolution,
    nn.ConvTranspose2d: _convolution,
    nn.Upsample: _upsample,
    nn.MaxPool2d: _pool,
    nn.AvgPool2d: _pool,
    nn.BatchNorm1d: _batch_norm,
    nn.BatchNorm2d: _batch_norm,
    nn.LayerNorm: _layer_norm,
    nn.ReLU: lambda name, layer: {"type": "relu"},
    nn.LeakyReLU: lambda name, layer: {"type": "leaky_relu", "slope": layer.negative_slope},
    nn.ELU: lambda name, layer: {"type": "elu", "alpha": layer.alpha},
    nn.GELU: _gelu,
    nn.SiLU: lambda name, layer: {"type": "silu"},
    nn.Softplus: _softplus,
    nn.Tanh: lambda name, layer: {"type": "tanh"},
    nn.Sigmoid: lambda name, layer: {"type": "sigmoid"},
    nn.Hardtanh: lambda name, layer: {"type": "clamp", "low": layer.min_val, "high": layer.max_val},
    nn.Flatten: _flatten,
    nn.Unflatten: _unflatten,
    Condition: lambda name, layer: {"type": "condition", "classes": layer.classes},
    Crop: lambda name, layer: {"type": "crop", "height": layer.height, "width": layer.width},
    Repeat: lambda name, layer: {"type": "repeat", "times": layer.times},
    RowLSTM: _lstm,
    RowsToImage: lambda name, layer: {
        "type": "rows_to_image",
        "channels": layer.channels,
        "width": layer.width,
    },
}
