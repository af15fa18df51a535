"""The images that a person selects on Explore's plane: by shape, word or key; and what leaves with them."""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from playwright.sync_api import FloatRect, Page, expect

from aecore.storage.store import RunStore
from benchmarks.harness.server import open_plane
from tests.browser.idle import answered, at_rest, settle, until, watch
from tests.browser.test_explore import parameters

COUNT = re.compile(r"^([\d,]+) images?")
ABOUT = {"classes": ["T-shirt", "Trouser", "Sneaker", "Sandal", "7"], "labels": [0, 1, 2, 3, 4, 2]}
ABOUT |= {"errors": [0.3, 0.1, 0.6, 0.2, 0.5, 0.4], "images": list(range(6))}


def at(plane: FloatRect, across: float, down: float) -> tuple[float, float]:
    return plane["x"] + across * plane["width"], plane["y"] + down * plane["height"]


def selected(page: Page) -> int:
    found = COUNT.match(page.get_by_test_id("selected-count").inner_text())
    assert found
    return int(found[1].replace(",", ""))


def search(page: Page, text: str) -> None:
    box = page.get_by_test_id("search")
    if not box.is_visible():
        page.get_by_role("button", name="Search and select images").click()
    box.fill(text)
    box.press("Enter")


def draw(page: Page, plane: FloatRect, *corners: tuple[float, float]) -> None:
    page.mouse.move(*at(plane, *corners[0]))
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*at(plane, *corner), steps=4)
    page.mouse.up()


@pytest.fixture
def digits(page: Page, address: str) -> FloatRect:
    plane = open_plane(page, f"{address}/explore?dataset=digits&variant=vae")
    answered(page)
    return plane


def found(modules: Page, text: str) -> dict[str, Any]:
    return modules.evaluate(
        """async ([text, about]) => {
            const { find } = await import("/latent_plane/frontend/find.js");
            return find(text, about);
        }""",
        [text, ABOUT],
    )


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("3", [3]),
        ("image 3", [3]),
        ("#3", [3]),
        ("5, 1-3", [1, 2, 3, 5]),
        ("5 1 2", [1, 2, 5]),
        ("worst 2", [2, 4]),
        ("Best 3", [1, 3, 0]),
        ("worst", [2, 4, 5, 0, 3, 1]),
        ("sneaker", [2, 5]),
        ("snea", [2, 5]),
        ("class 7", [4]),
        ("7", [4]),
        ("T-shirt", [0]),
    ],
)
def test_a_text_names_images(modules, text, images):
    assert found(modules, text)["images"] == images


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Type an image's number"),
        ("6", "There is no image 6: they go from 0 to 5."),
        ("10,000", "There is no image 10,000: they go from 0 to 5."),
        ("s", "Nothing is called “s”."),
        ("<b>boot</b>", "Nothing is called “<b>boot</b>”."),
    ],
)
def test_a_text_that_names_nothing_is_told_what_can_be_typed(modules, text, words):
    assert words in found(modules, text)["problem"]


def test_the_box_the_address_and_python_agree_on_what_can_be_followed(modules):
    from dashboard.state import link

    texts = ["3", "0-5", "1-2,5", "worst-2", "best-6", "class-4", "", "6", "2,1", "3-3", "5-4", "1-2-3", "1,"]
    texts += [
        "worst-0",
        "worst-7",
        "class-5",
        "class-",
        "worst",
        "-1",
        "1_0",
        "٣",
        "0x1",
        "1-",
        "999999999",
        "1 2",
    ]
    read = modules.evaluate(
        """async ([texts, about]) => {
            const { isSubset, readSubset, rangesText } = await import("/latent_plane/frontend/find.js");
            return texts.map((text) => {
                const found = isSubset(text, 6, 5) ? readSubset(text, about) : null;
                return found && [found.query || rangesText(found.images)];
            });
        }""",
        [texts, ABOUT],
    )
    assert [bool(one) for one in read] == [link.fits_plane("subset", text, 6, 2, 5, 0) for text in texts]
    assert [one[0] for one in read if one] == [text for text, one in zip(texts, read, strict=True) if one]


