r"""The convolutional autoencoder: the code is a dense bottleneck or small feature maps (Masci et al. 2011).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \big[ -\log p_\theta(x \mid f_\phi(x)) \big]$$
    The autoencoder's loss, in nats per image: only the networks differ.
Architecture:
    Three convolutions that halve the sides (strided, or followed by max-pooling), one more for each doubling
    of the sides from 64 pixels on; then dense layers to the code, or a last convolution to small feature maps
    such as 4 × 4 × 8 = 128 numbers. The decoder mirrors it with transposed convolutions of width 4 and stride
    2, or upsampling. Odd sides are padded and cropped back.
Source:
    Masci, Meier, Cireşan & Schmidhuber 2011, *Stacked convolutional auto-encoders*.
Use it:
    For images larger than digits, where a dense layer on the pixels is too large; with a feature map as
    the code wherever places matter.
Fails:
    A dense bottleneck of 2 numbers is what limits it, and no convolution widens that. Stride 2 with an odd
    kernel draws checkerboards (Odena et al. 2016). The tutorials' version (8 rectified feature maps,
    max-pooling) throws places away.
See it:
    Train the wide code (`python -m aecore train conv mnist --latent-dim 128 --option code=feature_map`), then
    hold its [[bce]] against [[pca_bce]] and move one slider: one corner of the picture changes.
Published:
    - BCE 0.094 per pixel with a 4 × 4 × 8 code (Keras blog, Chollet 2016)
Try:
    - Choose the Autoencoder and back: with 2 numbers, do convolutions gain anything?
    - Turn on the decoded lattice here, then on PCA: the same two numbers, and which edges are sharper?
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Generator

from aecore.config import check_record, option
from aecore.models import losses, networks
from aecore.models.base import Autoencoder, Batch, Losses

TITLE = "Convolutional autoencoder"
ORDER = 6
EPOCH_SCALE = 0.25


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a convolutional autoencoder."""

    channels: tuple[int, ...] = networks.channels_option()
    form: str = option("strided", "how the sides are halved", choices=("strided", "pooled"))
    code: str = option(
        "dense", "a dense layer's numbers, or small feature maps", choices=("dense", "feature_map")
    )
    dense: tuple[int, ...] = option(
        (128,), "widths of the dense layers between feature maps and a dense code", minimum=1, maximum=8192
    )

    def __post_init__(self) -> None:
        """Check every value."""
        check_record(self)


class Variant(Autoencoder):
    """Looks at neighbourhoods of pixels with the same weights everywhere, so it needs few of them."""

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        dense = options.dense if options.code == "dense" else None
        plan = networks.ConvPlan(tuple(image_shape), options.channels, options.form, dense)
        self.encoder = networks.conv_encoder(plan, latent_dim)
        self.decoder = networks.conv_decoder(plan, latent_dim)

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction only; see Autoencoder."""
        reconstruction = losses.bernoulli_nll(self.decoder(self.encoder(batch.images)), batch.images).mean()
        return Losses({"autoencoder": reconstruction}, {"reconstruction": reconstruction})
