"""Small pictures in a row, each with its caption: arrays to HTML."""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

WIDTH = 90
"""CSS pixels of each picture."""
PIXELS_SHOWN = 64
"""A picture with no longer side is an image of a data set: its pixels are shown as squares."""
STYLE = f"""<style>
.pictures {{ display: flex; flex-wrap: wrap; gap: 16px 8px; }}
.pictures figure {{ margin: 0; width: {WIDTH}px; }}
.pictures img {{ display: block; width: {WIDTH}px; height: {WIDTH}px; object-fit: contain;
  border-radius: 4px; box-shadow: 0 0 0 1px color-mix(in srgb, currentColor 20%, transparent); }}
.pictures img.pixels {{ image-rendering: pixelated; }}
.pictures figcaption {{ padding-top: 4px; font-size: 12px; line-height: 16px; overflow-wrap: anywhere; }}
.pictures .note {{ display: block; opacity: 0.7; font-variant-numeric: tabular-nums; }}
</style>"""


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture: pixels in [0, 1], shape (h, w, 1 or 3), its caption, and a fainter line below."""

    image: np.ndarray
    title: str
    note: str = ""


def picture_strip(pictures: Sequence[Picture]) -> str:
    """The pictures in order, as many side by side as there is room for.

    Args:
        pictures: what to show.

    Returns:
        HTML; captions are escaped.
    """
    return f'{STYLE}<div class="pictures">{"".join(map(_figure, pictures))}</div>'


def _figure(picture: Picture) -> str:
    title, note = html.escape(picture.title), html.escape(picture.note)
    kind = "pixels" if max(picture.image.shape) <= PIXELS_SHOWN else "photo"
    below = f'<span class="note">{note}</span>' if note else ""
    return (
        f'<figure><img class="{kind}" src="{_data_uri(picture.image)}" alt="{title}">'
        f"<figcaption>{title}{below}</figcaption></figure>"
    )


def _data_uri(image: np.ndarray) -> str:
    pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    drawn = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    drawn.thumbnail((2 * WIDTH, 2 * WIDTH), Image.Resampling.BOX)
    with io.BytesIO() as file:
        drawn.save(file, "PNG")
        return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
