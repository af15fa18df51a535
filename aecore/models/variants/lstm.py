r"""The sequence autoencoder: an LSTM reads the image row by row, another draws it (Srivastava et al. 2015).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \Big[ -\sum_{t=1}^{h} \log p_\theta(x_t \mid z) \Big]$$
    $$z = f_\phi(x_1, \dots, x_h)$$
    $x_t$ is the $t$-th row of the image and $h$ its height: the autoencoder's loss, in nats per image.
Architecture:
    An LSTM over the rows, whose last output a linear layer turns into the code. The decoder hands the code
    to every step of a second LSTM, and a linear layer makes each output a row.
Source:
    Srivastava, Mansimov & Salakhutdinov 2015, *Unsupervised learning of video representations using
    LSTMs*: the unconditioned decoder, which is not shown the rows before.
Use it:
    For sequences. On images it is a lesson: what must pass through a memory, row by row, and how much is
    gained or lost against a network that sees all pixels at once.
Fails:
    It is slow, since rows cannot be done in parallel, and the code must say at the end what was seen at
    the start: the first rows are drawn by a state that has had no time to form. A shift by one pixel
    sideways is as new to it as to a perceptron.
See it:
    Compare its [[mse]] with the Autoencoder's at the same code size. It decodes
    in the browser as the others do, one row after the other.
Published:
    - none on this set: the paper predicts video, and the Keras blog gives a sketch without a number
Try:
    - Move slowly and watch the top rows against the bottom rows of the picture: which change first?
    - Step from one class to the next: the picture changes in whole rows rather than in parts.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Generator, nn

from aecore.config import check_record, option
from aecore.models import losses, networks
from aecore.models.base import Autoencoder, Batch, Losses
from aecore.models.modules import BottleneckLinear, ImageToRows, LastRow, RowLSTM

TITLE = "LSTM autoencoder"
ORDER = 15
EPOCH_SCALE = 0.25


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about an LSTM autoencoder."""

    hidden_state: int = option(128, "width of the LSTMs' state", minimum=1, maximum=2048)

    def __post_init__(self) -> None:
        """Check every value."""
        check_record(self)


def row_reader(image_shape: Sequence[int], hidden: int) -> nn.Sequential:
    """An LSTM over the rows of an image, whose last output stands for all of them.

    Args:
        image_shape: (c, h, w).
        hidden: width of the LSTM's state.

    Returns:
        The network, (batch, c, h, w) to (batch, hidden).
    """
    channels, _, width = image_shape
    layers = {"split": ImageToRows(), "rows": RowLSTM(channels * width, hidden), "last": LastRow()}
    return nn.Sequential(OrderedDict(layers))


class Variant(Autoencoder):
    """Treats an image as a sequence of rows: what it keeps is what its memory carries to the last row."""

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        hidden = options.hidden_state
        self.encoder = nn.Sequential(row_reader(image_shape, hidden), BottleneckLinear(hidden, latent_dim))
        self.decoder = networks.lstm_decoder(image_shape, hidden, latent_dim)

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction only; see Autoencoder."""
        reconstruction = losses.bernoulli_nll(self.decoder(self.encoder(batch.images)), batch.images).mean()
        return Losses({"autoencoder": reconstruction}, {"reconstruction": reconstruction})
