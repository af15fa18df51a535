"""Coverage and density: how far neighbours reach between codes and samples of the prior."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aecore.metrics import Metric, with_twin

if TYPE_CHECKING:
    from aecore.metrics._context import MetricContext


ORDER = 7
NEAREST = 5
WIDEST = 8
"""Up to so many dimensions neighbours tell how codes fill the prior. Beyond, all samples of the prior lie far
out and far apart, so that the balls round them hold its empty middle: at 32 dimensions codes of half its
width would cover more of it than a sample of it does."""


def density_coverage(codes: np.ndarray, prior: np.ndarray) -> tuple[float, float]:
    """Coverage and density of the prior by the codes, with balls that reach the 5th nearest neighbour.

    Args:
        codes: shape (n, d).
        prior: samples of the prior, shape (m, d), m at least 2. Round each lies a ball as wide as the
            way to its 5th nearest neighbour among them (all of them where m is under 6).

    Returns:
        Coverage: share of the balls that hold a code. Density: the mean number of balls round a code,
        divided by 5; around 1 for codes from the prior, more where codes crowd where the prior is dense.

    Source: Naeem et al. 2020, with the prior as real and the codes as fake.
    """
    from scipy.spatial import cKDTree  # here: it takes a moment to import

    k = min(NEAREST, len(prior) - 1)
    radii = cKDTree(prior).query(prior, k + 1)[0][:, k]  # the nearest is the sample itself
    held = cKDTree(codes).query_ball_point(prior, radii, return_length=True)
    return float((held > 0).mean()), float(held.sum() / (k * len(codes)))


class Filling(NamedTuple):
    """Coverage of the prior and of the codes, 0 to 1, and density of the codes in the prior, at least 0."""

    prior: float
    codes: float
    density: float


def _filled(context: "MetricContext", ending: str) -> Filling:
    """Coverage in both directions, and density."""

    def work() -> Filling:
        codes, prior = context.against(ending)
        (covered, density), (reached, _) = density_coverage(codes, prior), density_coverage(prior, codes)
        return Filling(covered, reached, density)

    return context.once(f"filling{ending}", work)


def undefined(latent_dim: int, prior: str | None) -> str:
    """Why neighbours tell nothing of a model, in a few words; empty where they do."""
    if latent_dim <= WIDEST:
        return ""
    return f"not meaningful above {WIDEST} dimensions: see the two-sample test"


METRICS = {
    **with_twin(
        "prior_coverage",
        Metric(
            "Prior covered",
            "share of prior samples",
            "higher",
            "Share of samples of the prior that have a code nearer than their own fifth neighbour: "
            "how much of the prior the codes reach. Two samples of the prior score the null, below "
            "1.",
            group="coverage of the prior",
            floors=("prior_coverage_null",),
            undefined=undefined,
            formula=r"\frac{1}{n}\sum_i \mathbf{1}\bigl[\exists j : z_j \in B(y_i, r_i)\bigr]",
            range="0 to 1",
            measured=(
                "y: samples of the prior; r: the distance of each to its k-th nearest among them, k = "
                f"{NEAREST}. The null is below 1, since a ball may miss even a sample of the prior. Up to "
                f"{WIDEST} dimensions: beyond, the balls round samples of the prior, which lie far out "
                "and far apart, hold its empty middle, and at 32 dimensions codes of half its width "
                "would score above the null. The two-sample test stands in its place."
            ),
            source=(
                "Naeem et al. 2020, with the prior as real and the codes as fake; the definition of the "
                "package prdc."
            ),
        ),
        compute=lambda context, ending: _filled(context, ending).prior,
        title="Prior covered, whitened",
        sentence=(
            "The same share after codes and prior are brought to mean 0 and covariance I: how much "
            "of the prior the codes would reach at its own place and scale."
        ),
    ),
    **with_twin(
        "code_coverage",
        Metric(
            "Codes covered",
            "share of codes",
            "higher",
            "Share of codes that have a sample of the prior nearer than their own fifth neighbour: "
            "how many of the codes the prior reaches. Read with the share of the prior that is "
            "covered.",
            group="coverage of the prior",
            floors=("code_coverage_null",),
            undefined=undefined,
            formula=r"\frac{1}{n}\sum_j \mathbf{1}\bigl[\exists i : y_i \in B(z_j, r_j)\bigr]",
            range="0 to 1",
            measured=(
                f"Prior covered with codes and prior exchanged, k = {NEAREST}, up to {WIDEST} dimensions. "
                "The pair is read together, as recall and precision are: codes of half the prior's width "
                "reach little of it in few dimensions, and in more dimensions the prior reaches few of "
                "them."
            ),
            source="Naeem et al. 2020, with the codes as real and the prior as fake.",
        ),
        compute=lambda context, ending: _filled(context, ending).codes,
        title="Codes covered, whitened",
        sentence=(
            "The same share after codes and prior are brought to mean 0 and covariance I: how many "
            "of the codes the prior would reach at its own place, scale and tilt."
        ),
    ),
    **with_twin(
        "prior_density",
        Metric(
            "Density in the prior",
            "relative to the prior",
            "near 1",
            "How densely the prior's samples stand round a code, about 1 for codes drawn from the "
            "prior: less where codes lie outside it, more where they crowd in its middle.",
            group="coverage of the prior",
            floors=("prior_density_null",),
            undefined=undefined,
            formula=r"\frac{1}{kn}\sum_j \sum_i \mathbf{1}\bigl[z_j \in B(y_i, r_i)\bigr]",
            range="0 and more; codes that crowd where the prior is dense pass 1",
            measured=f"The same balls, k = {NEAREST}, up to {WIDEST} dimensions.",
            source="Naeem et al. 2020; the definition of the package prdc.",
        ),
        compute=lambda context, ending: _filled(context, ending).density,
        title="Density in the prior, whitened",
        sentence=(
            "The same density after codes and prior are brought to mean 0 and covariance I: what is "
            "left is how unevenly the codes lie, without place, scale and tilt."
        ),
    ),
}
