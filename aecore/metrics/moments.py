"""Moments: where the codes lie, and how widely."""

import numpy as np

from aecore.latent import priors
from aecore.metrics import Metric

ORDER = 4
SMALLEST_VARIANCE = 1e-8
"""A direction in which the codes vary less counts as this, so that a dead unit costs 9 nats, not infinity."""


def gaussian_kl(codes: np.ndarray) -> float:
    """KL divergence from the Gaussian fitted to the codes to the prior N(0, I), in nats.

    Args:
        codes: shape (n, d).

    Returns:
        (tr S + |m|^2 - d - log det S) / 2 with the codes' mean m and covariance S (divided by n). Never
        negative, finite (variances under 1e-8 count as that), and above 0 for a finite sample: about
        d (d + 3) / (4 n), hence the null.
    """
    codes = codes.astype(np.float64)
    centred = codes - codes.mean(0)
    variances = np.linalg.eigvalsh(centred.T @ centred / len(codes))
    variances = np.maximum(variances, SMALLEST_VARIANCE)
    return float(0.5 * ((variances - 1 - np.log(variances)).sum() + np.square(codes.mean(0)).sum()))


def of_standard_normal(latent_dim: int, prior: str | None) -> str:
    """Why a number is not defined that compares with N(0, I) only; empty where it is."""
    return "" if priors.is_standard_normal(prior) else "defined for N(0, I) only"


METRICS = {
    "code_std": Metric(
        "Code spread",
        "standard deviation",
        "",
        "Mean standard deviation of the codes over the latent dimensions; that of N(0, I) is 1.",
        group="coverage of the prior",
        compute=lambda context: context.held_out.std(0).mean(),
        formula=r"\frac{1}{d}\sum_j \mathrm{std}(z_j)",
        range="0 and more",
        measured="The codes held against the prior; N(0, I) has 1.",
    ),
    "code_mean_norm": Metric(
        "Code centre",
        "distance from the origin",
        "",
        "How far the mean of all codes lies from the origin, the centre of N(0, I).",
        group="coverage of the prior",
        compute=lambda context: float(np.linalg.norm(context.held_out.mean(0))),
        formula=r"\bigl\lVert \bar z \bigr\rVert",
        range="0 and more",
        measured="Best 0, the centre of N(0, I).",
    ),
    "gaussian_kl": Metric(
        "KL of the Gaussian fit",
        "nats",
        "lower",
        "KL divergence from the Gaussian with the codes' mean and covariance to N(0, I): how far "
        "place, width and tilt are off. It sees no holes and no clusters.",
        group="coverage of the prior",
        floors=("gaussian_kl_null",),
        compute=lambda context: gaussian_kl(context.held_out),
        undefined=of_standard_normal,
        formula=r"\tfrac12\bigl(\mathrm{tr}\,S + m^\top m - d - \log\det S\bigr)",
        range="0 and more",
        measured=(
            "m and S: mean and covariance of the codes; variances under 1e-8 count as that. Against "
            "N(0, I) only. Its null is d (d + 3) / (4 n) on average."
        ),
    ),
}
