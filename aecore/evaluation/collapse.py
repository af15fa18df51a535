"""Collapse: whether a run's code says anything about its image, told from the stored numbers alone.

A posterior that equals the prior covers it perfectly and says nothing, so a collapsed run would win every
comparison with the prior. It has collapsed where no latent dimension is active, the KL is under 0.1 nats,
the codes are constant, or the reconstructions are no better than the mean image: that of the class where
the decoder is given one, since the class alone is enough to draw it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LEAST_KL = 0.1
"""Nats per image; under it the codes of all images together tell less than a seventh of a bit."""
MEAN_IMAGE = 0.98
"""Share of the mean image's MSE from which on a reconstruction shows no more than the mean image."""
ROUNDING = 1e-5
"""A spread under this share of the codes' size is the rounding of float32, layer after layer."""

OUT = "It is never called best, and what it scores against the prior is not compared."

Kind = Literal["collapsed", "constant codes", "partly collapsed", "sound"]


@dataclass(frozen=True)
class Collapse:
    """What is to be said of a run's code.

    Attributes:
        kind: which of the four it is.
        words: the same in a few words, for a list; empty where it is sound.
        facts: what is wrong, in numbers.
        cure: what may help, where something does.
    """

    kind: Kind
    words: str
    facts: str
    cure: str = ""

    @property
    def is_total(self) -> bool:
        """Whether the run's numbers against the prior say nothing, so that they are compared with none."""
        return self.kind in ("collapsed", "constant codes")

    @property
    def sentence(self) -> str:
        """The facts of a finished run, what follows from them, and what may help."""
        return " ".join(filter(None, [self.facts, OUT * self.is_total, self.cure]))

    @property
    def advice(self) -> str:
        """The facts of a training under way, and what may help."""
        return f"{self.facts} {self.cure}".strip()


def of_run(metrics: Mapping[str, float], latent_dim: int) -> Collapse:
    """Whether a run is collapsed, in part or whole.

    Args:
        metrics: the run's numbers by name, floors among them; what is missing is not judged.
        latent_dim: numbers in a latent code.

    Returns:
        What it is, with a sentence.
    """
    alive, facts = _alive(metrics, latent_dim), _facts(metrics, latent_dim)
    if _is_constant(metrics):
        cure = "The training went astray: try a lower learning rate."
        return _found("constant codes", "Constant codes: every image gets the same code", facts, cure)
    if alive == 0 or metrics.get("kl", LEAST_KL) < LEAST_KL:
        cure = "More epochs, less weight on the KL, or a warm-up may bring the code into use."
        return _found("collapsed", "Collapsed: the code says next to nothing about the image", facts, cure)
    if _of_mean_image(metrics) >= MEAN_IMAGE:
        cure = "Try a lower learning rate, or more epochs."
        said = f"Collapsed: reconstructions are no better than {_floor(metrics)[1]}"
        return _found("collapsed", said, facts, cure)
    if alive is not None and alive < latent_dim:
        words = f"{alive} of {latent_dim} dimensions alive"
        said = f"Partly collapsed: {words}; the others say nothing about the image"
        return Collapse("partly collapsed", words, f"{said} ({'; '.join(facts[1:])}).")
    return Collapse("sound", "", f"The code is in use ({'; '.join(facts)})." if facts else "")


def _found(kind: Kind, said: str, facts: list[str], cure: str) -> Collapse:
    """A run that is out of comparisons: what is wrong, the facts, and what may help."""
    return Collapse(kind, kind, f"{said} ({'; '.join(facts)}).", cure)


def _alive(metrics: Mapping[str, float], latent_dim: int) -> int | None:
    """How many latent dimensions vary with the image; None where that was not measured."""
    if "active_units" in metrics:
        return round(metrics["active_units"])
    if "dead_units" in metrics:
        return round((1 - metrics["dead_units"]) * latent_dim)
    return None


def _is_constant(metrics: Mapping[str, float]) -> bool:
    """Whether the codes vary by no more than rounding."""
    spread = metrics.get("code_std")
    return spread is not None and spread <= ROUNDING * metrics.get("code_mean_norm", 0.0)


def _floor(metrics: Mapping[str, float]) -> tuple[float, str]:
    """The MSE of answering without a code, 0 where it was not measured, and what is answered."""
    if "class_mean_mse" in metrics:
        return metrics["class_mean_mse"], "the class mean"
    return metrics.get("mean_image_mse", 0.0), "the mean image"


def _of_mean_image(metrics: Mapping[str, float]) -> float:
    """MSE as a share of the mean image's; 0 where either was not measured."""
    floor, _ = _floor(metrics)
    return metrics.get("mse", 0.0) / floor if floor else 0.0


def _facts(metrics: Mapping[str, float], latent_dim: int) -> list[str]:
    """What was measured, the living dimensions first."""
    alive, facts = _alive(metrics, latent_dim), []
    if alive is not None and not _is_constant(metrics):
        facts.append(f"{alive} of {latent_dim} dimensions alive")
    if "kl" in metrics:
        facts.append(f"KL {metrics['kl']:.3g} nats per image")
    if _is_constant(metrics):
        facts.append(f"code spread {metrics['code_std']:.2g}")
    if _of_mean_image(metrics):
        floor, answer = _floor(metrics)
        facts.append(f"MSE {metrics['mse']:.4f}, {answer}'s {floor:.4f}")
    return facts
