"""Ten long Gaussians like petals round the origin (the shape of Makhzani et al. 2015, figure 4).

The scales are our own: each coordinate's standard deviation lies between 1 and 1.6, as the swiss roll's does.
"""

import numpy as np

from aecore.latent.priors import Prior
from aecore.latent.priors._normal import normal_density

PETALS = 10
PETAL_CENTRE, PETAL_LENGTH, PETAL_WIDTH = 2.0, 0.5, 0.15
"""Distance of a petal's centre from the origin; its standard deviation along and across the radius."""


def sample(count: int, latent_dim: int, rng: np.random.Generator) -> np.ndarray:
    """A petal for each code, and a place in it."""
    angle = rng.integers(0, PETALS, count) * (2 * np.pi / PETALS)
    along = PETAL_CENTRE + PETAL_LENGTH * rng.standard_normal(count)
    across = PETAL_WIDTH * rng.standard_normal(count)
    x = along * np.cos(angle) - across * np.sin(angle)
    y = along * np.sin(angle) + across * np.cos(angle)
    return np.stack([x, y], axis=1)


def density(codes: np.ndarray, variance: float) -> np.ndarray:
    """The mean over the petals."""
    total = np.zeros(codes.shape[:-1])
    for angle in np.arange(PETALS) * (2 * np.pi / PETALS):
        along = codes[..., 0] * np.cos(angle) + codes[..., 1] * np.sin(angle) - PETAL_CENTRE
        across = codes[..., 1] * np.cos(angle) - codes[..., 0] * np.sin(angle)
        lengthwise = normal_density(along**2, PETAL_LENGTH**2 + variance, 1)
        total += lengthwise * normal_density(across**2, PETAL_WIDTH**2 + variance, 1)
    return total / PETALS


PRIOR = Prior(
    title="ten long Gaussians like petals",
    formula=r"p(z) = \frac{1}{10} \sum_{k=1}^{10} \mathcal{N}\bigl(z; \; 2 u_k, \; 0.5^2 u_k u_k^\top + "
    r"0.15^2 v_k v_k^\top\bigr), \quad u_k \perp v_k, \quad \angle u_k = 2 \pi k / 10",
    spread=float(np.sqrt((PETAL_CENTRE**2 + PETAL_LENGTH**2 + PETAL_WIDTH**2) / 2)),
    sample=sample,
    density=density,
    latent_dim=2,
)
