"""The track of kept epochs under Explore's plane: Explore is the rewind too, in the same place."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from benchmarks.harness.server import open_plane
from tests.browser.idle import answered, until

LINK = "explore?dataset=mnist&variant=vae"
SAME = ("x", "y", "width", "height")


def track(page: Page):
    return page.get_by_test_id("track")


def past(page: Page):
    """The rewind's plane, once it stands in the place of the other."""
    plane = page.get_by_test_id("rewind-plane")
    expect(plane).to_be_visible()
    return plane


def go(page: Page, key: str) -> None:
    track(page).focus()
    page.keyboard.press(key)


def test_nothing_of_the_rewind_is_here_before_its_track_is_touched(page, address):
    open_plane(page, f"{address}/{LINK}")
    expect(page.get_by_test_id("track-epoch")).to_have_text("Epoch 100 of 100")
    answered(page)
    expect(page.get_by_test_id("rewind-plane")).to_have_count(0)
    expect(page.get_by_role("tab", name="Rewind")).to_have_count(0)


def test_the_rewind_stands_where_the_plane_stood_and_decodes_with_its_epoch(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    box = open_plane(page, f"{address}/{LINK}")
    expect(track(page)).to_be_in_viewport(ratio=1)
    go(page, "Home")
    found = past(page).bounding_box()
    assert [found[side] for side in SAME] == pytest.approx([box[side] for side in SAME], abs=1)
    expect(page.get_by_test_id("latent-plane")).to_be_hidden()
    expect(page.get_by_test_id("track-epoch")).to_have_text("Epoch 0 of 100")
    page.wait_for_url(re.compile(r"[?&]epoch=0(&|$)"))
    expect(page.get_by_test_id("rewind-image")).to_have_attribute("data-epoch", "0")
    assert page.get_by_test_id("fixed-image").count() == 8
    go(page, "ArrowRight")
    page.wait_for_url(re.compile(r"[?&]epoch=1(&|$)"))
    expect(page.get_by_test_id("rewind-image")).to_have_attribute("data-epoch", "1")


def test_at_the_last_epoch_the_plane_is_back_and_no_epoch_stands_in_the_address(page, address):
    page.goto(f"{address}/{LINK}&epoch=0")
    past(page)
    go(page, "End")
    expect(page.get_by_test_id("latent-plane")).to_be_visible()
    expect(page.get_by_test_id("rewind-plane")).to_be_hidden()
    page.wait_for_url(lambda url: "epoch=" not in url)


def test_pin_and_hidden_classes_go_along_and_come_back(page, address):
    open_plane(page, f"{address}/{LINK}&z=1.5,-0.5&hide=3")
    go(page, "ArrowLeft")
    past(page)
    expect(page.get_by_test_id("rewind-what")).to_have_text("At the pin")
    expect(page.get_by_test_id("rewind-position")).to_have_text("1.500, -0.500")
    legend = page.locator(".rewind").get_by_test_id("legend-item")
    expect(legend.nth(3)).to_have_attribute("aria-pressed", "false")
    legend.nth(4).click()
    past(page).focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_url(re.compile("hide=3(,|%2C)4"))
    until(page, lambda: "z=1.5,-0.5" not in page.url.replace("%2C", ","))
    go(page, "End")
    expect(page.get_by_test_id("latent-plane")).to_be_visible()
    expect(page.get_by_test_id("latent-position")).to_contain_text("1.500, ")
    expect(page.get_by_test_id("latent-position")).not_to_contain_text("-0.500")


def test_playing_from_the_end_begins_at_the_beginning_and_ends_at_the_plane(page, address):
    open_plane(page, f"{address}/{LINK}")
    page.get_by_test_id("track-menu").click()
    page.get_by_test_id("track-speed").select_option("2")
    page.get_by_test_id("track-play").click()
    past(page)
    expect(page.get_by_test_id("track-play")).to_have_attribute("aria-label", "Pause")
    expect(page.get_by_test_id("rewind-plane")).to_be_hidden()
    expect(page.get_by_test_id("track-play")).to_have_attribute("aria-label", "Play")
    expect(page.get_by_test_id("track-epoch")).to_have_text("Epoch 100 of 100")


def test_an_epoch_in_the_address_comes_back_with_a_reload_and_leaves_with_back(page, address):
    open_plane(page, f"{address}/{LINK}")
    answered(page)
    go(page, "Home")
    page.wait_for_url(re.compile("epoch=0"))
    page.reload()
    past(page)
    expect(page.get_by_test_id("track-epoch")).to_have_text("Epoch 0 of 100")
    answered(page)
    page.go_back()
    expect(page.get_by_test_id("track-epoch")).to_have_text("Epoch 100 of 100")
    expect(page.get_by_test_id("latent-plane")).to_be_visible()


def test_back_is_followed_however_early_it_is_pressed(browser, address):
    context = browser.new_context()
    page = context.new_page()
    held: list[Callable[[], None]] = []
    is_held = False

    def hold(way: WebSocketRoute) -> None:
        server = way.connect_to_server()
        server.on_message(lambda said: held.append(lambda: way.send(said)) if is_held else way.send(said))

    page.route_web_socket(re.compile("_stcore/stream"), hold)
    open_plane(page, f"{address}/{LINK}")
    answered(page)
    go(page, "Home")
    page.wait_for_url(re.compile("epoch=0"))
    answered(page)
    is_held = True
    page.reload()
    until(page, lambda: held)
    page.go_back()
    assert "epoch=" not in page.url
    is_held = False
    for send in held:
        send()
    expect(page.get_by_test_id("latent-plane")).to_be_visible()
    expect(page.get_by_test_id("track-epoch")).to_have_text("Epoch 100 of 100")
    answered(page)
    expect(page.get_by_test_id("track-epoch")).to_have_text("Epoch 100 of 100")
    context.close()


def test_what_is_said_above_the_plane_holds_for_the_epoch_that_is_seen(page, address):
    before = open_plane(page, f"{address}/{LINK}")
    caption = page.locator(".st-key-choices").get_by_test_id("stCaptionContainer")
    finished, past_words = (
        caption.get_by_text("one of 10,000 test images"),
        caption.get_by_text("after the epoch"),
    )
    expect(finished).to_be_visible()
    expect(past_words).to_be_hidden()
    answered(page)
    go(page, "Home")
    past(page)
    expect(finished).to_be_hidden()
    expect(past_words).to_be_visible()
    go(page, "End")
    expect(finished).to_be_visible()
    assert page.get_by_test_id("latent-plane").bounding_box() == before


def test_steps_are_equally_far_apart(page, address):
    open_plane(page, f"{address}/{LINK}")
    shares = page.locator(".epoch-track .tick").evaluate_all(
        "ticks => ticks.map((tick) => Number(tick.style.getPropertyValue('--share')))"
    )
    steps = [b - a for a, b in pairwise(shares)]
    assert len(steps) > 3
    assert steps == pytest.approx([1 / len(steps)] * len(steps))


def test_a_link_to_the_section_that_was_opens_the_first_epoch(page, address):
    page.goto(f"{address}/{LINK}&about=Rewind")
    past(page)
    expect(page.get_by_test_id("track-epoch")).to_have_text("Epoch 0 of 100")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


@pytest.mark.parametrize("asked", ["101", "-1", "x", "50"])
def test_an_epoch_that_was_not_kept_is_said_so(page, address, asked):
    open_plane(page, f"{address}/{LINK}&epoch={asked}")
    said = page.get_by_text(f"Epoch '{asked}' was not kept, so this is epoch 100.")
    expect(said).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("latent-plane")).to_be_visible()


