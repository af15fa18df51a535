"""What a person takes home: a button each for figures, tables, codes and pictures.

Bytes are made when a button is pressed, outside the page's thread, and never on a mere rerun.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from aecore.storage.run import StoredRun
from dashboard.figures.export import (
    ENLARGED,
    Rows,
    codes_table,
    config,
    csv_bytes,
    figure_html,
    file_stem,
    parquet_bytes,
    png_bytes,
    rows_of,
)

__all__ = [
    "codes_parquet",
    "columns_csv",
    "columns_parquet",
    "config",
    "figure_buttons",
    "image_grid_png",
    "table_csv",
]


def figure_buttons(figure: go.Figure, stem: str, key: str) -> None:
    """A button that saves a figure as one HTML file; `config` gives it the one for PNG.

    Args:
        figure: what is shown.
        stem: the file's name without its ending.
        key: of the button.
    """
    st.download_button(
        f"HTML, interactive · {_library_megabytes():.0f} MB",
        lambda: figure_html(figure, stem),
        f"{file_stem(stem)}.html",
        "text/html",
        key=key,
        on_click="ignore",
        icon=":material/download:",
        help="One file that zooms and shows values without a network: it carries the Plotly library, hence "
        "its size. For a PNG press the camera in the figure's upper right corner.",
    )


def table_csv(rows: Rows, stem: str, key: str) -> None:
    """A button that saves a table as CSV.

    Args:
        rows: one mapping per line, column to value.
        stem: the file's name without its ending.
        key: of the button.
    """
    st.download_button(
        "CSV",
        lambda: csv_bytes(rows),
        f"{file_stem(stem)}.csv",
        "text/csv",
        key=key,
        on_click="ignore",
        icon=":material/download:",
        help="The table's numbers in full precision.",
    )


def columns_csv(columns: Mapping[str, Any], stem: str, key: str) -> None:
    """`table_csv` for columns of one length, by name."""
    st.download_button(
        "Codes, CSV",
        lambda: csv_bytes(rows_of(columns)),
        f"{file_stem(stem)}.csv",
        "text/csv",
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def columns_parquet(
    columns: Mapping[str, Any], stem: str, key: str, about: Mapping[str, str] | None = None
) -> None:
    """A button that saves columns as Parquet.

    Args:
        columns: arrays or lists of one length, by name.
        stem: the file's name without its ending.
        key: of the button.
        about: what to keep beside them in the file's metadata.
    """
    st.download_button(
        "Codes, Parquet",
        lambda: parquet_bytes(columns, about),
        f"{file_stem(stem)}.parquet",
        "application/vnd.apache.parquet",
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def codes_parquet(run: StoredRun, key: str) -> None:
    """A button that saves the latent codes of a run's test images as Parquet.

    Args:
        run: a stored run; it is read when the button is pressed.
        key: of the button.
    """
    st.download_button(
        "Codes, Parquet",
        lambda: parquet_bytes(codes_table(run.arrays["codes"], run.labels, run.classes), {"run": run.run_id}),
        f"{run.run_id}-codes.parquet",
        "application/vnd.apache.parquet",
        key=key,
        on_click="ignore",
        icon=":material/download:",
        help=f"Every test image in order: index, {'label, class, ' * bool(run.classes)}and its latent code "
        "z1, z2, … (for a VAE the posterior mean).",
    )


def image_grid_png(array: np.ndarray, stem: str, key: str) -> None:
    """A button that saves a picture as PNG, enlarged without smoothing.

    Args:
        array: one picture, (h, w, c) in [0, 1], c 1 or 3.
        stem: the file's name without its ending.
        key: of the button.
    """
    st.download_button(
        "PNG",
        lambda: png_bytes(array),
        f"{file_stem(stem)}.png",
        "image/png",
        key=key,
        on_click="ignore",
        icon=":material/download:",
        help=f"The images as shown, every pixel drawn as {ENLARGED} × {ENLARGED}.",
    )


@lru_cache(maxsize=1)
def _library_megabytes() -> float:
    from plotly.offline import get_plotlyjs  # here: it reads 5 MB

    return len(get_plotlyjs().encode()) / 1e6
