"""The adversarial autoencoder: a discriminator pulls the codes to the prior (Makhzani et al. 2015)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from aecore import losses, networks
from aecore.config import check_record, option
from aecore.variants._autoencoder import Autoencoder, Losses

TITLE = "Adversarial autoencoder"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about an adversarial autoencoder."""

    hidden: tuple[int, ...] = option(
        (512, 256), "widths of the hidden layers, from the image inwards", minimum=1, maximum=8192
    )
    discriminator_hidden: tuple[int, ...] = option(
        (256, 256), "widths of the discriminator's hidden layers", minimum=1, maximum=8192
    )
    adversarial_weight: float = option(
        10.0, "weight of the adversarial term beside the nats of reconstruction", minimum=0.0, maximum=1e4
    )
    instance_noise: float = option(
        0.3, "noise on the discriminator's input at the start, annealed to 0", minimum=0.0, maximum=10.0
    )

    def __post_init__(self) -> None:
        """Check every value."""
        check_record(self)


class Variant(Autoencoder):
    """One encoder loss, reconstruction + weight * adversarial, against a discriminator of equal pace.

    The usual recipe (two encoder updates, a slower adversarial one) lets the discriminator win
    unseen: the reconstruction looks fine while the codes lie far from the prior. What keeps it in
    balance: one loss in nats per image, no batch norm, annealed instance noise (Sønderby et al.
    2017), equal learning rates, and Adam's beta1 at 0.5.
    """

    prior = "standard_normal"
    betas = (0.5, 0.999)

    def __init__(self, image_shape: Sequence[int], latent_dim: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, options)
        self.options = options
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim)
        self.discriminator = networks.discriminator(latent_dim, options.discriminator_hidden)

    def losses(self, images: Tensor, generator: Generator, progress: float) -> Losses:
        """Reconstruction, and the two sides of the adversarial game; see Autoencoder."""
        codes = self.encoder(images)
        reconstruction = losses.bernoulli_nll(self.decoder(codes), images).mean()
        prior = torch.randn(codes.shape, generator=generator, device=codes.device)
        noise = self.options.instance_noise * (1.0 - progress)

        def judged(points: Tensor) -> Tensor:
            blur = torch.randn(points.shape, generator=generator, device=points.device)
            return self.discriminator(points + noise * blur)

        adversarial = losses.generator_loss(judged(codes)).mean()
        discriminator = losses.discriminator_loss(judged(prior), judged(codes.detach())).mean()
        return Losses(
            {
                "autoencoder": reconstruction + self.options.adversarial_weight * adversarial,
                "discriminator": discriminator,
            },
            {"reconstruction": reconstruction, "adversarial": adversarial, "discriminator": discriminator},
        )

    def parts(self) -> dict[str, Iterable[nn.Parameter]]:
        """Encoder and decoder against the discriminator; see Autoencoder."""
        return {
            "autoencoder": [*self.encoder.parameters(), *self.decoder.parameters()],
            "discriminator": self.discriminator.parameters(),
        }
