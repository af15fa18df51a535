"""What every variational autoencoder shares: a Gaussian posterior, one sample of it, and the bound.

Kingma & Welling 2014, "Auto-encoding variational Bayes", equation 10: reconstruction and KL in nats per
image, summed over pixels and over latent dimensions.
"""

from typing import Any

from torch import Generator, Tensor, nn

from aecore.config import option
from aecore.latent import priors
from aecore.models import losses
from aecore.models.base import Autoencoder, Batch, Losses, Posterior
from aecore.models.modules import First


def likelihood_option() -> Any:
    """The option `likelihood` of every variational autoencoder."""
    return option(
        "bernoulli",
        "how pixels are modelled: bernoulli reads brightness, in colour that of red, green and blue each, as "
        "a probability; gaussian pays the squared error; discretised_logistic is one over the 256 levels",
        choices=losses.LIKELIHOODS,
    )


def sigma_option() -> Any:
    """The option `sigma` of every variational autoencoder."""
    return option(
        0.2,
        "pixel standard deviation of the gaussian and the discretised logistic",
        minimum=0.01,
        maximum=1.0,
    )


class VariationalAutoencoder(Autoencoder):
    """An encoder of means and log-variances, trained on reconstruction and beta times the KL to N(0, I).

    A variant builds `encoder`, 2 * latent_dim numbers an image, and `decoder`, and offers the options
    `likelihood`, `sigma`, `beta`, `warm_up` and `free_bits`.
    """

    prior = priors.STANDARD_NORMAL

    def posterior(self, images: Tensor) -> Posterior:
        """N(mean, exp(log_var)) for each image; see Autoencoder."""
        mean, log_var = self.encoder(images).chunk(2, dim=1)
        return Posterior(mean, losses.clamp_log_var(log_var))

    def code_layers(self) -> list[nn.Module]:
        """The means, without the log-variances behind them; see Autoencoder."""
        return [First(self.latent_dim)]

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction and KL; see Autoencoder."""
        reconstruction, kl = self._bound_terms(batch, generator)
        options, mean = self.options, reconstruction.mean()
        penalty = losses.weighted_kl(kl, options.beta, options.warm_up, options.free_bits, progress)
        return Losses({"autoencoder": mean + penalty}, {"reconstruction": mean, "kl": kl.sum(1).mean()})

    def negative_elbo(self, batch: Batch, generator: Generator) -> Tensor:
        """The bound itself, whatever it was trained with; see Autoencoder."""
        reconstruction, kl = self._bound_terms(batch, generator)
        return reconstruction + kl.sum(1)

    def _bound_terms(self, batch: Batch, generator: Generator) -> tuple[Tensor, Tensor]:
        """Reconstruction (batch,) from one sample of each posterior, and KL (batch, latent_dim)."""
        mean, log_var = self.posterior(batch.images)
        assert log_var is not None, "a variational autoencoder's posterior has a spread"
        codes = losses.gaussian_sample(mean, log_var, generator)
        options, logits = self.options, self.decoder(self.concat_condition(codes, batch.labels))
        reconstruction = losses.pixel_nll(logits, batch.images, options.likelihood, options.sigma)
        return reconstruction, losses.kl_per_dimension(mean, log_var)
