"""Latent codes to decode: from the prior, from a distribution fitted to codes, and around one code."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from aecore.errors import BadValue, WrongShape
from aecore.latent import priors

FITS = ("gaussian", "mixture")
COMPONENTS = 10
NARROWEST = 0.05
"""A tighter truncation would redraw nearly every sample for ever."""
ROUNDS = 2000
"""So often a sample is drawn again before we say that the prior has none in reach."""
RIDGE = 1e-6
"""Added to the variances of a fitted distribution, so that a dead unit still has a covariance."""
BLOCK = 10_000
"""Real images that are compared at a time."""
SPARE = 8
"""Candidates beyond those wanted: rounding may exchange neighbours, so a few more are measured exactly."""


@dataclass(frozen=True)
class Mixture:
    """Gaussians fitted to codes: weights (k,), means (k, d), and factors (k, d, d) with covariance F F'."""

    weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray


@dataclass(frozen=True)
class Nearest:
    """The nearest images: indices (n, k), nearest first, and their distances (n, k) as RMSE per pixel."""

    indices: np.ndarray
    distances: np.ndarray


def standard_noise(count: int, latent_dim: int, seed: int) -> np.ndarray:
    """Samples of N(0, I), the same for every decoder of a latent dimension.

    Args:
        count: number of samples.
        latent_dim: numbers in a code. Each dimension has a stream of its own, so that a longer code
            begins with the numbers of a shorter one.
        seed: of the draw.

    Returns:
        float32 (count, latent_dim).
    """
    streams = [np.random.default_rng((seed, number)) for number in range(latent_dim)]
    return np.stack([stream.standard_normal(count) for stream in streams], axis=1).astype(np.float32)


def prior_codes(
    prior: str | None,
    count: int,
    latent_dim: int,
    seed: int,
    temperature: float = 1.0,
    truncation: float | None = None,
) -> np.ndarray:
    """Samples of a prior, tempered and truncated.

    Args:
        prior: one of `priors.names()`; None, of a run without a prior, is taken for N(0, I).
        count: number of samples.
        latent_dim: numbers in a code.
        seed: of the draw; for N(0, I) at temperature 1, untruncated, they are `standard_noise`.
        temperature: the samples are multiplied by it: 1 is the prior itself, 0 its centre.
        truncation: samples with a coordinate further than this from 0, in units of the prior's
            standard deviation, are drawn again (N(0, I): that coordinate only); at least 0.05. It is
            applied before the temperature.

    Returns:
        Latent codes, float32 (count, latent_dim).

    Raises:
        BadValue: for a negative temperature, or a truncation below 0.05 or with no samples in reach.
    """
    prior = priors.held_against(prior)
    priors.check(prior, latent_dim)
    _check_temperature(temperature)
    if truncation is not None and not truncation >= NARROWEST:
        raise BadValue("truncation", truncation, f"a number from {NARROWEST}")
    rng = np.random.default_rng((seed, latent_dim, 1))
    if priors.is_standard_normal(prior):
        codes = standard_noise(count, latent_dim, seed)
    else:
        codes = priors.sample(prior, count, latent_dim, rng)
    if truncation is not None:
        codes = _truncated(codes, prior, truncation, rng)
    return (codes * np.float32(temperature)).astype(np.float32)


def _truncated(codes: np.ndarray, prior: str, truncation: float, rng: np.random.Generator) -> np.ndarray:
    """Draw again what lies too far out: single coordinates where they are independent, else codes."""
    reach = truncation * priors.spread(prior)
    for _ in range(ROUNDS):
        far = np.abs(codes) > reach
        if not far.any():
            return codes
        if priors.is_standard_normal(prior):
            codes[far] = rng.standard_normal(int(far.sum()))
        else:
            rows = far.any(1)
            codes[rows] = priors.sample(prior, int(rows.sum()), codes.shape[1], rng)
    raise BadValue("truncation", truncation, f"wide enough to leave something of the {prior} prior")


def fit(codes: np.ndarray, kind: Literal["gaussian", "mixture"], components: int = COMPONENTS) -> Mixture:
    """A Gaussian, or a mixture of Gaussians, fitted to codes by maximum likelihood.

    Args:
        codes: shape (n, d), n at least 2.
        kind: "gaussian", in closed form, or "mixture", by expectation maximisation from k-means.
        components: Gaussians of the mixture; as many as there are codes at most.

    Returns:
        The fit; a Gaussian is a mixture of one.

    Raises:
        BadValue: if there is no such kind.
        WrongShape: if there are no codes to fit to.
    """
    codes = np.asarray(codes, np.float64)
    if kind not in FITS:
        raise BadValue("kind", kind, " or ".join(FITS))
    if codes.ndim != 2 or len(codes) < 2:
        raise WrongShape("codes", codes.shape, "(n, latent_dim) with n at least 2")
    ridge = RIDGE * max(float(codes.var(0).mean()), 1e-12)
    if kind == "gaussian":
        covariance = np.cov(codes.T, bias=True).reshape(1, codes.shape[1], codes.shape[1])
        covariance = covariance + ridge * np.eye(codes.shape[1])
        return Mixture(np.ones(1), codes.mean(0)[None], np.linalg.cholesky(covariance))
    return _mixture(codes, min(components, len(codes)), ridge)