def test_a_lasso_selects_what_lies_within(modules):
    corners = np.array([[0, 0], [10, 0], [10, 10], [5, 3], [0, 10]])
    points = np.random.default_rng(0).uniform(-1, 11, (300, 2))
    inside = modules.evaluate(
        """async ([corners, points]) => {
            const { isWithin } = await import("/latent_plane/frontend/marquee.js");
            return points.map(([x, y]) => isWithin(corners, x, y));
        }""",
        [corners.tolist(), points.tolist()],
    )
    x, y = points.T
    roof = np.where(x < 5, 10 - 7 * x / 5, 3 + 7 * (x - 5) / 5)
    assert inside == ((x > 0) & (x < 10) & (y > 0) & (y < roof)).tolist()
    assert any(inside)


def test_a_table_leaves_as_csv_and_parquet_that_others_read(modules):
    names = ["plain", 'quo"ted', "a,b", "=1+1", "tab;=2", "ü−²"]
    columns = [
        {"name": "index", "kind": "int32", "values": [5, 0, 2147483647, 3, 4, 1]},
        {"name": "class", "kind": "text", "values": names},
        {"name": "z1", "kind": "float", "values": [0.1, -2.5, 1e30, 0, 1e-30, 3]},
    ]
    csv, parquet = modules.evaluate(
        """async (columns) => {
            const { csvText, parquetBytes } = await import("/lib/ui/tables.js");
            return [csvText(columns), Array.from(parquetBytes(columns, { run: "a-run" }))];
        }""",
        columns,
    )
    table = pyarrow.parquet.read_table(io.BytesIO(bytes(parquet)))
    assert table.schema.metadata[b"run"] == b"a-run"
    assert table.column("index").to_pylist() == columns[0]["values"]
    assert table.column("class").to_pylist() == names
    assert np.array_equal(table.column("z1").to_numpy(), np.float32(columns[2]["values"]))
    read = pd.read_csv(io.StringIO(csv.removeprefix("\ufeff")))
    assert read["class"].tolist() == ["plain", 'quo"ted', "a,b", "'=1+1", "tab;'=2", "ü−²"]
    assert read["index"].tolist() == columns[0]["values"]


def test_a_parquet_file_of_many_columns_is_read_too(modules):
    size = 130
    parquet = modules.evaluate(
        """async (size) => {
            const { parquetBytes } = await import("/lib/ui/tables.js");
            const values = Float32Array.from({ length: 200 }, (_, k) => k / 7);
            const column = (_, k) => ({ name: `z${k}`, kind: "float", values });
            const columns = Array.from({ length: size }, column);
            return Array.from(parquetBytes(columns));
        }""",
        size,
    )
    table = pyarrow.parquet.read_table(io.BytesIO(bytes(parquet)))
    assert table.shape == (200, size)
    assert np.allclose(table.column("z129").to_numpy(), np.arange(200) / 7)


def test_a_box_selects_the_dots_within_and_a_reload_keeps_them(page, digits):
    page.get_by_role("button", name="Select with a box").click()
    draw(page, digits, (0.45, 0.45), (0.55, 0.55))
    expect(page.get_by_test_id("drawer")).to_be_visible()
    count = selected(page)
    assert 0 < count < 599
    page.wait_for_url(re.compile("selected="))
    assert "z" not in parameters(page)
    page.reload()
    expect(page.get_by_test_id("selected-count")).to_contain_text(f"{count} images")


def test_the_keys_select_and_escape_lets_go(page, digits):
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Select with a lasso")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("latent-plane").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Select with a lasso")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("0")
    page.keyboard.press("0")
    page.keyboard.press("a")
    expect(page.get_by_test_id("selected-count")).to_contain_text("images in this window")
    page.keyboard.press("s")
    expect(page.get_by_test_id("selected-count")).to_contain_text("of class")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("selected-count")).to_be_hidden()
    page.wait_for_function("() => !location.search.includes('selected=')")


