"""Contact sheets: for each class how many images there are, their mean and some of them; arrays to HTML."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from aecore.importers.sheets import ClassSheet, sheet

SIDE = 36
"""CSS pixels of an image's height."""
DENSITY = 2
"""Pixels of a fine screen to one of CSS: larger images are sent no larger than that."""
SPLITS = {"train": "Training", "validation": "Validation", "test": "Test"}
STYLE = f"""<style>
.contact {{ width: 100%; border-collapse: collapse; font-size: 13px; line-height: 18px; }}
.contact :is(th, td) {{ padding: 3px 10px 3px 0; text-align: left; vertical-align: middle;
  font-weight: 400; }}
.contact thead th {{ font-size: 12px; opacity: 0.8; }}
.contact tbody tr {{ border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent); }}
.contact tbody th {{ font-weight: 600; }}
.contact th > span {{ display: block; width: max-content; max-width: 160px; overflow-wrap: break-word; }}
.contact td.count {{ text-align: right; font-variant-numeric: tabular-nums; }}
.contact thead th.count {{ text-align: right; }}
.contact td.some {{ width: 100%; max-width: 0; padding-right: 0; }}
.contact .mean {{ display: block; height: {SIDE}px; border-radius: 3px; image-rendering: pixelated; }}
@media (max-width: 599px) {{
  .contact thead {{ position: absolute; clip-path: inset(50%); }}
  .contact tbody tr {{ display: grid; grid-template-columns: auto auto auto 1fr; padding: 6px 0; }}
  .contact tbody th {{ grid-column: 1 / -1; }}
  .contact th > span {{ width: auto; max-width: none; }}
  .contact td {{ text-align: left; }}
  .contact td.count::before {{ content: attr(data-split) " "; opacity: 0.8; }}
  .contact td.some {{ grid-column: 1 / -1; max-width: 100%; }}
}}
</style>"""


def contact_sheet(rows: Sequence[ClassSheet]) -> str:
    """A table of classes.

    Args:
        rows: one for each class, of the same splits.

    Returns:
        HTML; names are escaped.
    """
    splits = list(rows[0].counts) if rows else []
    heads = "".join(f'<th scope="col" class="count">{SPLITS[split]}</th>' for split in splits)
    last = '<th scope="col">Mean</th><th scope="col">Some of them</th>'
    head = f'<tr><th scope="col">Class</th>{heads}{last}</tr>'
    body = "".join(_row(row, splits) for row in rows)
    return f'{STYLE}<table class="contact"><thead>{head}</thead><tbody>{body}</tbody></table>'


def _row(row: ClassSheet, splits: Sequence[str]) -> str:
    title = html.escape(row.title)
    counts = "".join(
        f'<td class="count" data-split="{SPLITS[split]}">{row.counts[split]:,}</td>' for split in splits
    )
    mean = (
        ""
        if row.mean is None
        else f'<img class="mean" src="{data_uri(row.mean[None])}" alt="Mean of {title}">'
    )
    some = strip(row.pixels, f"{len(row.pixels)} images: {row.title}") if len(row.pixels) else ""
    head = f'<th scope="row"><span>{title}</span></th>'
    return f'<tr>{head}{counts}<td>{mean}</td><td class="some">{some}</td></tr>'


def strip(pixels: np.ndarray, says: str) -> str:
    """Images in one line, cut off where there is no more room.

    Args:
        pixels: uint8 (n, h, w, c), at least one.
        says: what they are, for who does not see them.

    Returns:
        An HTML image, `SIDE` high.
    """
    return f'<img class="strip" src="{data_uri(pixels)}" alt="{html.escape(says)}">'


def data_uri(pixels: np.ndarray) -> str:
    """Images side by side as a PNG within an address, no higher than a fine screen shows them.

    Args:
        pixels: uint8 (n, h, w, c).

    Returns:
        The address.
    """
    found = sheet(pixels, len(pixels))
    drawn = Image.fromarray(found[..., 0] if found.shape[2] == 1 else found)
    if drawn.height > DENSITY * SIDE:
        scale = DENSITY * SIDE / drawn.height
        drawn = drawn.resize((max(1, round(drawn.width * scale)), DENSITY * SIDE), Image.Resampling.BOX)
    with io.BytesIO() as file:
        drawn.save(file, "PNG")
        return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