def _mixture(codes: np.ndarray, components: int, ridge: float) -> Mixture:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture  # here: it takes a moment to import

    model = GaussianMixture(components, reg_covar=ridge, random_state=0, tol=1e-2, max_iter=100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a fit that could still improve samples well
        model.fit(codes)
    return Mixture(model.weights_, model.means_, np.linalg.cholesky(model.covariances_))


def sample_fit(fitted: Mixture, count: int, seed: int, temperature: float = 1.0) -> np.ndarray:
    """Samples of a fitted distribution, from the very noise of `standard_noise`.

    Args:
        fitted: from `fit`.
        count: number of samples.
        seed: of the noise, and of which Gaussian each sample is drawn from.
        temperature: multiplies the spread of each Gaussian round its mean.

    Returns:
        Latent codes, float32 (count, d).

    Raises:
        BadValue: for a negative temperature.
    """
    _check_temperature(temperature)
    chosen = np.random.default_rng((seed, 0, 2)).choice(len(fitted.weights), count, p=_shares(fitted))
    noise = standard_noise(count, fitted.means.shape[1], seed) * temperature
    return (fitted.means[chosen] + np.einsum("nij,nj->ni", fitted.factors[chosen], noise)).astype(np.float32)


def _shares(fitted: Mixture) -> np.ndarray:
    return fitted.weights / fitted.weights.sum()  # they sum to 1 but for rounding, which `choice` refuses


def fitted_codes(
    codes: np.ndarray,
    kind: Literal["gaussian", "mixture"],
    count: int,
    seed: int,
    temperature: float = 1.0,
    components: int = COMPONENTS,
) -> np.ndarray:
    """`fit` and `sample_fit` in one.

    Args:
        codes: shape (n, d).
        kind: "gaussian" or "mixture".
        count: number of samples.
        seed: of the samples; the fit itself is always the same.
        temperature: multiplies the spread of each Gaussian round its mean.
        components: Gaussians of the mixture.

    Returns:
        Latent codes, float32 (count, d).
    """
    return sample_fit(fit(codes, kind, components), count, seed, temperature)


def codes_around(code: np.ndarray, count: int, spread: float, seed: int) -> np.ndarray:
    """Codes scattered round one: code + spread times `standard_noise`.

    Args:
        code: shape (d,).
        count: number of samples.
        spread: standard deviation in each dimension, from 0.
        seed: of the noise.

    Returns:
        Latent codes, float32 (count, d).

    Raises:
        BadValue: for a negative spread.
    """
    if not spread >= 0:
        raise BadValue("spread", spread, "a number from 0")
    code = np.asarray(code, np.float32)
    return code + np.float32(spread) * standard_noise(count, len(code), seed)


def nearest_images(drawn: np.ndarray, pixels: np.ndarray, k: int = 1) -> Nearest:
    """The real images that are nearest to drawn ones, so that a copy is recognised.

    Args:
        drawn: float (n, h, w, c) in [0, 1].
        pixels: real images, uint8 (m, h, w, c), m at least k.
        k: how many for each.

    Returns:
        Their indices, nearest first, and root mean squared differences per pixel, 0 (a copy) to 1.

    Raises:
        WrongShape: if the images are not of one size, or fewer than k.
    """
    if drawn.shape[1:] != pixels.shape[1:] or len(pixels) < k:
        raise WrongShape("real images", pixels.shape, f"at least {k} of {drawn.shape[1:]}")
    if not len(drawn):
        return Nearest(np.empty((0, k), np.int64), np.empty((0, k), np.float32))
    wanted = drawn.reshape(len(drawn), -1).astype(np.float32)
    indices, scores = np.empty((len(wanted), 0), np.int64), np.empty((len(wanted), 0), np.float32)
    for start in range(0, len(pixels), BLOCK):  # a block at a time: 60,000 images in float32 take 190 MB
        real = _flat(pixels[start : start + BLOCK])
        found = np.einsum("ij,ij->i", real, real) - 2 * wanted @ real.T
        rows = np.broadcast_to(np.arange(start, start + len(real)), found.shape)
        indices, scores = _least(np.hstack([indices, rows]), np.hstack([scores, found]), k + SPARE)
    exact = np.stack(
        [np.square(_flat(pixels[rows]) - image).mean(1) for rows, image in zip(indices, wanted, strict=True)]
    )
    order = np.argsort(exact, axis=1, kind="stable")[:, :k]
    return Nearest(
        np.take_along_axis(indices, order, 1), np.sqrt(np.take_along_axis(exact, order, 1)).astype(np.float32)
    )


def _flat(pixels: np.ndarray) -> np.ndarray:
    """Images uint8 (m, h, w, c) as float32 rows in [0, 1]."""
    return np.divide(pixels.reshape(len(pixels), -1), np.float32(255), dtype=np.float32)


def _least(indices: np.ndarray, scores: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each row the columns with the smallest scores, in the order in which they came."""
    if scores.shape[1] <= count:
        return indices, scores
    columns = np.sort(np.argpartition(scores, count - 1, axis=1)[:, :count], axis=1)
    return np.take_along_axis(indices, columns, 1), np.take_along_axis(scores, columns, 1)


def _check_temperature(temperature: float) -> None:
    if not temperature >= 0:
        raise BadValue("temperature", temperature, "a number from 0")
