"""How the codes fill the prior: moments, MMD, holes, coverage and density."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np

from aecore.latent import priors
from aecore.metrics._distances import squared_distances
from aecore.metrics.catalog import DEVIATION, NULL

RINGS, SECTORS = 10, 20
HOLE = 0.25
NEAREST = 5
WIDEST = 8
"""Up to so many dimensions neighbours tell how codes fill the prior. Beyond, all samples of the prior lie far
out and far apart, so that the balls round them hold its empty middle: at 32 dimensions codes of half its
width would cover more of it than a sample of it does."""

SMALLEST_VARIANCE = 1e-8
"""A direction in which the codes vary less counts as this, so that a dead unit costs 9 nats, not infinity."""

ROUNDING = 1e-6
"""A spread under this share of the values is the rounding of float32, not a spread."""

SURE = 0.9

SEED = 0
"""Of the samples of the prior that a run's stored numbers were measured with."""

CELLS = ("total_variation", "hole_share", "empty_share")
"""Numbers that stand on cells of equal mass, which are cut out of N(0, I) in two dimensions."""

BALLS = ("prior_coverage", "code_coverage", "prior_density")
"""Numbers that stand on the way to the nearest neighbours, in up to `WIDEST` dimensions."""

MEASURED = (
    *("code_std", "code_mean_norm", "gaussian_kl", "mmd2", *CELLS, "cells", *BALLS),
    *("two_sample_accuracy", "decoded_recognised", "decoded_class_tv"),
)
"""What is measured of how codes fill the prior, and kept; "cells" are the shares in each of them."""
WITHOUT_TWIN = ("code_std", "code_mean_norm", "gaussian_kl")
"""Those that are nothing without place, scale and tilt, and so have no whitened twin."""

KEPT = ("coverage", {"seed": SEED})
"""Under what kind and settings `storage.cache` keeps the numbers of a run that was measured without them."""

WHITENED = "_whitened"
"""How the names of numbers end that are measured after the codes' place, scale and tilt are taken out."""


class Filling(NamedTuple):
    """Coverage, 0 to 1, and density, at least 0, of the prior by the codes."""

    coverage: float
    density: float


