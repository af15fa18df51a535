"""Metrics, one file each or one for a family: what a number is, and how it is worked out. No torch here.

A file of this folder offers METRICS, a `Metric` by name: title, unit, direction, sentence, formula, group,
what it needs, its floors, and `compute(context)`, which asks a `MetricContext` for codes, reconstructions,
neighbours, samples of the prior or the judge. It may offer ORDER, its place among the files of a group. A new
metric is one new file: evaluation, command line, docs, pages and the check of archives read `catalog()`.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from aecore import registry
from aecore.config import NAME
from aecore.errors import AecoreError, BadMetric, UnknownName, quoted
from aecore.metrics._metric import (
    DEVIATION,
    GROUPS,
    NEEDS,
    NULL,
    SEED,
    WHITENED,
    Metric,
    nulls_of,
    with_twin,
)

if TYPE_CHECKING:
    from aecore.metrics._context import MetricContext

__all__ = ["DEVIATION", "GROUPS", "NEEDS", "NULL", "SEED", "WHITENED", "Metric", "with_twin"]


def catalog() -> Mapping[str, Metric]:
    """Every number there is by name: by group, in the order of the files, then the floors.

    Returns:
        The metrics of all files, and the nulls that they name.

    Raises:
        BadMetric: if a file cannot be imported or says what makes no metric.
    """
    return _catalog(tuple(registry.names(__path__)), tuple(__path__))


@lru_cache(maxsize=4)
def _catalog(files: tuple[str, ...], folders: tuple[str, ...]) -> Mapping[str, Metric]:
    found: dict[str, Metric] = {}
    places: dict[str, tuple[int, float]] = {}
    for file in files:
        metrics, order = _read(file, folders)
        for name, metric in metrics.items():
            if name in found:
                raise BadMetric(file, [f"there is a number called {name} already"])
            group = GROUPS.index(metric.group) if metric.group else len(GROUPS)
            found[name], places[name] = metric, (group, order)
    found = {name: found[name] for name in sorted(found, key=lambda name: places[name])}
    return MappingProxyType(found | nulls_of(found))


def _read(file: str, folders: tuple[str, ...]) -> tuple[dict[str, Metric], float]:
    """The numbers of a file, and its place."""
    try:
        module = registry.load(__name__, folders, "metric", file)
    except AecoreError:
        raise
    except Exception as error:  # a file of somebody else's: anything may be wrong with it
        what = f"its file cannot be imported ({type(error).__name__}: {str(error)[:200]})"
        raise BadMetric(file, [what]) from error
    metrics = getattr(module, "METRICS", None)
    if not isinstance(metrics, dict) or not all(isinstance(metric, Metric) for metric in metrics.values()):
        raise BadMetric(file, ["its file offers no METRICS, a Metric by name"])
    if unnamed := [name for name in metrics if not (isinstance(name, str) and NAME.fullmatch(name))]:
        raise BadMetric(file, [f"{quoted(unnamed[0])} is no name of up to 40 small letters, digits and _"])
    if faults := [f"{name}: {fault}" for name, metric in metrics.items() for fault in metric.faults()]:
        raise BadMetric(file, faults)
    return metrics, float(getattr(module, "ORDER", "inf"))


def check_names(names: Iterable[str]) -> None:
    """See that there are such numbers.

    Args:
        names: of the catalog.

    Raises:
        UnknownName: if there is none of a name.
    """
    for name in names:
        if name not in catalog():
            raise UnknownName("number", name, catalog())


def measure(context: "MetricContext", names: Iterable[str] = ()) -> dict[str, float]:
    """The numbers of a finished model.

    Args:
        context: the model on the test split; its `share` is kept up to date.
        names: which; every number of the catalog if none is given.

    Returns:
        By name; those that data set or model have not are left out.
    """
    known, found = catalog(), {}
    wanted = list(names) or list(known)
    for place, name in enumerate(wanted):
        context.share = place / len(wanted)
        if (value := known[name].measure(context)) is not None:
            found[name] = value
    return found


def with_floors(names: Iterable[str]) -> list[str]:
    """Names of numbers, and of all that stands beside them.

    Args:
        names: of the catalog.

    Returns:
        Each once, in the catalog's order.
    """
    known, wanted = catalog(), set(names)
    floors = {floor for name in wanted for floor in known[name].floors}
    deviations = {floor.removesuffix(NULL) + DEVIATION for floor in floors if floor.endswith(NULL)}
    return [name for name in known if name in wanted | floors | deviations]


def lacking(
    known: Collection[str], has: frozenset[str], latent_dim: int, prior: str | None, group: str = ""
) -> list[str]:
    """What a run could have and has not: it was measured before the number was there.

    Args:
        known: names of what was measured.
        has: what data set and model have, of `NEEDS`.
        latent_dim: numbers in a latent code.
        prior: one of `priors.names()`; None where the model has none and is held against N(0, I).
        group: one of `GROUPS`; all of them if not given.

    Returns:
        Names of the catalog, floors apart.
    """
    return [
        name
        for name, metric in catalog().items()
        if metric.group
        and metric.group == (group or metric.group)
        and metric.is_for(has, latent_dim, prior)
        and name not in known
    ]


def undefined(name: str, latent_dim: int, prior: str | None) -> str:
    """Why a model has no such number.

    Args:
        name: of the number; one that is not in the catalog is always defined.
        latent_dim: as in `lacking`.
        prior: as in `lacking`.

    Returns:
        A few words; empty where the number is defined.
    """
    metric = catalog().get(name)
    return metric.undefined(latent_dim, prior) if metric else ""


def defined(numbers: Mapping[str, float], latent_dim: int, prior: str | None) -> dict[str, float]:
    """The numbers of a run that are defined for it: a run stored long ago may hold others.

    Args:
        numbers: by name; those that are not in the catalog pass.
        latent_dim: as in `lacking`.
        prior: as in `lacking`.

    Returns:
        Those that `undefined` has nothing against.
    """
    return {name: number for name, number in numbers.items() if not undefined(name, latent_dim, prior)}