def test_letters_typed_into_a_field_are_no_keys(page, digits):
    page.keyboard.press("/")
    page.keyboard.type("sla")
    expect(page.get_by_test_id("search")).to_have_value("sla")
    expect(page.get_by_test_id("selected-count")).to_be_hidden()
    expect(page.get_by_role("button", name="Select with a lasso")).to_have_attribute("aria-pressed", "false")


def test_the_worst_are_found_counted_by_class_and_shown_in_order(page, address):
    run = next(run for run in RunStore().listing().runs if run.name == "digits-vae-z2")
    open_plane(page, f"{address}/explore?dataset=digits&variant=vae")
    search(page, "worst 20")
    page.wait_for_url(re.compile("selected=worst-20"))
    worst = np.argsort(-run.arrays["errors"].astype(np.float32), kind="stable")[:20]
    first = page.get_by_test_id("grid-tile").first
    expect(first).to_have_attribute("aria-label", re.compile(rf"image {worst[0]}, MSE"))
    counts = page.get_by_test_id("selected-classes").locator(".count").all_inner_texts()
    assert sum(map(int, counts)) == 20
    expected = np.bincount(run.known_labels[worst])
    assert sorted(map(int, counts)) == sorted(expected[expected > 0].tolist())
    first.click()
    page.wait_for_url(re.compile(rf"image={worst[0]}\b"))


def test_a_text_that_is_nothing_says_what_can_be_typed(page, digits):
    search(page, "boots")
    expect(page.get_by_test_id("search-problem")).to_contain_text("Type an image's number")
    search(page, "image 12")
    page.wait_for_url(re.compile("image=12"))
    expect(page.get_by_test_id("search-problem")).to_be_empty()


def test_ten_thousand_images_scroll_while_few_are_drawn(page, address):
    open_plane(page, f"{address}/explore")
    watch(page)
    page.get_by_role("button", name="Reset the window").click()
    page.keyboard.press("a")
    assert selected(page) == 10_000
    tiles = page.get_by_test_id("grid-tile")
    expect(tiles.first).to_be_visible()
    assert tiles.count() < 200
    page.get_by_test_id("image-grid").focus()
    page.keyboard.press("End")
    expect(tiles.last).to_have_attribute("aria-posinset", "10000")
    settle(page)
    grey = "canvas => canvas.getContext('2d').getImageData(0, 0, 28, 28).data.some((v, i) => i % 4 < 3 && v)"
    until(page, lambda: tiles.last.locator("canvas").evaluate(grey))
    page.wait_for_url(re.compile("selected=0-9999"))


def test_what_does_not_fit_the_link_says_so(page, address):
    plane = open_plane(page, f"{address}/explore?selected=worst-3")
    count = page.get_by_test_id("selected-count")
    expect(count).to_contain_text("3 images with the largest reconstruction error, largest first")
    page.keyboard.press("b")
    draw(page, plane, (0.3, 0.3), (0.7, 0.7))
    expect(page.get_by_text("Too many for the link")).to_be_visible()
    assert selected(page) > 2000
    page.wait_for_url(lambda url: "selected=" not in url)


def test_the_others_can_be_hidden_and_are_out_of_reach(page, digits):
    search(page, "class 3")
    page.get_by_role("button", name="Hide the others").click()
    expect(page.get_by_role("button", name="Hide the others")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("latent-plane").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("selected-image").locator("strong").first).to_have_text("3")


def test_what_was_hidden_or_let_go_comes_back(page, digits):
    three = page.get_by_test_id("legend-item").nth(3)
    three.click()
    expect(three).to_have_attribute("aria-pressed", "false")
    page.wait_for_url(re.compile("hide=3"))
    page.get_by_test_id("undo").click()
    expect(three).to_have_attribute("aria-pressed", "true")
    page.wait_for_url(lambda url: "hide=" not in url)
    expect(page.get_by_test_id("undo")).to_be_hidden()
    search(page, "worst 5")
    page.get_by_test_id("grid-tile").first.click()
    page.wait_for_url(re.compile("image="))
    page.get_by_test_id("drawer").get_by_role("button", name="Clear").click()
    expect(page.get_by_test_id("selected-count")).to_be_hidden()
    page.get_by_test_id("latent-plane").focus()
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "image=" not in url)
    page.keyboard.press("Control+z")
    page.wait_for_url(re.compile("image="))
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("selected-count")).to_contain_text("5 images")
    page.wait_for_url(re.compile("selected=worst-5"))


