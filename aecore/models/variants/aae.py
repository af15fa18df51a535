r"""The adversarial autoencoder: a discriminator drives codes to a prior (Makhzani et al. 2015).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \big[ -\log p_\theta(x \mid z) - \lambda \log D(z) \big]$$
    $$z = f_\phi(x)$$
    $$\min_{D} \; \mathbb{E}_{p(z)} \big[ -\log D(z) \big] + \mathbb{E}_x \big[ -\log (1 - D(f_\phi(x)))
    \big]$$
    $D(z)$ is the probability that a code came from the prior $p(z)$: N(0, I), a mixture of ten Gaussians,
    or a swiss roll. Anything that can be sampled will do; no density is needed.
Architecture:
    The autoencoder's perceptrons and a discriminator on the code, without batch norm, its input blurred by
    noise that fades during training.
Source:
    Makhzani, Shlens, Jaitly, Goodfellow & Frey 2015, *Adversarial autoencoders*. Instance noise: Sønderby
    et al. 2017.
Use it:
    When the codes shall fill a shape of your choice, or when q(z|x) shall stay a point.
Fails:
    Silently. The usual three-phase recipe (reconstruction, then discriminator, then encoder, at a lower
    rate) let the discriminator win where we tried it: the reconstruction looks fine while the codes lie
    far from the prior.
    Here one encoder loss in nats, equal learning rates and Adam's $\beta_1 = 0.5$ keep the game even.
See it:
    [[two_sample_accuracy]] asks a classifier trained afresh, so look at it before you look at pictures.
    [[discriminator_loss]] is far below 2 ln 2 = 1.386 when D has won; near it, D guesses, whether the codes
    follow the prior or D is weak. At z = 32 it hides what the new classifier tells with ease.
Published:
    - none that is comparable: the paper prints Parzen-window likelihoods
Try:
    - Turn on the Prior overlay and compare with the Autoencoder: another shape.
    - Find an edge where two classes meet and step across: the AAE leaves no gap, so one becomes the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch import Generator, nn

from aecore.config import check_record, option
from aecore.latent import priors
from aecore.models import losses, networks
from aecore.models.base import Autoencoder, Batch, Losses
from aecore.models.prior_sampler import PriorSampler

TITLE = "Adversarial autoencoder"
ORDER = 4


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about an adversarial autoencoder."""

    hidden: tuple[int, ...] = networks.hidden_option()
    prior: str = option(
        priors.STANDARD_NORMAL,
        "the distribution that the codes shall follow",
        choices=tuple(priors.names()),
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

    betas = (0.5, 0.999)

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        self.prior = options.prior
        self.sampler = PriorSampler(options.prior, latent_dim)
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim)
        self.discriminator = networks.discriminator(latent_dim, options.discriminator_hidden)

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction, and the two sides of the adversarial game; see Autoencoder."""
        codes = self.encoder(batch.images)
        reconstruction = losses.bernoulli_nll(self.decoder(codes), batch.images).mean()
        noise = self.options.instance_noise * (1.0 - progress)
        adversarial, discriminator = losses.adversarial_pair(
            self.discriminator, codes, self.sampler(len(codes), generator), noise, generator
        )
        return Losses(
            {
                "autoencoder": reconstruction + self.options.adversarial_weight * adversarial,
                "discriminator": discriminator,
            },
            {"reconstruction": reconstruction, "adversarial": adversarial, "discriminator": discriminator},
        )

    def parameter_groups(self) -> dict[str, Iterable[nn.Parameter]]:
        """Encoder and decoder against the discriminator; see Autoencoder."""
        return {
            "autoencoder": [*self.encoder.parameters(), *self.decoder.parameters()],
            "discriminator": self.discriminator.parameters(),
        }
