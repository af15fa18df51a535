"""What a page offers where the images of a data set are not on this machine."""

import functools

import streamlit as st

from aecore import datasets
from aecore.errors import ReadOnly
from aecore.storage.settings import is_read_only
from dashboard.services import background, cached_reads, engine


def tell_absence(dataset: str, consequence: str) -> None:
    """Why the images of a data set cannot be had: they are not on this machine, or not as they should be.

    Args:
        dataset: its name.
        consequence: what is missing on the page without them, as the end of a sentence.
    """
    if trouble := cached_reads.image_trouble(dataset):
        st.error(f"{trouble} Until then {consequence}.")
    else:
        title = cached_reads.dataset_titles().get(dataset, dataset)
        st.info(f"The original {title} images are not on this machine, so {consequence}.")


@st.fragment
def offer_download(dataset: str, title: str, consequence: str) -> None:
    """A button that fetches the original images, once for all who ask for them, with progress and Stop.

    Where what is stored is only shown, the button is there and says why it does nothing.

    Args:
        dataset: its name.
        title: what to call it.
        consequence: what is missing on the page without them, as the end of a sentence.
    """
    tell_absence(dataset, consequence)
    if cached_reads.image_trouble(dataset):
        return
    if is_read_only():
        st.button(f"Download {title}", disabled=True)
        st.caption(str(ReadOnly("downloading")))
        return
    key, size = f"download-{dataset}", _size(dataset)
    job = background.jobs().get(key)
    if job is None or job.is_over:
        st.button(
            f"Download {title}",
            help=f"{size}everything works without it.",
            on_click=background.jobs().start,
            args=(key, f"Downloading {title}", functools.partial(_fetch, dataset)),
        )
    background.show(key)


def _fetch(dataset: str, report: background.Report) -> None:
    engine.download(dataset, lambda done, total: report(done / max(total, 1)))


def _size(dataset: str) -> str:
    """What is fetched, as the start of a sentence; empty where the data set does not say."""
    size = getattr(datasets.module(dataset), "DOWNLOAD_BYTES", 0)
    return f"{size / 1e6:.0f} MB; " if size else ""
