"""What the coverage numbers of several runs come to, in sentences built from them and nothing else."""

from collections.abc import Sequence

from aecore.metrics import NULL, WHITENED, catalog
from dashboard.compare.coverage_rows import Column, best, stem_of
from dashboard.figures.numbers import plain

HOLES, COVERED, ERROR = "hole_share" + WHITENED, "prior_coverage" + WHITENED, "mse"
TOLD = "two_sample_accuracy" + WHITENED  # the one that any number of dimensions leaves its meaning
LEADS = {
    HOLES: "leaves the fewest holes",
    COVERED: "reaches the largest share",
    TOLD: "is hardest to tell from the prior",
    ERROR: "reconstructs best",
}
LEAD = {
    HOLES: "leave the fewest holes",
    COVERED: "reach the largest share",
    TOLD: "are hardest to tell from the prior",
    ERROR: "reconstruct best",
}
HEARSAY = (
    "its numbers came with its file and were not measured here, so it is never called best and takes no part "
    "in what follows."
)
OF_SIZES = " Codes of different sizes: these errors do not compare."
RULE = (
    "The rule: a run is named only where it differs from every other by more than two standard deviations of "
    "the difference, over seeds and test images (see how each number is defined)."
)


def verdict(columns: Sequence[Column]) -> list[str]:
    """Which run leaves the fewest holes, as far as can be told, and which reconstructs best.

    Args:
        columns: the runs, at least one.

    Returns:
        Sentences; none where there is nothing to say. Collapsed runs, and those whose numbers were not
        measured here, are named and left out.
    """
    out = [
        f"**{column.title}**: {column.collapse.sentence if column.collapse.is_total else HEARSAY}"
        for column in columns
        if column.is_out
    ]
    columns = [column for column in columns if not column.is_out]
    if len(columns) < 2:
        return out
    name = next((name for name in (HOLES, COVERED, TOLD) if _having(name, columns)), "")
    sentences = [_compared(name, columns), _as_they_are(stem_of(name), columns)] if name else []
    if _having(ERROR, columns):
        is_alike = len({column.latent_dim for column in columns}) == 1
        sentences.append(_compared(ERROR, columns) if is_alike else _listed(ERROR, columns) + OF_SIZES)
    sentences = [sentence for sentence in sentences if sentence]
    return [*out, *sentences, RULE] if sentences else out


def _having(name: str, columns: Sequence[Column]) -> list[Column]:
    """The runs that have a number, where there are at least two."""
    having = [column for column in columns if name in column.numbers]
    return having if len(having) > 1 else []


def _listed(name: str, columns: Sequence[Column]) -> str:
    """A number of every run, with its direction and what a sample of the prior scores."""
    having = _having(name, columns)
    null = having[0].numbers.get(stem_of(name) + NULL)
    due = "" if null is None else f"; a sample of the prior: {_text(name, null)}"
    numbers = ", ".join(f"{column.title} {_text(name, column.numbers[name])}" for column in having)
    return f"**{catalog()[name].title}** ({catalog()[name].better} is better{due}): {numbers}."


def _text(name: str, value: float) -> str:
    return plain(value) if name == ERROR else f"{100 * value:.3g} %"


def _compared(name: str, columns: Sequence[Column]) -> str:
    """A number of every run, and who leads as far as can be told."""
    having = _having(name, columns)
    leading = [having[place] for place in best(name, having)]
    return f"{_listed(name, columns)} {_who(name, leading, having)}"


def _who(name: str, leading: Sequence[Column], having: Sequence[Column]) -> str:
    """Who leads: one run, several between which nothing decides, or nobody; and why."""
    if len(leading) == 1:
        return f"**{leading[0].title}** {LEADS[name]}."
    if len(leading) in (0, len(having)):
        return f"No winner is named: {_reason(name, having)}."
    names = _joined([f"**{column.title}**" for column in leading])
    return f"{names} {LEAD[name]}; between them nothing decides: {_reason(name, leading)}."


def _reason(name: str, alike: Sequence[Column]) -> str:
    """Why runs are not told apart in a number."""
    unknown = [column.title for column in alike if name not in column.deviations]
    if len(unknown) == len(alike):
        return "each is a single training, and how far another seed would move the number is not known"
    if unknown:
        return f"how far another seed would move {_joined(unknown)} is not known"
    spreads = ", ".join(f"{column.title} ± {_text(name, column.deviations[name])}" for column in alike)
    return f"they differ by no more than other seeds and test images would move them ({spreads})"


def _as_they_are(name: str, columns: Sequence[Column]) -> str:
    """The same number of the codes as they are, and who was never trained for what they are held against."""
    having = _having(name, columns)
    if not having:
        return ""
    numbers = ", ".join(f"{column.title} {_text(name, column.numbers[name])}" for column in having)
    free = [column.title for column in having if column.prior is None]
    said = f"The same without whitening, place and scale of the codes included: {numbers}."
    return f"{said} {_joined(free)} {_untrained(free)}" if free else said


def _untrained(titles: list[str]) -> str:
    was = "was" if len(titles) == 1 else "were"
    return f"{was} never trained for N(0, I), so place and scale of the codes are arbitrary there."


def _joined(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
