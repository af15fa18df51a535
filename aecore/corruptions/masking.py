"""Masking noise: missing pixels (Vincent et al. 2010, section 3.3)."""

from typing import Any

from aecore.corruptions import Corruption, Draws


def mask(pixels: Any, level: Any, draws: Draws) -> Any:
    """0 where uniform < level."""
    return pixels * (draws.uniform >= level)


CORRUPTION = Corruption(
    title="Masking, random pixels",
    sentence="Random pixels become black.",
    order=3,
    level="share of pixels set to 0",
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    reference=0.5,
    draws=("uniform",),
    formula=mask,
    takes_tensors=True,
)
