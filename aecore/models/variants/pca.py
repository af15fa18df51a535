r"""Principal component analysis: the best linear code, fitted in closed form (Hotelling 1933).

Objective:
    $$\min_{W^\top W = I} \; \sum_i \left\lVert x_i - \bar x - W W^\top (x_i - \bar x) \right\rVert^2$$
    The columns of $W$ are the directions in which the training images vary most, $\bar x$ is the mean
    image. The code is $z = W^\top (x - \bar x)$ and its reconstruction $\bar x + W z$, clipped to $[0,
    1]$.
Architecture:
    One linear layer inwards and its transpose outwards, computed from the eigenvectors of the pixels'
    covariance: no gradient, no learning rate, no seed.
Source:
    Pearson 1901, *On lines and planes of closest fit to systems of points in space*; Hotelling 1933,
    *Analysis of a complex of statistical variables into principal components*. That a
    linear autoencoder with squared error finds the same plane: Baldi & Hornik 1989.
Use it:
    As the floor. What another autoencoder gains over PCA of the same code size is what its nonlinear
    layers are worth; one that gains nothing is not trained.
Fails:
    Images of one class lie on a curved sheet, and a flat plane cuts through many sheets at once: classes
    overlap, and between two images lies their double exposure, not an image.
See it:
    The middle of the plane is a blur of all classes, and far outwards the picture turns into its own
    negative, cut off at black and white.
Published:
    - none is needed: whoever computes it gets the same numbers; ours are those of scikit-learn's PCA
Try:
    - Drag in a straight line from one class to another: the picture cross-fades. Then choose the
      Autoencoder and drag the same way: shapes bend instead.
    - Turn on the decoded lattice and look along one row: every picture is the one before plus the same
      pattern.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from aecore.errors import BadValue
from aecore.models import losses
from aecore.models.base import Autoencoder, Batch, Losses
from aecore.models.modules import BottleneckLinear

TITLE = "PCA"
ORDER = 1
IS_CLOSED_FORM = True


MOST_AXES = 4096
"""Axes, of as many images or numbers of an image, up to which all of them are found: 10,000 take ten minutes,
and the covariance of 49,152 numbers would have 19 GB."""
BATCH_NUMBERS = 2**25
"""Of images as float64 at a time: 256 MB."""
PASSES, CONVERGED = 60, 1e-7
"""Over the images at most, and the change of the explained variance, as a share, that ends them."""


def _leading(rows: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Mean and leading eigenvectors of the covariance, which is only ever multiplied with a block of vectors.

    Args:
        rows: uint8, (n, pixels).
        count: eigenvectors.

    Returns:
        The mean in [0, 1], (pixels,), and the vectors, largest eigenvalue first, (pixels, count); float64.

    Source: Halko, Martinsson & Tropp 2011, algorithm 4.4, with twice the vectors and ten more.
    """
    pixels = rows.shape[1]
    parts = rows.split(max(1, BATCH_NUMBERS // pixels))
    mean = torch.stack([part.double().sum(0) for part in parts]).sum(0) / (255 * len(rows))
    width = min(2 * count + 10, pixels)
    start = torch.randn(pixels, width, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    block = axes = torch.linalg.qr(start).Q
    explained = 0.0
    for _ in range(PASSES):
        image, before = torch.zeros_like(block), explained
        for part in parts:
            levels = part.double()
            seen = levels @ block / 255 - mean @ block
            image += levels.T @ seen / 255 - mean[:, None] * seen.sum(0)
        values, turn = torch.linalg.eigh(block.T @ image)
        axes, explained = (block @ turn).flip(1), values[-count:].sum().item()
        if explained - before <= CONVERGED * explained:
            break
        block = torch.linalg.qr(image).Q
    return mean, axes[:, :count]


@dataclass(frozen=True, kw_only=True)
class Options:
    """Nothing can be chosen about PCA but its latent dimension."""


class Variant(Autoencoder):
    """Projects on the directions of largest variance; no linear code of the same size loses less."""

    stages = ()

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the two linear maps, empty until `prepare`; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        pixels = math.prod(image_shape)
        if latent_dim > pixels:
            raise BadValue("latent_dim", latent_dim, f"at most {pixels}, the pixels of an image")
        self.encoder = nn.Sequential(nn.Flatten(), BottleneckLinear(pixels, latent_dim))
        self.decoder = nn.Sequential(
            BottleneckLinear(latent_dim, pixels), nn.Unflatten(1, tuple(image_shape))
        )
        self.output = nn.Hardtanh(0.0, 1.0)
        self.requires_grad_(requires_grad=False)

    def prepare(self, train: Batch, generator: Generator) -> None:
        """Fit by the eigenvectors of the pixels' covariance, largest first, in float64; see Autoencoder."""
        encoder, decoder = (
            next(layer for layer in network.children() if isinstance(layer, nn.Linear))
            for network in (self.encoder, self.decoder)
        )
        if min(len(train.images), encoder.in_features) > MOST_AXES:
            mean, axes = _leading(train.images.cpu().flatten(1), encoder.out_features)
            self._keep(encoder, decoder, mean, axes)
            return
        rows = [batch.flatten(1).double() / 255 for batch in train.images.cpu().split(10_000)]
        none = torch.zeros(())
        mean = sum((batch.sum(0) for batch in rows), none) / len(train.images)
        if encoder.out_features <= len(train.images) < encoder.in_features:
            # The same axes from what few images span: the covariance would have pixels² entries.
            axes = torch.linalg.svd(torch.cat(rows) - mean, full_matrices=False).Vh.T
        else:
            covariance = sum(((batch - mean).T @ (batch - mean) for batch in rows), none)
            axes = torch.linalg.eigh(covariance).eigenvectors.flip(1)
        self._keep(encoder, decoder, mean, axes[:, : encoder.out_features])

    @staticmethod
    def _keep(encoder: nn.Linear, decoder: nn.Linear, mean: Tensor, axes: Tensor) -> None:
        """Both linear maps from the mean image (pixels,) and the axes (pixels, latent_dim)."""
        axes = axes * axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()  # a sign for every axis
        encoder.weight.copy_(axes.T)
        encoder.bias.copy_(-mean @ axes)
        decoder.weight.copy_(axes)
        decoder.bias.copy_(mean)

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Half the squared error of the unclipped projection, which nothing minimises further."""
        reconstruction = losses.squared_error(self.decoder(self.encoder(batch.images)), batch.images).mean()
        return Losses({}, {"reconstruction": reconstruction})

    def parameter_groups(self) -> dict[str, Iterable[nn.Parameter]]:
        """Nothing is left to train; see Autoencoder."""
        return {}
