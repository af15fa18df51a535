"""Encoder, decoder and discriminator blocks, made only of layers that the browser's decoder can run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from torch import nn

from aecore.config import option
from aecore.errors import BadValue
from aecore.models.modules import (
    BottleneckConv2d,
    BottleneckLinear,
    Condition,
    Crop,
    Repeat,
    RowLSTM,
    RowsToImage,
)


def mlp(sizes: Sequence[int], bottleneck: int) -> list[nn.Module]:
    """Linear layers with ReLU between them, and none after the last.

    Args:
        sizes: widths from input to output, at least two.
        bottleneck: which linear layer touches the latent code: 0 the first, -1 the last.

    Returns:
        The layers in order.
    """
    kinds = [nn.Linear] * (len(sizes) - 1)
    kinds[bottleneck] = BottleneckLinear
    layers: list[nn.Module] = []
    for kind, (inputs, outputs) in zip(kinds, pairwise(sizes), strict=True):
        layers += [kind(inputs, outputs), nn.ReLU()]
    return layers[:-1]


def mlp_encoder(image_shape: Sequence[int], hidden: Sequence[int], outputs: int) -> nn.Sequential:
    """Images to numbers: (batch, c, h, w) to (batch, outputs).

    Args:
        image_shape: (c, h, w).
        hidden: widths of the hidden layers, from the image inwards.
        outputs: how many numbers an image becomes.

    Returns:
        The network.
    """
    return nn.Sequential(nn.Flatten(), *mlp([math.prod(image_shape), *hidden, outputs], bottleneck=-1))


def mlp_decoder(
    image_shape: Sequence[int], hidden: Sequence[int], latent_dim: int, classes: int = 0
) -> nn.Sequential:
    """Latent codes to pixel log-odds: (batch, latent_dim + classes) to (batch, c, h, w).

    Args:
        image_shape: (c, h, w).
        hidden: widths of the encoder's hidden layers, from the image inwards: the decoder mirrors them.
        latent_dim: numbers in a latent code.
        classes: how many classes a one-hot condition behind the code tells apart; 0 where there is none.

    Returns:
        The network.
    """
    layers = mlp([latent_dim + classes, *reversed(hidden), math.prod(image_shape)], bottleneck=0)
    condition = [Condition(classes)] if classes else []
    return nn.Sequential(*condition, *layers, nn.Unflatten(1, tuple(image_shape)))


def discriminator(inputs: int, hidden: Sequence[int]) -> nn.Sequential:
    """Latent codes to the log-odds that they are samples of the prior: (batch, inputs) to (batch, 1).

    No batch norm: with it the discriminator sees which batch a code is in and wins.

    Args:
        inputs: numbers in what it judges.
        hidden: widths of the hidden layers.

    Returns:
        The network.
    """
    return nn.Sequential(*mlp([inputs, *hidden, 1], bottleneck=0))


CHANNELS = (32, 64, 64)
"""Feature maps after each halving of images of up to 63 x 63 pixels; 28 x 28 become 4 x 4."""
FURTHER_CHANNELS = 128
"""After each further halving: half the sides and twice the maps of those before."""


OUTER_CHANNELS = 16
"""After the first halving of images of 128 pixels a side and more, which is where most of the work is."""


def channels_for(image_shape: Sequence[int]) -> tuple[int, ...]:
    """Feature maps for images of a size: a halving more for each doubling of the sides from 64 on.

    So the innermost maps of square images have 4 to 8 pixels a side, and the dense layer behind them stays
    small: without the further halvings that of 128 x 128 pixels would have two million weights. From there on
    the outermost maps are fewer, else a decoder would take three times as long as for 64 x 64. A long,
    narrow image counts as the square of as many pixels.

    Args:
        image_shape: (h, w, c), in pixels.

    Returns:
        One number for each halving, from the image inwards; CHANNELS where they are enough.
    """
    height, width, *_ = image_shape
    halvings = (max(1, height * width // 16).bit_length() - 1) // 2  # down to 16 to 63 pixels
    further = halvings - len(CHANNELS)
    outer = [OUTER_CHANNELS] * (further > 1)
    return (*outer, *CHANNELS, *[FURTHER_CHANNELS] * (further - len(outer)))


def channels_option() -> Any:
    """The option `channels` of every convolutional variant."""
    return option(
        CHANNELS,
        "feature maps after each halving, from the image inwards",
        minimum=1,
        maximum=1024,
        sized=channels_for,
    )


HIDDEN = (512, 256)
"""Widths of perceptrons for images of up to WIDE_IMAGE values."""
WIDE_IMAGE = 4096


def hidden_for(image_shape: Sequence[int]) -> tuple[int, ...]:
    """Widths of perceptrons for images of a size: half of HIDDEN for four times the values.

    Nearly all weights lie between the image and the first of them. So they stay within some three million up
    to 64 x 64 in colour and six million up to 128 x 128, instead of 6 and 25, which would have to be loaded
    and read anew for every image that is decoded.

    Args:
        image_shape: (h, w, c).

    Returns:
        From the image inwards.
    """
    halvings, values = 0, math.prod(image_shape)
    while values > WIDE_IMAGE:
        halvings, values = halvings + 1, values / 4
    return tuple(width >> halvings for width in HIDDEN)


def hidden_option() -> Any:
    """The option `hidden` of every variant that is made of perceptrons."""
    return option(
        HIDDEN,
        "widths of the hidden layers, from the image inwards",
        minimum=1,
        maximum=8192,
        sized=hidden_for,
    )


@dataclass(frozen=True)
class ConvPlan:
    """The sizes of a convolutional autoencoder, which halves both sides once per entry of `channels`.

    Attributes:
        image_shape: (c, h, w); odd sides are padded with zeros, and cropped again after decoding.
        channels: feature maps after each halving, from the image inwards.
        form: "strided" (strided and transposed convolutions) or "pooled" (max-pooling, upsampling).
        dense: widths of the dense layers between the feature maps and the code, from the image inwards;
            None where the code is itself small feature maps.
    """

    image_shape: tuple[int, ...]
    channels: tuple[int, ...]
    form: str
    dense: tuple[int, ...] | None

    def __post_init__(self) -> None:
        """See that there is a halving at all, and none of a single pixel, which padding would blow up."""
        most = max(1, math.ceil(math.log2(max(self.image_shape[1:]))))
        if not 1 <= len(self.channels) <= most:
            sides = " x ".join(map(str, self.image_shape[1:]))
            raise BadValue(
                "channels", list(self.channels), f"1 to {most} numbers: an image has {sides} pixels"
            )

    @property
    def padded(self) -> tuple[int, int]:
        """Height and width that halve evenly."""
        unit = 2 ** len(self.channels)
        return math.ceil(self.image_shape[1] / unit) * unit, math.ceil(self.image_shape[2] / unit) * unit

    @property
    def innermost(self) -> tuple[int, int]:
        """Height and width after the last halving."""
        unit = 2 ** len(self.channels)
        return self.padded[0] // unit, self.padded[1] // unit

    def maps(self, latent_dim: int) -> int:
        """Feature maps of a code that keeps its places.

        Args:
            latent_dim: numbers in the whole code.

        Returns:
            How many maps of the innermost size it has.

        Raises:
            BadValue: if the code does not fill whole maps.
        """
        places = math.prod(self.innermost)
        if latent_dim % places:
            shape = " x ".join(map(str, self.innermost))
            raise BadValue("latent_dim", latent_dim, f"a multiple of {places}: the feature map is {shape}")
        return latent_dim // places

    def padding(self) -> list[nn.Module]:
        """Zeros around an image whose sides do not halve evenly; nothing otherwise."""
        (_, height, width), (padded_height, padded_width) = self.image_shape, self.padded
        top, left = (padded_height - height) // 2, (padded_width - width) // 2
        sides = (left, padded_width - width - left, top, padded_height - height - top)
        return [nn.ZeroPad2d(sides)] if any(sides) else []


def conv_encoder(plan: ConvPlan, outputs: int) -> nn.Sequential:
    """Images to numbers through convolutions: (batch, c, h, w) to (batch, outputs).

    Args:
        plan: sizes.
        outputs: how many numbers an image becomes.

    Returns:
        The network.
    """
    layers = plan.padding()
    for inputs, maps in pairwise((plan.image_shape[0], *plan.channels)):
        if plan.form == "strided":
            layers += [nn.Conv2d(inputs, maps, 3, stride=2, padding=1), nn.ReLU()]
        else:
            layers += [nn.Conv2d(inputs, maps, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    if plan.dense is not None:
        flat = plan.channels[-1] * math.prod(plan.innermost)
        layers += [nn.Flatten(), *mlp([flat, *plan.dense, outputs], bottleneck=-1)]
    else:
        layers += [BottleneckConv2d(plan.channels[-1], plan.maps(outputs), 3, padding=1), nn.Flatten()]
    return nn.Sequential(*layers)


def conv_decoder(plan: ConvPlan, latent_dim: int) -> nn.Sequential:
    """Latent codes to pixel log-odds through convolutions, the encoder's mirror.

    Args:
        plan: sizes.
        latent_dim: numbers in a latent code.

    Returns:
        The network, (batch, latent_dim) to (batch, c, h, w).
    """
    innermost, inwards = plan.innermost, plan.channels[-1]
    if plan.dense is not None:
        layers = mlp([latent_dim, *reversed(plan.dense), inwards * math.prod(innermost)], bottleneck=0)
        layers += [nn.ReLU(), nn.Unflatten(1, (inwards, *innermost))]
    else:
        maps = plan.maps(latent_dim)
        inner = BottleneckConv2d(maps, inwards, 3, padding=1)
        layers = [nn.Unflatten(1, (maps, *innermost)), inner, nn.ReLU()]
    for inputs, maps in pairwise((*reversed(plan.channels), plan.image_shape[0])):
        if plan.form == "strided":
            layers += [nn.ConvTranspose2d(inputs, maps, 4, stride=2, padding=1), nn.ReLU()]
        else:
            layers += [nn.Upsample(scale_factor=2), nn.Conv2d(inputs, maps, 3, padding=1), nn.ReLU()]
    crop = [Crop(*plan.image_shape[1:])] if plan.padding() else []
    return nn.Sequential(*layers[:-1], *crop)


def lstm_decoder(image_shape: Sequence[int], hidden: int, latent_dim: int) -> nn.Sequential:
    """Latent codes to pixel log-odds, one row of the image per step of an LSTM.

    Args:
        image_shape: (c, h, w).
        hidden: width of the LSTM's state.
        latent_dim: numbers in a latent code; the code is the input of every step.

    Returns:
        The network, (batch, latent_dim) to (batch, c, h, w).

    Source: Srivastava et al. 2015, the unconditioned decoder.
    """
    channels, height, width = image_shape
    return nn.Sequential(
        BottleneckLinear(latent_dim, hidden),
        nn.Tanh(),
        Repeat(height),
        RowLSTM(hidden, hidden),
        nn.Linear(hidden, channels * width),
        RowsToImage(channels, width),
    )
