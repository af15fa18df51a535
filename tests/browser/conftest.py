"""One browser and one server for all browser tests of a worker."""

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, ViewportSize, expect

from benchmarks.harness.chromium import launched
from benchmarks.harness.modules import module_page
from benchmarks.harness.server import open_plane, served
from dashboard.components.introduction import SEEN
from tests.browser.idle import watch


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
        watch(page)
        yield page


PATIENCE_MS = 60_000  # a machine that has much else to do is no failure
expect.set_options(timeout=PATIENCE_MS)


class Messages(list):
    """Errors and warnings of the console, and uncaught exceptions, as they came."""


def is_error(message: ConsoleMessage) -> bool:
    """Whether a message of the console is of something that went wrong."""
    # Below /denoise or another page, Streamlit asks there for its own files first, then at the root.
    is_probe = "404" in message.text and "/_stcore/" in message.location.get("url", "")
    return message.type == "error" and not is_probe


VIEWPORT: ViewportSize = {"width": 1360, "height": 1000}


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """One window for all tests of a worker, with one tab."""
    with contextlib.closing(browser.new_context(viewport=VIEWPORT, accept_downloads=True)) as window:
        window.set_default_timeout(PATIENCE_MS)
        window.add_cookies([{"name": SEEN, "value": "1", "domain": "127.0.0.1", "path": "/"}])
        yield window


@pytest.fixture
def page(window: BrowserContext, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page as if it were fresh, in a light, wide window; a console error fails the test that caused it.

    It is the tab of the test before: a new one parses all scripts again, half of the work of a load.
    """
    page = window.pages[0] if window.pages else window.new_page()
    errors, listeners = Messages(), []

    def listen(event: Any, handler: Callable[..., None]) -> None:
        listeners.append((event, handler))
        Page.on(page, event, handler)

    monkeypatch.setattr(page, "on", listen)
    page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    try:
        _empty(page)
    except Error:  # it crashed, or hangs: the next test opens another
        page.close()
    for event, handler in listeners:
        page.remove_listener(event, handler)
    assert errors == []


def _empty(page: Page) -> None:
    """Leave nothing of a test: no other tab, nothing stored, no history, the usual window."""
    for other in page.context.pages:
        if other != page:
            other.close()
    page.evaluate("() => { try { localStorage.clear(); sessionStorage.clear(); } catch { /* has none */ } }")
    page.mouse.up()
    page.mouse.move(0, 0)
    page.goto("about:blank")
    browser = page.context.new_cdp_session(page)
    browser.send("Page.resetNavigationHistory")
    browser.detach()
    page.unroute_all()
    page.context.clear_cookies(name=re.compile(f"^(?!{SEEN}$)"))
    page.set_viewport_size(VIEWPORT)
    page.emulate_media(media="null", color_scheme="null", reduced_motion="null")


@pytest.fixture
def plane(page: Page, address: str) -> dict[str, float]:
    """The box of the latent plane, on the page that opens first."""
    return open_plane(page, address)