def test_a_run_without_a_rewind_has_no_track(page, address):
    open_plane(page, f"{address}/explore?dataset=digits")
    answered(page)
    expect(track(page)).to_have_count(0)


def test_a_finger_drags_the_track_on_a_telephone(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    box = open_plane(page, f"{address}/{LINK}")
    slider = track(page).bounding_box()
    assert box["y"] + box["height"] <= slider["y"] <= box["y"] + box["height"] + 8
    page.touchscreen.tap(slider["x"] + 9, slider["y"] + slider["height"] / 2)
    found = past(page).bounding_box()
    assert [found[side] for side in SAME] == pytest.approx([box[side] for side in SAME], abs=1)
    expect(page.get_by_test_id("rewind-image")).to_be_in_viewport(ratio=1)
    context.close()


def test_under_the_pointer_the_play_button_keeps_its_colours(page, address):
    open_plane(page, f"{address}/{LINK}")
    play = page.get_by_test_id("track-play")
    colours = "play => [getComputedStyle(play).backgroundColor, getComputedStyle(play).color]"
    page.mouse.move(0, 0)
    before = play.evaluate(colours)
    play.hover()
    play.evaluate("play => Promise.all(play.getAnimations().map((fade) => fade.finished))")
    assert play.evaluate(colours) == before
