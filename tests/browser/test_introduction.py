"""The first visit: a welcome whose pointer moves by itself, ways on, and a tour that ticks what is done."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from aecore.storage.store import RunStore
from benchmarks.harness.server import open_plane
from tests.browser.idle import until
from tests.browser.test_explore import choose

BAR = 48


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Somebody who was never here."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context.new_page()
    context.close()


@pytest.fixture
def on_a_phone(browser: Browser) -> Iterator[Page]:
    """Somebody who was never here, with a telephone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


def position(page: Page) -> str:
    return page.get_by_test_id("latent-position").inner_text()


def is_moving(page: Page) -> bool:
    before = position(page)
    page.wait_for_timeout(300)
    return position(page) != before


def places_of(page: Page, codes: list[np.ndarray]) -> list[np.ndarray]:
    """Where codes lie on the page, by what the plane says of two places."""
    plane = page.get_by_test_id("latent-plane").bounding_box()
    assert plane
    corner, size = np.array([plane["x"], plane["y"]]), np.array([plane["width"], plane["height"]])
    said = []
    for share in (0.25, 0.75):
        page.mouse.move(*(corner + share * size))
        before = said[-1] if said else ""
        until(page, lambda before=before: position(page) != before)
        said.append(position(page))
    low, high = (np.array([float(text) for text in line.split(",")]) for line in said)
    return [corner + (0.25 + 0.5 * (code - low) / (high - low)) * size for code in codes]


def task(page: Page, number: int) -> None:
    expect(page.get_by_test_id("tour")).to_contain_text(f"{number} of 7")


def is_in_sight(page: Page, *places: Locator) -> bool:
    """Whether each place is wholly to be seen between the bar on top and the tour's card below."""
    card = page.get_by_test_id("tour").bounding_box()
    assert card
    boxes = [place.bounding_box() for place in places]
    return all(box and box["y"] >= BAR and box["y"] + box["height"] <= card["y"] for box in boxes)


def test_the_root_welcomes_once_and_the_pointer_moves_until_the_visitor_takes_over(visitor, address):
    plane = open_plane(visitor, address)
    welcome = visitor.get_by_test_id("welcome")
    expect(welcome).to_be_visible()
    expect(welcome).to_contain_text("squeezes each image into two numbers")
    until(visitor, lambda: is_moving(visitor))
    assert "welcome" not in visitor.url
    visitor.mouse.move(plane["x"] + 100, plane["y"] + 100)
    assert any(not is_moving(visitor) for _ in range(10))  # long before it would come to rest by itself
    visitor.keyboard.press("Escape")
    expect(welcome).to_be_hidden()
    open_plane(visitor, address)
    expect(visitor.get_by_test_id("welcome")).to_be_hidden()


def test_a_link_to_something_is_no_reason_for_a_welcome(visitor, address):
    open_plane(visitor, f"{address}/?dataset=digits")
    expect(visitor.get_by_test_id("welcome")).to_be_hidden()


def test_with_reduced_motion_nothing_moves(visitor, address):
    visitor.emulate_media(reduced_motion="reduce")
    open_plane(visitor, address)
    expect(visitor.get_by_test_id("welcome")).to_be_visible()
    assert not is_moving(visitor)


@pytest.mark.parametrize(("door", "page_name"), [("Teach", "compare"), ("Research", "train")])
def test_the_other_doors_lead_to_their_pages(visitor, address, door, page_name):
    open_plane(visitor, address)
    link = visitor.get_by_test_id("welcome").get_by_role("link", name=door)
    link.click()
    visitor.wait_for_url(re.compile(f"/{page_name}"))


