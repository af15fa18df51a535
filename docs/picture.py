"""Takes the README's pictures from the running app: `make picture`."""

import tempfile
from pathlib import Path

from tests.browser.app import open_plane, served
from tests.browser.chromium import launched

FOLDER = Path(__file__).parent
SIZE = {"width": 1360, "height": 1060}


def main() -> None:
    """Open the shipped MNIST VAE, put the pointer on a digit, and keep what is seen, light and dark."""
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address,
    ):
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport=SIZE, color_scheme=scheme, device_scale_factor=1.5)
            page = context.new_page()
            plane = open_plane(page, f"{address}/?dataset=mnist&variant=vae&image=1")
            x, y = plane["x"] + 0.62 * plane["width"], plane["y"] + 0.4 * plane["height"]
            page.mouse.move(x, y, steps=4)
            page.wait_for_timeout(1500)
            page.screenshot(path=FOLDER / f"explore-{scheme}.png")
            context.close()


if __name__ == "__main__":
    main()
