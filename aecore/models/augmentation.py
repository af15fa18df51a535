"""Images moved at random in training, so that a few of them say more."""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F


def move(images: Tensor, most: int, generator: Generator) -> Tensor:
    """Images moved by whole pixels, each by its own, with zeros where nothing was.

    Args:
        images: pixels, shape (batch, c, h, w).
        most: the farthest in each direction; 0 leaves the images as they are.
        generator: where the moves come from.

    Returns:
        Moved pixels, same shape.
    """
    if not most:
        return images
    count, _, height, width = images.shape
    device = images.device
    down, right = torch.randint(2 * most + 1, (2, count, 1, 1), generator=generator, device=device)
    rows = torch.arange(height, device=device).view(1, -1, 1) + down
    columns = torch.arange(width, device=device).view(1, 1, -1) + right
    padded = F.pad(images, (most, most, most, most))
    which = torch.arange(count, device=device).view(-1, 1, 1)
    return padded[which, :, rows, columns].permute(0, 3, 1, 2)
