"""How a network that somebody brings reads images and draws them.

That is its axes, the range of the pixels, and what its last layer means. What it takes to lead from a code to
pixels in [0, 1], and from these to a code, is put around its layers.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import nn

from aecore.decoder.layer import MOST_NUMBERS
from aecore.errors import CannotAdopt
from aecore.models.modules import Permute

Layout = Literal["channels_first", "channels_last"]
Output = Literal["values", "log_odds", "signed"]
Pixels = Literal["unit", "signed", "bytes"]
LAYOUTS: tuple[Layout, ...] = ("channels_first", "channels_last")
OUTPUTS: tuple[Output, ...] = ("log_odds", "values", "signed")
PIXELS: tuple[Pixels, ...] = ("unit", "signed", "bytes")
WORDS = {
    "channels_first": "channels first",
    "channels_last": "channels last",
    "values": "values from 0 to 1",
    "log_odds": "log-odds, which a sigmoid turns into values",
    "signed": "values from −1 to 1",
    "unit": "pixels from 0 to 1",
    "bytes": "pixels from 0 to 255",
}
SCALES: dict[str, tuple[float, float]] = {"signed": (2.0, -1.0), "bytes": (255.0, 0.0)}
"""By how much pixels in [0, 1] are multiplied, and what is added, for an encoder that takes others."""
SHAPING = (nn.Unflatten, nn.Flatten, Permute)
NO_FIT = (RuntimeError, ValueError, IndexError, TypeError)
"""What PyTorch raises where a layer does not take what it is given."""
WITHIN = 0.05
"""By how much values may leave 0 to 1 and be taken for values still."""

Image = tuple[int, int, int]


@dataclass(frozen=True)
class Decoding:
    """A decoder with what leads to pixels in [0, 1].

    Attributes:
        modules: from a code to pixels in [0, 1], (c, h, w).
        layout: how the network itself gives an image.
        output: what its last layer gives.
        is_picture: whether the network takes a code as a picture of one pixel.
        image_shape: (h, w, c).
    """

    modules: tuple[nn.Module, ...]
    layout: Layout
    output: Output
    is_picture: bool
    image_shape: Image

    def given(self, codes: np.ndarray) -> np.ndarray:
        """Codes (n, d) as the network itself takes them."""
        return codes[:, :, None, None] if self.is_picture else codes

    def read(self, drawn: np.ndarray) -> np.ndarray:
        """What the network itself gives, as pixels (n, c, h, w) in [0, 1]."""
        height, width, channels = self.image_shape
        if self.layout == "channels_first":
            images = drawn.reshape(-1, channels, height, width)
        else:
            images = drawn.reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
        images = images.astype(np.float64)
        if self.output == "log_odds":
            return 1 / (1 + np.exp(-np.clip(images, -700, 700)))
        return np.clip((images + 1) / 2 if self.output == "signed" else images, 0, 1)


@dataclass(frozen=True)
class Encoding:
    """An encoder with what leads from pixels in [0, 1].

    Attributes:
        modules: from pixels in [0, 1], (c, h, w), to a code or to means and log-variances.
        layout: how the network itself takes an image.
        pixels: their range.
        is_flat: whether it takes all of an image in a row.
    """

    modules: tuple[nn.Module, ...]
    layout: Layout
    pixels: Pixels
    is_flat: bool

    def given(self, images: np.ndarray) -> np.ndarray:
        """Pixels (n, c, h, w) in [0, 1] as the network itself takes them."""
        factor, summand = SCALES.get(self.pixels, (1.0, 0.0))
        scaled = (images * factor + summand).astype(np.float32)
        if self.layout == "channels_last":
            scaled = scaled.transpose(0, 2, 3, 1)
        return np.ascontiguousarray(scaled.reshape(len(scaled), -1) if self.is_flat else scaled)


def latent_dim_of(layers: Sequence[nn.Module]) -> int | None:
    """The numbers that a decoder takes, by its first layer with weights; None where that is not told."""
    for layer in layers:
        if isinstance(layer, nn.Linear):
            return layer.in_features
        if isinstance(layer, nn.ConvTranspose2d | nn.Conv2d):
            return layer.in_channels
        if isinstance(layer, nn.Unflatten):
            return math.prod(layer.unflattened_size)
    return None


def drawn_shape(layers: Sequence[nn.Module], latent_dim: int) -> tuple[tuple[int, ...], bool] | None:
    """What a decoder gives for a code, and whether it takes that as a picture; None where it takes none."""
    for is_picture in (False, True):
        start = torch.zeros(1, latent_dim, 1, 1) if is_picture else torch.zeros(1, latent_dim)
        if (found := _run(layers, start)) is not None:
            return tuple(found.shape[1:]), is_picture
    return None


def image_shapes(drawn: tuple[int, ...]) -> list[Image]:
    """The shapes (h, w, c) that what a decoder gives can have; squares, if it is flat."""
    if len(drawn) == 3:
        first, last = (drawn[1], drawn[2], drawn[0]), drawn
        return [shape for shape in (first, last) if shape[2] in (1, 3)]
    if len(drawn) == 2:
        return [(*drawn, 1)]
    sides = [(math.isqrt(drawn[0] // channels), channels) for channels in (1, 3)] if len(drawn) == 1 else []
    return [(side, side, channels) for side, channels in sides if side * side * channels == drawn[0]]


def decodings(
    layers: Sequence[nn.Module],
    latent_dim: int,
    image_shape: Image,
    layout: Layout | None = None,
    output: Output | None = None,
) -> Iterator[Decoding]:
    """The ways in which a decoder can be read.

    Args:
        layers: of the network.
        latent_dim: numbers in a code.
        image_shape: (h, w, c).
        layout: how it gives an image, where that is known.
        output: what its last layer gives, where that is known.

    Yields:
        Decoding: each that fits, the likeliest first.
    """
    found = drawn_shape(layers, latent_dim)
    if found is None:
        return
    shape, is_picture = found
    lead = [nn.Unflatten(1, (latent_dim, 1, 1))] if is_picture else []
    body, last = _split(layers)
    for axes in (layout,) if layout else LAYOUTS:
        tail = _tail(shape, image_shape, axes)
        if tail is None:
            continue
        for means in (output,) if output else _outputs(last):
            end = _end(last, means, image_shape[2])
            yield Decoding((*lead, *body, *tail, *end), axes, means, is_picture, image_shape)
        if image_shape[2] == 1 and len(shape) == 1:
            return  # of grey images in a row both are the same


def encodings(
    layers: Sequence[nn.Module],
    latent_dim: int,
    image_shape: Image,
    layout: Layout | None = None,
    pixels: Pixels | None = None,
) -> Iterator[Encoding]:
    """The ways in which an encoder can read images, so that it gives a code, or means and log-variances.

    Args:
        layers: of the network.
        latent_dim: numbers in a code.
        image_shape: (h, w, c).
        layout: how it takes an image, where that is known.
        pixels: their range, where that is known.

    Yields:
        Encoding: each that fits, the likeliest first.
    """
    height, width, channels = image_shape
    for axes in (layout,) if layout else LAYOUTS:
        turned = [Permute((1, 2, 0))] if axes == "channels_last" else []
        for is_flat in (False, True):
            body = [*turned, *([nn.Flatten()] if is_flat else []), *layers]
            made = _run(body, torch.zeros(1, channels, height, width))
            if made is None or made[0].numel() not in (latent_dim, 2 * latent_dim):
                continue
            tail = [nn.Flatten()] if made.ndim > 2 else []
            for extent in (pixels,) if pixels else PIXELS:
                lead = [] if extent == "unit" else [affine(channels, *SCALES[extent])]
                yield Encoding((*lead, *body, *tail), axes, extent, is_flat)
            break


def are_values(drawn: np.ndarray) -> bool:
    """Whether numbers look like pixels from 0 to 1."""
    return bool(drawn.min() >= -WITHIN and drawn.max() <= 1 + WITHIN)


def affine(channels: int, factor: float, summand: float) -> nn.Module:
    """Each channel of an image times a factor, plus a summand: a batch norm whose statistics are 0 and 1."""
    layer = nn.BatchNorm2d(channels, eps=1e-12)
    with torch.no_grad():
        layer.weight.fill_(factor)
        layer.bias.fill_(summand)
    return layer.eval()


@torch.no_grad()
def _run(layers: Sequence[nn.Module], start: torch.Tensor) -> torch.Tensor | None:
    found = start
    try:
        for layer in layers:
            found = layer(found)
            if found.numel() > MOST_NUMBERS:
                break
    except NO_FIT:
        return None
    if found.numel() > MOST_NUMBERS:
        raise CannotAdopt(
            f"a layer gives {found.numel():,} numbers of a single code or image, and at most "
            f"{MOST_NUMBERS:,} are run",
            "Bring a network of smaller images.",
        )
    return found


def _split(layers: Sequence[nn.Module]) -> tuple[list[nn.Module], nn.Module | None]:
    """The layers without the sigmoid that they end in, and the last that computes anything."""
    place = next((k for k in reversed(range(len(layers))) if not isinstance(layers[k], SHAPING)), None)
    if place is None:
        return list(layers), None
    if isinstance(layers[place], nn.Sigmoid):
        return [*layers[:place], *layers[place + 1 :]], layers[place]
    return list(layers), layers[place]


def _outputs(last: nn.Module | None) -> tuple[Output, ...]:
    """What a decoder can give that ends in a layer."""
    if isinstance(last, nn.Hardtanh):
        return ("values",) if last.min_val >= 0 else ("signed",)
    if isinstance(last, nn.Sigmoid | nn.ReLU | nn.Softplus):
        return ("values",)
    return ("signed",) if isinstance(last, nn.Tanh) else OUTPUTS


def _tail(shape: tuple[int, ...], image_shape: Image, layout: Layout) -> list[nn.Module] | None:
    """From what a decoder gives to (c, h, w); None where it gives no such image."""
    height, width, channels = image_shape
    first = layout == "channels_first"
    if shape == ((channels, height, width) if first else (height, width, channels)):
        return [] if first else [Permute((2, 0, 1))]
    if shape == (height, width) and channels == 1 and first:
        return [nn.Unflatten(1, (1, height))]
    if shape == (height * width * channels,):
        if first or channels == 1:
            return [nn.Unflatten(1, (channels, height, width))]
        return [nn.Unflatten(1, (height, width, channels)), Permute((2, 0, 1))]
    return None


def _end(last: nn.Module | None, output: Output, channels: int) -> list[nn.Module]:
    """What makes pixels in [0, 1] of what a decoder gives."""
    if output == "log_odds":
        return [nn.Sigmoid()]
    if output == "values" and isinstance(last, nn.Sigmoid):
        return [nn.Sigmoid()]
    return [*([affine(channels, 0.5, 0.5)] if output == "signed" else []), nn.Hardtanh(0.0, 1.0)]
