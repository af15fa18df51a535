"""Linked planes under one pointer: decoded images per second in each, and messages to the server."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks.harness.chromium import launched
from benchmarks.harness.server import frames_sent, served

DRAG_S = 3.0
COUNTS = (1, 2, 4, 6)
DATASET = "mnist"
VARIANTS = ("ae", "vae", "aae", "wae_mmd", "denoising", "sparse")
"""Multilayer perceptrons 512-256 with two latent dimensions, all of them."""
LISTEN = """() => {
    window.decodedImages = [];
    addEventListener("decoded", (event) => decodedImages.push([event.detail.name, event.detail.latency]));
}"""


def rows() -> list[dict[str, str]]:
    """One row for each number of planes, linked by position, dragged on an otherwise idle machine."""
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address,
    ):
        links = {count: link(address, count) for count in COUNTS}
        _open(browser, links[max(COUNTS)])[0].context.close()  # the server reads runs and images once
        return [row(browser, links[count], count) for count in COUNTS]


def link(address: str, count: int) -> str:
    """The address of so many planes; a single one stands on the Explore page."""
    store = RunStore(SHIPPED)
    runs = [store.open(f"{DATASET}-{variant}-z2").run_id for variant in VARIANTS[:count]]
    if count == 1:
        return f"{address}/?dataset={DATASET}&variant={VARIANTS[0]}&run={runs[0]}"
    return f"{address}/compare?dataset={DATASET}&runs={','.join(runs)}&link=position"


def row(browser: Browser, url: str, count: int) -> dict[str, str]:
    """What one drag over the first plane gave."""
    page, frames = _open(browser, url)
    rates, latency, sent = drag(page, frames)
    page.context.close()
    assert len(rates) == count, f"{len(rates)} of {count} planes decoded"
    return {
        "planes": str(count),
        "images per second in the slowest plane": f"{min(rates):.0f}",
        "in all planes together": f"{sum(rates):.0f}",
        "pointer event to painted image, median": f"{latency:.1f} ms",
        "messages to the server while dragging": str(sent),
    }


def _open(browser: Browser, url: str) -> tuple[Page, list[object]]:
    page = browser.new_context(viewport={"width": 1360, "height": 1000}).new_page()
    page.add_init_script(f"({LISTEN})()")
    sent = frames_sent(page)
    page.goto(url)
    page.wait_for_function("() => window.decodedImages?.length > 0", timeout=60_000)
    page.wait_for_timeout(2500)
    return page, sent


def drag(page: Page, frames: Sequence[object], seconds: float = DRAG_S) -> tuple[Sequence[float], float, int]:
    """Drag over the first plane of a page at a mouse's own rate of 60 moves a second.

    Args:
        page: opened by `_open`.
        frames: what it sends to the server, as it goes.
        seconds: how long.

    Returns:
        Images per second by plane; median ms from the pointer's event to the painted image, over all
        planes; and messages sent to the server.
    """
    plane = page.locator(".plane").first.bounding_box()
    assert plane, "there is a plane"
    x, y = plane["x"] + plane["width"] / 4, plane["y"] + plane["height"] / 2
    page.mouse.move(x, y)
    page.wait_for_timeout(1500)
    page.mouse.down()
    page.mouse.move(x + 8, y)
    page.evaluate("() => { decodedImages.length = 0; }")
    before, started, step = len(frames), time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < seconds:
        step += 1
        page.mouse.move(x + plane["width"] / 2 * elapsed / seconds, y + 40 * ((step % 20) / 20))
        time.sleep(max(0.0, started + step / 60 - time.perf_counter()))
    found = page.evaluate("() => decodedImages")
    sent = len(frames) - before
    page.mouse.up()
    names = sorted({name for name, _ in found})
    rates = [sum(name == own for own, _ in found) / elapsed for name in names]
    return rates, statistics.median(latency for _, latency in found), sent
