"""Whether a network and the layers that it was described by compute the same, seen by running both."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from aecore.errors import CannotAdopt
from aecore.models.base import Autoencoder

Network = Callable[[np.ndarray], np.ndarray]
"""What somebody brought, at work: float32 (n, ...) to float32 (n, ...)."""
PIXELS_OFF, CODES_OFF = 1e-4, 1e-3
"""By how much pixels may differ, and codes as a share of the largest: float32 adds up in another order."""


def network_of(module: nn.Module) -> Network:
    """A PyTorch module as a function of arrays, with what several outputs give side by side.

    Args:
        module: as it was brought; it is left in the mode it was in.

    Returns:
        The function; it computes on the module's own device.
    """

    @torch.no_grad()
    def run(given: np.ndarray) -> np.ndarray:
        modes = {part: part.training for part in module.modules()}
        module.eval()
        try:
            like = next((p for p in module.parameters()), torch.zeros(1))
            found = module(torch.tensor(given).to(like.device, like.dtype))
        except Exception as error:  # whatever somebody's own code does
            raise CannotAdopt(
                f"the network stops at what its layers take ({type(error).__name__}: {str(error)[:80]})",
                "Bring a torch.nn.Sequential of known layers instead.",
            ) from error
        finally:
            for part, mode in modes.items():
                part.training = mode
        parts = found if isinstance(found, tuple | list) else (found,)
        return torch.cat([part.float().cpu() for part in parts], 1).numpy()

    return run


@torch.no_grad()
def described(modules: Sequence[nn.Module], given: np.ndarray) -> np.ndarray:
    """What layers make of arrays, one after the other."""
    found = torch.tensor(given, dtype=torch.float32)
    for module in modules:
        found = module(found)
    return found.numpy()


def check(found: np.ndarray, expected: np.ndarray, which: str) -> float:
    """See that what the layers give is what the network gives.

    Args:
        found: by the layers.
        expected: by the network, in the same order.
        which: "decoder", whose values are pixels, or "encoder", whose values are codes.

    Returns:
        The largest difference.

    Raises:
        CannotAdopt: if they differ by more than rounding, or a number is none.
    """
    if not np.isfinite(expected).all():
        raise CannotAdopt(f"the {which} gives numbers that are not finite", "Bring one whose weights are.")
    expected = expected.reshape(found.shape) if expected.size == found.size else expected
    if expected.shape != found.shape:
        raise CannotAdopt(
            f"the {which} gives the shape {expected.shape[1:]}, and its layers {found.shape[1:]}",
            "Bring a torch.nn.Sequential of known layers instead.",
        )
    off = float(np.abs(found - expected).max())
    most = PIXELS_OFF if which == "decoder" else CODES_OFF * max(1.0, float(np.abs(expected).max()))
    if not off <= most:
        raise CannotAdopt(
            f"the {which} and the layers that it was described by differ by up to {off:.3g}",
            "Bring a torch.nn.Sequential of known layers, in evaluation mode, instead.",
        )
    return off


def check_replay(model: Autoencoder, replayed: Autoencoder, codes: np.ndarray) -> None:
    """See that a model and the one that is made of its description draw the same.

    Args:
        model: as it is kept.
        replayed: of the records that are kept.
        codes: float32 (n, d).

    Raises:
        CannotAdopt: if they do not.
    """
    given = torch.tensor(codes)
    check(replayed.decode(given).numpy(), model.decode(given).numpy(), "decoder")
