"""What a person feels: time to the first view, latency and rate of decoding, redraw, bytes sent."""

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.app import open_plane, served
from tests.browser.chromium import launched

DRAG_S = 3.0
REDRAW = """async (count) => {
    const { PointRenderer } = await import("/points.js");
    return await (await import("/redraw.js")).default(PointRenderer, count);
}"""


def rows() -> list[dict[str, str]]:
    """One row per measure."""
    table = []
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        with served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address:
            open_plane(_page(browser), address)  # the server reads the images once
            firsts, sizes = zip(*[_first_view(browser, address) for _ in range(5)], strict=True)
            table.append(
                _row("first interactive view, warm server", f"{statistics.median(firsts):.2f} s", "3 s")
            )
            table.append(
                _row("bytes to open MNIST's VAE, originals included", f"{max(sizes) / 1e6:.1f} MB", "")
            )
            page = _page(browser)
            latency, rate, sent = _drag(page, address)
            table.append(_row("decode, pointer event to painted image, median", f"{latency[0]:.1f} ms", ""))
            table.append(_row("the same, 95th percentile", f"{latency[1]:.1f} ms", "16 ms"))
            table.append(_row("images per second in a 3-second drag", f"{rate:.0f}", "55"))
            table.append(_row("messages to the server while dragging", str(sent), "0"))
    return table


def _row(measure: str, value: str, limit: str) -> dict[str, str]:
    return {"measure": measure, "value": value, "limit": limit}


def _page(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1360, "height": 1000}).new_page()


def _first_view(browser: Browser, address: str) -> tuple[float, int]:
    """Seconds from the request to a plane that has decoded, and bytes received by then, in a new window."""
    page, received = _page(browser), []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    started = time.perf_counter()
    open_plane(page, address)
    seconds = time.perf_counter() - started
    page.context.close()
    return seconds, sum(received)


def _drag(page: Page, address: str) -> tuple[tuple[float, float], float, int]:
    """Latency (median, 95th percentile) in ms, images per second, and messages sent, in one drag."""
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", sent.append))
    plane = open_plane(page, address)
    page.wait_for_timeout(1500)
    page.evaluate(
        "() => { window.latencies = []; addEventListener('decoded', (e) => latencies.push(e.detail.latency)); }"
    )
    x, y = plane["x"] + plane["width"] / 4, plane["y"] + plane["height"] / 2
    page.mouse.move(x, y)
    page.wait_for_timeout(1500)
    page.mouse.down()
    page.evaluate("() => { latencies.length = 0; }")
    before, started, step = len(sent), time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < DRAG_S:
        step += 1
        page.mouse.move(x + plane["width"] / 2 * elapsed / DRAG_S, y + 40 * ((step % 20) / 20))
        time.sleep(max(0.0, started + step / 60 - time.perf_counter()))  # the mouse's own rate
    found = page.evaluate("() => latencies")
    while_dragging = len(sent) - before
    page.mouse.up()
    quantiles = statistics.quantiles(found, n=20)
    return (statistics.median(found), quantiles[18]), len(found) / elapsed, while_dragging
