"""The ways that each kind of layer can be set up, behind layers that make what it takes of three numbers."""

from typing import Any

import numpy as np
import torch
from torch import nn

from aecore.decoder import Decoder
from aecore.models import export
from aecore.models.modules import (
    BottleneckConv2d,
    BottleneckLinear,
    Condition,
    Crop,
    First,
    ImageToRows,
    LastRow,
    OwnClass,
    Permute,
    Repeat,
    RowLSTM,
    RowsToImage,
    TopK,
)

CODE = 3
"""Numbers in the codes that the examples take."""
CLASSES = 4


class Toy(nn.Module):
    """A decoder and an output, as every variant has them; random weights and statistics."""

    def __init__(self, *layers: nn.Module, output: nn.Module | None = None) -> None:
        super().__init__()
        self.decoder = nn.Sequential(*layers)
        self.output = output or nn.Sigmoid()
        generator = torch.Generator().manual_seed(0)
        for name, tensor in self.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.3, 3, generator=generator)
            elif "running" in name or "Norm" in type(self.get_submodule(name.rpartition(".")[0])).__name__:
                tensor.normal_(generator=generator) if tensor.is_floating_point() else None
            else:  # wide enough that no activation stays near zero
                fan_in = max(tensor[0].numel(), 1)
                tensor.normal_(std=2 / fan_in**0.5, generator=generator)
        self.eval()

    @property
    def described(self) -> Decoder:
        """Its description."""
        return export.decoder(self)


def image(*shape: int) -> list[nn.Module]:
    """Layers that make an image (c, h, w) of a code of three numbers."""
    return [nn.Linear(CODE, int(np.prod(shape))), nn.Unflatten(1, shape)]


def _wide(*layers: nn.Module) -> list[nn.Module]:
    return [nn.Linear(CODE, 12), *layers]


def _images(*layers: nn.Module) -> dict[str, list[nn.Module]]:
    """Each layer on images of an odd and of an even height."""
    sizes = ((7, 5), (4, 9))
    return {f"{layer} of {size}": [*image(3, *size), layer] for layer in layers for size in sizes}


