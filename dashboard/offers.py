"""What a page offers where the images of a data set are not on this machine."""

import streamlit as st

from aecore import datasets
from aecore.errors import AecoreError, ReadOnly
from aecore.store import is_read_only
from dashboard import engine


@st.fragment
def offer_download(dataset: str, title: str, consequence: str) -> None:
    """A button that fetches the original images, with progress; any other click cancels it.

    Where what is stored is only shown, the button is there and says why it does nothing.

    Args:
        dataset: its name.
        title: what to call it.
        consequence: what is missing on the page without them, as the end of a sentence.
    """
    st.info(f"The original {title} images are not on this machine, so {consequence}.")
    if is_read_only():
        st.button(f"Download {title}", disabled=True)
        st.caption(str(ReadOnly("downloading")))
        return
    asked = st.button(f"Download {title}", help=f"{_size(dataset)}everything works without it.")
    place = st.empty()  # the bar, and in its stead why it failed; the button above tries again
    if not asked:
        return
    with place.container():
        bar = st.progress(0.0, f"Downloading {title} …")
        st.button("Cancel")  # any rerun stops the download at its next block
        try:
            engine.download(dataset, lambda done, total: bar.progress(min(done / max(total, 1), 1.0)))
        except AecoreError as error:
            place.error(str(error))
            return
    st.rerun(scope="app")


def _size(dataset: str) -> str:
    """What is fetched, as the start of a sentence; empty where the data set does not say."""
    size = getattr(datasets.module(dataset), "DOWNLOAD_BYTES", 0)
    return f"{size / 1e6:.0f} MB; " if size else ""
