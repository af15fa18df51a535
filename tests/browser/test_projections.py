"""Maps on the Compare page in a real browser: linked with the planes above them, and saved as charts."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from aecore.analysis import projection
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from tests.browser.idle import answered, at_rest

RUNS = {run.name: run for run in RunStore(SHIPPED).listing().runs}
FLAT = [RUNS[name].run_id for name in ("mnist-ae-z2", "mnist-vae-z2")]
FIRST = "mnist-ae-z32"


def open_maps(page: Page, address: str, search: str = "") -> None:
    """Open the section with the maps that belong to two 2-D runs."""
    page.set_viewport_size({"width": 1360, "height": 2400})
    page.goto(f"{address}/compare?dataset=mnist&runs={','.join(FLAT)}&section=Projections{search}")
    expect(page.get_by_test_id("linked-plane").nth(1)).to_be_visible(timeout=60_000)
    expect(page.get_by_role("radio", name="Projections")).to_be_checked()
    expect(page.get_by_text(projection.module("tsne").NOTE)).to_be_visible(timeout=60_000)


def maps(page: Page) -> Locator:
    """The planes that are maps: those after the planes of the two runs."""
    planes = page.get_by_test_id("linked-plane")
    expect(planes).to_have_count(4, timeout=30_000)
    return planes


@pytest.fixture
def dots():
    """Where the dots of the first map are, and which image each is."""
    found = projection.kept(projection.configure(RUNS[FIRST]))
    positions = found.positions.astype(float)
    low, high = positions.min(0), positions.max(0)
    return (positions - (low + high) / 2) / ((high - low).max() * 1.12)


def test_a_click_on_a_map_chooses_the_image_in_every_plane_and_map(page, address, dots):
    open_maps(page, address)
    planes = maps(page)
    answered(page)
    box = at_rest(planes.nth(2))
    image = int((dots**2).sum(1).argmax())  # the farthest out: no other dot is as near to the pointer
    x, y = dots[image]
    side = box["width"], box["height"]
    page.mouse.click(box["x"] + side[0] / 2 + x * min(side), box["y"] + side[1] / 2 - y * min(side))
    page.wait_for_url("**image=*")
    chosen = int(parse_qs(urlsplit(page.url).query)["image"][0])
    assert ((dots[chosen] - dots[image]) ** 2).sum() ** 0.5 < 0.03  # within reach of the pointer
    for k in range(4):
        expect(planes.nth(k).get_by_test_id("pin")).to_be_visible()
    expect(page.get_by_text(f"test image {chosen:,}")).to_be_visible()


def test_a_link_opens_with_the_image_marked_on_every_map(page, address):
    open_maps(page, address, "&image=7")
    planes = maps(page)
    for k in range(4):
        expect(planes.nth(k).get_by_test_id("pin")).to_be_visible()


def test_a_chart_is_saved_as_one_page_that_needs_no_network(page, address, tmp_path):
    open_maps(page, address, "&maps_as=Charts to save")
    button = page.get_by_role("button", name="HTML, interactive").first
    expect(button).to_be_visible(timeout=30_000)
    with page.expect_download(timeout=60_000) as download:
        button.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name.startswith("tsne-mnist-ae-z32")
    saved = page.context.new_page()
    saved.route("http*://**", lambda route: route.abort())
    saved.goto(path.as_uri())
    expect(saved.get_by_text("Autoencoder · z = 32")).to_be_visible()
    expect(saved.locator(".legend .traces")).to_have_count(len(RUNS[FIRST].classes))


def test_a_missing_map_is_computed_with_progress_and_can_be_stopped(page, address):
    open_maps(page, address, "&tsne_iterations=9000")
    page.get_by_role("button", name="Compute 2 maps by t-SNE").click(timeout=30_000)
    expect(page.get_by_text("t-SNE of Autoencoder · z = 32").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"step \d+ of \d+")).first).to_be_visible(timeout=60_000)
    for title in ("Autoencoder", "Variational autoencoder"):  # the second begins when the first is over
        page.get_by_role("button", name="Stop", exact=True).first.click()
        stopped = page.get_by_text(f"t-SNE of {title} · z = 32 was stopped.")
        expect(stopped).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Compute 2 maps by t-SNE")).to_be_visible(timeout=30_000)
