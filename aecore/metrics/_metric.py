"""What a metric is: how to read one number of a run, and how to work it out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from aecore.config import PLAIN, is_text

if TYPE_CHECKING:
    from aecore.metrics._context import MetricContext

GROUPS = (
    "reconstruction",
    "latent space",
    "coverage of the prior",
    "classification",
    "denoising",
    "sparsity",
)
"""What numbers are about, in the order in which pages show them."""
NEEDS = {
    "labels": "the classes of the images",
    "images": "images beside the codes",
    "training": "codes of training images",
    "reconstructions": "images beside what is decoded from their codes",
    "prior": "a prior that the model was trained for",
    "posterior": "a posterior with a spread",
    "decoder": "a decoder",
    "bound": "a bound on the likelihood",
    "class": "a decoder that is given the class",
    "noise": "a noise that the model was trained to remove",
    "classifier": "a model that classifies by itself",
    "rectifier": "a decoder whose pixels can be 0",
}
"""What a number may need of data set and model. The name of a discriminator is a need as well."""
OF_DIMENSIONS = "of the latent dimensions"
LIMITS: dict[str, tuple[float, float]] = {
    "per pixel": (0, inf),
    "nats": (0, inf),
    "nats per pixel": (0, inf),
    "nats per image": (0, inf),
    "dB": (-inf, 100),
    "0 to 1": (0, 1),
    "accuracy": (0, 1),
    "−1 to 1": (-1, 1),
    "standard deviation": (0, inf),
    "distance from the origin": (0, inf),
    "relative to the prior": (0, inf),
    OF_DIMENSIONS: (0, inf),
}
"""The least and the most that a number of a unit can be; a share is from 0 to 1, and the rest is anything."""
ROUNDING = 1e-3
"""By which a number may miss its range: they are sums of many in float32."""
WHITENED = "_whitened"
"""How the names of numbers end that are measured after the codes' place, scale and tilt are taken out."""
NULL, DEVIATION = "_null", "_null_sd"
"""How the names end of what a sample of the prior scores: the mean over draws, and the standard deviation."""
SEED = 0
"""Of the samples of the prior and of q(z|x) that a run's stored numbers were measured with."""


def always(latent_dim: int, prior: str | None) -> str:
    """No reason why a number should not be defined."""
    return ""


