"""Planes of a data set without labels: served from one dropped-in file, and the toy ones on an empty page."""

import io
import os

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from aecore import runs
from aecore.storage.store import RunStore
from benchmarks.harness.server import ROOT, decoded_pixels, open_plane, served
from tests.browser import linked, rewinding
from tests.browser.idle import point
from tests.conftest import dropping_data_sets, quick

DROP_IN = "import aecore.datasets\naecore.datasets.__path__.append({folder!r})\n"
"""What a server runs as it starts: the data set lies in a folder of the test."""
pytestmark = pytest.mark.xdist_group("pebbles")  # one training and server
FIRST, SECOND = (5, 82, 195), (255, 169, 56)
"""The first colours of the palette."""


def share_of(picture: np.ndarray, colour: tuple[int, int, int]) -> float:
    """Share of a picture's pixels (h, w, 3) that nearly have a colour."""
    return float((np.abs(picture.astype(int) - colour).max(-1) < 40).mean())


@pytest.fixture(scope="module")
def pebbles(tmp_path_factory):
    """A dashboard with a run on small colour images without labels; its address and the run."""
    made, start = tmp_path_factory.mktemp("pebbles"), tmp_path_factory.mktemp("start")
    (start / "sitecustomize.py").write_text(DROP_IN.format(folder=str(made)))
    store = RunStore(start / "runs")
    with pytest.MonkeyPatch.context() as patch, dropping_data_sets(made, patch) as make:
        make("pebbles", title="Pebbles", classes=0, shape=(32, 32, 3), count=60)
        run = runs.train("vae", "pebbles", store=store, **quick("vae"))
        environment = {"AECORE_RUNS": str(store.root), "PYTHONPATH": f"{start}{os.pathsep}{ROOT}"}
        with served(start / "server.log", **environment) as address:
            yield address, run


def test_the_plane_decodes_and_draws_dots_of_one_colour_and_no_legend(page: Page, pebbles):
    address, run = pebbles
    box = open_plane(page, f"{address}/?dataset=pebbles&variant=vae")
    point(page, box["x"] + 0.4 * box["width"], box["y"] + 0.6 * box["height"])
    code = [float(word) for word in page.get_by_test_id("latent-position").inner_text().split(",")]
    expected = 255 * run.decode([code])[0, :, :, 0]
    np.testing.assert_allclose(decoded_pixels(page), expected.ravel(), atol=2.0)
    expect(page.get_by_test_id("legend-item")).to_have_count(0)
    expect(page.get_by_text("all of one colour, since they have no labels")).to_be_visible()
    page.mouse.move(0, 0)
    seen = np.array(Image.open(io.BytesIO(page.get_by_test_id("latent-plane").screenshot())).convert("RGB"))
    assert share_of(seen, FIRST) > 0.0005
    assert share_of(seen, SECOND) == 0
    page.goto(f"{page.url}&image=7")
    selected = page.get_by_test_id("selected-image")
    expect(selected.locator(".beside-heading")).to_have_text("test image 7")
    expect(page.get_by_text("undefined")).to_have_count(0)


def test_linked_planes_name_an_image_by_its_number(modules: Page):
    linked.start(modules)
    shared = linked.pack_images(
        labels=None,
        count=len(linked.LABELS),
        classes=(),
        image_shape=(linked.SIDE, linked.SIDE, 1),
        split="test",
        group=linked.GROUP,
        url_names=linked.URL,
    )
    linked.mount(modules, "conductor", "toolbar", shared)
    linked.mount_plane(modules, next(iter(linked.CODES)), labels=None, classes=())
    expect(modules.get_by_test_id("legend-item")).to_have_count(0)
    expect(modules.get_by_text("undefined")).to_have_count(0)


def test_a_rewind_names_its_images_by_their_numbers(modules: Page):
    rewinding.start(modules)
    rewinding.mount(modules, rewinding.packed(labels=None, classes=()))
    expect(modules.get_by_test_id("legend-item")).to_have_count(0)
    names = modules.get_by_test_id("fixed-image").locator(".tile-name").all_inner_texts()
    assert names == ["0", "1", "2"]  # more has no room below a small picture; its title says it
    modules.get_by_test_id("fixed-image").first.click()
    expect(modules.get_by_text("Pinned: test image 0")).to_be_visible()
    np.testing.assert_allclose(
        rewinding.image(modules), rewinding.decoded(8, rewinding.CODES[-1][0]), atol=1.5
    )
