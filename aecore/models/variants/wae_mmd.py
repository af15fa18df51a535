r"""The Wasserstein autoencoder: codes match the prior, without a game (Tolstikhin et al. 2018).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \big[ -\log p_\theta(x \mid z) \big] + \lambda \,
    \mathrm{MMD}^2_k \big( q_\phi(z), \mathcal{N}(0, I) \big)$$
    $$z = f_\phi(x)$$
    $q_\phi(z)$ is the distribution of all codes together, estimated by the batch, and $k(z, z') = \sum_s
    \frac{2 d s}{2 d s + \lVert z - z' \rVert^2}$ a sum of inverse multiquadratic kernels over scales $s$.
    The estimate is unbiased, so it may be a little negative.
Architecture:
    The autoencoder's perceptrons and nothing else: no second network, no game.
Source:
    Tolstikhin, Bousquet, Gelly & Schölkopf 2018, *Wasserstein auto-encoders*, algorithm 2.
Use it:
    Where an adversarial autoencoder would do but its game is a nuisance. In contrast to the VAE the whole
    set of codes is held to the prior, and no single one.
Fails:
    A batch says little about a distribution in many dimensions: at z = 32 the penalty fades against its
    own noise. Too low a weight leaves an autoencoder, too high a one a Gaussian cloud that forgets images.
    With few codes the kernel does not see small holes.
See it:
    [[mmd2]] is the very thing that is trained, so look at what is not: [[two_sample_accuracy]], and at
    z = 2 [[total_variation]] and [[hole_share]].
Published:
    - none that is comparable: the paper measures pictures of faces by FID
Try:
    - Turn on the Prior overlay here and on the Adversarial autoencoder: two ways to one shape.
    - Look for a seam between two classes and decode along it: the middle was never asked to be an image.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Generator

from aecore.config import check_record, option
from aecore.latent import priors
from aecore.models import losses, networks
from aecore.models.base import Autoencoder, Batch, Losses
from aecore.models.prior_sampler import PriorSampler

TITLE = "Wasserstein autoencoder (MMD)"
ORDER = 5


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a Wasserstein autoencoder."""

    hidden: tuple[int, ...] = networks.hidden_option()
    mmd_weight: float = option(
        300.0, "weight of the MMD² penalty beside the nats of reconstruction", minimum=0.0, maximum=1e6
    )

    def __post_init__(self) -> None:
        """Check every value."""
        check_record(self)


class Variant(Autoencoder):
    """Each batch of codes is held against a batch of the prior; the distance between them is paid for."""

    prior = priors.STANDARD_NORMAL

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        self.sampler = PriorSampler(priors.STANDARD_NORMAL, latent_dim)
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim)

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction and the weighted distance of the batch from the prior; see Autoencoder."""
        codes = self.encoder(batch.images)
        reconstruction = losses.bernoulli_nll(self.decoder(codes), batch.images).mean()
        mmd = self.options.mmd_weight * losses.mmd2(codes, self.sampler(len(codes), generator))
        return Losses({"autoencoder": reconstruction + mmd}, {"reconstruction": reconstruction, "mmd": mmd})
