"""Projections: latent codes (n, d) as 2-D positions (n, 2), made for display and kept by configuration.

A method is one file of this folder: TITLE, NOTE (what its maps do not show), CAN_PLACE, Settings (a frozen
record, every field made by `config.option`), `positions(points, settings, report)` and, for new points on a
finished map, `place(points, positions, settings, new)`; one that needs an extra also `missing()`, a sentence
about it where it is not installed; one that cannot say how far it is, IS_TIMED = False. A new
method is one new file.

What is projected is the test split: the codes of a run or, as a baseline that needs no model, the images
of a data set as pixels or as their first 50 principal components.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any

import numpy as np

from aecore import registry
from aecore.analysis.projection import _inputs
from aecore.config import check_record, option
from aecore.errors import BadValue, UnknownName, WrongShape
from aecore.metrics._distances import LARGEST
from aecore.metrics.clustering import NEIGHBOURS, accuracy_within, trustworthiness
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

Report = Callable[[float, str], None]
"""Called with the share done, 0 to 1, and what is being done; it may raise, which stops the work."""

INPUTS = {"codes": "Codes", "pixels": "Pixels", "pca50": "PCA-50"}
"""What can be projected: the codes of a run, or the images of a data set in two forms."""
FEWEST = 2 * NEIGHBOURS + 1
"""Points of the smallest map: trustworthiness with k neighbours is defined for more than 2k points."""
PLACED = 0.9  # the share of the work that is the map itself; the rest measures it
HALF = 1 / 2000
"""Positions are kept as float16 where that moves none by more than this share of the map's extent."""


def names() -> list[str]:
    """The methods there are, by file name."""
    return registry.names(__path__)


def module(name: str) -> ModuleType:
    """The file of a method; see the head of this file for what it offers."""
    return registry.load(__name__, __path__, "projection", name)


def missing(name: str) -> str:
    """A sentence about what a method needs and is not installed here; empty where nothing is missing."""
    return getattr(module(name), "missing", str)()


def is_timed(name: str) -> bool:
    """Whether the share that a method reports is one of the time."""
    return getattr(module(name), "IS_TIMED", True)


@dataclass(frozen=True, kw_only=True)
class ProjectionConfig:
    """Everything that decides a map: what is projected and how. Made by `configure`.

    Attributes:
        owner: the run whose codes are projected, or the name of a data set.
        inputs: "codes" for a run, "pixels" or "pca50" for a data set.
        method: one of `names()`.
        settings: the method's own Settings.
        subsample: how many images are taken at random; 0 takes all.
    """

    owner: StoredRun | str
    inputs: str
    method: str
    settings: Any
    subsample: int = option(0, "images taken at random; 0 takes all", minimum=0, maximum=10_000_000)

    def __post_init__(self) -> None:
        """Check the size; `configure` has checked the rest."""
        check_record(self)

    @property
    def kept_as(self) -> dict[str, Any]:
        """The settings it is kept under, with `aecore.storage.cache`."""
        return {"inputs": self.inputs, "subsample": self.subsample, **asdict(self.settings)}

    @property
    def name(self) -> str:
        """The run id, or the data set's name."""
        return self.owner.run_id if isinstance(self.owner, StoredRun) else self.owner

    @property
    def key(self) -> str:
        """What tells the map from every other: method, settings, and the weights behind the codes."""
        weights = ""
        if isinstance(self.owner, StoredRun):
            weights = self.owner.manifest["files"]["weights.safetensors"]["sha256"]
        return f"{self.method} of {self.name}, {self.kept_as} {weights}".strip()


@dataclass(frozen=True)
class Projection:
    """A finished map.

    Attributes:
        positions: float32 (m, 2); the units mean nothing.
        indices: which test images, ascending, shape (m,).
        images: how many test images there are in all.
        knn_accuracy: share of the images whose class most of their 15 neighbours on the map have; None where
            they have no labels.
        trustworthiness: 1 where the 15 neighbours on the map are neighbours in the input as well.
        seconds: what it took.
    """

    positions: np.ndarray
    indices: np.ndarray
    images: int
    knn_accuracy: float | None
    trustworthiness: float
    seconds: float


def configure(
    owner: StoredRun | str, method: str = "tsne", inputs: str = "", subsample: int = 0, **settings: Any
) -> ProjectionConfig:
    """A checked config with every default filled in.

    Args:
        owner: a stored run, or the name of a data set.
        method: one of `names()`.
        inputs: a key of INPUTS; "codes" for a run and "pixels" for a data set if not given.
        subsample: images to take at random; 0 takes all.
        **settings: the method's own.

    Returns:
        The config.

    Raises:
        UnknownName: if there is no such method or setting.
        BadValue: if a value is outside its range, or the inputs do not go with the owner.
    """
    kind = module(method).Settings
    for name in settings:
        if name not in kind.__dataclass_fields__:
            raise UnknownName(f"setting of {method}", name, kind.__dataclass_fields__)
    is_run = isinstance(owner, StoredRun)
    known = [name for name in INPUTS if (name == "codes") == is_run]
    inputs = inputs or known[0]
    if inputs not in known:
        raise BadValue("inputs", inputs, f"{' or '.join(known)} for a {'run' if is_run else 'data set'}")
    return ProjectionConfig(
        owner=owner, inputs=inputs, method=method, settings=kind(**settings), subsample=subsample
    )


