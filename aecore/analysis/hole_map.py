"""Maps of a plane's holes, where the prior puts mass and no code lies: the rule, and what is kept.

A hole is a place where the codes' density is under a quarter of the prior's (`metrics.coverage.HOLE`).
Both densities are smoothed alike: the codes' by a Gaussian kernel, the prior's by adding the kernel's
variance, which for codes drawn from the prior itself gives a ratio of 1 everywhere. Where fewer than
ten codes are due within the kernel's reach, chance alone would leave some places empty, so nothing is
called a hole there. For 10,000 codes and N(0, I) the bandwidth is 0.22 and that is beyond a radius
of 3.0, which holds 99 % of the mass.

A run without a prior is held against N(0, I), as in `metrics.coverage`.

The codes are those that the numbers of `metrics.coverage` are measured on: `posterior.one_sample_each`.

A kept map (`storage.cache`, kind "holes") holds, for the map and with the prefix near_ for the finer one:
x and y f32 [first, last] cell centre, and cycle_error u8 (k, k), the root of its share of error_scale f32
in 255 steps. The rest follows from the prior and the run's codes, and is worked out when the map is read.
Until one sample of q(z|x) served both, densities, holes and shares were kept too; they are passed over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from aecore.latent import priors
from aecore.metrics.cells import HOLE
from aecore.metrics.posterior import one_sample_each
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

Report = Callable[[float, str], None]
KIND, FORMAT = "holes", 1
SIZE = 64
REACH = 3.5
"""The prior is looked at this far from 0 on both axes: for N(0, I) all but 1 sample in 1,000."""
BULK = (0.5, 99.5)
"""Percentiles of the codes between which the map reaches: a few stray codes would shrink the rest."""
DUE = 10
"""Codes expected within the kernel's reach; with fewer, emptiness is no evidence."""
SEED, DRAWS = 0, 10
NEAR = "near_"
STEPS = 255
DOUBLINGS = 6
"""The ratio of the densities is known from 2**-6 to 2**6."""


@dataclass(frozen=True)
class HolesMap:
    """A plane in square cells; rows run from the smallest y up.

    Attributes:
        x: centres of the columns, (k,), evenly spaced.
        y: centres of the rows, (k,), evenly spaced.
        prior_mass: density of the prior relative to its peak, (k, k).
        codes: density of the test codes relative to the prior's, both smoothed alike, (k, k).
        cycle_error: |encode(decode(z)) - z| in units of the prior's standard deviation, (k, k).
        holes: bool (k, k).
        share: share of the prior's mass that lies in holes, 0 to 1, lower is better.
        null: the same for as many samples of the prior in place of the codes, the mean over draws.
        near: the prior's own reach in finer cells, where the codes spread so far beyond it that the
            cells above are too wide to show it; else None.
    """

    x: np.ndarray
    y: np.ndarray
    prior_mass: np.ndarray
    codes: np.ndarray
    cycle_error: np.ndarray
    holes: np.ndarray
    share: float
    null: float
    near: "HolesMap | None" = None

    @property
    def mean_cycle_error(self) -> float:
        """Mean cycle error over the prior, in units of its standard deviation; lower is better."""
        finest = self.near or self
        return float(np.average(finest.cycle_error, weights=finest.prior_mass))


def assembled(
    codes: np.ndarray, prior: str, grids: list[list[np.ndarray]], errors: list[np.ndarray]
) -> HolesMap:
    """The map from its axes and cycle errors; the rest follows from the codes.

    Args:
        codes: test codes, (n, 2).
        prior: one of `priors.names()`.
        grids: [x, y] of the map and, where there is one, of the finer one.
        errors: cycle errors (k, k) of each.

    Returns:
        The map.
    """
    share = hole_mass(codes, prior)
    null = null_mass(len(codes), prior)
    found: HolesMap | None = None
    for grid, error in reversed(list(zip(grids, errors, strict=True))):
        ratio, holes = code_ratio(codes, prior, *grid)
        whole = (*grid, prior_mass(prior, *grid), ratio, error)
        x, y, mass, codes_ratio, cycle_error = (np.asarray(array, np.float32) for array in whole)
        found = HolesMap(x, y, mass, codes_ratio, cycle_error, holes, share, null, found)
    assert found is not None, "a map has at least one grid"
    return found


def test_codes(run: StoredRun) -> np.ndarray:
    """The codes of the test images, one sample of q(z|x) for each where it has a spread.

    Args:
        run: a stored run.

    Returns:
        float32 (n, d).
    """
    codes = run.arrays["codes"].astype(np.float32)
    return one_sample_each(codes, run.arrays["log_var"]) if "log_var" in run.arrays else codes


def axes(codes: np.ndarray, size: int) -> list[np.ndarray]:
    """Cell centres that cover the bulk of the codes and the prior, evenly spaced on each axis."""
    low, high = np.percentile(codes.astype(np.float64), BULK, axis=0)
    margin = 0.05 * (high - low)
    low, high = np.minimum(low - margin, -REACH), np.maximum(high + margin, REACH)
    return [np.linspace(low[axis], high[axis], size) for axis in range(2)]


