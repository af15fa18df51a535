"""One denoiser's card: its image, its numbers, and the class that a classifier sees in it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from aecore.denoising.filters import FILTERS
from dashboard.figures.numbers import plain

EXACT = 100.0  # dB: what a perfect image counts as
SURE = "the probability that the classifier gives its answer, 0 to 100 %"


class Seen(NamedTuple):
    """What the classifier makes of an image.

    Attributes:
        known: the class that is likeliest; None where none of them is likelier still.
        sure: the probability of that, 0 to 1.
        nearest: the likeliest class in either case.
    """

    known: str | None
    sure: float
    nearest: str

    @property
    def words(self) -> str:
        """The same for people."""
        return f"nothing it knows (nearest: {self.nearest})" if self.known is None else self.known


def seen_in(probabilities: np.ndarray, classes: Sequence[str]) -> Seen:
    """What the classifier makes of an image, in one answer.

    Args:
        probabilities: of each class, (classes,); what lacks to 1 is that of none.
        classes: their names.

    Returns:
        The likeliest of the classes and none.
    """
    first = int(probabilities.argmax())
    likeliest, none = float(probabilities[first]), 1 - float(probabilities.sum())
    if none > likeliest:
        return Seen(None, none, classes[first])
    return Seen(classes[first], likeliest, classes[first])


@dataclass(frozen=True)
class Card:
    """What a card says.

    Attributes:
        name: a filter's name, a run id, "noisy", "clean" or "ridge".
        title: what people call it.
        note: a few words under the title.
        image: pixels in [0, 1], shape (h, w, c).
        psnr: in dB against the clean image; None for the clean image itself.
        ssim: against the clean image; likewise.
        milliseconds: for this image; None where nothing was computed.
        parameter: a filter's parameter, where it has one.
        usual: what that is if nobody moves it.
        is_waiting: whether its setting is not fitted to this noise yet; nothing is concluded from it.
        is_model: whether it is a trained model.
        is_collapsed: whether it is a model whose code says nothing, which is never called best.
    """

    name: str
    title: str
    note: str
    image: np.ndarray
    psnr: float | None = None
    ssim: float | None = None
    milliseconds: float | None = None
    parameter: float | None = None
    usual: float | None = None
    is_waiting: bool = False
    is_model: bool = False
    is_collapsed: bool = False


def decibels(psnr: float) -> str:
    """A PSNR with its unit; a dash where an image of no numbers has none."""
    if not math.isfinite(psnr):
        return "—"
    return "exact" if psnr >= EXACT else f"{psnr:.2f} dB"


def milliseconds(value: float) -> str:
    """A time with its unit."""
    return f"{plain(value) if value >= 10 else format(value, '.2f')} ms"


def finite(value: float | None) -> float | None:
    """A number; None where there is none, or it is not one."""
    return value if value is not None and math.isfinite(value) else None


def record(card: Card, seen: Seen | None, is_other: bool, is_best: bool) -> dict[str, Any]:
    """A card as the browser takes it; see `denoiser_cards.pack_cards`.

    Args:
        card: what it says.
        seen: what the classifier makes of the image.
        is_other: whether that is something else than it makes of the clean image.
        is_best: whether no other denoiser has a higher PSNR.

    Returns:
        JSON values by name.
    """
    return {
        "name": card.name,
        "title": card.title,
        "note": card.note,
        "role": "model" if card.is_model else "filter",
        "psnr": finite(card.psnr),
        "ssim": finite(card.ssim),
        "milliseconds": None if card.milliseconds is None else milliseconds(card.milliseconds),
        "seen": seen
        and {"words": seen.known or "none", "sure": seen.sure, "isOther": is_other, "help": SURE},
        "best": is_best,
        "waits": card.is_waiting,
        "parameter": _parameter(card),
    }


def _parameter(card: Card) -> Mapping[str, Any] | None:
    parameter = FILTERS[card.name].parameter if card.name in FILTERS else None
    if parameter is None:
        return None
    return {
        "title": parameter.title,
        "help": f"{FILTERS[card.name].idea} {parameter.help}",
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "step": parameter.step,
        "value": card.parameter,
        "usual": card.usual,
    }
