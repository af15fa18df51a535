"""Salt-and-pepper noise (Vincent et al. 2010, section 3.3)."""

from typing import Any

from aecore.corruptions import Corruption, Draws


def set_to_ends(pixels: Any, level: Any, draws: Draws) -> Any:
    """1 where uniform < level / 2, 0 where uniform > 1 - level / 2."""
    is_white, is_black = draws.uniform < level / 2, draws.uniform > 1 - level / 2
    return (pixels * ~is_white + is_white) * ~is_black


CORRUPTION = Corruption(
    title="Salt and pepper",
    sentence="Random pixels become white or black, as many of each.",
    order=2,
    level="share of pixels set to 0 or 1",
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    reference=0.3,
    draws=("uniform",),
    formula=set_to_ends,
    takes_tensors=True,
)