def test_undo_in_a_field_is_the_fields_own(page, digits):
    page.get_by_test_id("legend-item").nth(3).click()
    page.keyboard.press("/")
    page.keyboard.type("12")
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("legend-item").nth(3)).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_selected_images_leave_as_a_file(page, digits, tmp_path: Path, ending):
    run = next(run for run in RunStore().listing().runs if run.name == "digits-vae-z2")
    search(page, "7, 11, 30-32")
    with page.expect_download() as saved:
        page.get_by_role("button", name={"csv": "CSV", "parquet": "Parquet"}[ending], exact=True).click()
    assert saved.value.suggested_filename.endswith(f"-5-selected.{ending}")
    saved.value.save_as(tmp_path / "file")
    read = pd.read_csv if ending == "csv" else pd.read_parquet
    table = read(tmp_path / "file")
    rows = [7, 11, 30, 31, 32]
    assert table["index"].tolist() == rows
    assert table["label"].tolist() == run.known_labels[rows].tolist()
    assert np.allclose(table[["z1", "z2"]], run.arrays["codes"][rows], atol=1e-6)
    assert np.allclose(table["mse"], run.arrays["errors"][rows], atol=1e-6)


def test_the_nearest_are_those_by_distance_over_all_dimensions(page, address):
    run = next(run for run in RunStore().listing().runs if run.name == "mnist-vae-z32")
    open_plane(page, f"{address}/explore?dataset=mnist&variant=vae&run={run.run_id}&image=5")
    answered(page)
    page.keyboard.press("n")
    expect(page.get_by_test_id("selected-count")).to_contain_text("12 images nearest to image 5, over all 32")
    codes = run.arrays["codes"].astype(np.float32).astype(np.float64)
    distances = np.linalg.norm(codes - codes[5], axis=1)
    order = np.argsort(distances)[1:13]
    tiles = page.get_by_test_id("grid-tile")
    expect(tiles).to_have_count(12)
    for tile, row in zip(tiles.all(), order, strict=True):
        expect(tile).to_have_attribute(
            "aria-label", re.compile(rf"image {row:,}, .*{distances[row]:.2f} away")
        )
    page.wait_for_url(re.compile("selected=near-12"))
    tiles.nth(3).click()
    expect(page.get_by_test_id("selected-count")).to_contain_text(
        f"nearest to image {order[3]:,}, over all 32"
    )
    page.wait_for_url(re.compile(rf"image={order[3]}\b"))
    page.reload()
    expect(page.get_by_test_id("selected-count")).to_contain_text(f"12 images nearest to image {order[3]:,}")
    expect(tiles.first).to_have_attribute("aria-label", re.compile("away"))
    page.get_by_role("button", name="Hide the others").click()
    search(page, f"image {order[7]}")
    expect(page.get_by_test_id("selected-count")).to_contain_text(f"12 images nearest to image {order[7]:,}")


def test_a_finger_draws_a_lasso(telephone_plane):
    page = telephone_plane
    page.get_by_role("button", name="Select with a lasso").tap()
    page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    plane = at_rest(page.get_by_test_id("latent-plane"))
    send = page.context.new_cdp_session(page).send
    corners = [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)]
    for kind, corner in [("touchStart", corners[0]), *[("touchMove", corner) for corner in corners[1:]]]:
        x, y = at(plane, *corner)
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_test_id("drawer")).to_be_visible()
    assert selected(page) > 0
    strip, drawer = (page.get_by_test_id(name).bounding_box() for name in ("decoded-image", "drawer"))
    assert drawer["y"] >= strip["y"] + strip["height"]


@pytest.fixture
def telephone_plane(browser, address):
    size = {"width": 390, "height": 844}
    context = browser.new_context(viewport=size, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_plane(page, f"{address}/explore?dataset=digits&variant=vae")
    answered(page)
    yield page
    context.close()
