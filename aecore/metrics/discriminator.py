"""What a discriminator's loss can mean at best, to hold it against a classifier trained afresh."""

import math
from collections.abc import Mapping

from aecore.metrics.catalog import DEVIATION


def best_accuracy(loss: float) -> float:
    """The most that a discriminator of such a loss could be right, were it as good as one can be.

    Args:
        loss: of both sides together, as `losses.discriminator_loss` has it, in nats; 2 ln 2 at chance.

    Returns:
        0.5 to 1. The error e of the best classifier is bounded by Fano's inequality: the mean
        cross-entropy per point, loss / 2, is at most -e ln e - (1 - e) ln(1 - e). A classifier that is
        right more often shows that the discriminator is not the best.

    Source: Cover & Thomas 2006, theorem 2.10.1.
    """
    entropy, low, high = min(max(loss / 2, 0.0), math.log(2)), 0.0, 0.5
    for _ in range(60):
        error = (low + high) / 2
        if -error * math.log(error) - (1 - error) * math.log1p(-error) < entropy:
            low = error
        else:
            high = error
    return 1 - (low + high) / 2


def disagreement(numbers: Mapping[str, float], name: str) -> str:
    """What to know of a discriminator's loss that a classifier trained afresh contradicts.

    Args:
        numbers: of the run, by name.
        name: of the loss.

    Returns:
        A sentence; empty where the two agree, where either is missing, and for another number.
    """
    if name not in ("discriminator_loss", "style_discriminator_loss") or name not in numbers:
        return ""
    most, found = best_accuracy(numbers[name]), numbers.get("two_sample_accuracy", 0.0)
    if found <= most + 2 * numbers.get("two_sample_accuracy" + DEVIATION, 0.0):
        return ""
    return (
        f"Misleading here: the best discriminator of this loss is right {most:.0%} of the time, and one "
        f"trained afresh {found:.1%}. The codes do not follow the prior."
    )
