"""An image of the person's own: drawn or uploaded, and made to look like those of a data set."""

import numpy as np
import streamlit as st

from aecore import datasets
from aecore.errors import AecoreError, BadPicture
from aecore.images import files as image_files
from aecore.images.preprocessing import Prepared, prepare
from dashboard.components.draw_pad import draw_pad, drawn
from dashboard.figures.picture_strip import Picture, picture_strip
from dashboard.services import cached_reads
from dashboard.shared.plain_text import as_text
from dashboard.state import inputs, keys, widgets

DRAWN, UPLOADED = "draw", "upload"
TITLES = {DRAWN: "Draw", UPLOADED: "Upload"}
ENDINGS = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")
MEGABYTES = image_files.MOST_BYTES // 1024**2


def image_shape(dataset: str) -> tuple[int, int, int] | None:
    """(h, w, c) of a data set's images; None where neither a run nor the images are here to tell."""
    if extent := datasets.extent(dataset):
        return extent[0]
    return next(
        (run.image_shape for run in cached_reads.listing().runs if run.config.dataset == dataset), None
    )


def is_fitted(dataset: str) -> bool:
    """Whether an image is to be fitted to a data set: the switch."""
    title = cached_reads.dataset_titles()[dataset]
    return st.toggle(
        f"Fit it to {title}",
        help=_help(dataset, title),
        **widgets.linked(keys.ADAPTED, True, (0, 1), "fitting"),
    )


def choose(dataset: str, shape: tuple[int, int, int], way: str, is_adapted: bool) -> Prepared | None:
    """The pad or the upload, made into an image of the data set; `show_steps` shows how.

    Args:
        dataset: whose images it is made to look like.
        shape: (h, w, c) of them.
        way: DRAWN or UPLOADED.
        is_adapted: what `is_fitted` says.

    Returns:
        The image; None where there is none yet, or none that can be used, which is said.
    """
    try:
        picture = _drawing(shape) if way == DRAWN else _upload()
        if picture is None:
            return None
        ground = "dark" if way == DRAWN else "find"
        return prepare(picture, shape, datasets.record(dataset).layout, ground=ground, is_adapted=is_adapted)
    except AecoreError as error:
        st.error(as_text(error))
        return None


def _help(dataset: str, title: str) -> str:
    source = datasets.record(dataset).layout.source
    by = f", as its authors did ({source})" if source else ""
    return (
        f"On: light on black, cut out, scaled and centred as {title} is{by}. A model knows only images like "
        "those it was trained on. Off: only made grey and resized."
    )


def _drawing(shape: tuple[int, int, int]) -> np.ndarray | None:
    draw_pad(inputs.kept_drawing(), shape, key=keys.DRAW_PAD, on_drawing=inputs.keep_drawing)
    return drawn(inputs.kept_drawing(), shape)


def _upload() -> np.ndarray | None:
    shown = st.file_uploader(
        f"A picture of up to {MEGABYTES} MB and {image_files.MOST_PIXELS // 10**6} million pixels",
        ENDINGS,
        max_upload_size=MEGABYTES,
        key=keys.UPLOAD,
        on_change=inputs.keep_upload,
        help="A drawing, a scan or a photo with one thing on an even background. It is read on the computer "
        "that runs this dashboard, and not kept.",
    )
    kept = inputs.kept_upload()
    if kept is None:
        return None
    name, content = kept
    if shown is None:
        st.caption(f"Still shown: {as_text(name)}, uploaded before.")
    found = _read(content)
    if isinstance(found, BadPicture):
        raise BadPicture(found.what, found.remedy)
    return found


@st.cache_resource(show_spinner="Reading the picture …", max_entries=16)
def _read(content: bytes) -> np.ndarray | BadPicture:
    """What `files.read` makes of a file or says of it: asked once, not with every rerun."""
    try:
        return image_files.read(content)
    except BadPicture as error:
        return error


def show_steps(prepared: Prepared) -> None:
    """Every step of the preparation, in order."""
    strip = [
        Picture(step.image, f"{number}. {step.title}", _size(step.image))
        for number, step in enumerate(prepared.steps, 1)
    ]
    st.html(picture_strip(strip))


def _size(image: np.ndarray) -> str:
    return f"{image.shape[1]} × {image.shape[0]} px"


def as_bytes(image: np.ndarray) -> np.ndarray:
    """Pixels in [0, 1] as a data set stores them: uint8."""
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
