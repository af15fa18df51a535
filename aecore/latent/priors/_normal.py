"""What priors made of Gaussians share."""

import numpy as np


def normal_density(squared: np.ndarray, variance: float, dimensions: int) -> np.ndarray:
    """Density of N(0, variance I) at squared distances from 0, in so many dimensions."""
    return np.exp(-0.5 * squared / variance) / (2 * np.pi * variance) ** (dimensions / 2)
