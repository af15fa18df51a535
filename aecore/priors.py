"""Priors p(z) that latent codes can be held to, and samples of them."""

import numpy as np

from aecore.errors import BadValue, UnknownName

NAMES = ("standard_normal", "gaussian_mixture", "swiss_roll")

PETALS = 10
PETAL_CENTRE, PETAL_LENGTH, PETAL_WIDTH = 2.0, 0.5, 0.15
"""Distance of a petal's centre from the origin; its standard deviation along and across the radius."""

ROLL_TURNS, ROLL_RADIUS, ROLL_THICKNESS = 2, 3.0, 0.1
"""The last is the standard deviation across the roll: a curve without thickness has no density."""


def check(prior: str, latent_dim: int) -> None:
    """Raise unless a prior exists in so many latent dimensions: all but N(0, I) are made for two."""
    if prior not in NAMES:
        raise UnknownName("prior", prior, NAMES)
    if prior != "standard_normal" and latent_dim != 2:
        raise BadValue("prior", prior, "standard_normal unless the latent dimension is 2")


def sample(prior: str, count: int, latent_dim: int, rng: np.random.Generator) -> np.ndarray:
    """Independent samples of a prior; each coordinate's standard deviation lies between 1 and 1.6.

    Args:
        prior: one of `NAMES`. "gaussian_mixture" is ten long Gaussians like petals round the origin,
            "swiss_roll" two turns of a spiral, evenly filled.
        count: number of samples.
        latent_dim: numbers in a code; 2 unless the prior is "standard_normal".
        rng: where the randomness comes from.

    Returns:
        Latent codes, float32 (count, latent_dim).

    Raises:
        UnknownName: for a prior that is not in `NAMES`.
        BadValue: for a prior that does not exist in so many dimensions.

    Source: the shapes of Makhzani et al. 2015, figure 4; the scales are our own.
    """
    check(prior, latent_dim)
    if prior == "gaussian_mixture":
        return _petals(count, rng)
    if prior == "swiss_roll":
        return _roll(count, rng)
    return rng.standard_normal((count, latent_dim)).astype(np.float32)


def _petals(count: int, rng: np.random.Generator) -> np.ndarray:
    angle = rng.integers(0, PETALS, count) * (2 * np.pi / PETALS)
    along = PETAL_CENTRE + PETAL_LENGTH * rng.standard_normal(count)
    across = PETAL_WIDTH * rng.standard_normal(count)
    x = along * np.cos(angle) - across * np.sin(angle)
    y = along * np.sin(angle) + across * np.cos(angle)
    return np.stack([x, y], axis=1).astype(np.float32)


def _roll(count: int, rng: np.random.Generator) -> np.ndarray:
    way = np.sqrt(rng.random(count))  # the roll grows longer with its radius: evenly filled along it
    angle, radius = 2 * np.pi * ROLL_TURNS * way, ROLL_RADIUS * way
    roll = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return (roll + ROLL_THICKNESS * rng.standard_normal((count, 2))).astype(np.float32)
