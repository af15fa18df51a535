"""Downloads in a real browser: deferred files come only when asked for, and open as what they are."""

import contextlib
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from tests.browser.conftest import PATIENCE_MS, VIEWPORT, is_error

GENERATE = "/generate?dataset=digits&variant=conditional_vae&count=8"
COMPARE = "/compare?dataset=digits&section=Coverage"
on_compare = pytest.mark.xdist_group("taken home from Compare")  # opened once


@pytest.fixture(scope="module")
def compare(browser: Browser, address: str) -> Iterator[Page]:
    """Compare with its table of coverage, for every test that leaves it as it was."""
    errors: list[str] = []
    with contextlib.closing(browser.new_context(viewport=VIEWPORT)) as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address + COMPARE)
        expect(page.locator("table.coverage .twin").first).to_be_visible()
        yield page
    assert errors == []


def saved(page: Page, label: str, folder: Path) -> Path:
    """Press a download button and keep what comes."""
    with page.expect_download(timeout=30_000) as download:
        page.get_by_role("button", name=label, exact=True).first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_samples_are_saved_as_picture_and_as_codes(page, address, tmp_path):
    page.goto(address + GENERATE)
    shown = page.get_by_test_id("sample").locator("canvas")
    expect(shown).to_have_count(16)
    assert shown.first.evaluate("image => [image.width, image.height]") == [8, 8]
    page.get_by_role("button", name="Save", exact=True).click()

    path = saved(page, "Codes, Parquet", tmp_path)
    table = pyarrow.parquet.read_table(path)
    assert path.suffix == ".parquet"
    assert table.column_names == ["index", "label", "class", "z1", "z2"]
    assert table["label"].to_pylist() == [0, 1, 2, 3, 4, 5, 6, 7]

    rows = list(csv.reader(io.StringIO(saved(page, "Codes, CSV", tmp_path).read_text("utf-8-sig"))))
    np.testing.assert_allclose([float(row[3]) for row in rows[1:]], table["z1"].to_numpy(), rtol=1e-6)

    with Image.open(saved(page, "PNG", tmp_path)) as picture:
        # pairs of 8 x 8 pixels, five in a row, a pixel between, each drawn as 4 x 4
        assert picture.size == (4 * (5 * 17 - 1), 4 * (2 * 9 - 1))


@on_compare
def test_the_codes_of_every_plane_are_saved(compare, tmp_path):
    compare.get_by_role("button", name="Download the codes").click()
    expect(compare.get_by_role("button", name="Codes, Parquet")).to_have_count(3)
    table = pyarrow.parquet.read_table(saved(compare, "Codes, Parquet", tmp_path))
    run = next(r for r in RunStore(SHIPPED).listing().runs if r.name == "digits-ae-z2")
    found = np.column_stack([table["z1"].to_numpy(), table["z2"].to_numpy()])
    np.testing.assert_array_equal(found, run.arrays["codes"])
    compare.keyboard.press("Escape")


@on_compare
def test_the_coverage_table_and_its_figure_are_saved_and_the_figure_opens_without_a_network(
    compare, browser, tmp_path
):
    head, *rows = csv.reader(io.StringIO(saved(compare, "CSV", tmp_path).read_text("utf-8-sig")))
    assert head[:4] == ["number", "name", "unit", "better"]
    assert any(row[1] == "hole_share_whitened" for row in rows)

    path = saved(compare, "HTML, interactive · 5 MB", tmp_path)
    alone = browser.new_context(offline=True).new_page()
    alone.goto(path.as_uri())
    expect(alone.locator(".js-plotly-plot .barlayer").first).to_be_visible()
    alone.context.close()


@on_compare
def test_a_figure_is_saved_as_png_under_its_name_at_twice_its_size(compare, tmp_path):
    figure = compare.locator(".js-plotly-plot").first
    figure.hover()
    with compare.expect_download(timeout=30_000) as download:
        figure.locator("[data-title*='png' i]").first.click()
    assert download.value.suggested_filename == "coverage.png"
    path = tmp_path / "coverage.png"
    download.value.save_as(path)
    width = figure.bounding_box()["width"]
    with Image.open(path) as picture:
        assert picture.width == pytest.approx(2 * width, abs=4)


@on_compare
def test_the_whitened_numbers_are_switched_off_and_that_stands_in_the_address(compare):
    switch = compare.get_by_text("Also show whitened values")
    switch.click()
    expect(compare.locator("table.coverage .twin")).to_have_count(0)
    compare.wait_for_url("**whitened=False**")
    switch.click()
    expect(compare.locator("table.coverage .twin").first).to_be_visible()
