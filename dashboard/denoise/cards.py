"""One denoiser's card: the image without smoothing, its numbers, the class that a classifier sees."""

import base64
import html
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from dashboard.figures.numbers import plain

WIDTH = 152  # px: five stand side by side on a laptop, two on a phone
EXACT = 100.0  # dB: what a perfect image counts as
BEST, UNSURE = "#009E73", "#D55E00"  # Okabe-Ito green and vermilion; beside each stand words
BADGE = "#007a59"  # the green, dark enough for white letters
STYLE = f"""<style>
.denoised {{ position: relative; }}
.denoised img {{ display: block; width: 100%; image-rendering: pixelated; border-radius: 4px; }}
.denoised.first img {{ outline: 3px solid {BEST}; outline-offset: 2px; }}
.denoised .badge {{ position: absolute; top: 6px; left: 6px; padding: 1px 7px; border-radius: 9px;
  background: {BADGE}; color: #fff; font-size: 12px; font-weight: 600; }}
.denoised .name {{ margin: 8px 0 2px; font-weight: 600; font-size: 14px; line-height: 1.25; }}
.denoised .note {{ font-size: 12px; line-height: 1.3; opacity: .75; }}
.denoised .numbers {{ display: grid; grid-template-columns: auto 1fr; gap: 1px 8px; margin-top: 6px;
  font-size: 13px; line-height: 1.35; }}
.denoised .numbers :nth-child(odd) {{ opacity: .75; }}
.denoised .numbers :nth-child(even) {{ text-align: right; font-variant-numeric: tabular-nums; }}
.denoised .numbers .other {{ color: {UNSURE}; font-weight: 600; }}
</style>"""
BADGE_HTML = '<span class="badge">best PSNR</span>'


SURE = "the probability, 0 to 100 %, that the classifier gives its answer, of all classes and none of them"


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
    is_collapsed: bool = False


def png_uri(image: np.ndarray) -> str:
    """An image (h, w, c) in [0, 1] as a data URI, pixel for pixel."""
    pixels = np.rint(np.clip(np.nan_to_num(image), 0, 1) * 255).astype(np.uint8)
    with io.BytesIO() as file:
        Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(file, "PNG")
        return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def decibels(psnr: float) -> str:
    """A PSNR with its unit; a dash where an image of no numbers has none."""
    if not math.isfinite(psnr):
        return "—"
    return "exact" if psnr >= EXACT else f"{psnr:.2f} dB"


def milliseconds(value: float) -> str:
    """A time with its unit."""
    return f"{plain(value) if value >= 10 else format(value, '.2f')} ms"


def card_html(card: Card, seen: Seen | None, is_other: bool, is_best: bool) -> str:
    """A card's inside.

    Args:
        card: what it says.
        seen: what the classifier makes of the image.
        is_other: whether that is something else than it makes of the clean image.
        is_best: whether no other denoiser has a higher PSNR.

    Returns:
        HTML, to stand after STYLE.
    """
    rows = []
    if card.psnr is not None and card.ssim is not None:
        rows += [
            ("PSNR ↑", decibels(card.psnr)),
            ("SSIM ↑", f"{card.ssim:.3f}" if math.isfinite(card.ssim) else "—"),
        ]
    if card.milliseconds is not None:
        rows.append(("Time ↓", milliseconds(card.milliseconds)))
    numbers = "".join(f"<span>{label}</span><span>{value}</span>" for label, value in rows)
    if seen:
        name, other = html.escape(seen.words), ' class="other"' * is_other
        numbers += f"<span>Seen as</span><span{other}>{'≠ ' * is_other}{name}</span>"
        numbers += f'<span title="{SURE}">Sure</span><span title="{SURE}">{100 * seen.sure:.0f} %</span>'
    title = html.escape(card.title)
    return (
        f'<div class="denoised{" first" * is_best}">'
        f'<img src="{png_uri(card.image)}" alt="{title}">{BADGE_HTML * is_best}'
        f'<div class="name">{title}</div><div class="note">{html.escape(card.note)}</div>'
        f'<div class="numbers">{numbers}</div></div>'
    )
