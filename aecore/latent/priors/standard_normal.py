"""The standard normal N(0, I)."""

import numpy as np

from aecore.latent.priors import Prior
from aecore.latent.priors._normal import normal_density


def sample(count: int, latent_dim: int, rng: np.random.Generator) -> np.ndarray:
    """Independent normal numbers."""
    return rng.standard_normal((count, latent_dim))


def density(codes: np.ndarray, variance: float) -> np.ndarray:
    """N(0, (1 + variance) I)."""
    return normal_density(np.square(codes).sum(-1), 1 + variance, codes.shape[-1])


PRIOR = Prior(
    title="N(0, I)",
    formula=r"p(z) = (2\pi)^{-d/2} \, e^{-\lVert z \rVert^2 / 2}",
    spread=1.0,
    sample=sample,
    density=density,
    is_isotropic=True,
)
