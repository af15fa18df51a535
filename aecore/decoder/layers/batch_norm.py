"""Each channel by the mean and the variance that training kept, then weight and bias, where it has them."""

from typing import Any

from aecore.decoder.layer import Layer, Parts, Shape, positive, same

STATISTICS = ("weight", "bias", "mean", "variance")


def _settings(module: Any) -> dict[str, Any] | None:
    return None if module.running_mean is None else {"epsilon": module.eps}


def _shape(parts: Parts, given: Shape) -> Shape:
    for part in STATISTICS:
        same(parts.get(part, given[:1]), given[:1], "statistics of")
    return given


LAYER = Layer(
    modules=("torch.nn:BatchNorm1d", "torch.nn:BatchNorm2d"),
    tensors={"weight": "weight", "bias": "bias", "mean": "running_mean", "variance": "running_var"},
    optional=("weight", "bias"),
    numbers={"epsilon": positive},
    settings=_settings,
    arguments=lambda parts: {
        "num_features": parts["mean"][0],
        "eps": parts["epsilon"],
        "affine": "weight" in parts,
    },
    module=lambda given: "torch.nn:BatchNorm2d" if len(given) == 3 else "torch.nn:BatchNorm1d",
    shape=_shape,
    not_negative=("variance",),
)
