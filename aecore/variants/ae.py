"""The plain autoencoder: a bottleneck and nothing that shapes the codes (Hinton & Salakhutdinov 2006)."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Generator, Tensor

from aecore import losses, networks
from aecore.config import check_record, option
from aecore.variants._autoencoder import Autoencoder, Losses

TITLE = "Autoencoder"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about an autoencoder."""

    hidden: tuple[int, ...] = option(
        (512, 256), "widths of the hidden layers, from the image inwards", minimum=1, maximum=8192
    )
    loss: str = option("bce", "reconstruction loss", choices=("bce", "mse"))

    def __post_init__(self) -> None:
        """Check every value."""
        check_record(self)


class Variant(Autoencoder):
    """Minimises the reconstruction error alone, so the codes lie wherever that is easiest."""

    def __init__(self, image_shape: Sequence[int], latent_dim: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, options)
        self.options = options
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim)

    def losses(self, images: Tensor, generator: Generator, progress: float) -> Losses:
        """Reconstruction only; see Autoencoder."""
        logits = self.decoder(self.encoder(images))
        if self.options.loss == "bce":
            reconstruction = losses.bernoulli_nll(logits, images).mean()
        else:
            reconstruction = losses.squared_error(logits.sigmoid(), images).mean()
        return Losses({"autoencoder": reconstruction}, {"reconstruction": reconstruction})
