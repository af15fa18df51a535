"""Rewinds that play in a loop: frames drawn, images decoded under a moving pointer, messages sent."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize

from aecore.config import RunConfig
from aecore.jobs import worker
from aecore.models import variants
from aecore.storage.run import StoredRun
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks import visitors
from benchmarks.harness.chromium import launched
from benchmarks.harness.server import frames_sent, served

EPOCHS = 12
"""Of the run that is trained here: as many as the shipped rewinds keep."""
WATCH_S, LONGEST_S = 4.0, 60.0
VIEW = ViewportSize(width=1400, height=1000)
COUNT = """() => {
    window.drawnFrames = new Set();
    window.decodedImages = 0;
    const own = WebGLRenderingContext.prototype.drawArrays;
    WebGLRenderingContext.prototype.drawArrays = function (...given) {
        drawnFrames.add(document.timeline.currentTime);  // several calls draw one frame
        return own.apply(this, given);
    };
    addEventListener("decoded", () => { decodedImages += 1; });
}"""
MOVE = f"""async (plane, seconds) => {{
    const before = [drawnFrames.size, decodedImages];
    const passed = await ({visitors.MOVE})(plane, seconds);
    return [(drawnFrames.size - before[0]) / passed, (decodedImages - before[1]) / passed];
}}"""
REST = """(seconds) => {
    const before = drawnFrames.size;
    const rate = () => (drawnFrames.size - before) / seconds;
    return new Promise((done) => setTimeout(() => done(rate()), 1000 * seconds));
}"""


def rows() -> list[dict[str, str]]:
    """One row for a shipped rewind, and one for a run that is trained here."""
    config = variants.configure("vae", "mnist", epochs=EPOCHS)
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        store = RunStore(Path(folder) / "runs")
        own = worker.train_here(config, store)
        with served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address:
            runs = {"shipped": RunStore(SHIPPED).open("mnist-vae-z2"), "trained here": own}
            return [row(browser, address, name, run) for name, run in runs.items()]


def row(browser: Browser, address: str, name: str, run: StoredRun) -> dict[str, str]:
    """What one rewind gave, playing in a loop with every decoder loaded."""
    page = browser.new_context(viewport=VIEW).new_page()
    page.add_init_script(f"({COUNT})()")
    sent = frames_sent(page)
    page.goto(_address(address, run.config, run.run_id))
    plane = page.get_by_test_id("rewind-plane")
    plane.wait_for(timeout=1000 * LONGEST_S)
    page.wait_for_timeout(2000)
    page.get_by_role("button", name="Loop").click()
    page.get_by_test_id("play").click()
    seen = -1
    while len(sent) > seen:  # until a while passes in which no decoder is asked for
        seen = len(sent)
        page.wait_for_timeout(1000 * WATCH_S)
    playing = page.evaluate(REST, WATCH_S)
    pointed, decoded = plane.evaluate(MOVE, WATCH_S)
    shown = page.get_by_test_id("rewind-codes").inner_text()
    found = {
        "rewind": name,
        "codes": shown.strip(" ·"),
        "frames per second, playing": f"{playing:.0f}",
        "playing under a moving pointer": f"{pointed:.0f}",
        "images decoded per second then": f"{decoded:.0f}",
        "messages to the server": str(len(sent) - seen),
    }
    page.context.close()
    return found


def _address(address: str, config: RunConfig, run_id: str) -> str:
    return f"{address}/train?dataset={config.dataset}&variant={config.variant}&job={run_id}"
