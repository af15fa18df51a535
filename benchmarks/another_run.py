"""Choosing another run on Explore: how soon its first decoded image is painted."""

import random
import tempfile
from pathlib import Path

from benchmarks import visitors
from benchmarks.classroom import quantiles
from benchmarks.harness.chromium import launched
from benchmarks.harness.server import served

WARM, COUNT = 12, 40
"""Choices before the clock counts, until the server has read most runs, and choices that are timed."""


def rows() -> list[dict[str, str]]:
    """One row: a browser and a server that nobody else uses."""
    chance = random.Random(0)
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address,
    ):
        (page,) = visitors.opened(browser, [f"{address}/explore"])
        times = [visitors.respond(page, "another run", chance).seconds for _ in range(WARM + COUNT)][WARM:]
    middle, high = (f"{1000 * seconds:.0f} ms" for seconds in quantiles(times))
    return [{"choices": f"{len(times)}", "median": middle, "95th percentile": high, "aim": "median ≤ 250 ms"}]
