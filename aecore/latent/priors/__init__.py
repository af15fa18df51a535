"""Priors p(z) that latent codes can be held to, one file each. A new one is one new file.

A file of this folder offers PRIOR, a `Prior`: what people call it, its samples and its density. N(0, I) alone
has a name here: codes of a model without a prior are held against it, some measures are defined for no other,
and the latent plane draws it as circles, every other prior as a cloud of samples.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore import registry
from aecore.config import is_text
from aecore.errors import BadValue

STANDARD_NORMAL = "standard_normal"


@dataclass(frozen=True, kw_only=True)
class Prior:
    """One distribution of latent codes.

    Attributes:
        title: what people call it, as the end of "the prior, ".
        formula: its density, LaTeX without dollars.
        spread: standard deviation of its coordinates round 0, all alike: the root of the mean squared length
            over the number of dimensions.
        sample: (count, latent dimension, numpy's generator) to codes, shape (count, latent dimension).
        density: (codes float64 (..., d), variance) to the density per unit of latent volume, shape (...), of
            samples to which Gaussian noise of that variance in each dimension was added.
        latent_dim: the only latent dimension that it exists in; None where it exists in any.
        is_isotropic: whether it looks the same from every side, so that codes may be turned before they are
            held against it.
    """

    title: str
    formula: str
    spread: float
    sample: Callable[[int, int, np.random.Generator], np.ndarray]
    density: Callable[[np.ndarray, float], np.ndarray]
    latent_dim: int | None = None
    is_isotropic: bool = False

    def __post_init__(self) -> None:
        """Check what pages and measures rely on."""
        if not is_text(self.title):
            raise BadValue("title of a prior", self.title, "a short line of plain text")
        if not self.spread > 0:
            raise BadValue("spread of a prior", self.spread, "a number above 0")


def names() -> list[str]:
    """The priors there are, by file name, N(0, I) first."""
    return sorted(registry.names(__path__), key=lambda name: (name != STANDARD_NORMAL, name))


def find(name: str) -> Prior:
    """A prior.

    Args:
        name: one of `names()`.

    Returns:
        What its file offers.

    Raises:
        UnknownName: if there is none of that name.
    """
    return registry.load(__name__, __path__, "prior", name).PRIOR


def held_against(prior: str | None) -> str:
    """The prior that codes are held against: a model's own, and N(0, I) where it has none."""
    return prior or STANDARD_NORMAL


def is_standard_normal(prior: str | None) -> bool:
    """Whether codes are held against N(0, I): by their own model, or because it has no prior."""
    return held_against(prior) == STANDARD_NORMAL


def check(prior: str, latent_dim: int) -> None:
    """Raise unless a prior exists in so many latent dimensions."""
    needed = find(prior).latent_dim
    if needed not in (None, latent_dim):
        raise BadValue("prior", prior, f"{STANDARD_NORMAL} unless the latent dimension is {needed}")


def sample(prior: str, count: int, latent_dim: int, rng: np.random.Generator) -> np.ndarray:
    """Independent samples of a prior.

    Args:
        prior: one of `names()`.
        count: number of samples.
        latent_dim: numbers in a code.
        rng: where the randomness comes from.

    Returns:
        Latent codes, float32 (count, latent_dim).

    Raises:
        UnknownName: if there is no such prior.
        BadValue: for a prior that does not exist in so many dimensions.
    """
    check(prior, latent_dim)
    return find(prior).sample(count, latent_dim, rng).astype(np.float32)


def density(prior: str, codes: np.ndarray, blur: float = 0.0) -> np.ndarray:
    """Density of a prior, or of a prior with Gaussian noise added to its samples.

    Args:
        prior: one of `names()`.
        codes: where, shape (..., d).
        blur: standard deviation of the noise in each dimension; what an estimate of the density by a
            Gaussian kernel of that bandwidth tends to, so that both can be compared.

    Returns:
        Per unit of latent volume, float64 (...).

    Raises:
        UnknownName: if there is no such prior.
        BadValue: for a prior that does not exist in so many dimensions.
    """
    codes = np.asarray(codes, np.float64)
    check(prior, codes.shape[-1])
    return find(prior).density(codes, blur**2)


def spread(prior: str) -> float:
    """Standard deviation of a prior's coordinates round 0; see `Prior`."""
    return find(prior).spread
