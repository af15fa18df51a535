"""What a page says and offers where images of a data set are not on this machine."""

import functools

import streamlit as st

from aecore import datasets
from aecore.datasets import Split
from aecore.errors import ReadOnly
from aecore.storage.settings import is_read_only
from dashboard.services import background, cached_reads, engine


def tell_absence(dataset: str, consequence: str, split: Split = "train") -> None:
    """Why images of a data set cannot be had: they are not on this machine, or not as they should be.

    Args:
        dataset: its name.
        consequence: what is missing on the page without them, as the end of a sentence.
        split: which images: "train" or "test".
    """
    if trouble := cached_reads.image_trouble(dataset):
        st.error(f"{trouble} Until then {consequence}.")
    else:
        title = cached_reads.dataset_titles().get(dataset, dataset)
        kind = "training" if split == "train" else "test"
        st.info(f"The {title} {kind} images are not on this machine, so {consequence}.")


@st.fragment
def offer_download(dataset: str, consequence: str, split: Split = "train") -> None:
    """A button that fetches the images that are missing, once for all who ask, with progress and Stop.

    Where what is stored is only shown, the button is there and says why it does nothing.

    Args:
        dataset: its name.
        consequence: what is missing on the page without them, as the end of a sentence.
        split: which images the page lacks: "train" or "test".
    """
    if dataset not in datasets.names():
        st.info(f"There are no images beside these codes, so {consequence}.")
        return
    tell_absence(dataset, consequence, split)
    if cached_reads.image_trouble(dataset):
        return
    title = cached_reads.dataset_titles().get(dataset, dataset)
    if is_read_only():
        st.button(f"Download {title}", disabled=True)
        st.caption(str(ReadOnly("downloading")))
        return
    key, size = f"download-{dataset}", _size(dataset)
    job = background.jobs().get(key)
    if job is None or job.is_over:
        st.button(
            f"Download {title}",
            help=f"{size}everything else works without it.",
            on_click=background.start,
            args=(key, f"Downloading {title}", functools.partial(_fetch, dataset)),
        )
    background.show(key)


def lack_training_images(dataset: str, consequence: str) -> None:
    """Say and offer what a part of a page lacks; only say it where the page has offered the test images.

    Args:
        dataset: its name.
        consequence: what the part leaves out, as the end of a sentence.
    """
    tell = offer_download if cached_reads.images_are_here(dataset) else tell_absence
    tell(dataset, consequence)


def _fetch(dataset: str, report: background.Report) -> None:
    engine.download(dataset, lambda done, total: report(done / max(total, 1), ""))


def _size(dataset: str) -> str:
    """What is fetched, as the start of a sentence; empty where the data set does not say."""
    size = datasets.record(dataset).download_bytes
    return f"{size / 1e6:.0f} MB; " if size else ""
