"""Takes the README's pictures from the running app: `make picture`."""

import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.app import open_plane, served
from tests.browser.chromium import launched

FOLDER = Path(__file__).parent
SIZE = {"width": 1360, "height": 1060}


VIEWS = {
    "explore": "?dataset=mnist&variant=vae&image=1",
    "compare": "compare?view=prior&show=holes&image=1",
    "denoise": "denoise?image=1",
}


def main() -> None:
    """Open the shipped MNIST models on three pages, and keep what is seen, light and dark."""
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address,
    ):
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport=SIZE, color_scheme=scheme, device_scale_factor=1.5)
            page = context.new_page()
            for name, view in VIEWS.items():
                _open(page, name, f"{address}/{view}")
                page.screenshot(path=FOLDER / f"{name}-{scheme}.png")
            context.close()


def _open(page: Page, name: str, address: str) -> None:
    """Open a page, wait until it has drawn everything, and put the pointer where it shows something."""
    if name == "explore":
        plane = open_plane(page, address)
        page.mouse.move(plane["x"] + 0.62 * plane["width"], plane["y"] + 0.4 * plane["height"], steps=4)
    else:
        page.goto(address)
        last = (
            page.get_by_test_id("linked-image").nth(2)
            if name == "compare"
            else page.get_by_text("comes closest")
        )
        last.wait_for(timeout=120_000)
    page.wait_for_timeout(2500)


if __name__ == "__main__":
    main()
