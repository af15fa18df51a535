"""Generate in a browser: a sample and its place on the small plane, by pointer, keyboard and finger."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks.harness.server import frames_sent
from dashboard.generate import recipes
from dashboard.generate.recipes import Recipe
from tests.browser.idle import answered, at_rest

VIEW = "/generate?dataset=digits&variant=vae&count=12"
RECIPE = Recipe("prior", 1.0, None, 0.0, 0, None, 12, 0)
AT_REST = re.compile("^Point at a sample")
ARRANGED = "/sample_grid/frontend/arrangement.js"


@pytest.fixture
def opened(page: Page, address: str) -> Page:
    """The page with twelve samples, on a small screen."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(address + VIEW)
    expect(page.get_by_test_id("sample")).to_have_count(12)
    expect(page.get_by_test_id("sample-said")).to_have_text(AT_REST)
    answered(page)
    return page


def code_of(number: int) -> str:
    """A sample's code as the page writes it."""
    run = next(run for run in RunStore(SHIPPED).listing().runs if run.name == "digits-vae-z2")
    code = recipes.codes(run, RECIPE)[number]
    return ", ".join(f"{value:.2f}".replace("-", "\u2212") for value in code)


def drawn(page: Page) -> bytes:
    """What lies over the dots of the plane."""
    return page.get_by_test_id("sample-plane").screenshot()


def test_pointing_at_a_sample_marks_its_place_and_leaving_it_takes_the_mark_back(opened):
    before, sent = drawn(opened), frames_sent(opened)
    opened.get_by_test_id("sample").nth(4).hover()
    said = opened.get_by_test_id("sample-said")
    expect(said).to_contain_text("Sample 5 · distance 0.")
    expect(said).to_contain_text(f"z = {code_of(4)}")
    assert drawn(opened) != before
    opened.mouse.move(2, 2)
    expect(said).to_have_text(AT_REST)
    assert drawn(opened) == before
    assert sent == []


def test_pointing_at_a_place_marks_its_sample(opened):
    plane = opened.get_by_test_id("sample-plane").bounding_box()
    marked = opened.locator(".samples button.is-lit")
    for x in np.linspace(0.2, 0.8, 25):
        opened.mouse.move(plane["x"] + x * plane["width"], plane["y"] + 0.5 * plane["height"])
        if marked.count():
            break
    expect(marked).to_have_count(1)
    expect(opened.get_by_test_id("sample-said")).to_have_text(marked.get_attribute("aria-label"))


def test_by_keyboard_one_stop_leads_into_the_grid_and_arrows_through_it(opened):
    samples, said = opened.get_by_test_id("sample"), opened.get_by_test_id("sample-said")
    assert [one.get_attribute("tabindex") for one in samples.all()] == ["0"] + ["-1"] * 11
    samples.first.focus()
    expect(said).to_contain_text("Sample 1 ·")
    opened.keyboard.press("ArrowRight")
    expect(samples.nth(1)).to_be_focused()
    expect(said).to_contain_text("Sample 2 ·")
    opened.keyboard.press("End")
    expect(samples.nth(11)).to_be_focused()
    opened.keyboard.press("ArrowRight")
    expect(samples.nth(11)).to_be_focused()
    opened.keyboard.press("Escape")
    expect(said).to_have_text(AT_REST)


def test_other_samples_come_without_the_plane_s_codes(opened):
    first = opened.get_by_test_id("sample").first.get_attribute("aria-label")
    opened.evaluate("document.querySelector('.st-key-sample-plane').dataset.kept = 'yes';")
    opened.get_by_role("button", name="New", exact=True).click()
    expect(opened.get_by_test_id("sample").first).not_to_have_attribute("aria-label", first)
    expect(opened.locator(".st-key-sample-plane[data-kept=yes]")).to_have_count(1)
    opened.get_by_test_id("sample").first.hover()
    expect(opened.get_by_test_id("sample-said")).to_contain_text("Sample 1 ·")


@pytest.mark.parametrize("link", ["dataset=mnist", "dataset=mnist&variant=ae&from=prior"])
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_the_whole_tool_fits_the_first_screen(page, address, width, height, link):
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{address}/generate?{link}")
    expect(page.get_by_test_id("sample")).to_have_count(40)
    answered(page)
    parts = [page.get_by_test_id("sample").last, page.get_by_test_id("sample-plane")]
    parts += [page.get_by_role("button", name=name, exact=True) for name in ("New", "Save")]
    for part in parts:
        box = at_rest(part)
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    main = page.get_by_test_id("stMain").evaluate("main => [main.scrollHeight, main.clientHeight]")
    assert main[0] <= main[1] + 1


def test_a_finger_marks_a_place_and_the_plane_stays_in_sight(browser, address):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2
    )
    page = context.new_page()
    page.goto(address + VIEW.replace("count=12", "count=40"))
    expect(page.get_by_test_id("sample")).to_have_count(40)
    answered(page)
    last = page.get_by_test_id("sample").last
    last.scroll_into_view_if_needed()
    last.tap()
    expect(page.get_by_test_id("sample-said")).to_contain_text("Sample 40 ·")
    expect(page.get_by_test_id("sample-plane")).to_be_in_viewport(ratio=1)
    box = last.bounding_box()
    assert min(box["width"], box["height"]) >= 40
    context.close()


@pytest.mark.parametrize(
    ("samples", "room", "scale", "columns"),
    [
        # MNIST pairs with two lines: on a small screen, a large one, and a page that scrolls.
        ((40, 28, 28, 2, 2), (988, 548), 2, 8),
        ((40, 28, 28, 2, 2), (1628, 940), 4, 7),
        ((40, 28, 28, 2, 2), (354, 0), 2, 3),
        ((4, 28, 28, 2, 2), (988, 548), 6, 2),
        ((40, 8, 8, 1, 0), (988, 548), 12, 10),
        ((9, 400, 400, 1, 0), (988, 548), 1 / 3, 7),
    ],
)
def test_samples_are_as_large_as_all_of_them_fit(modules, samples, room, scale, columns):
    names = ("count", "height", "width", "images", "lines")
    given = dict(zip(names, samples, strict=True)), dict(zip(("width", "height"), room, strict=True))
    found = modules.evaluate(
        f"async ([samples, room]) => (await import('{ARRANGED}')).arranged(samples, room)", given
    )
    assert found["scale"] == pytest.approx(scale)
    assert (room[0] + 3) // (found["cell"] + 3) == columns
