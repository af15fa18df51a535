"""Dots coloured by what is known of the images beside their labels, and by clusters of their codes."""

import re

import pytest
from playwright.sync_api import Page, expect

from aecore import runs
from aecore.storage.store import RunStore
from benchmarks.harness.server import ROOT, open_plane, served
from tests.browser.test_unlabelled import DROP_IN
from tests.conftest import dropping_data_sets, quick

pytestmark = pytest.mark.xdist_group("cards")  # one training and server
CARDS = """
import numpy as np
from aecore.datasets import Column, Dataset, Images

WORDS = tuple(f"kind {k:02d}" for k in range(24))

def load(split, root):
    random = np.random.default_rng(split == "train")
    pixels = random.integers(0, 256, (60, 16, 12, 3)).astype("uint8")
    kinds = np.arange(60) % 24.0
    kinds[:4] = np.nan
    years = np.linspace(1987, 2004, 60).round()
    years[10:15] = np.nan
    columns = Column("kind", kinds, WORDS), Column("year", years), Column("lost", np.full(60, np.nan))
    return Images(pixels, columns=columns)

DATASET = Dataset(title="Cards", epochs=2, load=load, is_present=lambda split, root: True,
                  download=lambda root, progress: None)
"""


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    """The address of a plane of images with columns, some of whose values are not known."""
    made, start = tmp_path_factory.mktemp("cards"), tmp_path_factory.mktemp("start")
    (start / "sitecustomize.py").write_text(DROP_IN.format(folder=str(made)))
    store = RunStore(start / "runs")
    with pytest.MonkeyPatch.context() as patch, dropping_data_sets(made, patch) as make:
        make("cards", CARDS)
        runs.train("vae", "cards", store=store, **quick("vae"))
        environment = {"AECORE_RUNS": str(store.root), "PYTHONPATH": f"{start}:{ROOT}"}
        with served(start / "server.log", **environment) as address:
            yield f"{address}/explore?dataset=cards&variant=vae"


def words(page: Page) -> list[str]:
    return page.get_by_test_id("words-legend").locator(".legend-name:visible").all_inner_texts()


def test_a_column_of_numbers_has_its_scale_and_says_how_many_are_unknown(page, cards):
    open_plane(page, cards)
    page.get_by_test_id("colour-by").select_option("column-year")
    page.wait_for_url(re.compile("colour=column-year"))
    scale = page.get_by_test_id("colour-scale")
    expect(scale.locator(".scale-ends")).to_have_text("19872004")
    expect(scale).to_contain_text("5 unknown, drawn faint")
    expect(page.locator(".at-last")).to_contain_text("coloured by year, which the model never saw")
    expect(page.get_by_test_id("words-legend")).to_be_hidden()


def test_a_column_of_which_nothing_is_known_says_so(page, cards):
    open_plane(page, f"{cards}&colour=column-lost")
    expect(page.get_by_test_id("colour-scale")).to_have_text("60 unknown, drawn faint")


def test_a_column_of_words_has_a_legend_that_is_searched_and_hides(page, cards):
    open_plane(page, f"{cards}&colour=column-kind")
    expect(page.get_by_test_id("words-legend").locator(".legend-item")).to_have_count(24)
    expect(page.get_by_test_id("colour-scale")).to_have_text("4 unknown, drawn faint")
    search = page.get_by_test_id("legend-search")
    search.fill(" KIND 1")
    assert words(page) == [f"kind {k}" for k in range(10, 20)]
    search.fill("nothing")
    expect(page.get_by_test_id("words-legend")).to_contain_text("None has that in its name.")
    search.press("Escape")
    assert len(words(page)) == 24
    before = page.get_by_test_id("latent-plane").screenshot()
    item = page.get_by_test_id("words-legend").get_by_role("button").nth(5)
    item.dblclick()
    expect(item).to_have_attribute("aria-pressed", "true")
    hidden = page.get_by_test_id("words-legend").locator('.legend-item[aria-pressed="false"]')
    expect(hidden).to_have_count(23)
    page.wait_for_timeout(300)
    assert page.get_by_test_id("latent-plane").screenshot() != before
    page.get_by_test_id("latent-plane").press("a")  # in view: the hidden ones are not taken, the unknown are
    expect(page.get_by_test_id("selected-count")).to_contain_text(re.compile(r"\b[67] images"))


def test_clusters_are_as_many_as_are_asked_for_and_the_link_keeps_that(page, cards):
    open_plane(page, cards)
    page.get_by_test_id("colour-by").select_option("cluster")
    page.wait_for_url(re.compile("colour=cluster-8"))
    expect(page.get_by_test_id("colour-scale")).to_contain_text("k-means on the codes")
    count = page.get_by_test_id("cluster-count")
    count.fill("3")
    count.press("Enter")
    page.wait_for_url(re.compile("colour=cluster-3"))
    page.reload()
    expect(page.get_by_test_id("cluster-count")).to_have_value("3")
    expect(page.get_by_test_id("words-legend").locator(".legend-item")).to_have_count(3)
    assert words(page) == ["Cluster 1", "Cluster 2", "Cluster 3"]


def test_a_link_to_a_column_that_is_not_there_says_so(page, cards):
    open_plane(page, f"{cards}&colour=column-weight")
    expect(page.get_by_text("colour='column-weight' does not fit this run")).to_be_visible()
    expect(page.get_by_test_id("colour-by")).to_have_value("class")
