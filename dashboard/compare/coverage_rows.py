"""Coverage numbers as a person reads them: rows, panels, a verdict, and what a good value is. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aecore.evaluation import collapse, deviations, directions
from aecore.latent import priors
from aecore.metrics import NULL, SEED, WHITENED, catalog, undefined
from aecore.metrics.coverage import NEAREST
from aecore.metrics.mmd import caution
from dashboard.figures.coverage import Panel
from dashboard.figures.coverage_table import Cell, Row
from dashboard.figures.numbers import plain_or_small, with_deviation

SEVEN = (
    ("1 · Moments: do the codes lie where the prior does?", ("code_std", "code_mean_norm", "gaussian_kl")),
    (
        "2 · The whole distribution: how far is it, and does a classifier tell?",
        ("mmd2", "two_sample_accuracy"),
    ),
    ("3 · Holes: what the prior samples and no code fills", ("hole_share", "empty_share", "total_variation")),
    (
        f"4 · Coverage and density, k = {NEAREST} neighbours",
        ("prior_coverage", "code_coverage", "prior_density"),
    ),
    ("5 · Decode test: does the prior decode to something?", ("decoded_recognised", "decoded_class_tv")),
    ("6 · Neighbours of a code", ("knn_accuracy", "trustworthiness", "continuity")),
    ("7 · What it costs: reconstruction of test images", ("mse", "negative_elbo")),
    ("Diagnostics, where the posterior has a spread", ("active_units", "kl")),
)
AGAINST_PRIOR = [name for _, names in SEVEN[:5] for name in names]
"""What a code that says nothing reaches by saying nothing."""
OVERVIEW = (
    "hole_share",
    "total_variation",
    "prior_coverage",
    "two_sample_accuracy",
    "decoded_recognised",
    "mse",
)
IDEALS = {
    "code_mean_norm": (0.0, "the centre of the prior"),
    "decoded_class_tv": (0.0, "classes as frequent as in the data"),
    "knn_accuracy": (1.0, "every image finds its class"),
    "trustworthiness": (1.0, "no stranger among the neighbours; random codes score about 0.5"),
    "continuity": (1.0, "no neighbour torn away; random codes score about 0.5"),
    "mse": (0.0, "a perfect copy"),
}
"""The best there is, for the numbers that have no null."""
BESIDE = {"mse": ("pca_mse", "PCA"), "knn_accuracy": ("pca_knn_accuracy", "PCA")}


@dataclass(frozen=True)
class Column:
    """What is known of a run.

    Attributes:
        title: what to call it.
        numbers: measured on the test split, by name.
        latent_dim: numbers in a latent code.
        prior: one of `priors.names()`; None where the model has none and is held against N(0, I).
        variant: its file's name.
        deviations: how far the numbers would move, from `evaluation.deviations.known`, by name; a number that
            is not among them is told apart from no other.
        is_hearsay: whether the numbers came with a file and were never measured here.
        likelihood: of pixels, that its loss is under; "" where it is under none.
    """

    title: str
    numbers: Mapping[str, float]
    latent_dim: int
    prior: str | None = None
    variant: str = ""
    deviations: Mapping[str, float] = field(default_factory=dict)
    is_hearsay: bool = False
    likelihood: str = ""

    @property
    def collapse(self) -> collapse.Collapse:
        """Whether the run's code says anything; one that says nothing is compared with none."""
        return collapse.of_run(self.numbers, self.latent_dim)

    @property
    def is_out(self) -> bool:
        """Whether it takes no part in the verdict and is never best."""
        return self.is_hearsay or self.collapse.is_total

    def shown(self, name: str) -> float | None:
        """A number as it stands beside those of others; None where there is none, or it would mislead."""
        is_set_aside = stem_of(name) in AGAINST_PRIOR and self.collapse.is_total
        return None if is_set_aside else self.numbers.get(name)

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
    stem = name.removesuffix(WHITENED)
    if stem + NULL in column.numbers:
        return column.numbers[stem + NULL], "what a sample of the prior scores"
    if stem == "knn_accuracy" and directions.better(stem, column.variant) == "lower":
        return None, "the class is given to the decoder, so the code is better free of it"
    if stem == "decoded_recognised" and "real_recognised" in column.numbers:
        return column.numbers["real_recognised"], "what real test images reach"
    if stem == "code_std":
        return priors.spread(priors.held_against(column.prior)), "the spread of the prior"
    floors = catalog()[stem].floors_of({"likelihood": column.likelihood}) if stem in catalog() else ()
    if stem == "negative_elbo" and "bce_floor_nats" in floors and "bce_floor_nats" in column.numbers:
        return column.numbers["bce_floor_nats"], "a perfect reconstruction at no KL, which no model reaches"
    return IDEALS.get(stem, (None, ""))


