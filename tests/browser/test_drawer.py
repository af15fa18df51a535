"""Compare's sections are a drawer: the planes stay in sight, and stay the same planes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.idle import answered, at_rest, until

INK = """canvas => {
    if (canvas.hidden) return 0;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
}"""


def opened(page: Page, address: str, search: str = "") -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/compare?dataset=digits{search}")
    expect(page.get_by_test_id("linked-image")).to_have_count(3)
    answered(page)


def pull(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()


def test_the_drawer_is_shut_at_first_and_its_handles_are_in_sight(page, address):
    opened(page, address)
    for name in ("Coverage", "Prior samples", "Interpolation", "Projections", "Traversals"):
        expect(page.get_by_role("radio", name=name)).to_be_in_viewport(ratio=1)
    expect(page.locator(".st-key-compare-section")).to_have_count(0)
    assert "section=" not in page.url


def test_with_the_drawer_open_every_plane_is_in_sight_and_the_same_as_before(page, address):
    opened(page, address)
    planes = page.get_by_test_id("linked-plane")
    planes.evaluate_all("planes => planes.forEach((plane, k) => { plane.known = k; })")
    pull(page, "Interpolation")
    page.wait_for_url(re.compile("section=Interpolation"))
    drawer = at_rest(page.locator(".st-key-compare-section"))
    answered(page)
    for plane in planes.all():
        expect(plane).to_be_in_viewport(ratio=1)
        box = plane.bounding_box()
        assert box["x"] + box["width"] <= drawer["x"]
    assert planes.evaluate_all("planes => planes.map((plane) => plane.known)") == [0, 1, 2]
    main = page.get_by_test_id("stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
    assert main[0] <= main[1]
    pull(page, "Interpolation")
    page.wait_for_url(lambda url: "section=" not in url)
    expect(page.locator(".st-key-compare-section")).to_have_count(0)


def test_the_paths_of_an_interpolation_lie_on_the_planes_while_it_is_open(page, address):
    opened(page, address, "&section=Interpolation&show=none")
    over = page.locator("[data-part=over]")
    for place in range(3):
        until(page, lambda place=place: over.nth(place).evaluate(INK) > 50)
    pull(page, "Interpolation")
    for place in range(3):
        until(page, lambda place=place: over.nth(place).evaluate(INK) == 0)


def test_traversals_stand_side_by_side(page, address):
    deep = "mnist-vae-z32-d8a14f5c82,mnist-ae-z32-862f224d50"
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/compare?dataset=mnist&runs={deep}&section=Traversals")
    pictures = page.locator(".st-key-compare-section [data-testid=stImage] img")
    expect(pictures).to_have_count(2)
    first, second = (picture.bounding_box() for picture in pictures.all())
    assert first["x"] + first["width"] <= second["x"]


@pytest.mark.parametrize("asked", ["Nothing", "coverage"])
def test_a_section_that_is_none_leaves_the_drawer_shut_and_is_said(page, address, asked):
    opened(page, address, f"&section={asked}")
    expect(page.get_by_text(f"the section '{asked}', which does not fit here")).to_be_visible()
