"""Whitening: codes without their place, scale and tilt."""

import numpy as np

from aecore.latent import priors

ROUNDING = 1e-6
"""A spread under this share of the values is the rounding of float32, not a spread."""


def whitened(codes: np.ndarray, prior: str = priors.STANDARD_NORMAL) -> np.ndarray:
    """Codes with mean 0 and covariance I: what is left is their shape, without place, scale and tilt.

    An encoder and a decoder absorb all three exactly, so without a prior they are nothing that a model has
    learned. Moving, turning, mirroring or scaling the codes as a whole alters nothing.

    Args:
        codes: shape (n, d).
        prior: what they are held against. N(0, I) has no axes of its own, so the columns are the codes'
            principal axes, the widest first, each towards its longer tail; any other prior has, and the
            codes are not turned.

    Returns:
        float64 (n, d); a direction in which the codes never vary is 0.
    """
    mean, axes, widths = principal_axes(codes)
    varies = widths > ROUNDING * np.abs(codes).max(initial=0)
    along = (codes - mean) @ axes * np.where(varies, 1 / np.where(varies, widths, 1), 0)
    if not priors.find(prior).is_isotropic:
        return along @ axes.T
    return along * np.where((along**3).sum(0) < 0, -1, 1)


def as_wide_as(samples: np.ndarray, codes: np.ndarray, prior: str = priors.STANDARD_NORMAL) -> np.ndarray:
    """Samples of a prior moved, widened and turned to the mean and covariance of codes: `whitened` undone.

    Args:
        samples: shape (m, d).
        codes: shape (n, d).
        prior: that the samples are of.

    Returns:
        float32 (m, d).
    """
    mean, axes, widths = principal_axes(codes)
    along = whitened(samples, prior)
    along = along if priors.find(prior).is_isotropic else along @ axes
    return (mean + along * widths @ axes.T).astype(np.float32)


def principal_axes(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (d,), principal axes as columns (d, d), and standard deviations along them (d,), widest first."""
    codes = codes.astype(np.float64)
    mean = codes.mean(0)
    variances, axes = np.linalg.eigh((codes - mean).T @ (codes - mean) / len(codes))
    return mean, axes[:, ::-1], np.sqrt(np.maximum(variances[::-1], 0))