def test_the_tour_ticks_each_task_when_it_is_done_and_survives_a_reload(visitor, address):
    open_plane(visitor, address)
    visitor.get_by_test_id("welcome").get_by_role("button", name="Learn").click()
    task(visitor, 1)
    codes, labels = (RunStore().open("mnist-vae-z2").arrays[name] for name in ("codes", "labels"))
    middle = {label: np.median(codes[labels == label], axis=0) for label in (8, 3)}
    for share in np.linspace(0.2, 0.8, 12):  # within the eights' and threes' part of the plane
        visitor.mouse.move(100 + 300 * share, 300)
        visitor.wait_for_timeout(220)
    task(visitor, 2)
    expect(visitor.get_by_test_id("tour")).to_contain_text("Find a place where an 8 turns into a 3.")
    for label, place in zip(middle, places_of(visitor, list(middle.values())), strict=True):
        visitor.mouse.move(*place)
        expect(visitor.get_by_text(re.compile(f"nearest dot an? {label},"))).to_be_visible()
    task(visitor, 3)
    visitor.reload()
    visitor.get_by_test_id("latent-plane").wait_for()
    task(visitor, 3)
    visitor.get_by_test_id("latent-plane").press("Enter")
    task(visitor, 4)
    visitor.get_by_test_id("overlay-toggle").filter(has_text="Prior").click()
    task(visitor, 5)
    choose(visitor, "Model", "Autoencoder")
    visitor.wait_for_url(re.compile("variant=ae"))
    expect(visitor.get_by_test_id("latent-plane")).to_have_attribute(
        "aria-label", re.compile("· Autoencoder,")
    )
    task(visitor, 6)
    visitor.get_by_test_id("overlay-toggle").filter(has_text="Holes").click()
    expect(visitor.get_by_test_id("latent-plane").locator("xpath=..")).to_contain_text("Hatched (hole)")
    task(visitor, 6)  # a speck is nothing to see
    origin = places_of(visitor, [np.zeros(2)])[0]
    visitor.mouse.move(*origin)
    for _ in range(6):
        visitor.mouse.wheel(0, -300)
        visitor.wait_for_timeout(100)  # those of one frame would count as one
    task(visitor, 7)
    visitor.get_by_role("tab", name="Draw").click()
    pad = visitor.get_by_test_id("draw-pad").bounding_box()
    assert pad
    visitor.mouse.move(pad["x"] + 0.5 * pad["width"], pad["y"] + 0.2 * pad["height"])
    visitor.mouse.down()
    visitor.mouse.move(pad["x"] + 0.5 * pad["width"], pad["y"] + 0.8 * pad["height"], steps=8)
    visitor.mouse.up()
    expect(visitor.get_by_test_id("tour")).to_contain_text("That was the tour")
    visitor.get_by_role("button", name="Close").click()
    expect(visitor.get_by_test_id("tour")).to_be_hidden()


def test_on_a_phone_plane_and_what_is_to_be_pressed_are_both_in_sight_above_the_card(on_a_phone, address):
    page = on_a_phone
    open_plane(page, address)
    page.get_by_test_id("welcome").get_by_role("button", name="Learn").tap()
    plane, skip = page.get_by_test_id("latent-plane"), page.get_by_test_id("tour").locator("[data-part=skip]")
    toggle = page.get_by_test_id("overlay-toggle")
    tabs = page.locator(".st-key-explore-sections").get_by_role("tablist")
    choices = page.get_by_test_id("fold")
    needed = [
        plane,
        plane,
        plane,
        toggle.filter(has_text="Prior"),
        choices,
        toggle.filter(has_text="Holes"),
        tabs,
    ]
    for number, place in enumerate(needed, 1):
        task(page, number)
        until(page, lambda place=place: is_in_sight(page, plane, place))
        if number < len(needed):
            skip.tap()
    page.get_by_role("tab", name="Draw").tap()
    until(page, lambda: is_in_sight(page, plane, page.get_by_test_id("draw-pad")))
    page.get_by_role("button", name="Clear").scroll_into_view_if_needed()
    page.locator("[data-testid=stMain]").evaluate("main => main.scrollBy(0, main.scrollHeight)")
    until(page, lambda: is_in_sight(page, page.get_by_role("button", name="Clear")))


def test_holes_that_nobody_has_mapped_are_mapped_when_they_are_asked_for(page, address):
    open_plane(page, f"{address}/explore?dataset=digits&variant=ae")
    note = page.locator(".note[data-part=note]")
    page.get_by_test_id("overlay-toggle").filter(has_text="Holes").click()
    expect(note).to_contain_text("not here yet")
    expect(note).to_contain_text("Hatched (hole)")


def test_a_task_can_be_skipped_and_the_tour_ended(visitor, address):
    open_plane(visitor, address)
    visitor.get_by_test_id("welcome").get_by_role("button", name="Learn").click()
    visitor.get_by_role("button", name="Skip").click()
    task(visitor, 2)
    visitor.get_by_role("button", name="End the tour").click()
    expect(visitor.get_by_test_id("tour")).to_be_hidden()
    visitor.reload()
    visitor.get_by_test_id("latent-plane").wait_for()
    expect(visitor.get_by_test_id("tour")).to_be_hidden()


def test_help_brings_the_welcome_back(page, address):
    open_plane(page, f"{address}/explore?dataset=digits")
    page.get_by_role("button", name="Help").click()
    page.get_by_role("button", name="Introduction and tour").click()
    expect(page.get_by_test_id("welcome")).to_be_visible()
    assert "dataset=digits" in page.url
