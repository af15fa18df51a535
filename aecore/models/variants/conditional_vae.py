r"""The class-conditional variational autoencoder: the decoder is given the class (Sohn et al. 2015).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_{x, y} \big[ R(x, y) + \beta \, \mathrm{KL} \big( q_\phi(z \mid x)
    \,\Vert\, \mathcal{N}(0, I) \big) \big]$$
    $$R(x, y) = \mathbb{E}_{q_\phi(z \mid x)} \big[ -\log p_\theta(x \mid z, y) \big]$$
    A bound on $-\log p(x \mid y)$, in nats per image. The class $y$ goes to the decoder, one-hot, beside
    the code; the encoder sees the image alone.
Architecture:
    The variational autoencoder's, with as many further inputs to the decoder as there are classes.
Source:
    Sohn, Lee & Yan 2015, *Learning structured output representation using deep conditional generative
    models*; for digits also Kingma et al. 2014, model M2.
Use it:
    To draw a class of your choice, and to see what varies within a class.
Fails:
    If the code says the class too, a sample of the prior contradicts the class it is decoded with. And its
    −ELBO is not to be held against the VAE's: it bounds p(x|class), which is told more.
See it:
    Choose a class beside the plane and look at the decoded lattice: every picture should be of that class.
    The classes of the test images lie over one another, and [[knn_accuracy]] is **low on purpose**.
Published:
    - none that is comparable: papers predict one part of an image from another, or binarise
Try:
    - Turn on the decoded lattice and go through the classes: the same place is the same style.
    - Pin the code of a test image and choose another class: its reconstruction, translated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aecore.config import check_record, option
from aecore.models import networks
from aecore.models.variational import VariationalAutoencoder, likelihood_option, sigma_option

TITLE = "Conditional variational autoencoder"
NEEDS_LABELS = True
ORDER = 12
CLASS_FREE_CODE = True  # what tells the class from it is better low


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a conditional variational autoencoder."""

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
    """Maximises the bound of p(x | class): the code keeps what the class does not say, such as slant."""

    is_conditional = True
    labels = "the decoder is given it"

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, 2 * latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim, classes)
