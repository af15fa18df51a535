"""Adopted models and codes on the pages: decoded under the pointer, and without a decoder a sentence each."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from torch import nn

import aecore
from aecore.adoption import Settings, files
from aecore.storage.store import RunStore
from benchmarks.harness.server import decoded_pixels, open_plane, served
from tests.browser.idle import point
from tests.core.adoption.test_graphs import EXPORTED

pytestmark = pytest.mark.xdist_group("adopted")  # one server


@pytest.fixture(scope="module")
def adopted(tmp_path_factory):
    """A dashboard with a network of PyTorch, one that Keras exported, and codes alone: address and runs."""
    made = tmp_path_factory.mktemp("adopted")
    store, random = RunStore(made / "runs"), np.random.default_rng(0)
    torch.manual_seed(0)
    up = nn.ConvTranspose2d(3, 1, 4, 2, 1)
    decoder = nn.Sequential(nn.Linear(2, 48), nn.SiLU(), nn.Unflatten(1, (3, 4, 4)), up)
    runs = {
        "torch": aecore.adopt(decoder, name="torch", output="log_odds", store=store).run,
        "keras": files.adopt_file(EXPORTED / "keras_transposed.onnx", Settings("keras"), store=store).run,
        "codes": aecore.add_codes(
            random.normal(size=(120, 2)),
            labels=np.arange(120) % 3,
            columns={"age": np.arange(120), "kind": ["old", "new", "none"] * 40},
            name="zs",
            store=store,
        ).run,
    }
    with served(made / "server.log", AECORE_RUNS=str(store.root)) as address:
        yield address, runs


@pytest.mark.parametrize("which", ["torch", "keras"])
def test_the_pointer_decodes_what_was_adopted(page: Page, adopted, which):
    address, runs = adopted
    run = runs[which]
    box = open_plane(page, f"{address}/?dataset={run.config.dataset}&variant=adopted")
    point(page, box["x"] + 0.4 * box["width"], box["y"] + 0.6 * box["height"])
    code = [float(word) for word in page.get_by_test_id("latent-position").inner_text().split(",")]
    expected = 255 * run.decode([code])[0, :, :, 0]
    assert np.ptp(expected) > 10
    np.testing.assert_allclose(decoded_pixels(page), expected.ravel(), atol=2.0)
    expect(page.get_by_text("About this model")).to_be_visible()


def test_codes_alone_have_a_plane_on_which_nothing_is_drawn(page: Page, adopted):
    address, runs = adopted
    page.goto(f"{address}/?dataset={runs['codes'].config.dataset}&variant=codes")
    expect(page.get_by_test_id("legend-item")).to_have_count(3, timeout=30_000)
    box = page.get_by_test_id("latent-plane").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.6 * box["height"])
    expect(page.get_by_test_id("latent-position")).to_contain_text(",")
    expect(page.get_by_test_id("decoded-image")).to_be_hidden()
    expect(page.get_by_role("button", name="Lattice")).to_be_hidden()
    expect(page.get_by_text("these are codes alone, without a decoder")).to_be_visible()


def test_what_is_known_of_codes_colours_the_plane(page: Page, adopted):
    address, runs = adopted
    page.goto(f"{address}/?dataset={runs['codes'].config.dataset}&variant=codes&colour=column-kind")
    words = page.get_by_test_id("legend-item").filter(has_text=re.compile("[a-z]"))
    expect(words).to_have_text(["new40", "none40", "old40"], timeout=30_000)
    page.get_by_test_id("colour-by").select_option("column-age")
    expect(page.get_by_test_id("colour-scale")).to_contain_text("118")


@pytest.mark.parametrize(
    ("page_of", "sentence"),
    [
        ("generate?dataset={}&variant=codes", "Drawing new images needs a decoder"),
        ("compare?dataset={}&section=Traversals", "Drawing along a dimension needs a decoder"),
        ("explore?dataset={}&variant=codes&about=Draw", "Placing an image of your own needs an encoder"),
        ("explore?dataset={}&variant=codes&about=Training", "These are codes alone"),
        ("explore?dataset={}&variant=codes&about=Numbers", "Measured on the 120 codes"),
        ("train?part=runs", "Codes alone on zs"),
    ],
)
def test_what_needs_a_decoder_says_so_on_every_page(page: Page, adopted, page_of, sentence):
    address, runs = adopted
    page.goto(f"{address}/{page_of.format(runs['codes'].config.dataset)}")
    expect(page.get_by_text(sentence).first).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)
