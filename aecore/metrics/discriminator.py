"""The loss of a model's own discriminators, and what it can mean at best."""

import math
from collections.abc import Mapping

from aecore.metrics import DEVIATION, Metric

ORDER = 10


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


GUESSES = "At 2 ln 2 = 1.386 the discriminator that the model was trained against guesses"
WORDS = {
    "discriminator": (
        "Loss of its own discriminator",
        f"{GUESSES}; far below, it tells codes from the prior. A weak discriminator guesses too: the "
        "two-sample test asks a new one.",
    ),
    "style_discriminator": (
        "Loss of its own style discriminator",
        f"{GUESSES} whether a style is of a code or of its prior; far below, it tells them apart. A weak "
        "one guesses too.",
    ),
    "class_discriminator": (
        "Loss of its own class discriminator",
        f"{GUESSES} whether a class is of a code or drawn at random; far below, it tells them apart. A weak "
        "one guesses too.",
    ),
}
METRICS = {
    f"{name}_loss": Metric(
        title,
        "nats",
        "near 1.386",
        sentence,
        group="coverage of the prior",
        needs=(name,),
        compute=lambda context, name=name: context.terms[name],
        formula=r"-\mathbb{E}\,\log D(z_\mathrm{prior}) - \mathbb{E}\,\log\bigl(1 - D(z_\mathrm{code})\bigr)",
        range="0 and more",
        measured="The mean over the test images with the discriminator as it was at the end of the training. "
        "It speaks of that discriminator, which may be weak or behind. By Fano's inequality the best one of "
        "loss L has at least the error e with -e ln e - (1 - e) ln(1 - e) = L / 2: one of 1.333 is right at "
        "most 61 % of the time. Where the two-sample test is right more often, by more than two deviations "
        "of chance, the page says so, and the test is to be believed.",
        source="Goodfellow et al. 2014; Makhzani et al. 2015.",
    )
    for name, (title, sentence) in WORDS.items()
}
