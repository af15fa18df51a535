"""Priors p(z) that latent codes can be held to: samples of them, and their densities."""

import numpy as np

from aecore.errors import BadValue, UnknownName

NAMES = ("standard_normal", "gaussian_mixture", "swiss_roll")

PETALS = 10
PETAL_CENTRE, PETAL_LENGTH, PETAL_WIDTH = 2.0, 0.5, 0.15
"""Distance of a petal's centre from the origin; its standard deviation along and across the radius."""

ROLL_TURNS, ROLL_RADIUS, ROLL_THICKNESS = 2, 3.0, 0.1
"""The last is the standard deviation across the roll: a curve without thickness has no density."""
ROLL_PLACES = 800
"""Places along the roll, which is some 19 long, that its density is summed over."""


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


def density(prior: str, codes: np.ndarray, blur: float = 0.0) -> np.ndarray:
    """Density of a prior, or of a prior with Gaussian noise added to its samples.

    Args:
        prior: one of `NAMES`.
        codes: where, shape (..., d).
        blur: standard deviation of the noise in each dimension; what an estimate of the density by a
            Gaussian kernel of that bandwidth tends to, so that both can be compared.

    Returns:
        Per unit of latent volume, float64 (...).

    Raises:
        UnknownName: for a prior that is not in `NAMES`.
        BadValue: for a prior that does not exist in so many dimensions.
    """
    codes = np.asarray(codes, np.float64)
    check(prior, codes.shape[-1])
    if prior == "standard_normal":
        return _normal(np.square(codes).sum(-1), 1 + blur**2, codes.shape[-1])
    if prior == "gaussian_mixture":
        return _petals_density(codes, blur**2)
    return _roll_density(codes, ROLL_THICKNESS**2 + blur**2)


def spread(prior: str) -> float:
    """Standard deviation of a prior's coordinates round 0, of both alike.

    Args:
        prior: one of `NAMES`.

    Returns:
        The root of half the mean squared length, which is 1 for N(0, I).

    Raises:
        UnknownName: for a prior that is not in `NAMES`.
    """
    if prior not in NAMES:
        raise UnknownName("prior", prior, NAMES)
    if prior == "gaussian_mixture":
        return float(np.sqrt((PETAL_CENTRE**2 + PETAL_LENGTH**2 + PETAL_WIDTH**2) / 2))
    if prior == "swiss_roll":  # the squared radius is even between 0 and its largest
        return float(np.sqrt(ROLL_RADIUS**2 / 4 + ROLL_THICKNESS**2))
    return 1.0


def _normal(squared: np.ndarray, variance: float, dimensions: int) -> np.ndarray:
    return np.exp(-0.5 * squared / variance) / (2 * np.pi * variance) ** (dimensions / 2)


def _petals_density(codes: np.ndarray, added: float) -> np.ndarray:
    total = np.zeros(codes.shape[:-1])
    for angle in np.arange(PETALS) * (2 * np.pi / PETALS):
        along = codes[..., 0] * np.cos(angle) + codes[..., 1] * np.sin(angle) - PETAL_CENTRE
        across = codes[..., 1] * np.cos(angle) - codes[..., 0] * np.sin(angle)
        total += _normal(along**2, PETAL_LENGTH**2 + added, 1) * _normal(across**2, PETAL_WIDTH**2 + added, 1)
    return total / PETALS


def _roll_density(codes: np.ndarray, variance: float) -> np.ndarray:
    """The mean over evenly filled places along the roll, closer together than it is thick."""
    way = np.sqrt((np.arange(ROLL_PLACES) + 0.5) / ROLL_PLACES)
    angle, radius = 2 * np.pi * ROLL_TURNS * way, ROLL_RADIUS * way
    total = np.zeros(codes.shape[:-1])
    for x, y in zip(radius * np.cos(angle), radius * np.sin(angle), strict=True):
        total += np.exp(-0.5 * (np.square(codes[..., 0] - x) + np.square(codes[..., 1] - y)) / variance)
    return total / (ROLL_PLACES * 2 * np.pi * variance)


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
