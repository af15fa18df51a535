"""How the codes fill the prior N(0, I): maximum mean discrepancy and holes, each with its null."""

import numpy as np

RINGS, SECTORS = 10, 20
HOLE = 0.25
BLOCK = 1000


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
    a, b = a.astype(np.float64), b.astype(np.float64)
    scale, lengths, total = 2.0 * a.shape[1], np.square(b).sum(1), 0.0
    for rows in np.array_split(a, max(1, len(a) // BLOCK)):  # never a dense n x n matrix
        distances = np.square(rows).sum(1)[:, None] + lengths - 2 * rows @ b.T
        total += float((scale / (scale + np.maximum(distances, 0.0))).sum())
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


def coverage(codes: np.ndarray, seed: int) -> dict[str, float]:
    """All numbers of this file for one set of codes, with their nulls.

    Args:
        codes: held-out codes (for a VAE samples of q(z|x), since means understate its spread),
            shape (n, d); the cells need d = 2 and are left out otherwise.
        seed: of the two samples of the prior that the codes and the null are held against.

    Returns:
        Numbers by name; see `metrics.MEANINGS`.
    """
    prior, other = np.random.default_rng(seed).standard_normal((2, *codes.shape))
    numbers = {
        "code_std": float(codes.std(0).mean()),
        "mmd2": mmd2(codes, prior),
        "mmd2_null": mmd2(other, prior),
    }
    if codes.shape[1] == 2:
        for name, measure in (("total_variation", total_variation), ("hole_share", hole_share)):
            numbers |= {name: measure(codes), f"{name}_null": measure(other)}
    return numbers