def lattice(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The cell centres (len(y), len(x), 2) of two axes."""
    return np.stack(np.meshgrid(x, y), axis=-1)


def bandwidth(count: int) -> float:
    """Standard deviation of the kernel for so many codes in the plane, by Scott's rule, at unit spread."""
    return count ** (-1 / 6)


def code_ratio(codes: np.ndarray, prior: str, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How dense the codes are beside the prior, and where that makes a hole.

    Args:
        codes: shape (n, 2).
        prior: one of `priors.names()`.
        x: where, (k,).
        y: where, (m,).

    Returns:
        Density of the codes divided by that of the prior, (m, k), within 1/64 to 64; and holes,
        bool (m, k).
    """
    width = bandwidth(len(codes))
    columns, rows = (
        np.exp(-0.5 * np.square((centres[:, None] - codes[None, :, axis].astype(np.float64)) / width))
        for axis, centres in enumerate((x, y))
    )
    found = rows @ columns.T / (len(codes) * 2 * np.pi * width**2)  # the kernel is a product: exact, and fast
    due = priors.density(prior, lattice(x, y), width)
    ratio = np.clip(found / np.maximum(due, 1e-300), 2.0**-DOUBLINGS, 2.0**DOUBLINGS)
    is_due = due * len(codes) * 4 * np.pi * width**2 >= DUE  # the kernel counts as this much area
    return ratio, (ratio < HOLE) & is_due


def hole_mass(codes: np.ndarray, prior: str, size: int = SIZE) -> float:
    """Share of the prior's mass that lies in holes.

    Args:
        codes: shape (n, 2).
        prior: one of `priors.names()`.
        size: cells along each side of the square that the prior is looked at in.

    Returns:
        0 to 1.
    """
    centres = np.linspace(-REACH, REACH, size)
    mass = priors.density(prior, lattice(centres, centres))
    _, holes = code_ratio(codes, prior, centres, centres)
    return float(mass[holes].sum() / mass.sum())


@lru_cache(maxsize=32)
def null_mass(count: int, prior: str) -> float:
    """`hole_mass` of so many samples of the prior itself, the mean over draws."""
    random = np.random.default_rng(SEED)
    return float(np.mean([hole_mass(priors.sample(prior, count, 2, random), prior) for _ in range(DRAWS)]))


def prior_mass(prior: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Density of a prior at cell centres x (k,) and y (m,), relative to its peak: float32 (m, k)."""
    centres = np.linspace(-REACH, REACH, 141)  # 0 and the middle of a petal are among them
    peak = priors.density(prior, lattice(centres, centres)).max()
    return (priors.density(prior, lattice(x, y)) / peak).astype(np.float32)


def compact(found: HolesMap) -> dict[str, np.ndarray]:
    """A map as it is kept; see the head of this file."""
    arrays = {}
    for prefix, part in (("", found), (NEAR, found.near)):
        if part is None:
            continue
        scale = max(float(part.cycle_error.max()), 1e-6)
        arrays |= {
            f"{prefix}x": part.x[[0, -1]],
            f"{prefix}y": part.y[[0, -1]],
            f"{prefix}cycle_error": np.rint(np.sqrt(part.cycle_error / scale) * STEPS).astype(np.uint8),
            f"{prefix}error_scale": np.array([scale], np.float32),
        }
    return arrays


def restored(arrays: Mapping[str, np.ndarray], codes: np.ndarray, prior: str | None) -> HolesMap:
    """A map from what `compact` made of it.

    Args:
        arrays: by name.
        codes: from `test_codes`, (n, 2).
        prior: the run's; None where it has none.

    Returns:
        The map; errors to within a few percent.
    """
    grids, errors = [], []
    for prefix in ("", NEAR):
        if f"{prefix}x" in arrays:
            levels, scale = arrays[f"{prefix}cycle_error"], arrays[f"{prefix}error_scale"][0]
            ends = [arrays[prefix + axis] for axis in "xy"]
            grids.append([np.linspace(*pair, num=len(levels), dtype=np.float32) for pair in ends])
            errors.append(np.square(levels.astype(np.float32) / STEPS) * scale)
    return assembled(codes, priors.held_against(prior), grids, errors)


def settings(size: int = SIZE) -> dict[str, Any]:
    """What names a kept map of so many cells along each side."""
    rule = {"reach": REACH, "bulk": list(BULK), "due": DUE, "hole": HOLE, "seed": SEED}
    return {"format": FORMAT, "size": size, **rule}


def kept(run: StoredRun, store: RunStore | None = None) -> HolesMap | None:
    """The map of a run, where it was computed before.

    Args:
        run: a stored run.
        store: where to look; your own runs and the shipped ones if not given.

    Returns:
        The map, or None.
    """
    arrays = cache.read(run, KIND, settings(), store)
    return restored(arrays, test_codes(run), run.manifest["prior"]) if arrays else None


def path(run: StoredRun) -> Path | None:
    """Where the map of a run lies; None where it was never computed."""
    return cache.path(run, KIND, settings())


def keep(run: StoredRun, found: HolesMap, store: RunStore | None = None) -> None:
    """Keep the map of a run.

    Args:
        run: whose it is.
        found: its map, of the usual size.
        store: where to keep it; your own runs if not given.
    """
    cache.write(run, KIND, settings(len(found.x)), compact(found), store)


def as_arrays(found: HolesMap) -> dict[str, np.ndarray]:
    """A map as arrays by the names of its attributes; those of the finer one begin with near_."""
    names = [field.name for field in fields(found) if field.name != "near"]
    arrays = {name: np.asarray(getattr(found, name)) for name in names}
    near = as_arrays(found.near) if found.near else {}
    return arrays | {NEAR + name: array for name, array in near.items() if array.ndim}
