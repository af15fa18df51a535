"""Places of a plane that a person keeps: in the browser, as text whatever they say; a deleted one returns."""

import json
import re

import pytest
from playwright.sync_api import FloatRect, Page, expect

from benchmarks.harness.server import open_plane
from tests.browser.idle import answered
from tests.browser.test_explore import parameters

ABOUT = {"count": 10, "latentDim": 2, "classes": 3}
PLACE = {"name": "a", "note": "b", "code": [1, 2], "index": None, "view": None, "axes": [0, 1]}
PLACE |= {"condition": None, "thumbnail": ""}


def kept(modules: Page, stored: str) -> list[dict[str, object]]:
    return modules.evaluate(
        """async ([stored, about]) => {
            const { Places } = await import("/latent_plane/frontend/places.js");
            localStorage.setItem("aecore.places.run", stored);
            const list = new Places("run", about).list();
            localStorage.clear();
            return list;
        }""",
        [stored, ABOUT],
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"code": [1, None]},
        {"code": [1, 1e39]},
        {"code": [1]},
        {"code": None},
        {"code": None, "index": 10},
        {"code": None, "index": 1.5},
        {"axes": [0, 0]},
        {"axes": [0, 2]},
        {"axes": None},
    ],
)
def test_a_place_that_cannot_be_shown_is_passed_over(modules, changed):
    assert kept(modules, json.dumps([PLACE, PLACE | changed])) == [PLACE]


@pytest.mark.parametrize("stored", ["", "{", "null", "7", '{"length": 3}', '[null, 3, "x", []]'])
def test_a_store_that_was_altered_is_empty(modules, stored):
    assert kept(modules, stored) == []


def test_what_is_too_long_or_foreign_is_cut_or_dropped(modules):
    odd = PLACE | {"name": "n" * 1000, "note": {"a": 1}, "thumbnail": "javascript:alert(1)", "condition": 3}
    odd |= {"view": {"cx": 0, "cy": 0, "width": -1}, "more": "x"}
    (found,) = kept(modules, json.dumps([odd]))
    assert found == PLACE | {"name": "n" * 80, "note": "[object Object]"}
    assert len(kept(modules, json.dumps([PLACE] * 500))) == 100


@pytest.fixture
def digits(page: Page, address: str) -> FloatRect:
    plane = open_plane(page, f"{address}/explore?dataset=digits&variant=vae&z=0.5,-1&view=0,0,4")
    answered(page)
    return plane


def keep(page: Page, name: str, note: str = "") -> None:
    if not page.get_by_test_id("place-name").is_visible():
        page.get_by_role("button", name="Kept places").click()
    page.get_by_test_id("place-name").fill(name)
    page.get_by_label("Note on this place").fill(note)
    page.get_by_label("Note on this place").press("Enter")


def test_a_place_is_kept_with_its_picture_and_leads_back_after_a_reload(page, digits, address):
    keep(page, "<b>between</b>", "<img src=x onerror=alert(1)> a 3 that is an 8")
    place = page.get_by_test_id("place")
    expect(place).to_contain_text("<b>between</b>")
    expect(place).to_contain_text("<img src=x")
    expect(page.get_by_test_id("place-name")).to_have_value("")
    picture = place.locator("img")
    expect(picture).to_have_attribute("src", re.compile("^data:image/png"))
    open_plane(page, f"{address}/explore?dataset=digits&variant=vae")
    answered(page)
    page.keyboard.press("m")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") == 8
    place.click()
    page.wait_for_url(re.compile("z="))
    page.wait_for_url(re.compile("view="))
    assert parameters(page)["z"] == "0.5,-1"
    assert parameters(page)["view"] == "0,0,4"


def test_a_deleted_place_comes_back_by_undo(page, digits):
    keep(page, "one")
    keep(page, "two")
    places = page.get_by_test_id("place")
    expect(places).to_have_count(2)
    expect(places.first).to_contain_text("two")
    page.get_by_role("button", name="Delete two").click()
    expect(places).to_have_count(1)
    page.get_by_test_id("undo").click()
    expect(places).to_have_count(2)
    expect(places.first).to_contain_text("two")


def test_another_run_has_places_of_its_own(page, digits, address):
    keep(page, "one")
    expect(page.get_by_test_id("place")).to_have_count(1)
    open_plane(page, f"{address}/explore?dataset=digits&variant=ae")
    answered(page)
    page.get_by_role("button", name="Kept places").click()
    expect(page.get_by_test_id("places")).to_contain_text("No place is kept yet")


def test_a_browser_that_keeps_nothing_says_so(page, digits):
    full = "throw new DOMException('full', 'QuotaExceededError')"
    page.evaluate(f"() => {{ Storage.prototype.setItem = () => {{ {full}; }}; }}")
    keep(page, "one")
    expect(page.get_by_test_id("drawer")).to_contain_text("keeps nothing more")
    page.reload()  # its own way of keeping again
