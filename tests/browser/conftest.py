"""One browser and one server for all browser tests of a worker."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from benchmarks.harness.chromium import launched
from benchmarks.harness.modules import module_page
from benchmarks.harness.server import open_plane, served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard, with the shipped runs and no others."""
    folder = tmp_path_factory.mktemp("served")
    with served(folder / "server.log", AECORE_RUNS=str(folder / "runs")) as address:
        yield address


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Iterator[Page]:
    """A page that can import the frontend's files one by one."""
    with module_page(browser) as page:
        yield page


class Messages(list):
    """Errors and warnings of the console, and uncaught exceptions, as they came."""


def _is_error(message: ConsoleMessage) -> bool:
    # Below /denoise or another page, Streamlit asks there for its own files first, then at the root.
    is_probe = "404" in message.text and "/_stcore/" in message.location.get("url", "")
    return message.type == "error" and not is_probe


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page in a light, wide window; a console error fails the test that caused it."""
    context = browser.new_context(viewport={"width": 1360, "height": 1000}, accept_downloads=True)
    page, errors = context.new_page(), Messages()
    page.on("console", lambda message: errors.append(message.text) if _is_error(message) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def plane(page: Page, address: str) -> dict[str, float]:
    """The box of the latent plane, on the page that opens first."""
    return open_plane(page, address)
