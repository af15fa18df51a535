"""The plane on the whole screen, by button and key, and back."""

import re

import pytest
from playwright.sync_api import expect

from benchmarks.harness.server import open_plane
from tests.browser.idle import answered, until

IS_FULL = "() => Boolean(document.fullscreenElement)"


def test_the_key_fills_the_screen_with_plane_and_image_and_escape_leads_back(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    before = open_plane(page, f"{address}/explore?dataset=digits&image=7")
    answered(page)
    page.keyboard.press("f")
    page.wait_for_function(IS_FULL)
    button = page.get_by_role("button", name="Full screen")
    expect(button).to_have_attribute("aria-pressed", "true")
    plane = page.get_by_test_id("latent-plane")
    until(page, lambda: plane.bounding_box()["height"] > before["height"])
    full, decoded = plane.bounding_box(), page.get_by_test_id("decoded-image").bounding_box()
    assert full["x"] + full["width"] < decoded["x"] <= 1280 - decoded["width"]
    assert full["y"] + full["height"] <= 720
    plane.focus()
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => !({IS_FULL})()")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert "image=7" in page.url
    until(page, lambda: plane.bounding_box() == before)


@pytest.mark.parametrize("way", ["button", "refused"])
def test_the_button_does_so_too_where_the_browser_has_no_full_screen(page, address, way):
    if way == "refused":
        page.add_init_script(
            "Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('no'))"
        )
    open_plane(page, f"{address}/explore?dataset=digits")
    answered(page)
    button = page.get_by_role("button", name="Full screen")
    button.click()
    root = page.locator(".st-key-explore-stage")
    expect(root).to_have_class(re.compile("is-full-screen"))
    box = root.bounding_box()
    assert (box["x"], box["y"], box["width"]) == (0, 0, 1360)
    assert box["height"] == 1000
    button.click()
    expect(root).not_to_have_class(re.compile("is-full-screen"))
    assert root.bounding_box()["y"] > 0


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (2560, 1440)])
def test_the_plane_has_most_of_the_screen_beside_its_image_and_above_its_epochs(page, address, width, height):
    page.set_viewport_size({"width": width, "height": height})
    before = open_plane(page, f"{address}/explore?dataset=mnist&variant=vae&image=7")
    answered(page)
    page.keyboard.press("f")
    plane = page.get_by_test_id("latent-plane")
    until(page, lambda: plane.bounding_box()["width"] > before["width"])
    full = plane.bounding_box()
    assert full["width"] * full["height"] >= 0.6 * width * height
    shown = [page.get_by_test_id(name) for name in ("decoded-image", "selected-image", "epoch-track")]
    for part in [*shown, page.get_by_test_id("legend-item").last]:
        expect(part).to_be_in_viewport(ratio=1)
    page.get_by_test_id("track").focus()
    page.keyboard.press("Home")
    past = page.get_by_test_id("rewind-plane")
    expect(past).to_be_visible()
    assert past.bounding_box() == full
    expect(page.get_by_test_id("rewind-image")).to_be_in_viewport(ratio=1)
    page.get_by_test_id("rewind-plane").focus()
    page.keyboard.press("f")
    until(page, lambda: past.bounding_box() == before)


def test_the_window_that_was_chosen_is_seen_whole_and_is_the_same_afterwards(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_plane(page, f"{address}/explore?dataset=digits&view=0,0,2")
    note = page.locator(".note[data-part=note]")
    expect(note).to_contain_text("outside this view")
    answered(page)

    def outside() -> int:
        return int(note.inner_text().split(" ")[0].replace(",", ""))

    before = outside()
    page.keyboard.press("f")
    until(page, lambda: outside() < before)
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom out").click()
    page.keyboard.press("f")
    until(page, lambda: outside() == before)
