"""Coverage numbers as a person reads them: rows, panels, a verdict, and what a good value is. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aecore import collapse, priors
from aecore.metrics import MEANINGS
from aecore.metrics.coverage import NEAREST, SEED, STANDARDISED, undefined
from dashboard.figures.coverage import Panel
from dashboard.figures.coverage_table import Cell, Row
from dashboard.figures.numbers import plain_or_small

SEVEN = (
    ("1 · Moments: do the codes lie where the prior does?", ("code_std", "code_mean_norm", "gaussian_kl")),
    ("2 · Maximum mean discrepancy: how far is the whole distribution?", ("mmd2",)),
    ("3 · Holes: what the prior samples and no code fills", ("hole_share", "empty_share", "total_variation")),
    (f"4 · Coverage and density, k = {NEAREST} neighbours", ("prior_coverage", "prior_density")),
    ("5 · Decode test: does the prior decode to something?", ("decoded_sure", "decoded_class_tv")),
    ("6 · Neighbours of a code", ("knn_accuracy", "trustworthiness", "continuity")),
    ("7 · What it costs: reconstruction of test images", ("mse", "negative_elbo")),
    ("Diagnostics, where the posterior has a spread", ("active_units", "kl")),
)
OVERVIEW = ("hole_share", "total_variation", "prior_coverage", "mmd2", "decoded_sure", "mse")
ARROWS = {"lower": " ↓", "higher": " ↑"}
IDEALS = {
    "code_mean_norm": (0.0, "the centre of the prior"),
    "decoded_sure": (1.0, "every decoded sample is recognised"),
    "decoded_class_tv": (0.0, "classes as frequent as in the data"),
    "knn_accuracy": (1.0, "every image finds its class"),
    "trustworthiness": (1.0, "no stranger among the neighbours; random codes score about 0.5"),
    "continuity": (1.0, "no neighbour torn away; random codes score about 0.5"),
    "mse": (0.0, "a perfect copy"),
}
"""The best there is, for the numbers that have no null."""
BESIDE = {"mse": ("pca_mse", "PCA"), "knn_accuracy": ("pca_knn_accuracy", "PCA")}
SLIGHT = 0.02
"""A difference in squared error of less than this share is not worth a word."""


@dataclass(frozen=True)
class Column:
    """What is known of a run.

    Attributes:
        title: what to call it.
        numbers: measured on the test split, by name.
        latent_dim: numbers in a latent code.
        prior: one of `priors.NAMES`; None where the model has none and is held against N(0, I).
    """

    title: str
    numbers: Mapping[str, float]
    latent_dim: int
    prior: str | None = None

    @property
    def collapse(self) -> collapse.Collapse:
        """Whether the run's code says anything; one that says nothing is compared with none."""
        return collapse.of_run(self.numbers, self.latent_dim)

    @property
    def heading(self) -> str:
        """Its title, with a word of warning where the code is not in use as a whole."""
        return " · ".join(filter(None, [self.title, self.collapse.words]))


def reference(name: str, column: Column) -> tuple[float | None, str]:
    """What a number of a run is held against: the null, the best there is, or a floor.

    Args:
        name: of the number.
        column: the run.

    Returns:
        The value, None where there is none, and what it is.
    """
    stem = name.removesuffix(STANDARDISED)
    if f"{stem}_null" in column.numbers:
        return column.numbers[f"{stem}_null"], "what a sample of the prior scores"
    if stem == "code_std":
        return priors.spread(column.prior or "standard_normal"), "the spread of the prior"
    if stem == "negative_elbo" and "bce_floor_nats" in column.numbers:
        return column.numbers["bce_floor_nats"], "a perfect reconstruction at no KL, which no model reaches"
    return IDEALS.get(stem, (None, ""))


def rows(columns: Sequence[Column], with_standardised: bool) -> list[Row]:
    """The coverage table's rows: those numbers that some run has, or could have.

    Args:
        columns: the runs.
        with_standardised: whether each number that has a standardised twin shows it.

    Returns:
        The rows in the order of `SEVEN`.
    """
    found = []
    for group, names in SEVEN:
        for name in names:
            if not any(name in column.numbers for column in columns):
                continue
            meaning, twin = MEANINGS[name], name + STANDARDISED
            has_twin = with_standardised and any(twin in column.numbers for column in columns)
            found.append(
                Row(
                    group,
                    meaning.label + ARROWS.get(meaning.better, ""),
                    meaning.unit,
                    good(name, columns),
                    meaning.sentence,
                    [_cell(name, column, columns) for column in columns],
                    [_cell(twin, column, columns) for column in columns] if has_twin else (),
                )
            )
    return found


