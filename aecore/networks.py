"""Encoder, decoder and discriminator blocks, made only of layers that the browser's decoder can run."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class BottleneckLinear(nn.Linear):
    """A linear layer beside the latent code, always in float32: training may round, a code must not."""

    def forward(self, values: Tensor) -> Tensor:
        """Outputs (batch, out) of values (batch, in), outside any autocast."""
        with torch.autocast(values.device.type, enabled=False):
            return super().forward(values.float())


def mlp(sizes: Sequence[int], bottleneck: int) -> list[nn.Module]:
    """Linear layers with ReLU between them, and none after the last.

    Args:
        sizes: widths from input to output, at least two.
        bottleneck: which linear layer touches the latent code: 0 the first, -1 the last.

    Returns:
        The layers in order.
    """
    kinds = [nn.Linear] * (len(sizes) - 1)
    kinds[bottleneck] = BottleneckLinear
    layers: list[nn.Module] = []
    for kind, (inputs, outputs) in zip(kinds, pairwise(sizes), strict=True):
        layers += [kind(inputs, outputs), nn.ReLU()]
    return layers[:-1]


def mlp_encoder(image_shape: Sequence[int], hidden: Sequence[int], outputs: int) -> nn.Sequential:
    """Images to numbers: (batch, c, h, w) to (batch, outputs).

    Args:
        image_shape: (c, h, w).
        hidden: widths of the hidden layers, from the image inwards.
        outputs: how many numbers an image becomes.

    Returns:
        The network.
    """
    return nn.Sequential(nn.Flatten(), *mlp([math.prod(image_shape), *hidden, outputs], bottleneck=-1))


def mlp_decoder(image_shape: Sequence[int], hidden: Sequence[int], latent_dim: int) -> nn.Sequential:
    """Latent codes to pixel log-odds: (batch, latent_dim) to (batch, c, h, w), the encoder's mirror.

    Args:
        image_shape: (c, h, w).
        hidden: widths of the encoder's hidden layers, from the image inwards.
        latent_dim: numbers in a latent code.

    Returns:
        The network.
    """
    layers = mlp([latent_dim, *reversed(hidden), math.prod(image_shape)], bottleneck=0)
    return nn.Sequential(*layers, nn.Unflatten(1, tuple(image_shape)))


def discriminator(latent_dim: int, hidden: Sequence[int]) -> nn.Sequential:
    """Latent codes to the log-odds that they are samples of the prior: (batch, d) to (batch, 1).

    No batch norm: with it the discriminator sees which batch a code is in and wins.

    Args:
        latent_dim: numbers in a latent code.
        hidden: widths of the hidden layers.

    Returns:
        The network.
    """
    return nn.Sequential(*mlp([latent_dim, *hidden, 1], bottleneck=0))
