r"""The denoising autoencoder: it reads a corrupted image and draws the clean one (Vincent et al. 2008).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \, \mathbb{E}_{\tilde x \sim q_\sigma(\tilde x \mid x)} \big[
    -\log p_\theta(x \mid f_\phi(\tilde x)) \big]$$
    $\tilde x$ is the image with fresh noise, drawn anew in every batch at a level $\sigma$ of its own; the
    target is the clean image $x$.
Architecture:
    The autoencoder's perceptrons. Noise of one kind over a range of levels, Gaussian if nothing else is
    asked for; docs/corruptions.md lists the kinds.
Source:
    Vincent, Larochelle, Bengio & Manzagol 2008, *Extracting and composing robust features with denoising
    autoencoders*.
Use it:
    To clean images of a kind you can train on, and to force a code that the noise cannot enter: also one
    as wide as the image, where a plain autoencoder would learn to copy.
Fails:
    A narrow code removes the noise and the image with it: with 2 numbers the answer is a typical image of
    the class. It averages what it cannot know, so edges blur. Beyond the levels it was trained on it
    invents. Tutorials go wrong in two ways: the *noisy* image as the target, which teaches to reproduce
    noise, and noise drawn once for all epochs, which is learnt by heart.
See it:
    [[denoised_psnr]] stands beside that of the noisy image and that of a linear ridge denoiser fitted on
    the same pairs. A model below the ridge is no denoiser, whatever its pictures look like.
Published:
    - none that is comparable for this network: hold it against the ridge, which is fitted in closed form
Try:
    - On Compare, lay its plane beside the Autoencoder's and select an image: who are its neighbours in each?
    - Select an odd image of its class and look at the reconstruction: what is odd counts as noise
      and is taken away.
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

TITLE = "Denoising autoencoder"
ORDER = 9


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a denoising autoencoder."""

    hidden: tuple[int, ...] = networks.hidden_option()
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
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim)

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction of the clean image from the corrupted one; see Autoencoder."""
        assert self.noise is not None, "it was given when the model was made"
        noisy = corrupt_over_range(batch.images, self.noise, generator)
        reconstruction = losses.bernoulli_nll(self.decoder(self.encoder(noisy)), batch.images).mean()
        return Losses({"autoencoder": reconstruction}, {"reconstruction": reconstruction})
