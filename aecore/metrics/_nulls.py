"""Nulls: what codes drawn from the prior itself would score, as mean and standard deviation over draws.

A single draw is luck: of 599 codes one leaves 3.5 % of the cells as holes, another 7 %. In closed form where
there is one, else over many draws; they depend on the prior, on n and on d alone.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from aecore.latent import priors
from aecore.metrics import DEVIATION, NULL, SEED, cells, coverage
from aecore.metrics.moments import gaussian_kl

DRAWS = 2000
"""Of the counts in cells, which cost next to nothing."""
SAMPLES, SMALL = 40, 500
"""Samples of the prior, and how large they are at most: beyond, a deviation falls as 1 / sqrt(n)."""
PAIRS = 200_000
MOST_NUMBERS = 128 * PAIRS
"""Of the codes of all pairs: of longer codes there are fewer, and every pair of them varies less."""


@lru_cache(maxsize=32)
def nulls(count: int, dimensions: int, prior: str) -> dict[str, float]:
    """The nulls of every number that is held against the prior and defined for such codes.

    Args:
        count: codes, at least 2; the samples of the prior that they are held against are as many.
        dimensions: numbers in a code.
        prior: one of `priors.names()`.

    Returns:
        By the number's name, which ends in "_null", and in "_null_sd" for the deviation over draws.
    """
    random = np.random.default_rng(SEED)
    found = {"mmd2": (0.0, _mmd2_deviation(count, dimensions, prior, random))}
    found["two_sample_accuracy"] = (0.5, 0.5 / float(np.sqrt(2 * count)))  # guesses on codes and samples
    if dimensions <= coverage.WIDEST:
        found |= _filling(count, dimensions, prior, random)
    if priors.is_standard_normal(prior):
        draws = [random.standard_normal((count, dimensions)) for _ in range(SAMPLES)]
        found["gaussian_kl"] = _moments([gaussian_kl(draw) for draw in draws])
        if dimensions == 2:
            found |= _cells(count, random)
    return {
        name + ending: value
        for name, pair in found.items()
        for ending, value in zip((NULL, DEVIATION), pair, strict=True)
    }


def coverage_by_chance(count: int) -> float:
    """Coverage of the prior by as many codes of the prior, on average.

    Args:
        count: samples of the prior, and codes.

    Returns:
        1 - (n-1) ... (n-k) / ((2n-1) ... (2n-k)), about 1 - 2^-k.

    Source: Naeem et al. 2020, lemma 2.
    """
    k = min(coverage.NEAREST, count - 1)
    places = np.arange(1, k + 1)
    return float(1 - np.prod((count - places) / (2 * count - places)))


def _moments(values: list[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values))


def _cells(count: int, random: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Of the numbers on cells: the counts of codes of the prior in cells of equal mass are multinomial."""
    of = cells.RINGS * cells.SECTORS
    shares = random.multinomial(count, np.full(of, 1 / of), DRAWS) / count
    numbers: dict[str, Callable[[np.ndarray], float]] = {
        "total_variation": cells.variation_of,
        "hole_share": cells.holes_of,
        "empty_share": cells.empty_of,
    }
    return {name: _moments([number(draw) for draw in shares]) for name, number in numbers.items()}


def _filling(
    count: int, dimensions: int, prior: str, random: np.random.Generator
) -> dict[str, tuple[float, float]]:
    """Of coverage and density, whose means are known: a code is in a ball of k neighbours k times in n."""
    few = min(count, SMALL)
    pairs = [[priors.sample(prior, few, dimensions, random) for _ in range(2)] for _ in range(SAMPLES)]
    covered, density = np.std([coverage.density_coverage(*pair) for pair in pairs], axis=0) * np.sqrt(
        few / count
    )
    return {
        "prior_coverage": (coverage_by_chance(count), float(covered)),
        "code_coverage": (coverage_by_chance(count), float(covered)),
        "prior_density": (1.0, float(density)),
    }


def _mmd2_deviation(count: int, dimensions: int, prior: str, random: np.random.Generator) -> float:
    """Of the unbiased estimate, which is 0 on average: sqrt(2 E[h^2] / (n (n - 1))), Gretton et al. 2012."""
    pairs = min(PAIRS, MOST_NUMBERS // dimensions)
    a, b, c, d = (priors.sample(prior, pairs, dimensions, random).astype(np.float64) for _ in range(4))

    def kernel(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return 2 * dimensions / (2 * dimensions + np.square(one - other).sum(1))

    h = kernel(a, b) + kernel(c, d) - kernel(a, d) - kernel(b, c)
    return float(np.sqrt(2 * np.square(h).mean() / (count * (count - 1))))
