"""Which latent dimensions of a run are worth a look, and which are dead: they say nothing about the image."""

from dataclasses import dataclass

import numpy as np

from aecore.evaluation.collapse import ROUNDING
from aecore.metrics.posterior import ACTIVE


@dataclass(frozen=True)
class Dimensions:
    """The latent dimensions of a run, counted from 0.

    Attributes:
        first: the two that a plane opens on, in order; None where there are no more than two.
        dead: those that do not vary with the image.
        weights: how much each says: its mean KL in nats per image, or, without a posterior, the variance of
            its codes; None where there are no more than two.
        is_kl: whether the weights are KL.
    """

    first: tuple[int, int] | None
    dead: tuple[int, ...]
    weights: tuple[float, ...] | None = None
    is_kl: bool = False


def dimensions(codes: np.ndarray, kl: np.ndarray | None) -> Dimensions:
    """Tell the living dimensions from the dead.

    Args:
        codes: latent codes, of a posterior its means, shape (n, d).
        kl: mean KL from q(z|x) to the prior per dimension, nats, shape (d,); None where a code has no
            posterior.

    Returns:
        The two with the largest KL, else with the largest variance. Dead is, as `active_units` counts
        it, a posterior mean of a variance up to 0.01; without a posterior, what varies by rounding only.
    """
    wide = codes.astype(np.float64)
    variance = wide.var(0)
    least = ACTIVE if kl is not None else (ROUNDING * np.abs(wide).mean(0)) ** 2
    dead = tuple(np.flatnonzero(variance <= least).tolist())
    if codes.shape[1] < 3:
        return Dimensions(None, dead)
    weight = variance if kl is None else np.asarray(kl, np.float64)
    first, second = sorted(np.argsort(-weight, kind="stable")[:2].tolist())
    return Dimensions((first, second), dead, tuple(weight.tolist()), kl is not None)
