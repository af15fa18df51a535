"""What the coverage numbers of several runs come to, in sentences built from them and nothing else."""

from collections.abc import Sequence

from aecore.metrics.coverage import STANDARDISED
from dashboard.compare.reading import SLIGHT, Column
from dashboard.figures.numbers import plain

CAUTION = "Each column is one training with one seed: a small difference between two of them decides nothing."


def verdict(columns: Sequence[Column], with_standardised: bool) -> list[str]:
    """Which run leaves the most holes, which the fewest, how much of that is scale, and what it costs.

    Args:
        columns: the runs, at least one.
        with_standardised: whether to say what is left of the holes without place and scale.

    Returns:
        Sentences; none where there is nothing to compare.
    """
    out = [
        f"**{column.title}**: {column.collapse.sentence}" for column in columns if column.collapse.is_total
    ]
    columns = [column for column in columns if not column.collapse.is_total]
    sentences = list(out)
    holes = [column for column in columns if "hole_share" in column.numbers]
    covering = [column for column in columns if "prior_coverage" in column.numbers]
    if len(holes) > 1:
        sentences += _holes(holes, with_standardised)
    if len(covering) > 1 and (len(holes) < len(covering)):
        sentences.append(_covered(covering))
    sentences += _cost(columns)
    return [*sentences, CAUTION] if sentences != out else out


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _holes(columns: Sequence[Column], with_standardised: bool) -> list[str]:
    worst = max(columns, key=lambda column: column.numbers["hole_share"])
    least = min(columns, key=lambda column: column.numbers["hole_share"])
    most, fewest = worst.numbers["hole_share"], least.numbers["hole_share"]
    null = worst.numbers.get("hole_share_null")
    due = "" if null is None else f"; a sample of the prior itself leaves {_percent(null)}"
    if most == fewest:
        return [f"All leave {_percent(most)} of the prior's 200 cells as holes{due}."]
    sentences = [
        f"**{worst.title}** leaves the largest share of the prior's 200 cells as holes, {_percent(most)}; "
        f"**{least.title}** the smallest, {_percent(fewest)}{due}."
    ]
    shape = worst.numbers.get("hole_share" + STANDARDISED)
    if with_standardised and shape is not None:
        cause = "place and scale" if shape < most / 2 else "shape, which no scale mends"
        sentences.append(
            f"With place and scale taken out, {worst.title} leaves {_percent(shape)}: most of its holes are "
            f"a matter of {cause}."
        )
    return sentences


def _covered(columns: Sequence[Column]) -> str:
    best = max(columns, key=lambda column: column.numbers["prior_coverage"])
    worst = min(columns, key=lambda column: column.numbers["prior_coverage"])
    null = best.numbers.get("prior_coverage_null")
    due = "" if null is None else f"; a sample of the prior itself reaches {_percent(null)}"
    return (
        f"The codes of **{best.title}** reach the largest share of the prior's samples, "
        f"{_percent(best.numbers['prior_coverage'])}, those of **{worst.title}** the smallest, "
        f"{_percent(worst.numbers['prior_coverage'])}{due}."
    )


def _cost(columns: Sequence[Column]) -> list[str]:
    """Reconstruction side by side: what the run that covers best pays beside the one that covers least."""
    known = [c for c in columns if {"mse", "prior_coverage"} <= set(c.numbers)]
    if len(known) < 2:
        return []
    errors = ", ".join(f"{column.title} {plain(column.numbers['mse'])}" for column in known)
    sentence = f"What it costs, in reconstruction MSE (lower is better): {errors}."
    if len({column.latent_dim for column in known}) > 1:
        return [f"{sentence} Codes of different sizes: these errors do not compare."]
    name = "hole_share" if all("hole_share" in c.numbers for c in known) else "prior_coverage"
    ordered = sorted(known, key=lambda c: c.numbers[name], reverse=name == "prior_coverage")
    best, least = ordered[0], ordered[-1]
    if best.numbers[name] == least.numbers[name] or not least.numbers["mse"]:
        return [sentence]
    more = best.numbers["mse"] / least.numbers["mse"] - 1
    if abs(more) < SLIGHT:
        paid = f"within {_percent(SLIGHT)} of that of {least.title}: here the covering costs next to nothing"
    else:
        paid = f"{_percent(abs(more))} {'above' if more > 0 else 'below'} that of {least.title}"
    return [f"{sentence} The error of {best.title}, which leaves least uncovered, is {paid}."]
