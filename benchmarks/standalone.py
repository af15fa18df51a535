"""Runs saved as a page: its size, and how it decodes when it is opened from a disk."""

import tempfile
from pathlib import Path

from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks.browser import drag, new_page
from benchmarks.harness.chromium import launched
from dashboard import standalone

PAGES = (("mnist-vae-z2",), ("mnist-conv_vae-z2",), ("mnist-ae-z2", "mnist-vae-z2", "mnist-aae-z2"))


def rows() -> list[dict[str, str]]:
    """One row for each page: a drag of 3 s over its first plane."""
    store = RunStore(SHIPPED)
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        found = []
        for names in PAGES:
            path = Path(folder) / f"{'-'.join(names)}.html"
            path.write_text(standalone.page([store.open(name) for name in names]), "utf-8")
            latency, rate = ("", ""), ""
            if len(names) == 1:
                both, images, _ = drag(new_page(browser), path.as_uri())
                latency, rate = tuple(f"{one:.1f} ms" for one in both), f"{images:.0f}"
            found.append(
                {
                    "runs": ", ".join(names),
                    "size": f"{path.stat().st_size / 1e6:.2f} MB",
                    "images a second": rate,
                    "pointer to image, median": latency[0],
                    "95th percentile": latency[1],
                }
            )
        return found
