"""What every variant is: an encoder, a decoder, and the losses that train them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from torch import Generator, Tensor, nn


@dataclass(frozen=True)
class Losses:
    """The losses of one batch.

    Attributes:
        objectives: what each group of `Autoencoder.parts` minimises, scalars by group.
        terms: what is logged, scalars in nats per image by name, `reconstruction` among them.
    """

    objectives: dict[str, Tensor]
    terms: dict[str, Tensor]


class Posterior(NamedTuple):
    """q(z|x) for each image: mean (batch, d), and log-variance (batch, d) where it has a spread."""

    mean: Tensor
    log_var: Tensor | None = None


class Autoencoder(nn.Module, ABC):
    """An encoder and a decoder under one set of losses.

    Attributes:
        prior: the distribution that the codes are meant to follow, or None.
        betas: momentum of the Adam optimisers.
    """

    prior: ClassVar[str | None] = None
    betas: ClassVar[tuple[float, float]] = (0.9, 0.999)
    encoder: nn.Module
    decoder: nn.Sequential

    @abstractmethod
    def __init__(self, image_shape: Sequence[int], latent_dim: int, options: Any) -> None:
        """Build the networks.

        Args:
            image_shape: (c, h, w).
            latent_dim: numbers in a latent code.
            options: the variant's Options record.
        """
        super().__init__()

    @abstractmethod
    def losses(self, images: Tensor, generator: Generator, progress: float) -> Losses:
        """The losses of one batch.

        Args:
            images: pixels in [0, 1], shape (batch, c, h, w).
            generator: where all noise comes from.
            progress: share of the training done, 0 to 1.

        Returns:
            Objectives and logged terms.
        """

    def posterior(self, images: Tensor) -> Posterior:
        """q(z|x) of each image: a point at the encoder's output unless the variant says otherwise."""
        return Posterior(self.encoder(images))

    def decode(self, codes: Tensor) -> Tensor:
        """Latent codes (batch, d) to images (batch, c, h, w) in [0, 1]."""
        return self.decoder(codes).sigmoid()

    def negative_elbo(self, images: Tensor, generator: Generator) -> Tensor | None:
        """A one-sample estimate of -ELBO in nats per image, shape (batch,); None where there is none."""
        return None

    def parts(self) -> dict[str, Iterable[nn.Parameter]]:
        """The parameters of each objective, by the objective's name."""
        return {"autoencoder": self.parameters()}