def kept(config: ProjectionConfig, store: RunStore | None = None) -> Projection | None:
    """The map of a config where it was computed before, else None.

    Args:
        config: what to look for.
        store: where; your own runs and the shipped ones if not given.

    Returns:
        The map, at once.
    """
    found = cache.read(config.owner, config.method, config.kept_as, store)
    if found is None:
        return None
    positions = found["positions"].astype(np.float32)
    accuracy, *numbers = found["numbers"].tolist()
    indices = found.get("indices", np.arange(len(positions), dtype=np.int32))
    return Projection(
        positions, indices, int(found["images"][0]), None if math.isnan(accuracy) else accuracy, *numbers
    )


def project(
    config: ProjectionConfig, store: RunStore | None = None, report: Report | None = None
) -> Projection:
    """The map of a config: opened where it was kept, else computed, measured and kept.

    Args:
        config: what to project and how.
        store: where to look and to keep it; your own runs and the shipped ones if not given.
        report: called as it goes; where it raises, the work ends with that exception and nothing is kept.

    Returns:
        The map. Equal configs give equal maps on the same machine, whatever its number of threads.

    Raises:
        BadValue: if a setting asks for more images than there are, there are too few to measure a map, or
            their codes are all one or too large.
        WrongShape: if there are fewer than two numbers to a code.
    """
    if found := kept(config, store):
        return found
    report, started = report or _silent, time.perf_counter()
    report(0.0, "reading")
    points, labels = _inputs.load(config.owner, config.inputs)
    points, indices, images = *_subsample(points, config), len(points)
    if len(points) < FEWEST:
        raise BadValue("images", len(points), f"at least {FEWEST}, for a map that can be measured")
    if points.shape[1] < 2:
        raise WrongShape(INPUTS[config.inputs], points.shape, "at least two numbers each to be projected")
    if not np.abs(points).max() <= LARGEST:
        raise BadValue(
            "codes", f"{np.abs(points).max():.0e}", f"finite and at most {LARGEST:.0e} to be projected"
        )
    if not np.ptp(points, axis=0).any():
        raise BadValue("codes", "all one", "different from one another to be projected")
    positions = module(config.method).positions(
        points, config.settings, lambda share, note: report(PLACED * share, note)
    )
    report(PLACED, "measuring the map")
    small = _small(positions)
    positions = small.astype(np.float32)
    accuracy = None if labels is None else accuracy_within(positions, labels[indices])
    report((1 + PLACED) / 2, "measuring the map")
    trust, seconds = trustworthiness(points, positions), time.perf_counter() - started
    arrays = {
        "positions": small,
        "numbers": np.array([math.nan if accuracy is None else accuracy, trust, seconds], np.float32),
        "images": np.array([images], np.int32),
    }
    if len(indices) < images:
        arrays["indices"] = indices
    report(1.0, "keeping the map")
    cache.write(config.owner, config.method, config.kept_as, arrays, store)
    return kept(config, store) or Projection(positions, indices, images, accuracy, trust, seconds)


def place(
    config: ProjectionConfig, projection: Projection, new: np.ndarray, report: Report | None = None
) -> np.ndarray:
    """Positions of new points on a map that stays as it is.

    Args:
        config: the map's.
        projection: the map.
        new: codes, shape (k, d); for the baselines images, uint8 (k, h, w, c).
        report: called as it goes; it may raise to stop.

    Returns:
        float32 (k, 2), in the units of the map; each is placed as if it came alone.

    Raises:
        WrongShape: if the new points are not as wide as those of the map.
        BadValue: if the method cannot place new points.
    """
    report = report or _silent
    report(0.0, "reading the map's codes")
    points, _ = _inputs.load(config.owner, config.inputs)
    new = _inputs.alike(config.owner, config.inputs, new)
    if new.ndim != 2 or new.shape[1] != points.shape[1]:
        raise WrongShape("New points", new.shape, f"(k, {points.shape[1]})")
    report(0.2, "placing")
    points = points[projection.indices]
    placed = module(config.method).place(points, projection.positions, config.settings, new)
    return placed.astype(np.float32)


def _subsample(points: np.ndarray, config: ProjectionConfig) -> tuple[np.ndarray, np.ndarray]:
    """The points to project, and which they are."""
    count = len(points)
    if config.subsample > count:
        raise BadValue("subsample", config.subsample, f"at most {count}, which is how many images there are")
    if 0 < config.subsample < FEWEST:
        raise BadValue("subsample", config.subsample, f"at least {FEWEST}, or 0 for all")
    if config.subsample in (0, count):
        return points, np.arange(count, dtype=np.int32)
    seed = getattr(config.settings, "seed", 0)
    indices = np.random.default_rng(seed).choice(count, config.subsample, replace=False)
    indices = np.sort(indices).astype(np.int32)
    return points[indices], indices


def _small(positions: np.ndarray) -> np.ndarray:
    """Positions as they are kept: float16 where nobody can see the difference."""
    with np.errstate(over="ignore"):
        half = positions.astype(np.float16)
    limit = HALF * np.ptp(positions, axis=0).max()
    is_exact = np.abs(half.astype(np.float64) - positions).max() <= limit
    return half if is_exact else positions.astype(np.float32)


def _silent(share: float, note: str) -> None:
    """Report to nobody."""
