"""An LSTM over rows (t, in) to (t, hidden), its gates in PyTorch's order i f g o."""

import math
from typing import Any

from aecore.decoder.layer import Layer, Parts, Shape, same

TENSORS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _settings(module: Any) -> dict[str, Any] | None:
    lstm = module.lstm
    is_other = lstm.num_layers != 1 or lstm.bidirectional or lstm.proj_size or not lstm.batch_first
    return None if is_other else {}


def _shape(parts: Parts, given: Shape) -> Shape:
    steps, inputs = given
    gates, hidden = parts["weight_hh"]
    same(gates, 4 * hidden, "gates of")
    same(parts["weight_ih"], (gates, inputs), "a weight of")
    for bias in ("bias_ih", "bias_hh"):
        same(parts.get(bias, (gates,)), (gates,), "a bias of")
    return steps, hidden


def _products(parts: Parts, given: Shape, made: Shape) -> int:
    return made[0] * (math.prod(parts["weight_ih"]) + math.prod(parts["weight_hh"]))


LAYER = Layer(
    modules=("aecore.models.modules:RowLSTM",),
    tensors={part: f"lstm.{part}_l0" for part in TENSORS},
    optional=("bias_ih", "bias_hh"),
    settings=_settings,
    arguments=lambda parts: {"inputs": parts["weight_ih"][1], "hidden": parts["weight_hh"][1]},
    shape=_shape,
    products=_products,
)
