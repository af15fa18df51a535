"""The still picture lies where the plane will be, and goes when the plane is drawn."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_frame import SIZES


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_picture_stands_in_the_planes_place_until_dots_are_drawn(page: Page, address, size):
    page.set_viewport_size(size)
    page.goto(f"{address}/explore", wait_until="commit")
    still = page.locator("#still")
    still.wait_for()
    before = still.bounding_box()
    plane = page.get_by_test_id("latent-plane")
    plane.wait_for()
    expect(still).to_be_hidden()
    after = plane.bounding_box()
    assert before
    assert after
    assert [before[side] for side in before] == pytest.approx([after[side] for side in before], abs=24)


def test_a_page_without_a_plane_loses_the_picture_too(page: Page, address):
    page.goto(f"{address}/explore", wait_until="commit")
    page.locator("#still").wait_for()
    page.get_by_role("link", name="Train").click()
    expect(page.locator("#still")).to_be_hidden()


@pytest.mark.parametrize("lost", ["planes", "scripts"])
def test_where_no_plane_comes_the_picture_makes_way_for_a_sentence_and_a_button_brings_it(
    browser, address, lost
):
    page = browser.new_page()  # with an error in its console
    page.route(f"**/{lost}/**", lambda route: route.abort("connectionrefused"))
    page.goto(f"{address}/explore", wait_until="commit")
    problem = page.get_by_role("alert").filter(has_text="did not come from the server").first
    expect(problem).to_be_visible()
    expect(page.locator("#still")).to_be_hidden()
    page.unroute_all()
    problem.get_by_role("button", name="Try again").click()
    page.get_by_test_id("decoded-image").wait_for()
    expect(problem).to_be_hidden()
    page.close()


def test_a_script_that_failed_twice_is_asked_for_once_more(browser, address):
    page, asked = browser.new_page(), []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.abort("connectionrefused") if len(asked) < 3 else route.continue_()

    page.route("**/scripts/**", answer)
    page.goto(f"{address}/explore")
    page.get_by_test_id("decoded-image").wait_for()
    assert len(asked) == 3
    page.close()
