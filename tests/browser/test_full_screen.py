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
    assert full["x"] + full["width"] < decoded["x"] < 1280 - decoded["width"]
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
    root = page.locator(".latent-plane")
    expect(root).to_have_class(re.compile("is-full-screen"))
    box = root.bounding_box()
    assert (box["x"], box["y"], box["width"]) == (0, 0, 1360)
    assert box["height"] == 1000
    button.click()
    expect(root).not_to_have_class(re.compile("is-full-screen"))
    assert root.bounding_box()["y"] > 0
