"""Modules that PyTorch does not have; each is a layer that the browser's decoder can run too."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class BottleneckLinear(nn.Linear):
    """A linear layer beside the latent code, always in float32: training may round, a code must not."""

    def forward(self, input: Tensor) -> Tensor:
        """Outputs (batch, out) of values (batch, in), outside any autocast."""
        with torch.autocast(input.device.type, enabled=False):
            return super().forward(input.float())


class BottleneckConv2d(nn.Conv2d):
    """A convolution beside a latent code of feature maps, always in float32, as BottleneckLinear is."""

    def forward(self, input: Tensor) -> Tensor:
        """Feature maps of feature maps, outside any autocast."""
        with torch.autocast(input.device.type, enabled=False):
            return super().forward(input.float())


class Condition(nn.Module):
    """Marks where a decoder is given a class: in front of its first layer, beside the latent code.

    In PyTorch the decoder is called with the class already appended, so nothing happens here; the
    browser, which is given a code and a class, appends the one-hot class at this mark.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def forward(self, values: Tensor) -> Tensor:
        """The values (batch, latent_dim + classes) as they are: a code and a one-hot class."""
        return values

    def extra_repr(self) -> str:
        """The number of classes."""
        return f"classes={self.classes}"


class Crop(nn.Module):
    """The middle of an image: what is left over is cut off on all sides alike."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height = height
        self.width = width

    def forward(self, images: Tensor) -> Tensor:
        """Images (batch, c, H, W) to (batch, c, height, width); an odd rest goes off the end."""
        top = (images.shape[2] - self.height) // 2
        left = (images.shape[3] - self.width) // 2
        return images[:, :, top : top + self.height, left : left + self.width]

    def extra_repr(self) -> str:
        """The height and the width."""
        return f"height={self.height}, width={self.width}"


class Repeat(nn.Module):
    """The same values at every step of a sequence."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def forward(self, values: Tensor) -> Tensor:
        """Values (batch, d) to (batch, times, d)."""
        return values[:, None, :].expand(-1, self.times, -1)

    def extra_repr(self) -> str:
        """The number of steps."""
        return f"times={self.times}"


class RowLSTM(nn.Module):
    """An LSTM over the rows of an image, in float32: rounding would add up from row to row."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, rows: Tensor) -> Tensor:
        """Rows (batch, t, inputs) to the output at every row (batch, t, hidden), outside any autocast."""
        with torch.autocast(rows.device.type, enabled=False):
            outputs, _ = self.lstm(rows.float())
        return outputs


class RowsToImage(nn.Module):
    """Rows of numbers put together to an image; within a row the channels follow one another."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.channels = channels
        self.width = width

    def forward(self, rows: Tensor) -> Tensor:
        """Rows (batch, h, channels * width) to images (batch, channels, h, width)."""
        return rows.unflatten(2, (self.channels, self.width)).transpose(1, 2)

    def extra_repr(self) -> str:
        """The channels and the width."""
        return f"channels={self.channels}, width={self.width}"


class ImageToRows(nn.Module):
    """An image as a sequence of its rows; within a row the channels follow one another."""

    def forward(self, images: Tensor) -> Tensor:
        """Images (batch, c, h, w) to rows (batch, h, c * w)."""
        return images.transpose(1, 2).flatten(2)


class Permute(nn.Module):
    """The axes of an image in another order."""

    def __init__(self, order: Sequence[int]) -> None:
        super().__init__()
        self.order = tuple(order)

    def forward(self, values: Tensor) -> Tensor:
        """Values (batch, ...) with the axes behind the first as `order` has them, counted from 0."""
        return values.permute(0, *(axis + 1 for axis in self.order))

    def extra_repr(self) -> str:
        """The order."""
        return f"order={list(self.order)}"


class LastRow(nn.Module):
    """What a sequence ends with."""

    def forward(self, rows: Tensor) -> Tensor:
        """Rows (batch, t, d) to the last one (batch, d)."""
        return rows[:, -1]


class First(nn.Module):
    """The first numbers of an encoder's output, where more follow that are no part of the code."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, values: Tensor) -> Tensor:
        """Values (batch, d) to (batch, count)."""
        return values[:, : self.count]

    def extra_repr(self) -> str:
        """How many."""
        return f"count={self.count}"


class TopK(nn.Module):
    """The largest numbers of each code as they are, and 0 for the others."""

    def __init__(self, kept: int) -> None:
        super().__init__()
        self.kept = kept

    def forward(self, values: Tensor) -> Tensor:
        """Values (batch, d) to the same shape."""
        found, places = values.topk(self.kept, dim=1)
        return torch.zeros_like(values).scatter(1, places, found)

    def extra_repr(self) -> str:
        """How many are kept."""
        return f"kept={self.kept}"


class OwnClass(nn.Module):
    """A code and log-odds of classes as a decoder takes them: the code, and the likeliest class one-hot."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim

    def forward(self, values: Tensor) -> Tensor:
        """Values (batch, latent_dim + classes) to the same shape."""
        codes, logits = values[:, : self.latent_dim], values[:, self.latent_dim :]
        chosen = nn.functional.one_hot(logits.argmax(1), logits.shape[1])
        return torch.cat([codes, chosen.to(codes.dtype)], 1)

    def extra_repr(self) -> str:
        """The numbers in a code."""
        return f"latent_dim={self.latent_dim}"