def good(name: str, columns: Sequence[Column]) -> str:
    """A sentence on what a good value is, with the null where it is the same for all runs."""
    if not MEANINGS[name].better and name not in ("code_std", "code_mean_norm"):
        return "A diagnostic: neither way is better."
    references = [reference(name, column) for column in columns if name in column.numbers]
    shown = {plain_or_small(value) for value, _ in references if value is not None}
    words = references[0][1] if references else ""
    if not shown:
        return ""
    is_null = f"{name}_null" in MEANINGS
    best = shown.pop() if len(shown) == 1 else "the null" if is_null else "the value beside it"
    sentence = f"Good: {'near ' * is_null}{best}, {words}."
    beside = _beside(name, columns)
    return f"{sentence[:-1]}; PCA of the same size reaches {beside}." if beside else sentence


def _beside(name: str, columns: Sequence[Column]) -> str:
    """What PCA reaches, where it is the same for all runs."""
    floor = BESIDE.get(name, ("", ""))[0]
    shown = {plain_or_small(column.numbers[floor]) for column in columns if floor in column.numbers}
    return shown.pop() if len(shown) == 1 else ""


def _cell(name: str, column: Column, columns: Sequence[Column]) -> Cell:
    value = column.numbers.get(name)
    if value is None:
        has_spread = name in ("negative_elbo", "active_units", "kl")
        none = (
            "its posterior has no spread" if has_spread else undefined(name, column.latent_dim, column.prior)
        )
        return Cell(None, none=none)
    best, _ = reference(name, column)
    if column.collapse.is_total:
        best = None  # no gap, so that it is neither best nor worst
    stem = name.removesuffix(STANDARDISED)
    floors = {
        plain_or_small(value)
        for value, _ in (reference(name, other) for other in columns)
        if value is not None
    }
    if name != stem:  # the number above it has the same null beside it
        return Cell(value, gap(name, value, best))
    beside = f"null {plain_or_small(best)}" if best is not None and len(floors) > 1 else ""
    if stem in BESIDE and not _beside(stem, columns) and BESIDE[stem][0] in column.numbers:
        beside = f"{BESIDE[stem][1]} {plain_or_small(column.numbers[BESIDE[stem][0]])}"
    return Cell(value, gap(name, value, best), beside=beside)


def gap(name: str, value: float, best: float | None) -> float | None:
    """How far a value lies from the best attainable, on the worse side.

    Args:
        name: of the number; its direction is that of `MEANINGS`.
        value: what was measured.
        best: the null, the ideal or the floor.

    Returns:
        At least 0; None where there is nothing to hold it against.
    """
    if best is None:
        return None
    better = MEANINGS[name].better
    if better == "lower":
        return max(value - best, 0.0)
    return max(best - value, 0.0) if better == "higher" else abs(value - best)


def panels(columns: Sequence[Column], with_standardised: bool) -> list[Panel]:
    """The numbers that are seen first, as bars.

    Args:
        columns: the runs.
        with_standardised: whether the standardised twins stand beside them.

    Returns:
        A panel for each number of `OVERVIEW` that some run has.
    """
    found = []
    for name in OVERVIEW:
        having = [column for column in columns if name in column.numbers]
        if not having:
            continue
        meaning, (value, words) = MEANINGS[name], reference(name, having[0])
        twins = [column.numbers.get(name + STANDARDISED) for column in columns]
        has_twins = with_standardised and any(twin is not None for twin in twins)
        values = [column.numbers.get(name) for column in columns]
        title = f"{meaning.label}{ARROWS.get(meaning.better, '')}"
        line = "" if value is None else f"dotted: {plain_or_small(value)}, {words}"
        found.append(Panel(title, values, twins if has_twins else (), value, line))
    return found


def csv_rows(columns: Sequence[Column], images: int) -> list[dict[str, object]]:
    """The table for a file: one line per number, the standardised ones as lines of their own.

    Args:
        columns: the runs.
        images: how many test images there were.

    Returns:
        Full precision; what a run does not have is missing.
    """
    found: list[dict[str, object]] = []
    for _, names in SEVEN:
        for name in [name for stem in names for name in (stem, stem + STANDARDISED)]:
            having = [column for column in columns if name in column.numbers]
            if not having:
                continue
            meaning = MEANINGS[name]
            line = {"number": meaning.label, "name": name, "unit": meaning.unit, "better": meaning.better}
            line |= {column.title: column.numbers[name] for column in having}
            stands_for = {f"null or ideal, {column.title}": reference(name, column)[0] for column in having}
            found.append(line | stands_for | {"n": images, "k": NEAREST, "seed": SEED})
    return found
