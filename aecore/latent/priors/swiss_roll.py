"""Two turns of a spiral, evenly filled (the shape of Makhzani et al. 2015, figure 4; its scales are ours)."""

import numpy as np

from aecore.latent.priors import Prior

ROLL_TURNS, ROLL_RADIUS, ROLL_THICKNESS = 2, 3.0, 0.1
"""The last is the standard deviation across the roll: a curve without thickness has no density."""
ROLL_PLACES = 800
"""Places along the roll, which is some 19 long, that its density is summed over."""


def sample(count: int, latent_dim: int, rng: np.random.Generator) -> np.ndarray:
    """Places along the roll, and how far from it."""
    way = np.sqrt(rng.random(count))  # the roll grows longer with its radius: evenly filled along it
    angle, radius = 2 * np.pi * ROLL_TURNS * way, ROLL_RADIUS * way
    roll = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return roll + ROLL_THICKNESS * rng.standard_normal((count, 2))


def density(codes: np.ndarray, variance: float) -> np.ndarray:
    """The mean over evenly filled places along the roll, closer together than it is thick."""
    way = np.sqrt((np.arange(ROLL_PLACES) + 0.5) / ROLL_PLACES)
    angle, radius = 2 * np.pi * ROLL_TURNS * way, ROLL_RADIUS * way
    total, variance = np.zeros(codes.shape[:-1]), ROLL_THICKNESS**2 + variance
    for x, y in zip(radius * np.cos(angle), radius * np.sin(angle), strict=True):
        total += np.exp(-0.5 * (np.square(codes[..., 0] - x) + np.square(codes[..., 1] - y)) / variance)
    return total / (ROLL_PLACES * 2 * np.pi * variance)


PRIOR = Prior(
    title="a swiss roll",
    formula=r"p(z) = \int_0^1 \mathcal{N}\bigl(z; \; 3 \sqrt{s} \, (\cos 4 \pi \sqrt{s}, "
    r"\sin 4 \pi \sqrt{s}), \; 0.1^2 I\bigr) \, ds",
    # The squared radius is even between 0 and its largest.
    spread=float(np.sqrt(ROLL_RADIUS**2 / 4 + ROLL_THICKNESS**2)),
    sample=sample,
    density=density,
    latent_dim=2,
)