EXAMPLES: dict[str, dict[str, list[Any]]] = {
    "linear": {
        "with bias": [nn.Linear(CODE, 7)],
        "without": [nn.Linear(CODE, 7, bias=False)],
        "beside the code": [BottleneckLinear(CODE, 5)],
        "row by row": [nn.Linear(CODE, 4), nn.Tanh(), nn.Unflatten(1, (2, 2)), nn.Linear(2, 7)],
    },
    "condition": {"first": [Condition(CLASSES), nn.Linear(CODE + CLASSES, 12)]},
    "conv2d": _images(
        nn.Conv2d(3, 5, 3),
        nn.Conv2d(3, 4, 3, padding=1),
        nn.Conv2d(3, 7, 1, bias=False),
        nn.Conv2d(3, 2, 4, stride=2, padding=1),
        nn.Conv2d(3, 3, (2, 5), stride=(3, 1), padding=(1, 2)),
        nn.Conv2d(3, 1, 2, stride=2),
        nn.Conv2d(3, 3, (2, 5), padding=(1, 2)),
        nn.Conv2d(3, 1, (4, 2), bias=False),
        BottleneckConv2d(3, 2, 3),
    ),
    "conv_transpose2d": _images(
        nn.ConvTranspose2d(3, 5, 4, stride=2, padding=1),
        nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1),
        nn.ConvTranspose2d(3, 2, 5),
        nn.ConvTranspose2d(3, 3, 2, stride=3, bias=False),
        nn.ConvTranspose2d(3, 1, (2, 3), stride=(3, 2), padding=(0, 1), output_padding=(2, 1)),
    ),
    "upsample": _images(nn.Upsample(scale_factor=2), nn.Upsample(scale_factor=(3, 1))),
    "max_pool2d": _images(nn.MaxPool2d(2), nn.MaxPool2d((3, 2), stride=(1, 2))),
    "avg_pool2d": _images(nn.AvgPool2d(2), nn.AvgPool2d((2, 3), stride=(2, 1))),
    "crop": {
        "even rest": [*image(3, 7, 5), Crop(5, 3)],
        "odd rest": [*image(3, 7, 5), Crop(4, 4)],
        "one side": [*image(3, 7, 5), Crop(7, 2)],
    },
    "batch_norm": {
        "a vector": _wide(nn.BatchNorm1d(12, eps=1e-3)),
        "an image": [*image(3, 5, 3), nn.BatchNorm2d(3)],
        "without weights": [*image(3, 5, 3), nn.BatchNorm2d(3, affine=False)],
    },
    "layer_norm": {
        "a vector": _wide(nn.LayerNorm(12)),
        "an image": [*image(3, 5, 3), nn.LayerNorm((3, 5, 3), eps=1e-2)],
        "its rows": [*image(3, 5, 3), nn.LayerNorm(3, bias=False)],
    },
    "relu": {"": _wide(nn.ReLU())},
    "leaky_relu": {"": _wide(nn.LeakyReLU(0.17))},
    "elu": {"": _wide(nn.ELU(0.7))},
    "gelu": {"": _wide(nn.GELU())},
    "silu": {"": _wide(nn.SiLU())},
    "softplus": {"": _wide(nn.Softplus())},
    "tanh": {"": _wide(nn.Tanh())},
    "sigmoid": {"": _wide(nn.Sigmoid())},
    "clamp": {"": _wide(nn.Hardtanh(-0.4, 0.9))},
    "flatten": {"an image": [*image(3, 7, 5), nn.Flatten()]},
    "unflatten": {
        "a vector": [*image(2, 3, 4)],
        "its first axis": [*image(4, 6), nn.Unflatten(1, (2, 2))],
    },
    "repeat": {"five times": [nn.Linear(CODE, 4), Repeat(5)]},
    "lstm": {
        "one row": [nn.Unflatten(1, (1, CODE)), RowLSTM(CODE, 6)],
        "repeated values": [Repeat(9), RowLSTM(CODE, 5)],
        "differing rows": [*image(11, 4), RowLSTM(4, 7)],
    },
    "rows_to_image": {
        "grey": [*image(5, 7), RowsToImage(1, 7)],
        "colour": [*image(5, 12), RowsToImage(3, 4)],
    },
    "image_to_rows": {"grey": [*image(1, 5, 7), ImageToRows()], "colour": [*image(3, 4, 5), ImageToRows()]},
    "permute": {
        "channels first": [*image(5, 7, 3), Permute((2, 0, 1))],
        "channels last": [*image(3, 4, 6), Permute((1, 2, 0))],
        "of rows": [*image(4, 6), Permute((1, 0))],
        "as it was": [*image(2, 4, 3), Permute((0, 1, 2))],
    },
    "last_row": {"of five": [*image(5, 7), LastRow()]},
    "first": {"of twelve": _wide(First(5)), "all": _wide(First(12))},
    "top_k": {"three of twelve": _wide(nn.ReLU(), TopK(3)), "negative too": _wide(TopK(7))},
    "own_class": {"four numbers and eight classes": _wide(OwnClass(4))},
    "zero_pad2d": {
        "all sides": [*image(3, 7, 5), nn.ZeroPad2d((1, 2, 3, 4))],
        "one side": [*image(2, 4, 9), nn.ZeroPad2d((0, 0, 0, 1))],
    },
}
"""By kind of layer and what is special: modules, the last but for conditions of that kind."""
CASES = [(kind, way) for kind, ways in EXAMPLES.items() for way in ways]


def codes_of(latent_dim: int, count: int = 6) -> np.ndarray:
    """Latent codes, spread a little wider than a standard normal."""
    return np.random.default_rng(1).normal(size=(count, latent_dim)).astype(np.float32) * 1.5


def given(kind: str, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """What PyTorch's decoder takes, and the classes that the browser's takes beside the codes."""
    if kind != "condition":
        return codes, None
    classes = np.arange(len(codes)) % CLASSES
    return np.concatenate([codes, np.eye(CLASSES, dtype=np.float32)[classes]], 1), classes


def in_torch(model: nn.Module, codes: np.ndarray) -> np.ndarray:
    """What a decoder and its output make of codes."""
    with torch.no_grad():
        return model.output(model.decoder(torch.tensor(codes))).numpy()
