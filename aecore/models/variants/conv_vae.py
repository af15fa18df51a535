r"""The convolutional variational autoencoder: the VAE's bound, through convolutions (Kingma & Welling 2014).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \big[ R(x) + \beta \, \mathrm{KL} \big( q_\phi(z \mid x)
    \,\Vert\, \mathcal{N}(0, I) \big) \big]$$
    $$R(x) = \mathbb{E}_{q_\phi(z \mid x)} \big[ -\log p_\theta(x \mid z) \big]$$
    The bound of the variational autoencoder, in nats per image; only the networks differ.
Architecture:
    The convolutional autoencoder's networks with a dense bottleneck that gives a mean and a log-variance
    for each number of the code.
Source:
    The bound: Kingma & Welling 2014. Convolutions on both sides: Kulkarni et al. 2015,
    *Deep convolutional inverse graphics network*. KL warm-up: Bowman et al. 2016, Sønderby et al. 2016. Free
    bits: Kingma et al. 2016.
Use it:
    Instead of the VAE where texture matters, as on Fashion-MNIST, and for images larger than these.
Fails:
    As the VAE does: blur, and collapsed dimensions. A strong decoder makes collapse more likely, since it
    can explain an image without being told which. KL warm-up or free bits help.
See it:
    [[negative_elbo]] and *KL per latent dimension* beside the VAE's. Knits and prints come out as flat grey
    in both.
Published:
    - none that is comparable: papers binarise, or use wider codes
Try:
    - On Fashion-MNIST, walk from shirts to dresses: sleeves shrink before the length changes.
    - Compare the decoded lattice with the VAE's: which class has lost its place?
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aecore.config import check_record, option
from aecore.models import networks
from aecore.models.variational import VariationalAutoencoder, likelihood_option, sigma_option

TITLE = "Convolutional variational autoencoder"
ORDER = 7
EPOCH_SCALE = 0.25


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a convolutional variational autoencoder."""

    channels: tuple[int, ...] = networks.channels_option()
    form: str = option("strided", "how the sides are halved", choices=("strided", "pooled"))
    dense: tuple[int, ...] = option(
        (128,), "widths of the dense layers between feature maps and a dense code", minimum=1, maximum=8192
    )
    likelihood: str = likelihood_option()
    sigma: float = sigma_option()
    beta: float = option(1.0, "weight of the KL term; 1 is the bound itself", minimum=0.0, maximum=1000.0)
    warm_up: float = option(
        0.0, "share of the training over which beta rises from 0", minimum=0.0, maximum=1.0
    )
    free_bits: float = option(
        0.0, "nats of KL that each latent dimension may carry free of charge", minimum=0.0, maximum=100.0
    )

    def __post_init__(self) -> None:
        """Check every value."""
        check_record(self)


class Variant(VariationalAutoencoder):
    """Maximises the evidence lower bound, with convolutions on both sides."""

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        plan = networks.ConvPlan(tuple(image_shape), options.channels, options.form, options.dense)
        self.encoder = networks.conv_encoder(plan, 2 * latent_dim)
        self.decoder = networks.conv_decoder(plan, latent_dim)
