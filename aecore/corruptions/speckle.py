"""Speckle noise: it grows with the pixel, and leaves black black."""

from typing import Any

from aecore.corruptions import Corruption, Draws


def multiply(pixels: Any, level: Any, draws: Draws) -> Any:
    """Image * (1 + level * normal)."""
    return pixels * (1 + level * draws.normal)


CORRUPTION = Corruption(
    title="Speckle",
    sentence="Every pixel is multiplied by a random number, normally distributed round 1: black stays black.",
    order=5,
    level="standard deviation relative to the pixel",
    minimum=0.0,
    maximum=2.0,
    step=0.02,
    reference=0.8,
    draws=("normal",),
    formula=multiply,
    takes_tensors=True,
)
