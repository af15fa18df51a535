"""How the codes fill the prior: moments, MMD, holes, coverage and density, each with its null."""

from typing import NamedTuple

import numpy as np

from aecore import priors
from aecore.metrics._distances import squared_distances

RINGS, SECTORS = 10, 20
HOLE = 0.25
NEAREST = 5
TREE = 8
"""Up to so many dimensions a k-d tree finds neighbours faster than all distances in blocks do."""

SMALLEST_VARIANCE = 1e-8
"""A direction in which the codes vary less counts as this, so that a dead unit costs 9 nats, not infinity."""

ROUNDING = 1e-6
"""A spread under this share of the values is the rounding of float32, not a spread."""

SURE = 0.9

SEED = 0
"""Of the samples of the prior that a run's stored numbers were measured with."""

CELLS = ("total_variation", "hole_share", "empty_share")
"""Numbers that stand on cells of equal mass, which are cut out of N(0, I) in two dimensions."""

KEPT = ("coverage", {"seed": SEED})
"""Under what kind and settings `aecore.derived` keeps the numbers of a run that was measured without them."""

STANDARDISED = "_standardised"
"""How the names of numbers end that are measured after the codes' place and scale are taken out."""


class Filling(NamedTuple):
    """Coverage, 0 to 1, and density, at least 0, of the prior by the codes."""

    coverage: float
    density: float


def standardised(codes: np.ndarray) -> np.ndarray:
    """Codes with mean 0 and standard deviation 1 in each dimension; one that never varies becomes 0."""
    codes = codes.astype(np.float64)
    spread = codes.std(0)
    varies = spread > ROUNDING * np.abs(codes).max(0)
    return np.where(varies, codes - codes.mean(0), 0) / np.where(varies, spread, 1)


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

    Source: Tolstikhin et al. 2018, section 3; Gretton et al. 2012, equation 3.
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
    return float(0.5 * np.abs(cell_shares(codes) - 1 / (RINGS * SECTORS)).sum())


def hole_share(codes: np.ndarray) -> float:
    """Share of the cells of `cell_shares` that hold under a quarter of their mass.

    Args:
        codes: shape (n, 2).

    Returns:
        0 to 1.
    """
    return float((cell_shares(codes) < HOLE / (RINGS * SECTORS)).mean())


def empty_share(codes: np.ndarray) -> float:
    """Share of the cells of `cell_shares` that hold none of the codes, shape (n, 2)."""
    return float((cell_shares(codes) == 0).mean())


def filling(codes: np.ndarray, prior: np.ndarray) -> Filling:
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
    k = min(NEAREST, len(prior) - 1)
    count = _codes_by_tree if codes.shape[1] <= TREE else _codes_by_block
    held = count(codes, prior, k)
    return Filling(float((held > 0).mean()), float(held.sum() / (k * len(codes))))


def _codes_by_tree(codes: np.ndarray, prior: np.ndarray, k: int) -> np.ndarray:
    """Number of codes in the ball of each sample of the prior."""
    from scipy.spatial import cKDTree  # here: it takes a moment to import

    radii = cKDTree(prior).query(prior, k + 1)[0][:, k]  # the nearest is the sample itself
    return cKDTree(codes).query_ball_point(prior, radii, return_length=True)


def _codes_by_block(codes: np.ndarray, prior: np.ndarray, k: int) -> np.ndarray:
    """Number of codes in the ball of each sample of the prior, by all distances."""
    radii, held = np.empty((len(prior), 1)), np.empty(len(prior), int)
    for part, distances in squared_distances(prior, prior):
        radii[part, 0] = np.partition(distances, k, axis=1)[:, k]
    for part, distances in squared_distances(prior, codes):
        held[part] = np.count_nonzero(distances <= radii[part], axis=1)
    return held


def coverage(codes: np.ndarray, seed: int, prior: str = "standard_normal") -> dict[str, float]:
    """All numbers of this file for one set of codes, with their nulls.

    Args:
        codes: held-out codes (for a VAE samples of q(z|x), since means understate its spread),
            shape (n, d), n at least 2.
        seed: of the two samples of the prior that the codes and the null are held against.
        prior: one of `priors.NAMES`. The Gaussian fit is compared with N(0, I) only, and cells of
            equal mass are cut out of N(0, I) in two dimensions only; both are left out otherwise, as
            `undefined` says.

    Returns:
        Numbers by name; see `metrics.MEANINGS`. Those that end in "_standardised" are of the codes
        (and the prior) brought to mean 0 and standard deviation 1 first: the shape without the scale.
    """
    random = np.random.default_rng(seed)
    drawn, other = (priors.sample(prior, *codes.shape, random) for _ in range(2))
    shape, due = standardised(codes), standardised(drawn)
    filled, filled_null, filled_shape = filling(codes, drawn), filling(other, drawn), filling(shape, due)
    numbers = {
        "code_std": float(codes.std(0).mean()),
        "code_mean_norm": float(np.linalg.norm(codes.mean(0))),
        "mmd2": mmd2(codes, drawn),
        "mmd2_null": mmd2(other, drawn),
        "mmd2_standardised": mmd2(shape, due),
        "prior_coverage": filled.coverage,
        "prior_coverage_null": filled_null.coverage,
        "prior_coverage_standardised": filled_shape.coverage,
        "prior_density": filled.density,
        "prior_density_null": filled_null.density,
        "prior_density_standardised": filled_shape.density,
    }
    if prior == "standard_normal":
        numbers |= {"gaussian_kl": gaussian_kl(codes), "gaussian_kl_null": gaussian_kl(other)}
        numbers["gaussian_kl_standardised"] = gaussian_kl(shape)
        if codes.shape[1] == 2:
            for measure in (total_variation, hole_share, empty_share):
                name = measure.__name__
                numbers |= {name: measure(codes), f"{name}_null": measure(other)}
                numbers[name + STANDARDISED] = measure(shape)
    return numbers


def undefined(name: str, latent_dim: int, prior: str | None) -> str:
    """Why `coverage` gives no such number for a model.

    Args:
        name: of one of its numbers, standardised or not.
        latent_dim: numbers in a latent code.
        prior: one of `priors.NAMES`; None where the model has none and is held against N(0, I).

    Returns:
        A few words; empty where the number is defined.
    """
    name = name.removesuffix(STANDARDISED)
    if name in (*CELLS, "gaussian_kl") and prior not in (None, "standard_normal"):
        return "defined for N(0, I) only"
    if name in CELLS and latent_dim != 2:
        return "not defined beyond 2 dimensions" if latent_dim > 2 else "not defined in 1 dimension"
    return ""


def decoded_prior(probabilities: np.ndarray, labels_of_data: np.ndarray, classes: int) -> dict[str, float]:
    """The decode test: what a classifier makes of images decoded from samples of the prior.

    Args:
        probabilities: the classifier's, for each decoded image, shape (n, classes).
        labels_of_data: classes of the images that the model learned from, integers, shape (m,).
        classes: how many there are.

    Returns:
        "decoded_sure": share of the decoded images whose most probable class has more than 0.9.
        "decoded_class_tv": total variation, 0 to 1, between the shares of the most probable classes
        and the shares of the classes in the data.
    """
    found = np.bincount(probabilities.argmax(1), minlength=classes) / len(probabilities)
    due = np.bincount(labels_of_data, minlength=classes) / len(labels_of_data)
    return {
        "decoded_sure": float((probabilities.max(1) > SURE).mean()),
        "decoded_class_tv": float(0.5 * np.abs(found - due).sum()),
    }
