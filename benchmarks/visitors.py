"""Real pages on the Explore page: how soon they answer a click, and how many images they decode."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, ViewportSize

from benchmarks import linked
from benchmarks.harness.server import frames_sent

ACTIONS = ("another run", "a tab")
VIEW = ViewportSize(width=1360, height=1000)
Pages = dict[Page, list[object]]
"""Each page and what it sends to the server, as it goes."""
WATCH = """() => {
    window.decodedImages = [];
    addEventListener("decoded", (event) => decodedImages.push([event.detail.name, event.detail.latency]));
    addEventListener("pointerdown", () => { window.clicked = performance.now(); }, true);
    // Milliseconds from the last press of the button to the picture in which what is awaited stands.
    window.watchFor = (isThere) => {
        window.answer = new Promise((done) => {
            const look = () => {
                if (!isThere()) return;
                observer.disconnect();
                removeEventListener("decoded", look);
                requestAnimationFrame(() => setTimeout(() => done(performance.now() - clicked)));
            };
            const observer = new MutationObserver(look);
            observer.observe(document.body, { subtree: true, childList: true, attributes: true });
            addEventListener("decoded", look);
        });
    };
    window.watchForRun = () => {
        decodedImages.length = 0;
        const before = new URLSearchParams(location.search).get("run");
        watchFor(() => decodedImages.some(([name]) => name !== before));
    };
    const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
    const isOpen = (tab) => tab.getAttribute("aria-selected") === "true"
        && panelOf(tab)?.querySelector("[data-testid=stMetric]");
    window.watchForTab = (title) => watchFor(() => [...document.querySelectorAll("[role=tab]")]
        .some((tab) => tab.innerText.trim() === title && isOpen(tab)));
}"""
MOVE = """(plane, seconds) => new Promise((done) => {
    const box = plane.getBoundingClientRect();
    const began = performance.now();
    const timer = setInterval(() => {
        const passed = (performance.now() - began) / 1000;
        if (passed >= seconds) {
            clearInterval(timer);
            done(passed);
            return;
        }
        plane.dispatchEvent(new PointerEvent("pointermove", {
            clientX: box.left + box.width * (0.25 + (0.5 * passed) / seconds),
            clientY: box.top + box.height * (0.5 + 0.1 * Math.sin(9 * passed)),
            pointerId: 1, pointerType: "mouse", bubbles: true,
        }));
    }, 1000 / 60);
})"""
"""Moves a pointer of the page's own over a plane, 60 times a second; gives the seconds that it took."""
MOVE_AND_COUNT = f"""(plane, seconds) => {{
    decodedImages.length = 0;
    window.moved = ({MOVE})(plane, seconds).then((passed) => decodedImages.length / passed);
}}"""


@dataclass(frozen=True)
class Response:
    """One click and what came of it.

    Attributes:
        action: one of ACTIONS.
        seconds: from the press of the button to the picture in which it stands: the new run's first
            decoded image, or the tab's numbers.
    """

    action: str
    seconds: float


def opened(browser: Browser, urls: Sequence[str]) -> Pages:
    """Open pages, each in a window of its own, all at once, and wait until each has decoded.

    Args:
        browser: to open them in.
        urls: of Explore pages.

    Returns:
        The pages.
    """
    pages: Pages = {}
    for url in urls:
        page = browser.new_context(viewport=VIEW).new_page()
        page.add_init_script(f"({WATCH})()")
        pages[page] = frames_sent(page)
        page.goto(url, wait_until="commit")
    for page in pages:
        page.wait_for_function("() => window.decodedImages?.length > 0", timeout=120_000)
    return pages


def respond(page: Page, action: str, chance: random.Random) -> Response:
    """Do something in a page that the server must answer, and measure the answer in the page.

    Args:
        page: opened by `opened`.
        action: one of ACTIONS.
        chance: chooses which.

    Returns:
        The response.
    """
    if action == "a tab":
        tabs = page.get_by_role("tab", selected=False).filter(visible=True)
        tab = tabs.nth(chance.randrange(tabs.count()))
        page.evaluate("title => watchForTab(title)", tab.inner_text().strip())
        tab.click()
    else:
        page.get_by_role("combobox", name="Model").click()
        options = page.get_by_role("option", selected=False)
        options.first.wait_for()
        others = options.filter(has_not_text="not trained yet")
        page.evaluate("() => watchForRun()")
        others.nth(chance.randrange(others.count())).click()
    milliseconds = page.evaluate("() => answer")
    return Response(action, milliseconds / 1000)


def drag(page: Page, sent: Sequence[object]) -> float:
    """Decoded images a second while one page is dragged over by a mouse's own rate for 3 s."""
    page.locator(".plane").first.scroll_into_view_if_needed()
    (rate,), _, count = linked.drag(page, sent)
    assert not count, f"a drag sent {count} messages to the server"
    return rate


def move_in_all(pages: Sequence[Page], seconds: float) -> list[float]:
    """Decoded images a second in each of many pages, pointers moving over all of them at once.

    One mouse cannot be in thirty windows, so each page moves a pointer of its own, 60 times a second.

    Args:
        pages: opened by `opened`.
        seconds: how long.

    Returns:
        The rates.
    """
    for page in pages:
        page.locator(".plane").first.evaluate(MOVE_AND_COUNT, seconds)
    return [page.evaluate("() => moved") for page in pages]