def rows(columns: Sequence[Column], with_whitened: bool) -> list[Row]:
    """The coverage table's rows: those numbers that some run has, or could have.

    Args:
        columns: the runs.
        with_whitened: whether each number that has a whitened twin shows it.

    Returns:
        The rows in the order of `SEVEN`.
    """
    found = []
    for group, names in SEVEN:
        for name in names:
            if not any(name in column.numbers for column in columns):
                continue
            meaning, twin = catalog()[name], name + WHITENED
            has_twin = with_whitened and any(twin in column.numbers for column in columns)
            found.append(
                Row(
                    group,
                    meaning.title + _arrow(name, columns),
                    meaning.unit,
                    good(name, columns),
                    meaning.sentence,
                    [_cell(name, column, columns) for column in columns],
                    [_cell(twin, column, columns) for column in columns] if has_twin else (),
                )
            )
    return found


def _arrow(name: str, columns: Sequence[Column]) -> str:
    """The arrow behind a label, where it points the same way for all runs; else it stands in their cells."""
    arrows = {directions.arrow(name, column.variant) for column in columns}
    return arrows.pop() if len(arrows) == 1 else ""


def best(name: str, columns: Sequence[Column]) -> list[int]:
    """The runs that lead in a number: the best, and those that it cannot be told apart from.

    The rule is `evaluation.deviations.told_apart`. Collapsed runs and hearsay take no part; nobody leads
    where the number is better low for one variant and high for another, or is of likelihoods that differ.

    Args:
        name: of the number.
        columns: the runs.

    Returns:
        Their places, the best first; empty where fewer than two runs can be compared.
    """
    gaps = {
        place: gap(
            name, column.numbers[name], _ideal(name, column), directions.better(stem_of(name), column.variant)
        )
        for place, column in enumerate(columns)
        if name in column.numbers and not column.is_out
    }
    if catalog()[stem_of(name)].likelihood and len({columns[place].likelihood for place in gaps}) > 1:
        return []  # densities and probabilities of pixels do not compare
    ways = {directions.better(stem_of(name), columns[place].variant) for place in gaps}
    known = {place: found for place, found in gaps.items() if found is not None}
    if len(gaps) < 2 or len(ways) > 1 or len(known) < len(gaps):
        return []
    first = min(known, key=lambda place: known[place])

    def is_apart(other: int) -> bool:
        spreads = (columns[place].deviations.get(name) for place in (first, other))
        return deviations.told_apart(known[first], known[other], next(spreads), next(spreads))

    return [first, *(place for place in gaps if place != first and not is_apart(place))]


def stem_of(name: str) -> str:
    """A number's name without the ending of its whitened twin."""
    return name.removesuffix(WHITENED)


def _ideal(name: str, column: Column) -> float | None:
    """What gaps are measured from: the reference, or 0 where low is good and there is none."""
    value, _ = reference(name, column)
    is_low = directions.better(stem_of(name), column.variant) == "lower"
    return 0.0 if value is None and is_low else value


def good(name: str, columns: Sequence[Column]) -> str:
    """A sentence on what a good value is, with the null where it is the same for all runs."""
    if not catalog()[name].better and name not in ("code_std", "code_mean_norm"):
        return "A diagnostic: neither way is better."
    references = [reference(name, column) for column in columns if name in column.numbers]
    shown = {_shown(name, column) for column in columns if name in column.numbers} - {""}
    words = references[0][1] if references else ""
    if not shown:
        return f"Good: low, {words}." if words else ""
    is_null = name + NULL in catalog()
    ideal = shown.pop() if len(shown) == 1 else "the null" if is_null else "the value beside it"
    sentence = f"Ideal: {'near ' * is_null}{ideal}, {words}."
    beside = _beside(name, columns)
    return f"{sentence[:-1]}; PCA of the same size reaches {beside}." if beside else sentence


def _shown(name: str, column: Column) -> str:
    """The reference as text, a null with its deviation; empty where there is none."""
    null = stem_of(name) + NULL
    if null in column.numbers:
        return with_deviation(column.numbers, null)
    value, _ = reference(name, column)
    return "" if value is None else plain_or_small(value)