@dataclass(frozen=True)
class Metric:
    """One number of a run.

    Attributes:
        title: its short name.
        unit: what it counts.
        better: which way is better, or "" where neither is.
        sentence: what it says, in a sentence.
        group: one of `GROUPS`, or "" for a number that only stands beside others, as their floor.
        needs: what data set and model must have, of `NEEDS`; else the number is left out.
        floors: names of the numbers to hold it against. One that ends in "_null" needs no entry of its own.
        likelihood: of pixels, under which alone the floors hold; "" where the number asks for none. Runs
            under different ones do not compare.
        compute: the number of a context, or None where this model has none; not given for a number that a
            command of its own measures.
        undefined: why a model of a latent dimension and a prior (None without one, which is held against
            N(0, I)) has no such number, in a few words; empty where it has.
        is_signed: whether it can be below 0, unlike others of its unit.
        formula: in TeX; empty where words say all.
        range: between what it lies, in words.
        measured: what a reader needs besides the formula.
        source: who defined it.
    """

    title: str
    unit: str
    better: Literal["lower", "higher", "near 1", "near 1.386", ""]
    sentence: str
    group: str = ""
    needs: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()
    likelihood: str = ""
    compute: Callable[[MetricContext], float | None] | None = None
    undefined: Callable[[int, str | None], str] = always
    is_signed: bool = False
    formula: str = ""
    range: str = ""
    measured: str = ""
    source: str = ""

    @property
    def is_floor(self) -> bool:
        """Whether the number only stands beside others."""
        return not self.group

    def floors_of(self, options: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the numbers to hold it against, for one run.

        Args:
            options: of the run's variant.

        Returns:
            Its floors; none under another likelihood than that for which they hold.
        """
        is_other = self.likelihood and options.get("likelihood") not in (None, "", self.likelihood)
        return () if is_other else self.floors

    def limits(self, latent_dim: int) -> tuple[float, float]:
        """Between what the number lies, whatever a model does.

        Args:
            latent_dim: of the model.

        Returns:
            The least and the most that it can be.
        """
        least, most = LIMITS.get(self.unit, (0, 1) if self.unit.startswith("share") else (-inf, inf))
        least = -inf if self.is_signed else least
        return least, latent_dim if self.unit == OF_DIMENSIONS else most

    def is_within(self, number: float, latent_dim: int) -> bool:
        """Whether a number that is read can be this one of a model: finite, and within its limits."""
        least, most = self.limits(latent_dim)
        return math.isfinite(number) and least - ROUNDING <= number <= most + ROUNDING

    def is_for(self, has: frozenset[str], latent_dim: int, prior: str | None) -> bool:
        """Whether a model can have the number.

        Args:
            has: what data set and model have, of `NEEDS`.
            latent_dim: numbers in a latent code.
            prior: as in `undefined`.

        Returns:
            True where nothing that it needs is missing, it is defined, and something computes it.
        """
        return bool(self.compute) and has.issuperset(self.needs) and not self.undefined(latent_dim, prior)

    def measure(self, context: MetricContext) -> float | None:
        """The number of a context; None where it has none, or none that is finite."""
        if not self.is_for(context.has, context.latent_dim, context.prior):
            return None
        value = self.compute(context) if self.compute else None
        return float(value) if value is not None and math.isfinite(value) else None

    def faults(self) -> list[str]:
        """All that is wrong with what its file says, in the words of a sentence."""
        texts = {"title": self.title, "unit": self.unit}
        found = [f"its {name} is not {PLAIN}" for name, text in texts.items() if not (text and is_text(text))]
        if self.group and self.group not in GROUPS:
            found.append(f"its group {self.group!r} is none of {', '.join(GROUPS)}")
        return found


def with_twin(
    name: str,
    metric: Metric,
    compute: Callable[[MetricContext, str], float],
    title: str,
    sentence: str,
    unit: str = "",
) -> dict[str, Metric]:
    """A number and its twin, the same of codes and prior that are whitened first.

    Args:
        name: of the number.
        metric: it, without its `compute`.
        compute: the number of a context and of the ending of the name, "" or "_whitened".
        title: of the twin.
        sentence: of the twin.
        unit: of the twin, where it is another.

    Returns:
        Both by name.
    """
    own = replace(metric, compute=lambda context: compute(context, ""))
    about = {"title": title, "sentence": sentence, "unit": unit or metric.unit}
    silent = {"formula": "", "range": "", "measured": "", "source": ""}
    twin = replace(metric, **about, **silent, compute=lambda context: compute(context, WHITENED))
    return {name: own, name + WHITENED: twin}


def nulls_of(known: dict[str, Metric]) -> dict[str, Metric]:
    """The nulls that numbers name as their floors, each with its deviation over draws.

    Args:
        known: numbers by name.

    Returns:
        Their nulls by name, of the unit of the number that they are of.
    """
    found = {}
    for name in dict.fromkeys(floor for metric in known.values() for floor in metric.floors):
        stem = name.removesuffix(NULL)
        if name in known or stem not in known:
            continue
        of = known[stem]
        for ending, title, sentence in (
            (NULL, "a sample of the prior", "As many codes drawn from the prior; the mean over draws."),
            (DEVIATION, "± over draws", "Standard deviation of the null over draws."),
        ):
            found[stem + ending] = Metric(
                title,
                of.unit,
                "",
                sentence,
                compute=lambda context, name=stem + ending: context.nulls.get(name),
                needs=of.needs,
                undefined=of.undefined,
            )
    return found
