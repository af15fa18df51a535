"""What a first visit shows and costs, page by page and at the sizes people have, in headless Chromium."""

import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from benchmarks.harness.accessibility import FADES_MS, grave
from benchmarks.harness.chromium import launched
from benchmarks.harness.server import served

PAGES = ("explore", "compare", "generate", "denoise", "train", "data")
SIZES = ((1280, 720), (1920, 1080), (2560, 1440), (820, 1180), (390, 844))
SHIFTS = """() => {
    window.shifts = 0;
    const add = (list) => list.getEntries().filter((one) => !one.hadRecentInput)
        .forEach((one) => { window.shifts += one.value; });
    new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
}"""
SHARE = """() => {
    const all = (root) => [...root.querySelectorAll("*")].flatMap((node) =>
        [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])]);
    const seen = (low, high, end) => Math.max(0, Math.min(high, end) - Math.max(low, 0));
    const planes = all(document.body).filter((node) => node.matches(".plane") && node.checkVisibility());
    return planes.reduce((sum, node) => {
        const box = node.getBoundingClientRect();
        return sum + seen(box.left, box.right, innerWidth) * seen(box.top, box.bottom, innerHeight);
    }, 0) / (innerWidth * innerHeight);
}"""
DECODED = """() => {
    const all = (root) => [...root.querySelectorAll("*")].flatMap((node) =>
        [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])]);
    const named = (node) => /^(decoded|linked)-image$/.test(node.dataset?.testid ?? "");
    const image = all(document.body).find(named);
    if (!image || image.width < 2) return false;
    const { data } = image.getContext("2d").getImageData(0, 0, image.width, image.height);
    return data.some((value, i) => i % 4 !== 3 && value > 0);
}"""
RESTS_S = 2.0


def rows() -> list[dict[str, str]]:
    """One row for each page and size: nothing is cached in the browser, and the server has run every page."""
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address,
    ):
        for page in PAGES:
            visit(browser, f"{address}/{page}", SIZES[0])
        return [
            {"page": page, "size": f"{size[0]} × {size[1]}"}
            | visit(browser, f"{address}/{page}", size, counts_violations=True)
            for page in PAGES
            for size in SIZES
        ]


def visit(
    browser: Browser, address: str, size: tuple[int, int], counts_violations: bool = False
) -> dict[str, str]:
    """Open a page for the first time and look until it rests.

    Args:
        browser: where; the visit has a profile of its own.
        address: the page's.
        size: of the window, CSS px.
        counts_violations: whether axe-core looks at it, in light and dark.

    Returns:
        Share of the window that planes take without scrolling, the sum of all layout shifts, the first
        decoded image in seconds, megabytes on the wire, and serious violations if they are counted.
    """
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_init_script(f"({SHIFTS})()")
    page = context.new_page()
    taken = bytes_of(page)
    begun = time.perf_counter()
    page.goto(address)
    first = _first_image(page, begun)
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(1e3 * RESTS_S)
    share, shifts, sent = page.evaluate(SHARE), page.evaluate("() => shifts"), sum(taken)
    violations = {"serious violations": f"{_violations(page)}"} if counts_violations else {}
    context.close()
    return {
        "planes": f"{share:.0%}" if share else "",
        "layout shift": f"{shifts:.3f}",
        "first image": first,
        "on the wire": f"{sent / 1e6:.2f} MB",
        **violations,
    }


def _violations(page: Page) -> int:
    """Rules of axe-core that a page breaks seriously, in light and dark together."""
    broken: set[str] = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(FADES_MS)
        broken |= {rule for rule, _ in grave(page)}
    return len(broken)


def _first_image(page: Page, begun: float) -> str:
    if not urlsplit(page.url).path.endswith(("explore", "compare")):
        return ""
    page.wait_for_function(DECODED, timeout=60_000)
    return f"{time.perf_counter() - begun:.1f} s"


def bytes_of(page: Page) -> list[float]:
    """Bytes of every answer as they travel, and of every message of the web socket, as they come."""
    taken: list[float] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def framed(event: Any) -> None:
        taken.append(
            len(event["response"]["payloadData"]) * (3 / 4 if event["response"]["opcode"] == 2 else 1)
        )

    session.on("Network.loadingFinished", lambda event: taken.append(event["encodedDataLength"]))
    session.on("Network.webSocketFrameReceived", framed)
    return taken
