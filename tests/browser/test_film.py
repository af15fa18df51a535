"""The film strips of the interpolation as a person plays them, on a page of their own."""

import json

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from dashboard.components.film import FRONTEND, Film, packed

STEPS = 5


@pytest.fixture
def strips(page: Page) -> Page:
    """Two strips, mounted as Streamlit mounts them."""
    images = np.linspace(0, 1, STEPS)[:, None, None, None] * np.ones((1, 8, 8, 1))
    notes = [f"step {number}" for number in range(STEPS)]
    data = packed([Film("VAE", kind, images, notes) for kind in ("straight", "spherical")])
    html, css, js = ((FRONTEND / f"film.{kind}").read_text("utf-8") for kind in ("html", "css", "js"))
    page.set_content(f"<link rel='icon' href='data:,'><style>{css}</style><main>{html}</main>")
    script = js.replace("export default function mount", "window.mount = function mount")
    script = script.replace("export function following", "window.following = function following")
    page.add_script_tag(content=f"{{{script}}}")
    page.evaluate(f"mount({{ data: {json.dumps(data)}, parentElement: document.querySelector('main') }})")
    return page


def where(page: Page) -> int:
    return int(page.get_by_test_id("film-step").input_value())


def test_every_row_shows_the_first_step_with_its_note(strips):
    expect(strips.locator(".note")).to_have_text(["step 0", "step 0"])
    expect(strips.get_by_test_id("film-where")).to_have_text("step 1 of 5")
    expect(strips.locator("h2")).to_have_text(["VAE"])


def test_the_buttons_step_to_the_ends_and_no_further(strips):
    for _ in range(7):
        strips.get_by_label("One step on").click()
    assert where(strips) == STEPS - 1
    strips.get_by_label("One step back").click()
    expect(strips.locator(".note")).to_have_text(["step 3", "step 3"])


def test_the_keyboard_steps_on_the_slider(strips):
    strips.get_by_test_id("film-step").focus()
    strips.keyboard.press("ArrowRight")
    assert where(strips) == 1
    strips.keyboard.press("End")
    assert where(strips) == STEPS - 1


def test_a_click_on_a_strip_goes_to_that_image_and_the_frame_stands_on_it(strips):
    strip = strips.locator(".strip").first
    box = strip.bounding_box()
    strips.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + box["height"] / 2)
    assert where(strips) == 3
    frame = strip.locator(".frame").bounding_box()
    assert frame["x"] - box["x"] == pytest.approx(0.6 * box["width"], abs=2)
    assert frame["width"] == pytest.approx(0.2 * box["width"], abs=2)


def test_a_film_plays_to_and_fro_until_it_is_paused(strips):
    play = strips.get_by_test_id("film-play")
    play.click()
    expect(play).to_have_text("Pause")
    strips.wait_for_function("document.querySelector('[data-part=step]').value === '4'")
    strips.wait_for_function("document.querySelector('[data-part=step]').value === '2'")
    play.click()
    stopped = where(strips)
    strips.wait_for_timeout(600)
    assert where(strips) == stopped
    expect(play).to_have_text("Play")


def test_a_step_by_hand_ends_the_playing(strips):
    strips.get_by_test_id("film-play").click()
    strips.get_by_label("One step on").click()
    expect(strips.get_by_test_id("film-play")).to_have_text("Play")


@pytest.mark.parametrize(
    ("step", "direction", "expected"), [(0, 1, [1, 1]), (4, 1, [3, -1]), (0, -1, [1, 1]), (2, -1, [1, -1])]
)
def test_the_step_after_one_turns_at_the_ends(strips, step, direction, expected):
    assert strips.evaluate(f"following({step}, {direction}, {STEPS})") == expected


def test_nothing_is_cut_off_in_a_narrow_window(strips):
    strips.set_viewport_size({"width": 360, "height": 800})
    assert strips.evaluate("document.documentElement.scrollWidth") <= 360