def _beside(name: str, columns: Sequence[Column]) -> str:
    """What PCA reaches, where it is the same for all runs."""
    floor = BESIDE.get(name, ("", ""))[0]
    shown = {plain_or_small(column.numbers[floor]) for column in columns if floor in column.numbers}
    return shown.pop() if len(shown) == 1 else ""


def _cell(name: str, column: Column, columns: Sequence[Column]) -> Cell:
    value = column.shown(name)
    if value is None and name in column.numbers:
        return Cell(None, none="collapsed, so not compared: a code that says nothing fits any prior")
    if value is None:
        has_spread = name in ("negative_elbo", "active_units", "kl")
        none = (
            "its posterior has no spread" if has_spread else undefined(name, column.latent_dim, column.prior)
        )
        return Cell(None, none=none)
    stem, leading = stem_of(name), best(name, columns)
    is_best = len(leading) == 1 and columns[leading[0]] is column
    is_out = column.collapse.is_total
    distance = (
        None if is_out else gap(name, value, _ideal(name, column), directions.better(stem, column.variant))
    )
    if name != stem:  # the number above it has the same null beside it
        return Cell(value, distance, is_best=is_best)
    return Cell(
        value, distance, beside=" · ".join(filter(None, _notes(name, column, columns))), is_best=is_best
    )


def _notes(name: str, column: Column, columns: Sequence[Column]) -> list[str]:
    """What to read a number against, where the runs differ in that."""
    notes = [caution(name, column.latent_dim)]
    if not _arrow(name, columns):
        notes.append(directions.WORDS[way] if (way := directions.better(name, column.variant)) else "")
    if len({_shown(name, other) for other in columns if name in other.numbers} - {""}) > 1:
        notes.append(f"null {_shown(name, column)}" if _shown(name, column) else "")
    if name in BESIDE and not _beside(name, columns) and BESIDE[name][0] in column.numbers:
        notes.append(f"{BESIDE[name][1]} {plain_or_small(column.numbers[BESIDE[name][0]])}")
    return notes


def gap(name: str, value: float, ideal: float | None, better: str = "") -> float | None:
    """How far a value lies from the best attainable, on the worse side.

    Args:
        name: of the number.
        value: what was measured.
        ideal: the null, the best there is or the floor.
        better: the number's direction for the run; that of the catalog if not given.

    Returns:
        At least 0; None where there is nothing to hold it against.
    """
    if ideal is None:
        return None
    better = better or catalog()[name].better
    if better == "lower":
        return max(value - ideal, 0.0)
    return max(ideal - value, 0.0) if better == "higher" else abs(value - ideal)


def panels(columns: Sequence[Column], with_whitened: bool) -> list[Panel]:
    """The numbers that are seen first, as bars.

    Args:
        columns: the runs.
        with_whitened: whether the whitened twins stand beside them.

    Returns:
        A panel for each number of `OVERVIEW` that some run has.
    """
    found = []
    for name in OVERVIEW:
        having = [column for column in columns if name in column.numbers]
        if not having:
            continue
        value, words = reference(name, having[0])
        twins = [column.shown(name + WHITENED) for column in columns]
        has_twins = with_whitened and any(twin is not None for twin in twins)
        values = [column.shown(name) for column in columns]
        title = f"{catalog()[name].title}{_arrow(name, columns)}"
        line = "" if value is None else f"dotted: {_shown(name, having[0])}, {words}"
        found.append(Panel(title, values, twins if has_twins else (), value, line))
    return found


def csv_rows(columns: Sequence[Column], images: int) -> list[dict[str, object]]:
    """The table for a file: one line per number, the whitened ones as lines of their own.

    Args:
        columns: the runs.
        images: how many test images there were.

    Returns:
        Full precision; what a run does not have is missing.
    """
    found: list[dict[str, object]] = []
    for _, names in SEVEN:
        for name in [name for stem in names for name in (stem, stem + WHITENED)]:
            having = [column for column in columns if name in column.numbers]
            if not having:
                continue
            meaning = catalog()[name]
            ways = {directions.better(stem_of(name), column.variant) for column in having}
            better = ways.pop() if len(ways) == 1 else "differs by run"
            line = {"number": meaning.title, "name": name, "unit": meaning.unit, "better": better}
            line |= {column.heading: column.numbers[name] for column in having}
            stands_for = {f"null or ideal, {column.heading}": reference(name, column)[0] for column in having}
            found.append({**line, **stands_for, "n": images, "k": NEAREST, "seed": SEED})
    return found
