r"""The variational autoencoder: codes are Gaussians drawn towards a prior (Kingma & Welling 2014).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \big[ R(x) + \beta \, \mathrm{KL} \big( q_\phi(z \mid x)
    \,\Vert\, \mathcal{N}(0, I) \big) \big]$$
    $$R(x) = \mathbb{E}_{q_\phi(z \mid x)} \big[ -\log p_\theta(x \mid z) \big]$$
    $R$ is the reconstruction, and with $\beta = 1$ the whole is the negative evidence lower bound (−ELBO),
    in nats per image: both terms summed, over pixels and over latent dimensions.
Architecture:
    The autoencoder's perceptrons; the encoder gives a mean and a log-variance for each number of the code,
    and training decodes a sample. Options: $\beta$, KL warm-up, free bits, and how pixels are modelled.
    `bernoulli` reads the brightness of a pixel, in colour that of red, green and blue each, as the
    probability that it is lit. The loss is least where the brightness is right, but it is a cross-entropy and
    no density of grey or colour: a mid tone costs ln 2 however well it is met, black and white nothing.
    `gaussian` is a density, whose nats can be negative: the squared error, weighed against the KL by
    $\sigma$. `discretised_logistic` gives each of the 256 levels a probability, so its −ELBO bounds a
    likelihood of the images as they are stored.
Source:
    Kingma & Welling 2014, *Auto-encoding variational Bayes*; Rezende et al. 2014. $\beta$: Higgins et al.
    2017. KL warm-up: Bowman et al. 2016, Sønderby et al. 2016. Free bits: Kingma et al. 2016. Discretised
    logistic: Salimans et al. 2017, section 2.1.
Use it:
    To draw new images, to walk between images, and wherever a likelihood bound is asked for.
Fails:
    The decoder averages over all that q(z|x) covers, so with 32 numbers its pictures are more blurred than
    the autoencoder's; with 2 the bottleneck blurs both alike. Latent dimensions that do not
    pay for themselves collapse onto the prior and say nothing. And the most reported trap of the field: a
    reconstruction *averaged* over pixels beside a *summed* KL is $\beta \approx 784$ on MNIST. Then
    everything collapses, and every image decodes to the mean.
See it:
    *KL per latent dimension*: bars at 0 are collapsed (none at z = 2, many at z = 32). The aggregated
    posterior covers the prior with few [[hole_share]], yet [[total_variation]] stays above its null.
Published:
    - loss 146.95 with 2 numbers, of training and test images mixed (keras.io, Variational AutoEncoder,
      Chollet 2020)
    - papers on *binarised* MNIST print lower numbers: grey pixels alone cost the entropy floor, so do not
      compare
Try:
    - Turn on Lattice: nearly every image could be a real one. Then do the same on the Autoencoder.
    - Walk from the middle of one class to the next and watch for the place where it is neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aecore.config import check_record, option
from aecore.models import networks
from aecore.models.variational import VariationalAutoencoder, likelihood_option, sigma_option

TITLE = "Variational autoencoder"
ORDER = 3


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a variational autoencoder."""

    hidden: tuple[int, ...] = networks.hidden_option()
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
    """Maximises the evidence lower bound: reconstruction and beta times the KL to N(0, I)."""

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, 2 * latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim)
