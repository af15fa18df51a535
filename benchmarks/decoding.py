"""Decoding of colour images by size: the forward pass alone, and from the pointer to the painted image."""

import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
from playwright.sync_api import Browser

import aecore
from aecore import runs
from aecore.models import build, export, variants
from aecore.storage.store import RunStore
from benchmarks.browser import drag, new_page
from benchmarks.harness.chromium import launched
from benchmarks.harness.modules import module_page
from benchmarks.harness.server import served

SIDES = (32, 64, 128)
POINTED_AT = (64, 128)
"""Sides of which an image under the pointer has a limit, in FRAMES of 16 ms."""
FRAMES = {64: "≤ 16 ms", 128: "≤ 33 ms"}
VARIANTS = ("vae", "conv_vae", "lstm")
"""One of each kind of decoder: perceptrons, transposed convolutions, rows."""
POOLED = {"form": "pooled"}
IMAGES = 120
DECODING = """async ([layers, shapes, count]) => {
    const { createDecoder } = await import("/lib/decoder/decoder.js");
    const { Products } = await import("/lib/decoder/products.js");
    const tensors = {};
    for (const [name, shape] of Object.entries(shapes)) {
        const length = shape.reduce((total, side) => total * side, 1);
        const data = Float32Array.from({ length }, () => 0.1 * (Math.random() - 0.5));
        tensors[name] = { shape, data };
    }
    const both = [true, false].map((isPlain) => createDecoder(layers, tensors, 2, new Products(isPlain)));
    const times = both.map(() => []);
    for (let i = 0; i < count; i++) {
        both.forEach(({ decode }, k) => {  // by turns, so that what else the machine does slows both
            const started = performance.now();
            decode([Math.random(), Math.random()]);
            times[k].push(performance.now() - started);
        });
    }
    return times.map((all) => all.slice(count / 5));  // the first are not compiled yet
}"""


def rows() -> list[dict[str, str]]:
    """One row for each size and decoder."""
    with launched() as browser:
        found = [_row(browser, side, variant) for side in SIDES for variant in VARIANTS]
        found += [_row(browser, side, "conv_vae", **POOLED) for side in SIDES]
    with _trained() as (address, datasets), launched() as browser:
        for row in found:
            side, variant = int(row["image"].split("×")[0]), row["decoder"]
            row["pointer to image, 95th percentile"] = row["limit"] = ""
            if side in POINTED_AT and variant in VARIANTS:
                url = f"{address}/?dataset={datasets[side]}&variant={variant}"
                latency, _, _ = drag(new_page(browser), url)
                row["pointer to image, 95th percentile"] = f"{latency[1]:.1f} ms"
                row["limit"] = FRAMES[side]
    return found


def _row(browser: Browser, side: int, variant: str, **options: str) -> dict[str, str]:
    """The forward pass of a fresh decoder on the page's own thread; its weights do not change the time."""
    shape = (side, side, 3)
    config = variants.configure(variant, "digits", **variants.sized(variant, shape) | options)
    model = build.build_model(config, shape)
    decoder = export.decoder(model)
    shapes = {name: list(tensor.shape) for name, tensor in decoder.tensors.items()}
    with module_page(browser) as page:
        plain, fast = page.evaluate(DECODING, [decoder.layers, shapes, 100])
    return {
        "image": f"{side}×{side}×3",
        "decoder": ", ".join([variant, *options.values()]),
        "weights": f"{sum(tensor.size for tensor in decoder.tensors.values()) / 1e6:.2f} million",
        "JavaScript, median / 95th percentile": _quantiles(plain),
        "WebAssembly, median / 95th percentile": _quantiles(fast),
        "times as fast": f"{statistics.median(plain) / statistics.median(fast):.1f}",
    }


def _quantiles(times: list[float]) -> str:
    return f"{statistics.median(times):.1f} / {statistics.quantiles(times, n=20)[18]:.1f} ms"


@contextmanager
def _trained() -> Iterator[tuple[str, dict[int, str]]]:
    """The dashboard with a run of each variant and size, trained for one epoch on a few noisy images.

    Yields:
        tuple[str, dict[int, str]]: its address, and the data sets by the side of their images.
    """
    with tempfile.TemporaryDirectory() as folder:
        own = {"AECORE_RUNS": f"{folder}/runs", "AECORE_DATASETS": f"{folder}/datasets"}
        with mock.patch.dict(os.environ, own):
            datasets = {side: _noise(side) for side in POINTED_AT}
            for name in datasets.values():
                for variant in VARIANTS:
                    config = variants.configure(variant, name, epochs=1, batch_size=IMAGES)
                    runs.train_config(config, RunStore(Path(own["AECORE_RUNS"])), rewind=False)
        with served(
            Path(folder) / "log", AECORE_RUNS=own["AECORE_RUNS"], AECORE_DATASETS=own["AECORE_DATASETS"]
        ) as address:
            yield address, datasets


def _noise(side: int) -> str:
    """A data set of noise, by its name."""
    pixels = np.random.default_rng(side).integers(0, 256, (IMAGES, side, side, 3), np.uint8)
    return aecore.add_images(pixels, name=f"noise_{side}").name
