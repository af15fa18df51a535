r"""The convolutional denoising autoencoder: a corrupted image in, the clean one out (Vincent et al. 2008).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \, \mathbb{E}_{\tilde x \sim q_\sigma(\tilde x \mid x)} \big[
    -\log p_\theta(x \mid f_\phi(\tilde x)) \big]$$
    As in the denoising autoencoder: fresh noise $\tilde x$ in every batch, each image at a level $\sigma$
    of its own, the clean image $x$ as target.
Architecture:
    The convolutional autoencoder's networks. With feature maps as the code (7 × 7 × 32, say) nothing is
    squeezed and all the network does is clean; with 2 numbers it is a plane like the others.
Source:
    The criterion: Vincent et al. 2008. The networks: Masci et al. 2011.
Use it:
    When the cleaned image is what you want: the wide code is the best denoiser that is shipped.
Fails:
    It knows its training images and draws such, out of noise too. Trained on one level of noise it smears at
    a lower one. The score depends on the code: through 2 numbers, PSNR falls below the ridge.
See it:
    [[denoised_psnr]] and [[denoised_ssim]] beside the noisy image's and the linear ridge's; on the Denoise
    page beside filters, debiased as well as can be. SSIM is scikit-image's (uniform 7 × 7 window, data
    range 1); other definitions give other numbers.
Published:
    - none that is comparable: the Keras blog prints a loss and pictures only
Try:
    - Hold its two-number plane against the Convolutional autoencoder's: which classes lie otherwise?
    - Select an image with a large error: through two numbers it was cleaned into another class.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Generator

from aecore import corruptions
from aecore.config import check_record, option
from aecore.errors import BadValue
from aecore.models import losses, networks
from aecore.models.base import Autoencoder, Batch, Losses
from aecore.models.noise import corrupt_over_range

TITLE = "Convolutional denoising autoencoder"
ORDER = 10
EPOCH_SCALE = 0.25


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a convolutional denoising autoencoder."""

    channels: tuple[int, ...] = networks.channels_option()
    form: str = option("strided", "how the sides are halved", choices=("strided", "pooled"))
    code: str = option(
        "dense", "a dense layer's numbers, or small feature maps", choices=("dense", "feature_map")
    )
    dense: tuple[int, ...] = option(
        (128,), "widths of the dense layers between feature maps and a dense code", minimum=1, maximum=8192
    )
    noise: str = option("gaussian", "the corruption to undo", choices=corruptions.tensor_names())
    lowest_level: float = option(
        0.0, "smallest level of noise in training", minimum=0.0, maximum=corruptions.highest_level()
    )
    highest_level: float = option(
        0.7, "largest level of noise in training", minimum=0.0, maximum=corruptions.highest_level()
    )

    def __post_init__(self) -> None:
        """Check every value, and that the range is one."""
        check_record(self)
        if self.lowest_level > self.highest_level:
            raise BadValue("lowest_level", self.lowest_level, f"at most highest_level, {self.highest_level}")


class Variant(Autoencoder):
    """Fresh noise in every batch, each image at a level of its own; the target is the clean image."""

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        levels = options.lowest_level, options.highest_level
        self.noise = corruptions.NoiseRange(options.noise, *levels)
        dense = options.dense if options.code == "dense" else None
        plan = networks.ConvPlan(tuple(image_shape), options.channels, options.form, dense)
        self.encoder = networks.conv_encoder(plan, latent_dim)
        self.decoder = networks.conv_decoder(plan, latent_dim)

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction of the clean image from the corrupted one; see Autoencoder."""
        assert self.noise is not None, "it was given when the model was made"
        noisy = corrupt_over_range(batch.images, self.noise, generator)
        reconstruction = losses.bernoulli_nll(self.decoder(self.encoder(noisy)), batch.images).mean()
        return Losses({"autoencoder": reconstruction}, {"reconstruction": reconstruction})
