"""Cells of equal mass under N(0, I) in two dimensions: which the codes fill, and which are holes."""

import numpy as np

from aecore.metrics import Metric, with_twin
from aecore.metrics.moments import of_standard_normal

ORDER = 6
RINGS, SECTORS = 10, 20
HOLE = 0.25


def cell_shares(codes: np.ndarray) -> np.ndarray:
    """Share of the codes in each of 10 rings by 20 sectors that hold equal mass under N(0, I).

    Args:
        codes: shape (n, 2).

    Returns:
        Shares, shape (10, 20), summing to 1; each is 0.005 under the prior. |z|^2 / 2 is
        exponential, so ring i ends where 1 - exp(-|z|^2 / 2) = (i + 1) / 10.
    """
    mass = -np.expm1(-0.5 * np.square(codes.astype(np.float64)).sum(1))
    turn = np.arctan2(codes[:, 1], codes[:, 0]) / (2 * np.pi) % 1.0
    ring = np.minimum((mass * RINGS).astype(int), RINGS - 1)
    sector = np.minimum((turn * SECTORS).astype(int), SECTORS - 1)
    counts = np.bincount(ring * SECTORS + sector, minlength=RINGS * SECTORS)
    return counts.reshape(RINGS, SECTORS) / len(codes)


def are_shares(shares: np.ndarray) -> bool:
    """Whether an array that is read can be what `cell_shares` gives."""
    is_like = shares.dtype == np.float64 and shares.shape == (RINGS, SECTORS)
    return is_like and bool((shares >= 0).all()) and abs(shares.sum() - 1) < 1e-6


def total_variation(codes: np.ndarray) -> float:
    """Share of the codes that would have to move for every cell of `cell_shares` to be full.

    Args:
        codes: shape (n, 2).

    Returns:
        0 (even) to 1; a finite sample of the prior is above 0, hence the null.
    """
    return variation_of(cell_shares(codes))


def hole_share(codes: np.ndarray) -> float:
    """Share of the cells of `cell_shares` that hold under a quarter of their mass.

    Args:
        codes: shape (n, 2).

    Returns:
        0 to 1.
    """
    return holes_of(cell_shares(codes))


def empty_share(codes: np.ndarray) -> float:
    """Share of the cells of `cell_shares` that hold none of the codes, shape (n, 2)."""
    return empty_of(cell_shares(codes))


def variation_of(shares: np.ndarray) -> float:
    """`total_variation` of the shares of codes in cells of equal mass."""
    return float(0.5 * np.abs(shares - 1 / shares.size).sum())


def holes_of(shares: np.ndarray) -> float:
    """`hole_share` of the shares of codes in cells of equal mass."""
    return float((shares < HOLE / shares.size).mean())


def empty_of(shares: np.ndarray) -> float:
    """`empty_share` of the shares of codes in cells of equal mass."""
    return float((shares == 0).mean())


def empty_by_chance(count: int) -> float:
    """Share of the 200 cells that so many codes of the prior leave empty on average: (1 - 1/200)^n."""
    return (1 - 1 / (RINGS * SECTORS)) ** count


def undefined(latent_dim: int, prior: str | None) -> str:
    """Why a model has no such cells, in a few words; empty where it has."""
    if latent_dim > 2:
        beyond = "not defined beyond 2 dimensions"
    else:
        beyond = "" if latent_dim == 2 else "not defined in 1 dimension"
    return of_standard_normal(latent_dim, prior) or beyond


METRICS = {
    **with_twin(
        "total_variation",
        Metric(
            "Total variation, 200 cells",
            "share of codes",
            "lower",
            "The prior is cut into 200 cells of equal mass: share of the codes that would have to "
            "move for every cell to hold its due. A sample of the prior scores the null.",
            group="coverage of the prior",
            floors=("total_variation_null",),
            undefined=undefined,
            formula=r"\tfrac12 \sum_{c=1}^{200} \bigl| s_c - \tfrac{1}{200} \bigr|",
            range="0 to 1",
            measured=(
                f"s: share of the codes in each of {RINGS} rings by {SECTORS} sectors of equal mass under "
                "N(0, I); two latent dimensions only."
            ),
        ),
        compute=lambda context, ending: total_variation(context.against(ending)[0]),
        title="Total variation, whitened",
        sentence=(
            "The same share after the codes are brought to mean 0 and covariance I: what is left is "
            "the shape, without place, scale and tilt."
        ),
    ),
    **with_twin(
        "hole_share",
        Metric(
            "Hole cells",
            "share of 200 cells",
            "lower",
            "Share of the prior's 200 equal cells that hold under a quarter of the test codes due "
            "there: places the prior samples from and hardly an image is encoded to.",
            group="coverage of the prior",
            floors=("hole_share_null",),
            undefined=undefined,
            formula=r"\frac{1}{200}\,\#\bigl\{c : s_c < \tfrac14 \cdot \tfrac{1}{200}\bigr\}",
            range="0 to 1",
            measured="The same cells; two latent dimensions only.",
        ),
        compute=lambda context, ending: hole_share(context.against(ending)[0]),
        title="Hole cells, whitened",
        sentence=(
            "The same share after the codes are brought to mean 0 and covariance I: holes that no "
            "moving, turning or scaling of the plane closes."
        ),
    ),
    **with_twin(
        "empty_share",
        Metric(
            "Empty cells",
            "share of 200 cells",
            "lower",
            "Share of the prior's 200 equal cells that hold no test code. Few codes leave some empty "
            "by chance: the null.",
            group="coverage of the prior",
            floors=("empty_share_null",),
            undefined=undefined,
            formula=r"\frac{1}{200}\,\#\{c : s_c = 0\}",
            range="0 to 1",
            measured="The same cells; two latent dimensions only.",
        ),
        compute=lambda context, ending: empty_share(context.against(ending)[0]),
        title="Empty cells, whitened",
        sentence=(
            "The same share after the codes are brought to mean 0 and covariance I: cells without a "
            "test code that no moving, turning or scaling of the plane fills."
        ),
    ),
}
