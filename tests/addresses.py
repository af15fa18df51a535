"""The address of a page that runs without a browser: what a browser would show once the page has run."""

from streamlit.testing.v1 import AppTest

from dashboard.state import keys


def address(app: AppTest) -> dict[str, str]:
    """The parameters of a page's address, by name."""
    return dict(app.session_state[keys.ADDRESS].parts)
