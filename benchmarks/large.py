"""10,000 test images of 64 x 64 in colour: what opening their plane costs, and seeing an original."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser

from benchmarks.harness.chromium import launched
from benchmarks.harness.server import open_plane, served
from benchmarks.screens import bytes_of, visit
from dashboard.components.introduction import SEEN

COUNT = 10_000
"""Test images; as many more are trained on."""
VARIANTS = ("conv_vae", "vae")
SIZE = (1280, 720)
NOISE = 12.0
"""Standard deviation of what is added to every value: pictures of cameras shrink no better."""
ROUNDS = 5
SHEET_S = 3.0
"""Longer than any sheet takes."""


def pixels() -> np.ndarray:
    """Sprites at twice their size on many grounds, with noise: uint8 (2 * COUNT, 64, 64, 3)."""
    from aecore.datasets import load_images

    chance = np.random.default_rng(0)
    sprites = np.concatenate([load_images("sprites", split).pixels for split in ("train", "test")])
    chosen = sprites[chance.integers(0, len(sprites), 2 * COUNT)].repeat(2, 1).repeat(2, 2)
    large = np.maximum(chosen, chance.integers(0, 90, (2 * COUNT, 1, 1, 3), dtype=np.uint8))
    for k, image in enumerate(large):
        large[k] = np.clip(image + chance.normal(0, NOISE, image.shape), 0, 255)
    return large


@contextmanager
def _places(folder: str) -> Iterator[None]:
    """Data sets and runs lie in a folder of their own, here and in the server."""
    before = dict(os.environ)
    os.environ.update(AECORE_DATASETS=f"{folder}/datasets", AECORE_RUNS=f"{folder}/runs")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def rows() -> list[dict[str, str]]:
    """One row per variant: the server has run the page before, the browser has nothing."""
    import aecore
    from aecore.runs import train

    with tempfile.TemporaryDirectory() as folder, _places(folder):
        name = aecore.add_images(pixels(), name="large", title="Large pictures", test_share=0.5).name
        runs = [train(variant, name, epochs=1) for variant in VARIANTS]
        with launched() as browser, served(Path(folder) / "log") as address:
            found = []
            for run in runs:
                asked = {"dataset": name, "variant": run.config.variant, "run": run.stored.run_id}
                page = f"{address}/explore?{urlencode(asked)}"
                visit(browser, page, SIZE)
                opened = [visit(browser, page, SIZE) for _ in range(ROUNDS)]
                row = sorted(opened, key=lambda one: float(one["first image"].split()[0]))[ROUNDS // 2]
                kept = {"first image": row["first image"], "on the wire": row["on the wire"]}
                found.append({"model": run.config.variant, **kept, **_pointed(browser, page)})
            return found


def _pointed(browser: Browser, address: str) -> dict[str, str]:
    """Seconds from a choice to its original, and megabytes on the wire once all thumbnails are there too."""
    context = browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]})
    context.add_cookies([{"name": SEEN, "value": "1", "url": address}])
    page = context.new_page()
    taken = bytes_of(page)
    box = open_plane(page, address)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_test_id("latent-plane").press("Enter")  # chooses the dot nearest to the pointer
    begun = time.perf_counter()
    page.get_by_test_id("selected-image").locator("canvas[aria-label=original]").wait_for()
    original = time.perf_counter() - begun
    before = -1
    while len(taken) > before:  # sheets are asked for one after the other, and packed as they are
        before = len(taken)
        page.wait_for_timeout(1e3 * SHEET_S)
    context.close()
    return {"original after": f"{original:.1f} s", "with all thumbnails": f"{sum(taken) / 1e6:.2f} MB"}
