r"""The supervised adversarial autoencoder: the decoder is told the class (Makhzani et al. 2015).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_{x, y} \big[ -\log p_\theta(x \mid z, y) - \lambda \log D(z)
    \big]$$
    $$z = f_\phi(x)$$
    $$\min_{D} \; \mathbb{E}_{p(z)} \big[ -\log D(z) \big] + \mathbb{E}_x \big[ -\log (1 - D(f_\phi(x)))
    \big]$$
    The decoder is given the class $y$, one-hot, beside the code $z$. Since $z$ need not say which class it
    is, what is left for it is style: slant, width, weight of the stroke.
Architecture:
    The adversarial autoencoder's, with as many further inputs to the decoder as there are classes.
Source:
    Makhzani et al. 2015, section 4, *Supervised adversarial autoencoders*.
Use it:
    To part what an image shows from how it is drawn, when every label is known: draw your seven in the
    style of your two.
Fails:
    Nothing forbids the code to say the class as well. If the discriminator is weak or the code wide, it
    does, and a changed class then meets a style that does not fit. An image needs its label to be
    reconstructed.
See it:
    [[knn_accuracy]] of the code: here **low is good**, since a style that tells the class is not style
    alone. On the plane the classes lie on top of one another.
Published:
    - none: the paper shows a grid of styles by classes, without a number
Try:
    - Pin a point and change the class beside the plane: the style stays, the class changes.
    - Follow one axis with a class held: one number of the code is often the slant.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch import Generator, nn

from aecore.config import check_record, option
from aecore.latent import priors
from aecore.models import losses, networks
from aecore.models.base import Autoencoder, Batch, Losses
from aecore.models.prior_sampler import PriorSampler

TITLE = "Supervised adversarial autoencoder"
NEEDS_LABELS = True
ORDER = 13
CLASS_FREE_CODE = True  # what tells the class from it is better low


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a supervised adversarial autoencoder."""

    hidden: tuple[int, ...] = networks.hidden_option()
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
    """The decoder knows the class, so the code need not say it: what is left is how it is written."""

    prior = priors.STANDARD_NORMAL
    is_conditional = True
    labels = "the decoder is given it"
    betas = (0.5, 0.999)

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        self.sampler = PriorSampler(priors.STANDARD_NORMAL, latent_dim)
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim, classes)
        self.discriminator = networks.discriminator(latent_dim, options.discriminator_hidden)

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction from style and class, and the adversarial game on the style; see Autoencoder."""
        codes = self.encoder(batch.images)
        logits = self.decoder(self.concat_condition(codes, batch.labels))
        reconstruction = losses.bernoulli_nll(logits, batch.images).mean()
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
