r"""The plain autoencoder: a bottleneck and nothing that shapes the codes (Hinton & Salakhutdinov 2006).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \Big[ -\sum_p x_p \log \hat x_p + (1 - x_p) \log (1 - \hat x_p)
    \Big]$$
    $$\hat x = g_\theta(f_\phi(x))$$
    $f_\phi$ is the encoder, $g_\theta$ the decoder, $p$ runs over the pixels: nats per image. The squared
    or the absolute error can be chosen instead.
Architecture:
    Two multilayer perceptrons, each the mirror of the other, with ReLU between the layers, a linear code
    and a sigmoid on the pixels. Hidden widths, the code's activation, the output and the loss are options.
Source:
    Hinton & Salakhutdinov 2006, *Reducing the dimensionality of data with neural networks*. They
    pretrained layer by layer; with today's initialisation and Adam that is no longer needed.
Use it:
    When the code is all you want: compression, search, a start for a classifier. Not for drawing new
    images, since nothing says where codes may lie.
Fails:
    The codes spread as far as they like and leave gaps in which the decoder was never trained. A second
    way to fail is in many tutorials: **no hidden layer, a ReLU on the 2-D code and a ReLU on the pixels is
    worse than answering with the mean image.** A ReLU whose input is negative for every image has no
    gradient, so it never comes back. That kills a large share of the *output pixels*, which stay black
    where the mean image is grey, and sometimes one of the two code units, after which all codes lie on a
    line. The mean image needs neither.
See it:
    Between two arms of the plane the decoder draws what belongs to no class; [[hole_share]] and
    [[code_std]] put numbers on it. For the ReLU case choose the run `code_activation relu` of MNIST. All
    codes lie in one quadrant or on its edge, reconstructions have black holes where output units have died:
    [[dead_pixels]] counts them, [[dead_units]] those of the code.
Published:
    - BCE about 0.093 per pixel, one layer 784-32-784 (Keras blog, Chollet 2016)
    - BCE about 0.08 per pixel with 32 numbers, layers 128-64-32 (Keras blog, Chollet 2016)
Try:
    - Pin a point in an empty gap between two classes, then do the same on the Variational autoencoder.
    - Double-click the plane to see every code, and read the axes: a sample of N(0, I) hardly ever lies
      further than 3 from the origin, so all samples would come from a small patch of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Generator, nn

from aecore.config import check_record, option
from aecore.errors import BadValue
from aecore.models import losses, networks
from aecore.models.base import Autoencoder, Batch, Losses

TITLE = "Autoencoder"
ORDER = 2
ACTIVATIONS = {"linear": nn.Identity, "relu": nn.ReLU, "tanh": nn.Tanh}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about an autoencoder."""

    hidden: tuple[int, ...] = networks.hidden_option()
    code_activation: str = option("linear", "activation of the latent code", choices=tuple(ACTIVATIONS))
    loss: str = option("bce", "reconstruction loss", choices=("bce", "mse", "mae"))
    output: str = option(
        "sigmoid",
        "what makes pixels of the last layer; relu and linear are clipped at 1",
        choices=("sigmoid", "relu", "linear"),
    )

    def __post_init__(self) -> None:
        """Check every value, and that the cross-entropy is given probabilities."""
        check_record(self)
        if self.loss == "bce" and self.output != "sigmoid":
            raise BadValue("output", self.output, "sigmoid where the loss is bce")


class Variant(Autoencoder):
    """Minimises the reconstruction error alone, so the codes lie wherever that is easiest."""

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, latent_dim)
        if options.code_activation != "linear":
            self.encoder.append(ACTIVATIONS[options.code_activation]())
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim)
        if options.output != "sigmoid":
            self.output = nn.Hardtanh(0.0, 1.0)

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction only; see Autoencoder. Unclipped outside the sigmoid, or gradients would die."""
        drawn = self.decoder(self.encoder(batch.images))
        if self.options.loss == "bce":
            reconstruction = losses.bernoulli_nll(drawn, batch.images)
        else:
            measure = {"mse": losses.squared_error, "mae": losses.absolute_error}[self.options.loss]
            pixels = {"sigmoid": drawn.sigmoid, "relu": drawn.relu, "linear": lambda: drawn}
            reconstruction = measure(pixels[self.options.output](), batch.images)
        mean = reconstruction.mean()
        return Losses({"autoencoder": mean}, {"reconstruction": mean})