def whitened(codes: np.ndarray, prior: str = priors.STANDARD_NORMAL) -> np.ndarray:
    """Codes with mean 0 and covariance I: what is left is their shape, without place, scale and tilt.

    An encoder and a decoder absorb all three exactly, so without a prior they are nothing that a model has
    learned. Moving, turning, mirroring or scaling the codes as a whole alters nothing.

    Args:
        codes: shape (n, d).
        prior: what they are held against. N(0, I) has no axes of its own, so the columns are the codes'
            principal axes, the widest first, each towards its longer tail; codes are not turned for a
            prior that has.

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


def mmd2(codes: np.ndarray, prior: np.ndarray) -> float:
    """Unbiased squared maximum mean discrepancy, inverse multiquadratic kernel C / (C + |x - y|^2).

    Args:
        codes: shape (n, d), n at least 2.
        prior: samples of the prior, shape (m, d), m at least 2.

    Returns:
        The estimate; around 0, on either side, for equal distributions. C = 2 d for unit variance.

    Source: Tolstikhin et al. 2018, section 4; Gretton et al. 2012, equation 3.
    """

    def within(points: np.ndarray) -> float:
        return (_kernel_sum(points, points) - len(points)) / (len(points) * (len(points) - 1))

    between = _kernel_sum(codes, prior) / (len(codes) * len(prior))
    return within(codes) + within(prior) - 2 * between


def _kernel_sum(a: np.ndarray, b: np.ndarray) -> float:
    scale, total = 2.0 * a.shape[1], 0.0
    for _, distances in squared_distances(a, b):
        kernel = np.reciprocal(np.add(distances, scale, out=distances), out=distances)
        total += scale * float(kernel.sum(dtype=np.float64))
    return total


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


def density_coverage(codes: np.ndarray, prior: np.ndarray) -> Filling:
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
    return Filling(float((held > 0).mean()), float(held.sum() / (k * len(codes))))


def _filled(codes: np.ndarray, prior: np.ndarray) -> dict[str, float]:
    """Coverage in both directions, and density."""
    found = density_coverage(codes, prior)
    return dict(
        zip(BALLS, (found.coverage, density_coverage(prior, codes).coverage, found.density), strict=True)
    )


def coverage(codes: np.ndarray, seed: int, prior: str = priors.STANDARD_NORMAL) -> dict[str, float]:
    """All numbers of this file for one set of codes; see `nulls` for what a sample of the prior scores.

    Args:
        codes: held-out codes (for a VAE samples of q(z|x), since means understate its spread),
            shape (n, d), n at least 2.
        seed: of the sample of the prior that the codes are held against.
        prior: one of `priors.names()`. The Gaussian fit is compared with N(0, I) only, and cells of
            equal mass are cut out of N(0, I) in two dimensions only, and neighbours are asked in few
            dimensions only; they are left out otherwise, as `undefined` says.

    Returns:
        Numbers by name; see `metrics.METRICS`. Those that end in "_whitened" are of codes and prior
        brought to mean 0 and covariance I first: the shape without place, scale and tilt.
    """
    drawn = priors.sample(prior, *codes.shape, np.random.default_rng(seed))
    shape, due = whitened(codes, prior), whitened(drawn, prior)
    numbers = {
        "code_std": float(codes.std(0).mean()),
        "code_mean_norm": float(np.linalg.norm(codes.mean(0))),
        "mmd2": mmd2(codes, drawn),
        "mmd2_whitened": mmd2(shape, due),
    }
    if codes.shape[1] <= WIDEST:
        numbers |= _filled(codes, drawn)
        numbers |= {name + WHITENED: number for name, number in _filled(shape, due).items()}
    if priors.is_standard_normal(prior):
        numbers["gaussian_kl"] = gaussian_kl(codes)
        if codes.shape[1] == 2:
            for measure in (total_variation, hole_share, empty_share):
                numbers |= {measure.__name__: measure(codes), measure.__name__ + WHITENED: measure(shape)}
    return numbers


def undefined(name: str, latent_dim: int, prior: str | None) -> str:
    """Why `coverage` gives no such number for a model.

    Args:
        name: of one of its numbers, whitened or not, or of its null.
        latent_dim: numbers in a latent code.
        prior: one of `priors.names()`; None where the model has none and is held against N(0, I).

    Returns:
        A few words; empty where the number is defined.
    """
    name = name.removesuffix(WHITENED).removesuffix(DEVIATION).removesuffix(NULL)
    if name in (*CELLS, "cells", "gaussian_kl") and not priors.is_standard_normal(prior):
        return "defined for N(0, I) only"
    if name in (*CELLS, "cells") and latent_dim != 2:
        return "not defined beyond 2 dimensions" if latent_dim > 2 else "not defined in 1 dimension"
    if name in BALLS and latent_dim > WIDEST:
        return f"not meaningful above {WIDEST} dimensions: see the two-sample test"
    return ""


def lacking(known: Collection[str], latent_dim: int, prior: str | None) -> list[str]:
    """What a run could have of the numbers and cells on how its codes fill the prior, and has not.

    Args:
        known: names of what was measured.
        latent_dim: numbers in a latent code.
        prior: as in `undefined`.

    Returns:
        The missing names: the run was measured before they were invented.
    """
    stems = [name for name in MEASURED if not undefined(name, latent_dim, prior)]
    wanted = stems + [name + WHITENED for name in stems if name not in WITHOUT_TWIN]
    return [name for name in wanted if name not in known]


def caution(name: str, latent_dim: int) -> str:
    """What to know of a number before it is believed, in a few words; empty where there is nothing.

    Args:
        name: of the number, whitened or not.
        latent_dim: numbers in a latent code.

    Returns:
        The words.
    """
    if name.removesuffix(WHITENED) == "mmd2" and latent_dim > WIDEST:
        return f"sees hardly any shape at {latent_dim} dimensions: see the two-sample test"
    return ""


def defined(numbers: Mapping[str, float], latent_dim: int, prior: str | None) -> dict[str, float]:
    """The numbers of a run that are defined for it: a run stored long ago may hold others.

    Args:
        numbers: by name; those of other kinds pass.
        latent_dim: as in `undefined`.
        prior: as in `undefined`.

    Returns:
        Those that `undefined` has nothing against.
    """
    return {name: number for name, number in numbers.items() if not undefined(name, latent_dim, prior)}


def recognised(probabilities: np.ndarray) -> np.ndarray:
    """Which images the judge recognises: takes for images of the data, and is sure of the class of.

    Args:
        probabilities: of each class, shape (n, classes). What lacks to 1 is the judge's probability that
            the image is none of the data: noise, a blend, shuffled pixels.

    Returns:
        bool (n,): whether a class is more probable than none, and one has more than 0.9 of what the
        classes have together.
    """
    some = probabilities.sum(1)
    return (some > 0.5) & (probabilities.max(1) > SURE * some)


def decoded_prior(probabilities: np.ndarray, labels_of_data: np.ndarray, classes: int) -> dict[str, float]:
    """The decode test: what the judge makes of images decoded from samples of the prior.

    Args:
        probabilities: as in `recognised`, of each decoded image.
        labels_of_data: classes of the images that the model learned from, integers, shape (m,).
        classes: how many there are.

    Returns:
        "decoded_recognised": share of the decoded images that are `recognised`.
        "decoded_class_tv": total variation, 0 to 1, between the shares of the most probable classes
        and the shares of the classes in the data.
    """
    found = np.bincount(probabilities.argmax(1), minlength=classes) / len(probabilities)
    due = np.bincount(labels_of_data, minlength=classes) / len(labels_of_data)
    return {
        "decoded_recognised": float(recognised(probabilities).mean()),
        "decoded_class_tv": float(0.5 * np.abs(found - due).sum()),
    }
