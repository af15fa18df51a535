"""Takes the README's pictures from the running app: `make picture`; `python -m docs.picture train` one.

`python -m docs.picture still` takes the plane that a page shows while it loads (`dashboard.services.still`).
"""

import io
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from aecore import jobs
from aecore.config import RunConfig
from aecore.models import variants
from aecore.storage.store import RunStore
from benchmarks.harness.chromium import launched
from benchmarks.harness.server import open_plane, served
from dashboard.services import still

FOLDER = Path(__file__).parent
SIZES = {"explore": (1280, 720), "compare": (1280, 720), "denoise": (1360, 1060), "train": (1360, 1060)}


VIEWS = {
    "explore": "?dataset=mnist&variant=vae&image=1",
    "compare": "compare?image=1",
    "denoise": "denoise?image=1",
    "train": "train?dataset=mnist&variant=vae",
}
STILL = "still"
EPOCH = 6
"""After which the training is looked at: the classes have parted."""


def main() -> None:
    """Keep what is seen of the shipped MNIST models and of a training, light and dark."""
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address,
        training(variants.configure("vae", "mnist"), RunStore(Path(folder) / "runs")),
    ):
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme, device_scale_factor=1.5)
            page = context.new_page()
            for name in sys.argv[1:] or VIEWS:
                if name == STILL:
                    keep_still(page, address, scheme)
                    continue
                width, height = SIZES[name]
                page.set_viewport_size({"width": width, "height": height})
                _open(page, name, f"{address}/{VIEWS[name]}")
                page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
            context.close()


def keep_still(page: Page, address: str, scheme: str) -> None:
    """Keep the default plane's dots as a small picture, without marks and words.

    Args:
        page: where to open it.
        address: the server's.
        scheme: "light" or "dark".
    """
    page.set_viewport_size({"width": 1280, "height": 720})
    open_plane(page, f"{address}/explore")
    page.wait_for_timeout(2500)
    plane = page.get_by_test_id("latent-plane")
    plane.evaluate(
        "plane => plane.getRootNode().querySelectorAll('*').forEach((node) => "
        "node.matches(':is(canvas, :has(canvas))') || (node.style.visibility = 'hidden'))"
    )
    with Image.open(io.BytesIO(plane.screenshot())) as taken:
        taken.convert("RGB").save(still.FOLDER / still.picture(scheme), quality=40, method=6)


@contextmanager
def training(config: RunConfig, store: RunStore, epochs: int = EPOCH) -> Iterator[None]:
    """A training under way, in a process of its own, that leaves nothing behind: its folder may go.

    Args:
        config: what is trained; for longer than it is looked at.
        store: where.
        epochs: how many are done when it is first looked at.

    Yields:
        None: while it trains.
    """
    job = jobs.submit(config, store, by="dashboard")
    try:
        jobs.advance(store)
        while not (job.progress and job.progress.epoch >= epochs):
            time.sleep(0.5)
            found = jobs.find(job.run_id, store)
            assert found, "it trains for longer"
            job = found
        yield
    finally:
        jobs.send_command(job, "discard")
        while any(job.path.parent.iterdir()):  # its worker is at a batch, or removes what it wrote
            time.sleep(0.1)


def _open(page: Page, name: str, address: str) -> None:
    """Open a page, wait until it has drawn everything, and put the pointer where it shows something."""
    if name == "explore":
        plane = open_plane(page, address)
        page.mouse.move(plane["x"] + 0.62 * plane["width"], plane["y"] + 0.4 * plane["height"], steps=4)
    else:
        page.goto(address)
        last = {
            "compare": page.get_by_test_id("linked-image").nth(2),
            "denoise": page.get_by_text("comes closest"),
            "train": page.get_by_text("Fixed test images"),
        }
        last[name].wait_for(timeout=120_000)
    page.wait_for_timeout(2500)
    page.get_by_test_id("stStatusWidget").wait_for(state="hidden")


if __name__ == "__main__":
    main()
