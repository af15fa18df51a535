"""A run of many dimensions opens on living ones, and says which are dead."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks.harness.server import open_plane
from dashboard.shared.dimensions import dimensions


def widest() -> tuple[str, tuple[int, int], tuple[int, ...]]:
    run = RunStore(SHIPPED).open("mnist-vae-z32")
    found = dimensions(run.arrays["codes"], run.arrays["kl"])
    return f"dataset=mnist&variant=vae&run={run.run_id}", found.first, found.dead


def chosen(page: Page, scope: str) -> list[int]:
    return [
        int(box.input_value()) for box in page.locator(f"{scope} [data-part=axes]:not([hidden]) select").all()
    ]


def test_explore_opens_on_living_dimensions_and_marks_the_dead_ones(page, address):
    link, first, dead = widest()
    open_plane(page, f"{address}/explore?{link}")
    assert chosen(page, ".latent-plane") == list(first)
    assert set(first).isdisjoint(dead)
    rows = page.locator(".slider-row").all()
    dims = [
        int(row.locator("input").get_attribute("aria-label").split(",")[0].split()[-1]) - 1 for row in rows
    ]
    marked = [row.locator(".dead").count() == 1 for row in rows]
    assert {dim for dim, is_dead in zip(dims, marked, strict=True) if is_dead} == set(dead)
    assert marked == sorted(marked)
    options = page.locator("[data-part=axes] select").first.locator("option").all_inner_texts()
    assert [dim for dim, text in enumerate(options) if text.endswith("(dead)")] == list(dead)
    page.wait_for_url(re.compile("dataset="))
    assert "axes=" not in page.url


def test_compare_opens_on_the_same_dimensions(page, address):
    link, first, _ = widest()
    run = link.rpartition("=")[2]
    page.goto(f"{address}/compare?dataset=mnist&runs={run},{RunStore(SHIPPED).open('mnist-ae-z2').run_id}")
    page.get_by_test_id("linked-plane").nth(1).wait_for(timeout=60_000)
    expect(page.locator("[data-part=axes] select").first).to_have_value(str(first[0]), timeout=60_000)
    assert chosen(page, ".latent-plane") == list(first)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mnist-vae-z32", "By KL, nats per image, largest first"),
        ("mnist-ae-z32", "By variance of the codes, largest first"),
    ],
)
def test_each_slider_has_what_its_dimension_says_the_largest_first(page, address, name, words):
    run = RunStore(SHIPPED).open(name)
    found = dimensions(run.arrays["codes"], run.arrays.get("kl"))
    open_plane(page, f"{address}/explore?dataset=mnist&variant={run.config.variant}&run={run.run_id}")
    expect(page.locator(".slider-order")).to_have_text(words)
    row = page.locator(".slider-row").first
    most = int(np.argmax(found.weights))
    expect(row.locator("input")).to_have_attribute("aria-label", f"Latent dimension {most + 1}")
    said = float(row.locator(".weight").inner_text())
    assert said == pytest.approx(found.weights[most], rel=0.05)
    shown = [float(text) for text in page.locator(".slider-row:not(.is-dead) .weight").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == 32 - len(found.dead)
