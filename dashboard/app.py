"""The dashboard: `streamlit run dashboard/app.py`. Entry and router; the pages are in app_pages/."""

import gc
import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # `streamlit run` puts this folder on the path, not the repository
    sys.path.insert(0, str(ROOT))

PAGES = ROOT / "dashboard" / "app_pages"


@st.cache_resource(show_spinner=False)
def _settle() -> None:
    """Import what every page needs, then keep the collector away from it.

    Streamlit collects garbage after every rerun before it flushes; a walk over all that was ever
    imported made a rerun fifteen times slower.
    """
    import dashboard.components.latent_plane
    import dashboard.data
    import dashboard.figures.loss_curves  # noqa: F401

    gc.collect()
    gc.freeze()


st.set_page_config(
    page_title="Latent spaces of autoencoders",
    page_icon="🧭",
    layout="wide",
    initial_sidebar_state=360,  # pixels: the longest title of a variant is not cut
)
_settle()
explore = str(PAGES / "explore.py")
st.navigation(
    [
        st.Page(explore, title="Explore", url_path="home", default=True, visibility="hidden"),  # at /
        st.Page(explore, title="Explore", url_path="explore"),
    ]
).run()
