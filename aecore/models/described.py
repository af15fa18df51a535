"""A model made of nothing but its description: the layers that a run names, and their tensors.

It is how a model that was not made here decodes here: one that somebody brought (`aecore.adoption`), or a run
whose variant has no file here. Each layer is PyTorch's module for its record, so what this computes is what
the browser computes from the same records.
"""

import pkgutil
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn

from aecore.decoder import Record, encoder_outline, layers, outline
from aecore.decoder.layer import Shape
from aecore.errors import EncoderNeeded
from aecore.models import losses
from aecore.models.base import Autoencoder, Batch, Losses, Posterior
from aecore.models.modules import First

Tensors = Mapping[str, np.ndarray]


def modules(records: Sequence[Record], tensors: Tensors, shapes: Sequence[Shape]) -> list[nn.Module]:
    """PyTorch's modules for layers, in evaluation mode, each with its tensors.

    Args:
        records: of layers, which fit.
        tensors: by the names in the records.
        shapes: what each layer is given, without the batch.

    Returns:
        One module per record.

    Raises:
        RuntimeError: if a layer lacks a tensor that PyTorch's module cannot do without.
    """
    return [_module(record, tensors, given) for record, given in zip(records, shapes, strict=False)]


def _module(record: Record, tensors: Tensors, given: Shape) -> nn.Module:
    kind = layers.find(record["type"])
    parts = {
        part: tensors[value].shape if part in kind.tensors else value
        for part, value in record.items()
        if part != "type"
    }
    path = kind.module(given) if kind.module else kind.modules[0]
    made: nn.Module = pkgutil.resolve_name(path)(**kind.arguments(parts)).eval()
    held = {
        place: torch.tensor(tensors[record[part]]).float()
        for part, place in kind.tensors.items()
        if part in record
    }
    counts = {name: tensor for name, tensor in made.state_dict().items() if name == "num_batches_tracked"}
    made.load_state_dict(counts | held)
    return made


class DescribedModel(Autoencoder):
    """A decoder and, where it has one, an encoder, made of layers that were described."""

    stages = ()

    def __init__(
        self,
        decoder: Sequence[nn.Module],
        encoder: Sequence[nn.Module] | None,
        latent_dim: int,
        *,
        has_spread: bool = False,
        prior: str | None = None,
        classes: int = 0,
    ) -> None:
        """Take the layers.

        Args:
            decoder: modules from a code to pixels in [0, 1].
            encoder: modules from pixels to the numbers of a code; None where there are none.
            latent_dim: numbers in a latent code.
            has_spread: whether the encoder gives log-variances behind the means.
            prior: name of the prior that the codes follow; None where none is known.
            classes: how many classes its decoder is given one of; 0 where it is given none.
        """
        super().__init__((), latent_dim, classes, None)
        self.decoder, self.output = nn.Sequential(*decoder[:-1]), decoder[-1]
        self.has_encoder, self.has_spread, self.prior = encoder is not None, has_spread, prior
        if encoder is not None:
            self.encoder = nn.Sequential(*encoder)
        self.requires_grad_(requires_grad=False)
        self.eval()

    @property
    def is_conditional(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]  read alike
        """Whether the decoder is given a class beside the code."""
        return bool(self.classes)

    def posterior(self, images: Tensor) -> Posterior:
        """What the encoder says of images; see Autoencoder."""
        if not self.has_encoder:
            raise EncoderNeeded
        found = self.encoder(images)
        if not self.has_spread:
            return Posterior(found)
        mean, log_var = found.chunk(2, dim=1)
        return Posterior(mean, losses.clamp_log_var(log_var))

    def code_layers(self) -> list[nn.Module]:
        """The means, without the log-variances behind them; see Autoencoder."""
        return [First(self.latent_dim)] if self.has_spread else []

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Half the squared error, which nothing minimises here."""
        codes = self.posterior(batch.images).mean
        reconstruction = losses.squared_error(self.decode(codes, batch.labels), batch.images).mean()
        return Losses({}, {"reconstruction": reconstruction})

    def parameter_groups(self) -> dict[str, Any]:
        """Nothing is left to train; see Autoencoder."""
        return {}


def build(
    records: Sequence[Record],
    encoder: Sequence[Record] | None,
    tensors: Tensors,
    latent_dim: int,
    image_shape: Sequence[int],
    *,
    prior: str | None = None,
    classes: int = 0,
) -> DescribedModel:
    """The model of a description.

    Args:
        records: from a code to pixels in [0, 1], at least one.
        encoder: from pixels to the numbers of a code; None where there are none.
        tensors: by the names in the records.
        latent_dim: numbers in a latent code.
        image_shape: (h, w, c).
        prior: as in `DescribedModel`.
        classes: as in `DescribedModel`.

    Returns:
        The model, on the CPU.

    Raises:
        ValueError: if the layers do not fit one another, or an encoder gives no code of that size.
        RuntimeError: as `modules` does.
    """
    sizes = {name: array.shape for name, array in tensors.items()}
    taken = next((layer["classes"] for layer in records if layer["type"] == "condition"), 0)
    decoding = modules(records, tensors, outline(records, sizes, latent_dim, classes).shapes)
    if encoder is None:
        return DescribedModel(decoding, None, latent_dim, prior=prior, classes=taken)
    height, width, channels = image_shape
    shapes = encoder_outline(encoder, sizes, (channels, height, width)).shapes
    return DescribedModel(
        decoding,
        modules(encoder, tensors, shapes),
        latent_dim,
        has_spread=has_spread(shapes[-1], latent_dim),
        prior=prior,
        classes=taken,
    )


def has_spread(shape: Shape, latent_dim: int) -> bool:
    """Whether an encoder's output is means and log-variances behind them, and no mere code.

    Args:
        shape: of its output.
        latent_dim: numbers in a latent code.

    Returns:
        True where it has twice as many numbers.

    Raises:
        ValueError: if it is neither.
    """
    if shape not in ((latent_dim,), (2 * latent_dim,)):
        raise ValueError(f"its encoder gives the shape {list(shape)}, and a code has [{latent_dim}]")
    return shape == (2 * latent_dim,)
