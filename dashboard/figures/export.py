"""Bytes of what a person takes home: HTML of figures, CSV of tables, Parquet of codes, PNG of pictures."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from aecore.errors import WrongShape
from dashboard.figures.template import TEMPLATE

FORMULA = (*"=+-@\t\r", *"＝＋－＠")
"""A spreadsheet takes a text that begins so for a formula, in wide signs too (OWASP, CSV injection)."""
CELL = re.compile(rf"(^|(?!^)[;\t\r\n][\s\"]*)(?=[{re.escape(''.join(FORMULA))}])")
"""Where such a text begins: also behind what parts the cells where a comma is the decimal sign."""
PNG_SCALE = 2
ENLARGED = 4
"""Screen pixels per image pixel in a picture that is saved."""
Rows = Sequence[Mapping[str, object]]
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>:root {{ color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #0e1117; }} }}</style></head>
<body>{figure}</body></html>
"""


def file_stem(name: str) -> str:
    """A name as a file can bear it on every system: letters, digits, - and _; never empty."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80] or "figure"


def config(stem: str) -> dict[str, Any]:
    """Settings for `st.plotly_chart`: the mode bar saves the figure as a PNG of twice its size.

    Args:
        stem: the file's name without its ending.

    Returns:
        The argument `config`.
    """
    image = {"format": "png", "filename": file_stem(stem), "scale": PNG_SCALE}
    return {"displaylogo": False, "toImageButtonOptions": image}


def figure_html(figure: go.Figure, title: str = "") -> bytes:
    """A figure as one HTML file that needs nothing else.

    Args:
        figure: any figure; it is left as it was. The page's theme gives way to `TEMPLATE`, since its
            colours are filled in by the page only.
        title: of the browser's tab.

    Returns:
        UTF-8.
    """
    own = go.Figure(figure).update_layout(template=TEMPLATE)
    body = own.to_html(include_plotlyjs=True, full_html=False, config=config(title))
    safe = title.replace("&", "&amp;").replace("<", "&lt;")
    return PAGE.format(title=safe, figure=body).encode()


def csv_bytes(rows: Rows) -> bytes:
    """A table as CSV, safe to open in a spreadsheet.

    Args:
        rows: one mapping per line; the columns are those of all of them, in order of appearance. A value
            that a row lacks is left empty; what of a text a spreadsheet would take for a formula
            begins with an apostrophe.

    Returns:
        UTF-8 with a byte order mark, without which spreadsheets garble − and ².
    """
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_harmless(column) for column in columns])
    writer.writerows([_harmless(row.get(column)) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(value: object) -> object:
    return CELL.sub(r"\1'", value) if isinstance(value, str) else value


def codes_table(
    codes: np.ndarray, labels: np.ndarray | None = None, classes: Sequence[str] = ()
) -> dict[str, Any]:
    """Latent codes as columns.

    Args:
        codes: shape (n, d).
        labels: class of each, (n,), where there is one.
        classes: class names by label.

    Returns:
        index, label and class where labels are given, then z1 to zd as float32; each of length n.
    """
    columns: dict[str, Any] = {"index": np.arange(len(codes), dtype=np.int32)}
    if labels is not None:
        columns |= {"label": np.asarray(labels), "class": [classes[label] for label in labels]}
    values = np.asarray(codes, np.float32)
    return columns | {f"z{i + 1}": values[:, i] for i in range(values.shape[1])}


def rows_of(columns: Mapping[str, Any]) -> list[dict[str, object]]:
    """Columns of one length, by name, as rows."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def parquet_bytes(columns: Mapping[str, Any], about: Mapping[str, str] | None = None) -> bytes:
    """Columns as a Parquet file.

    Args:
        columns: arrays or lists of one length, by name.
        about: what to keep beside them in the file's metadata.

    Returns:
        The file; compressed by Zstandard.
    """
    import pyarrow  # here: it takes a moment to import
    import pyarrow.parquet

    table = pyarrow.table(dict(columns)).replace_schema_metadata(dict(about or {}))
    stream = io.BytesIO()
    pyarrow.parquet.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def png_bytes(picture: np.ndarray, enlarged: int = ENLARGED) -> bytes:
    """A picture as PNG, every pixel drawn as a square.

    Args:
        picture: (h, w) or (h, w, c) in [0, 1], c 1 or 3; values outside are clipped.
        enlarged: the side of that square.

    Returns:
        The file, 8 bits per channel.

    Raises:
        WrongShape: if it is no picture.
    """
    from PIL import Image

    picture = np.asarray(picture, np.float32)
    picture = picture[..., 0] if picture.ndim == 3 and picture.shape[2] == 1 else picture
    if picture.ndim != 2 and (picture.ndim != 3 or picture.shape[2] != 3):
        raise WrongShape("The picture's pixels", picture.shape, "(h, w), (h, w, 1) or (h, w, 3)")
    pixels = np.round(picture.clip(0, 1) * 255).astype(np.uint8)
    image = Image.fromarray(pixels)
    stream = io.BytesIO()
    size = (image.width * enlarged, image.height * enlarged)
    image.resize(size, Image.Resampling.NEAREST).save(stream, "PNG")
    return stream.getvalue()


def tiled(images: np.ndarray, columns: int, gap: int = 1, between: float = 0.5) -> np.ndarray:
    """Images side by side, row after row, parted by a line of grey.

    Args:
        images: (n, h, w, c) in [0, 1], n at least 1.
        columns: images per row; the last row is filled with grey.
        gap: pixels between two of them.
        between: the grey, 0 to 1.

    Returns:
        One picture, (H, W, c).
    """
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, channels)
    picture = np.full(shape, between, np.float32)
    for index, image in enumerate(images):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        picture[top : top + height, left : left + width] = image
    return picture
