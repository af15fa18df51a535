"""The dashboard: `streamlit run dashboard/app.py`. Entry and router; the pages are in app_pages/."""

import ast
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from starlette.middleware import Middleware
from streamlit import App
from streamlit.navigation.page import StreamlitPage

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # `streamlit run` puts this folder on the path, not the repository
    sys.path.insert(0, str(HERE.parent))
if "dashboard" not in sys.modules:  # installed, the folder is called aecore_dashboard: nobody else's name
    spec = spec_from_file_location("dashboard", HERE / "__init__.py")
    assert spec is not None, "there is such a file"
    assert spec.loader is not None, "it is Python"
    sys.modules["dashboard"] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules["dashboard"])

from dashboard import app_pages  # noqa: E402
from dashboard.components.address import show_address  # noqa: E402
from dashboard.components.introduction import SEEN  # noqa: E402
from dashboard.components.shortcuts import shortcut_sheet  # noqa: E402
from dashboard.services import (  # noqa: E402
    component_scripts,
    networks,
    original_images,
    packed_planes,
    still,
    thumbnails,
    turns,
)
from dashboard.services.home_redirect import HomeRedirect  # noqa: E402
from dashboard.services.page_style import PageStyle  # noqa: E402
from dashboard.services.security_headers import SecurityHeaders  # noqa: E402
from dashboard.services.static_compression import StaticCompression  # noqa: E402
from dashboard.shared import actions, error_message, frame, header_actions, shortcuts  # noqa: E402
from dashboard.state import keys, session  # noqa: E402


@st.cache_resource(show_spinner=False)
def _prepare() -> None:
    """Import what every page needs, before any page runs.

    Plotly uses pandas and Pillow as soon as either is listed as imported, also while another session's
    thread is still in the middle of that.
    """
    import pandas  # noqa: F401
    import PIL.Image  # noqa: F401

    from dashboard.services import uploads

    uploads.bound()


class Page(NamedTuple):
    """A page as the navigation lists it."""

    order: int
    title: str
    path: Path


@st.cache_resource(show_spinner=False)
def _pages() -> list[Page]:
    """Every file of app_pages/: its docstring begins with the title, and ORDER says where it stands."""
    pages = []
    for path in (path for folder in app_pages.__path__ for path in Path(folder).glob("[a-z]*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        order, title = constants.get("ORDER"), (ast.get_docstring(tree) or "").partition(":")[0]
        pages.append(Page(order if isinstance(order, int) else 99, title, path))
    return sorted(pages)


def _page_styles() -> list[Path]:
    """What a page lays out by CSS stands beside it, under the same name."""
    return sorted(path for folder in app_pages.__path__ for path in Path(folder).glob("*.css"))


def _run(page: StreamlitPage, listed: list[StreamlitPage]) -> None:
    """Run a page between what its address says and what is to stand there afterwards."""
    from dashboard.shared import run_link  # here: what it reads is kept for a server that runs

    session.open_page(page.url_path)
    run_link.find_dataset()
    at_right = header_actions.place()
    with actions.telling():
        error_message.said(page.run)()
    header_actions.show(at_right, page.url_path)
    pages = [other.url_path for other in listed]
    shortcut_sheet(shortcuts.SECTIONS, key=keys.KEY_SHEET)
    show_address(session.shown_address(), pages, session.in_view(), key=keys.ADDRESS_BAR)


def _show() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title=frame.PRODUCT, page_icon="🧭", layout="wide")
    _prepare()
    explore, *others = _pages()
    home = st.Page(
        explore.path, title=explore.title, url_path="home", default=True, visibility="hidden"
    )  # at /
    listed = [st.Page(page.path, title=page.title, url_path=page.path.stem) for page in (explore, *others)]
    st.logo(frame.LOGO)
    _run(st.navigation([home, *listed], position="top"), listed)


if __name__ == "__main__":  # each session runs this file as its script
    with turns.turn():
        _show()
else:  # the server imports it, to find how it is to be served
    base = f"/{st.get_option('server.baseUrlPath').strip('/')}".rstrip("/")
    services = [
        Middleware(SecurityHeaders),
        Middleware(HomeRedirect, page=_pages()[0].path.stem, base=base, welcome=(f"{keys.WELCOME}=1", SEEN)),
        Middleware(PageStyle, styles=[frame.STYLE, *_page_styles()], first=still.markup),
        Middleware(StaticCompression),
    ]
    app = App(
        __file__,
        middleware=services,
        routes=[
            module.route(base)
            for module in (component_scripts, original_images, networks, packed_planes, still, thumbnails)
        ],
    )
