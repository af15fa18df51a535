"""Gaussian noise (Vincent et al. 2010, section 3.3)."""

from typing import Any

from aecore.corruptions import Corruption, Draws


def add(pixels: Any, level: Any, draws: Draws) -> Any:
    """Image + level * normal."""
    return pixels + level * draws.normal


CORRUPTION = Corruption(
    title="Gaussian",
    sentence="A random number, normally distributed round 0, is added to every pixel.",
    order=1,
    level="standard deviation",
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    reference=0.5,
    draws=("normal",),
    formula=add,
    takes_tensors=True,
)
