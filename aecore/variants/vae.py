"""The variational autoencoder: codes are Gaussians drawn towards a prior (Kingma & Welling 2014)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aecore import losses, networks
from aecore.config import check_record, option
from aecore.variants._autoencoder import Autoencoder, Losses, Posterior

TITLE = "Variational autoencoder"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a variational autoencoder."""

    hidden: tuple[int, ...] = option(
        (512, 256), "widths of the hidden layers, from the image inwards", minimum=1, maximum=8192
    )
    likelihood: str = option("bernoulli", "how pixels are modelled", choices=("bernoulli", "gaussian"))
    sigma: float = option(
        0.2, "pixel standard deviation of the gaussian likelihood", minimum=0.01, maximum=1.0
    )
    beta: float = option(1.0, "weight of the KL term; 1 is the bound itself", minimum=0.0, maximum=1000.0)

    def __post_init__(self) -> None:
        """Check every value."""
        check_record(self)


class Variant(Autoencoder):
    """Maximises the evidence lower bound: reconstruction and beta times the KL to N(0, I)."""

    prior = "standard_normal"

    def __init__(self, image_shape: Sequence[int], latent_dim: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, options)
        self.options = options
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, 2 * latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim)

    def posterior(self, images: Tensor) -> Posterior:
        """N(mean, exp(log_var)) for each image; see Autoencoder."""
        mean, log_var = self.encoder(images).chunk(2, dim=1)
        return Posterior(mean, losses.clamp_log_var(log_var))

    def losses(self, images: Tensor, generator: Generator, progress: float) -> Losses:
        """Reconstruction and KL; see Autoencoder."""
        reconstruction, kl = (term.mean() for term in self._bound_terms(images, generator))
        return Losses(
            {"autoencoder": reconstruction + self.options.beta * kl},
            {"reconstruction": reconstruction, "kl": kl},
        )

    def negative_elbo(self, images: Tensor, generator: Generator) -> Tensor:
        """The bound itself, whatever beta it was trained with; see Autoencoder."""
        reconstruction, kl = self._bound_terms(images, generator)
        return reconstruction + kl

    def _bound_terms(self, images: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        mean, log_var = self.posterior(images)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        logits = self.decoder(mean + (0.5 * log_var).exp() * noise)
        if self.options.likelihood == "bernoulli":
            reconstruction = losses.bernoulli_nll(logits, images)
        else:
            reconstruction = losses.gaussian_nll(logits.sigmoid(), images, self.options.sigma)
        return reconstruction, losses.kl_to_standard_normal(mean, log_var)
