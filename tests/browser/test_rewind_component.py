"""The rewind as a person uses it: by keyboard, mouse and finger; each image against numpy's."""

import functools
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from benchmarks.harness.modules import module_page
from benchmarks.harness.server import frames_sent
from dashboard.components.rewind import FRONTEND, pack_decoder
from tests.browser.idle import answered, double_click, draw_steadily, settle, watch
from tests.browser.rewinding import (
    BIASES,
    CLASSES,
    CODES,
    COUNT,
    DECODERS,
    EPOCHS,
    LABELS,
    ORIGINALS,
    SHOWN,
    SIDE,
    WEIGHTS,
    asked,
    bring,
    code_shown,
    decoded,
    decoder_of,
    drawn,
    epoch_shown,
    image,
    mount,
    next_frames,
    packed,
    packed_live,
    place_of,
    served,
    start,
    trained_frames,
)

FREE = [0.4, -1.3]  # no dot lies there at the last epoch
WATCH = """() => {
    window.seen = [];
    addEventListener("decoded", ({ detail }) => seen.push({ ...detail, epoch: Number(
        document.querySelector("[data-part=decoded]").dataset.epoch) }));
}"""
RECORD = """() => {
    window.places = [];
    const look = () => {
        window.looking = requestAnimationFrame(look);
        const ring = document.querySelector("[data-testid=fixed-ring]");
        if (!ring) return;
        const at = new DOMMatrix(getComputedStyle(ring).transform);
        places.push([at.e, at.f, Number(document.querySelector("[data-part=scrubber]").value)]);
    };
    look();
}"""


@pytest.fixture(scope="module")
def blank(browser) -> Iterator[Page]:
    """An empty page that can import the component's files."""
    errors: list[str] = []
    with module_page(browser, FRONTEND.parent.parent) as page:
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.evaluate(WATCH)
        watch(page)
        draw_steadily(page)
        page.errors = errors
        yield page


@pytest.fixture(autouse=True)
def started_anew(blank) -> Iterator[None]:
    """Nothing on the page; an error on the console fails the test that caused it."""
    start(blank)
    blank.mouse.move(0, 0)
    blank.emulate_media(reduced_motion="no-preference", color_scheme="light")
    blank.evaluate("() => { seen = []; cancelAnimationFrame(window.looking) }")
    blank.errors.clear()
    yield
    assert blank.errors == []


@pytest.fixture
def rewind(blank) -> Page:
    """The toy training, at its last epoch."""
    mount(blank, packed())
    return blank


def remounted(page: Page, **changed: Any) -> Page:
    start(page)
    mount(page, packed(**changed))
    return page


def press_at_once(page: Page, *keys: str) -> None:
    """Press keys on the scrubber: a busy machine would take the presses of a keyboard for several stops."""
    page.get_by_test_id("scrubber").evaluate(
        """(scrubber, keys) => {
            const press = (key) => new KeyboardEvent("keydown", { key, bubbles: true });
            for (const key of keys) scrubber.dispatchEvent(press(key));
        }""",
        keys,
    )


def go_to(page: Page, epoch: int) -> None:
    press_at_once(page, "Home", *["ArrowRight"] * EPOCHS.index(epoch))
    rest(page)
    assert epoch_shown(page) == epoch


def rest(page: Page) -> None:
    """Until the player and the dots have come to a stop."""
    page.evaluate(
        """async () => {
            const scrubber = document.querySelector("[data-part=scrubber]");
            const place = () => {
                const ring = document.querySelector("[data-testid=fixed-ring]");
                return scrubber.value + (ring && getComputedStyle(ring).transform);
            };
            for (let still = 0, last; still < 8; last = place()) {
                await new Promise(requestAnimationFrame);
                still = place() === last ? still + 1 : 0;
            }
        }"""
    )
    next_frames(page)


def point_at(page: Page, place: Any, codes: np.ndarray = CODES[-1]) -> None:
    page.mouse.move(*place_of(page, place, codes))
    next_frames(page)


def away(page: Page) -> None:
    page.mouse.move(2, 2)
    next_frames(page)


def last_decoded(page: Page) -> dict[str, Any]:
    return page.evaluate("() => seen.at(-1)")


def assert_decoded(page: Page, epoch: int, code: Any) -> None:
    """The image shown is what the decoder of the epoch makes of a code, and not what another's does."""
    found = image(page)
    assert np.abs(found - decoded(epoch, code)).max() <= 1
    others = [np.abs(found - decoded(other, code)).max() for other in EPOCHS if other != epoch]
    assert min(others) > 3


def ring(page: Page, k: int = 0) -> tuple[float, float]:
    box = page.get_by_test_id("fixed-ring").nth(k).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def marker(page: Page, name: str = "pin") -> tuple[float, float] | None:
    box = page.get_by_test_id(name).bounding_box()
    return box and (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def play_to_the_end(page: Page, key: str | None = None) -> None:
    """Play from the beginning until it stops by itself, started by a click or by a key."""
    play = page.get_by_test_id("play")
    page.get_by_test_id("speed").select_option("2")
    play.evaluate(
        """(play) => {
            window.labels = [play.ariaLabel];
            const note = () => labels.at(-1) !== play.ariaLabel && labels.push(play.ariaLabel);
            new MutationObserver(note).observe(play, { attributeFilter: ["aria-label"] });
        }"""
    )
    if key:
        play.press(key)
    else:
        play.click()
    page.wait_for_function("labels.length > 2")
    assert page.evaluate("labels") == ["Play", "Pause", "Play"]
    next_frames(page)


# What the figure says


def test_a_rewind_opens_at_the_last_epoch_and_says_what_is_shown(rewind):
    expect(rewind.get_by_test_id("rewind-epoch")).to_have_text("Epoch 8 of 8")
    expect(rewind.get_by_test_id("rewind-codes")).to_have_text("all 60 test images")
    expect(rewind.get_by_test_id("rewind-compressed")).to_have_text("")
    expect(rewind.get_by_test_id("rewind-loss")).to_have_text("")
    label = rewind.get_by_test_id("rewind-plane").get_attribute("aria-label")
    assert label.startswith("Latent plane of Toy at epoch 8 of 8, 60 codes. Cursor at z₁ ")


def test_losses_subsets_and_compression_are_said_on_the_figure(blank):
    rows = np.arange(COUNT) * 3
    losses = [180.25, 0.123456, None, 0.5, 0.25]
    errors = [None, 5 / 255, 0.00001, None, 0.5 / 255]
    about = {"test_losses": losses, "loss_name": "test MSE per pixel", "decoder_error": errors}
    page = remounted(blank, rows=rows, total_images=10_000, total_epochs=1200, images=None, **about)
    expect(page.get_by_test_id("rewind-codes")).to_have_text("60 of 10,000 test images")
    expected = {
        0: ("Epoch 0 of 1,200, untrained", "test MSE per pixel 180.3, lower is better", ""),
        1: ("Epoch 1 of 1,200", "test MSE per pixel 0.1235, lower is better", "differs by 5/255 RMS"),
        2: ("Epoch 2 of 1,200", "", "differs by less than 0.1/255 RMS"),
        8: ("Epoch 8 of 1,200", "test MSE per pixel 0.25, lower is better", "differs by 0.5/255 RMS"),
    }
    for epoch, (title, loss, compressed) in expected.items():
        go_to(page, epoch)
        expect(page.get_by_test_id("rewind-epoch")).to_have_text(title)
        expect(page.get_by_test_id("rewind-loss")).to_have_text(loss)
        said = page.get_by_test_id("rewind-compressed")
        expect(said).to_have_text(f"decoder of this epoch compressed: {compressed}" if compressed else "")
    remounted(blank, rows=rows, test_losses=losses, loss_name="test MSE per pixel ↓")
    expect(page.get_by_test_id("rewind-loss")).to_have_text("test MSE per pixel ↓ 0.25")
    expect(page.get_by_test_id("rewind-codes")).to_have_text("60 of the test images")


def test_the_fixed_images_stand_above_their_reconstructions_of_the_epoch(rewind):
    for epoch in (8, 1):
        go_to(rewind, epoch)
        expect(rewind.get_by_test_id("pictures-caption")).to_have_text(f"Reconstructed at epoch {epoch}")
        for k in range(3):
            above, below = (f"[data-testid=fixed-image] >> nth={k} >> canvas >> nth={n}" for n in (0, 1))
            np.testing.assert_array_equal(image(rewind, above), ORIGINALS[k].ravel())
            np.testing.assert_array_equal(image(rewind, below), SHOWN[EPOCHS.index(epoch), k].ravel())
    expect(rewind.get_by_test_id("fixed-image")).to_have_text(list(CLASSES))


def test_without_originals_it_says_so_and_shows_the_reconstructions(blank):
    page = remounted(blank, originals=None)
    assert page.get_by_text("The originals are not on this machine.").is_visible()
    np.testing.assert_array_equal(
        image(page, "[data-testid=fixed-image] >> nth=1 >> canvas"), SHOWN[-1, 1].ravel()
    )


def test_the_fixed_images_codes_are_ringed(rewind):
    for k in range(3):
        assert ring(rewind, k) == pytest.approx(place_of(rewind, CODES[-1][k], CODES[-1]), abs=0.6)


# The scrubber


def test_the_keyboard_steps_from_one_kept_epoch_to_the_next(rewind):
    scrubber = rewind.get_by_test_id("scrubber")
    scrubber.focus()
    for key, epoch in [
        ("ArrowLeft", 4),
        ("ArrowDown", 2),
        ("Home", 0),
        ("ArrowUp", 1),
        ("PageUp", 8),
        ("PageDown", 0),
        ("End", 8),
    ]:
        rewind.keyboard.press(key)
        rest(rewind)
        assert float(scrubber.input_value()) == epoch
        assert epoch_shown(rewind) == epoch
        assert scrubber.get_attribute("aria-valuetext").startswith(f"Epoch {epoch} of 8")
        assert_decoded(rewind, epoch, last_decoded(rewind)["code"])


def test_keys_pressed_in_haste_each_count(rewind):
    rewind.get_by_test_id("scrubber").focus()
    for _ in range(3):
        rewind.keyboard.press("ArrowLeft")
    rest(rewind)
    assert epoch_shown(rewind) == 1


def test_the_values_of_the_scrubber_are_epochs_with_a_tick_at_each_that_is_kept(rewind):
    scrubber = rewind.get_by_test_id("scrubber")
    assert (scrubber.get_attribute("min"), scrubber.get_attribute("max")) == ("0", "8")
    shares = rewind.locator(".tick").evaluate_all(
        "nodes => nodes.map((n) => Number(n.style.getPropertyValue('--share')))"
    )
    assert shares == [epoch / 8 for epoch in EPOCHS]
    box = scrubber.bounding_box()
    rewind.mouse.click(box["x"] + 8 + 0.5 * (box["width"] - 16), box["y"] + box["height"] / 2)
    rest(rewind)
    assert float(scrubber.input_value()) == 4


def test_a_screen_reader_sets_an_epoch_or_moves_to_the_next_kept_one(rewind):
    scrubber = rewind.get_by_test_id("scrubber")
    scrubber.fill("2")
    rest(rewind)
    assert epoch_shown(rewind) == 2
    scrubber.fill("2.4")
    rest(rewind)
    assert epoch_shown(rewind) == 4


def test_a_dragged_scrubber_shows_the_codes_between_two_epochs_and_rests_on_one(rewind):
    rewind.get_by_test_id("fixed").click()
    box = rewind.get_by_test_id("scrubber").bounding_box()

    def at(epoch: float) -> tuple[float, float]:
        return box["x"] + 8 + epoch / 8 * (box["width"] - 16), box["y"] + box["height"] / 2

    rewind.mouse.move(*at(8))
    rewind.mouse.down()
    rewind.mouse.move(*at(5), steps=8)
    next_frames(rewind)
    between = 0.75 * CODES[3][0] + 0.25 * CODES[4][0]
    window = np.concatenate(CODES)
    assert ring(rewind) == pytest.approx(place_of(rewind, between, window), abs=2)
    assert epoch_shown(rewind) == 4  # the nearer one
    rewind.mouse.up()
    rest(rewind)
    assert float(rewind.get_by_test_id("scrubber").input_value()) == 4
    assert ring(rewind) == pytest.approx(place_of(rewind, CODES[3][0], window), abs=0.6)


def test_a_step_glides_through_the_places_between(rewind):
    rewind.get_by_test_id("fixed").click()
    next_frames(rewind)
    rewind.evaluate(RECORD)
    rewind.get_by_test_id("step-back").click()
    rest(rewind)
    places = np.array(rewind.evaluate("places"))
    offset = np.array([rewind.get_by_test_id("rewind-plane").bounding_box()[axis] for axis in ("x", "y")])
    window = np.concatenate(CODES)
    ends = [np.array(place_of(rewind, CODES[f][0], window)) - offset for f in (4, 3)]
    shares = (places[:, :2] - ends[0]) @ (ends[1] - ends[0]) / ((ends[1] - ends[0]) ** 2).sum()
    assert shares[0] == pytest.approx(0, abs=0.01)
    assert shares[-1] == pytest.approx(1, abs=0.01)
    assert (np.diff(shares) > -0.01).all()
    assert len(set(shares[(shares > 0.05) & (shares < 0.95)].round(3))) >= 5


def test_who_wants_no_motion_gets_jumps(rewind):
    rewind.emulate_media(reduced_motion="reduce")
    rewind.evaluate(RECORD)
    rewind.get_by_test_id("step-back").click()
    rest(rewind)
    assert {place[2] for place in rewind.evaluate("places")} == {8, 4}
    rewind.get_by_test_id("scrubber").press("Home")
    play_to_the_end(rewind)
    assert {place[2] for place in rewind.evaluate("places")} == set(EPOCHS)


# The player


def test_a_rewind_plays_from_the_beginning_to_the_end_and_stops(rewind):
    rewind.evaluate(RECORD)
    play_to_the_end(rewind)
    epochs = [place[2] for place in rewind.evaluate("places")]
    played = epochs[epochs.index(0) if 0 in epochs else int(np.argmin(epochs)) :]
    assert epoch_shown(rewind) == played[-1] == 8
    assert all(a <= b for a, b in pairwise(played))
    assert len(set(played)) > 20
    rewind.wait_for_timeout(300)
    assert epoch_shown(rewind) == 8
    expect(rewind.locator("[data-part=live]")).to_contain_text("Epoch 8 of 8")


def test_speed_is_a_factor_and_a_loop_begins_again(rewind):
    head = """async ([speed, isLooping, ms]) => {
        const { Playhead } = await import("/rewind/frontend/playhead.js");
        const head = new Playhead([0, 1, 2, 4, 8]);
        Object.assign(head, { speed, isLooping });
        head.play();
        const places = [];
        for (let t = 0; t < ms; t += 50) { head.advance(50); places.push(head.place); }
        return [places, head.isPlaying, head.epoch];
    }"""
    whole, _, _ = rewind.evaluate(head, [1, False, 1400])
    slow, is_playing, _ = rewind.evaluate(head, [0.25, False, 5600])
    assert slow[3::4] == pytest.approx(whole)
    assert is_playing
    places, is_playing, epoch = rewind.evaluate(head, [1, False, 6000])
    assert (places[-1], is_playing, epoch) == (4, False, 8)
    places, is_playing, _ = rewind.evaluate(head, [1, True, 6000])
    assert is_playing
    assert (np.diff(places) < 0).sum() == 1
    assert places.count(4) > 5  # it rests there


def test_a_pause_rests_on_the_nearer_epoch_and_a_step_ends_the_playing(rewind):
    play = rewind.get_by_test_id("play")
    play.click()
    rewind.evaluate(
        """async () => {
            const scrubber = document.querySelector("[data-part=scrubber]");
            while (Number(scrubber.value) < 1 || Number(scrubber.value) === 8) {
                await new Promise(requestAnimationFrame);
            }
            scrubber.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
        }"""
    )
    rest(rewind)
    value = float(rewind.get_by_test_id("scrubber").input_value())
    assert value in EPOCHS[1:4]
    play.click()
    rewind.wait_for_timeout(200)
    rewind.get_by_test_id("step-on").click()
    expect(play).to_have_attribute("aria-label", "Play")
    rest(rewind)
    assert float(rewind.get_by_test_id("scrubber").input_value()) in EPOCHS


def test_every_place_has_an_epoch_and_back(rewind):
    found = rewind.evaluate(
        """async (epochs) => {
            const { Playhead } = await import("/rewind/frontend/playhead.js");
            const head = new Playhead(epochs);
            return [-1, 0, 0.5, 1, 3, 7.9, 8, 20].map((epoch) => {
                head.dragTo(head.placeOf(epoch));
                return [head.epoch, head.nearest];
            });
        }""",
        list(EPOCHS),
    )
    assert [epoch for epoch, _ in found] == pytest.approx([0, 0, 0.5, 1, 3, 7.9, 8, 8])
    assert [f for _, f in found] == [0, 0, 1, 1, 3, 4, 4, 4]


def test_a_single_epoch_has_nothing_to_play(blank):
    f = slice(4, 5)
    page = remounted(blank, epochs=[8], codes=CODES[f], shown=SHOWN[f], decoders={8: DECODERS[8]})
    for name in ("play", "step-back", "step-on", "scrubber"):
        expect(page.get_by_test_id(name)).to_be_disabled()
    assert_decoded(page, 8, last_decoded(page)["code"])


# Pointing


@pytest.mark.parametrize("epoch", EPOCHS)
def test_under_the_pointer_is_what_that_epochs_decoder_draws_there(rewind, epoch):
    go_to(rewind, epoch)
    codes = CODES[EPOCHS.index(epoch)]
    place = codes.mean(0) + 0.3 * codes.std(0)
    point_at(rewind, place, codes)
    shown = last_decoded(rewind)
    assert shown["epoch"] == epoch
    assert shown["code"] == pytest.approx(place, abs=0.01 * float(np.ptp(codes)))
    assert code_shown(rewind) == pytest.approx(shown["code"], abs=0.001)
    assert_decoded(rewind, epoch, shown["code"])
    expect(rewind.get_by_test_id("rewind-what")).to_have_text("Under the pointer")
    expect(rewind.get_by_test_id("rewind-decoder")).to_have_text(f"decoder of epoch {epoch}")


def test_a_rewind_decodes_once_a_frame_at_most(rewind):
    box = rewind.get_by_test_id("rewind-plane").bounding_box()
    count = rewind.evaluate(
        """async ([x, y]) => {
            const plane = document.querySelector("[data-testid=rewind-plane]");
            const move = (k) => plane.dispatchEvent(new PointerEvent("pointermove",
                { clientX: x + k, clientY: y + k / 2, pointerId: 1, pointerType: "mouse", bubbles: true }));
            const frame = () => new Promise(requestAnimationFrame);
            await frame();
            let asked = 0;
            const post = Worker.prototype.postMessage;
            Worker.prototype.postMessage = function (message, ...rest) {
                asked += message.type === "live";
                return post.call(this, message, ...rest);
            };
            for (let f = 0; f < 10; f++) {
                for (let k = 0; k < 5; k++) move(10 * f + k);
                await frame();
            }
            await frame();
            Worker.prototype.postMessage = post;
            return asked;
        }""",
        [box["x"] + 50, box["y"] + 50],
    )
    assert 5 <= count <= 11


def test_half_precision_weights_decode_as_numpy_does(blank):
    halves = {e: WEIGHTS[e].astype(np.float16) for e in EPOCHS}
    page = remounted(blank, decoders={e: decoder_of(halves[e], BIASES[e]) for e in EPOCHS})
    point_at(page, FREE)
    expected = drawn(halves[8], BIASES[8], last_decoded(page)["code"])
    assert np.abs(image(page) - expected).max() <= 1


def test_a_resting_pointer_shows_its_place_by_every_epochs_decoder_while_it_plays(rewind):
    rewind.get_by_test_id("fixed").click()
    box = rewind.get_by_test_id("rewind-plane").bounding_box()
    rewind.mouse.move(box["x"] + 200, box["y"] + 200)
    next_frames(rewind)
    rewind.evaluate("seen = []")
    play_to_the_end(rewind, "Enter")
    seen = rewind.evaluate("seen")
    epochs = [shown["epoch"] for shown in seen]
    assert epochs == sorted(epochs)
    assert set(epochs) >= set(EPOCHS)
    assert len({tuple(shown["code"]) for shown in seen}) == 1
    assert_decoded(rewind, 8, seen[-1]["code"])


def test_a_dot_under_a_resting_pointer_is_named_and_its_card_closes_while_dots_move(rewind):
    i = int(np.argmax(CODES[-1][:, 1]))
    point_at(rewind, CODES[-1][i])
    card = rewind.get_by_test_id("hover-card")
    expect(card).to_contain_text(CLASSES[LABELS[i]])
    expect(card).to_contain_text(f"image {i}")
    assert marker(rewind, "hover-ring") == pytest.approx(place_of(rewind, CODES[-1][i], CODES[-1]), abs=0.6)
    was_hidden = rewind.get_by_test_id("scrubber").evaluate(
        """async (scrubber) => {
            scrubber.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
            return document.querySelector("[data-testid=hover-card]").hidden;
        }"""
    )
    assert was_hidden
    rest(rewind)
    assert marker(rewind, "hover-ring") == pytest.approx(place_of(rewind, CODES[3][i], CODES[3]), abs=0.6)
    expect(card).to_contain_text("at epoch 4")
    away(rewind)


# Pinning


def test_a_click_pins_a_place_that_stays_when_the_pointer_leaves_until_escape(rewind):
    rewind.mouse.click(*place_of(rewind, FREE, CODES[-1]))
    away(rewind)
    expect(rewind.get_by_test_id("rewind-what")).to_have_text("At the pin")
    pinned = last_decoded(rewind)["code"]
    assert pinned == pytest.approx(FREE, abs=0.05)
    for epoch in EPOCHS:
        go_to(rewind, epoch)
        assert last_decoded(rewind)["code"] == pinned
        assert_decoded(rewind, epoch, pinned)
    assert marker(rewind) == pytest.approx(place_of(rewind, pinned, CODES[-1]), abs=0.6)
    rewind.get_by_test_id("rewind-plane").press("Escape")
    next_frames(rewind)
    expect(rewind.get_by_test_id("rewind-what")).to_have_text("Where the pointer was")
    assert marker(rewind) is None
    assert asked(rewind) == []


def test_the_pointer_decodes_elsewhere_while_a_place_is_pinned(rewind):
    rewind.mouse.click(*place_of(rewind, FREE, CODES[-1]))
    point_at(rewind, [1.5, 1.5])
    expect(rewind.get_by_test_id("rewind-what")).to_have_text("Under the pointer")
    assert last_decoded(rewind)["code"] == pytest.approx([1.5, 1.5], abs=0.05)
    away(rewind)
    assert last_decoded(rewind)["code"] == pytest.approx(FREE, abs=0.05)


def test_a_fixed_image_pins_its_code_and_the_pin_follows_it(rewind):
    rewind.get_by_test_id("fixed-image").nth(1).click()
    away(rewind)
    for epoch in (8, 2):
        go_to(rewind, epoch)
        f = EPOCHS.index(epoch)
        assert marker(rewind) == pytest.approx(place_of(rewind, CODES[f][1], CODES[f]), abs=0.6)
        assert_decoded(rewind, epoch, CODES[f][1])
    expect(rewind.get_by_test_id("rewind-what")).to_have_text("Pinned: square, test image 1")
    rewind.get_by_test_id("unpin").click()
    next_frames(rewind)
    assert marker(rewind) is None


def test_the_plane_is_worked_by_keyboard(rewind):
    rewind.get_by_test_id("speed").select_option("0.25")  # or it is at the end before it is seen to play
    plane = rewind.get_by_test_id("rewind-plane")
    plane.focus()
    away(rewind)
    before = np.array(last_decoded(rewind)["code"])
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        rewind.keyboard.press(key)
    next_frames(rewind)
    moved = np.array(last_decoded(rewind)["code"]) - before
    assert moved[1] / moved[0] == pytest.approx(5, rel=0.01)
    assert marker(rewind) is not None
    rewind.keyboard.press("Enter")
    next_frames(rewind)
    nearest = int(np.argmin(((CODES[-1] - (before + moved)) ** 2).sum(1)))
    expect(rewind.get_by_test_id("rewind-what")).to_contain_text(f"test image {nearest}")
    rewind.keyboard.press("PageDown")
    rest(rewind)
    assert epoch_shown(rewind) == 4
    rewind.keyboard.press(" ")
    expect(rewind.get_by_test_id("play")).to_have_attribute("aria-label", "Pause")
    rewind.keyboard.press(" ")
    expect(rewind.get_by_test_id("play")).to_have_attribute("aria-label", "Play")


def test_a_drag_pins_where_it_ends(rewind):
    rewind.mouse.move(*place_of(rewind, [1.5, 1.5], CODES[-1]))
    rewind.mouse.down()
    rewind.mouse.move(*place_of(rewind, FREE, CODES[-1]), steps=6)
    rewind.mouse.up()
    away(rewind)
    assert last_decoded(rewind)["code"] == pytest.approx(FREE, abs=0.05)


def test_a_finger_decodes_and_the_page_does_not_scroll(rewind):
    rewind.evaluate("document.body.style.height = '3000px'")
    session = rewind.context.new_cdp_session(rewind)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    for what, place in (("touchStart", [1.5, 1.5]), ("touchMove", [1, 0]), ("touchMove", FREE)):
        x, y = place_of(rewind, place, CODES[-1])
        session.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": [{"x": x, "y": y}]})
    next_frames(rewind)
    assert last_decoded(rewind)["code"] == pytest.approx(FREE, abs=0.05)
    assert_decoded(rewind, 8, last_decoded(rewind)["code"])
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert rewind.evaluate("scrollY") == 0


# Decoders that come later


def lacking(*epochs: int) -> dict[int, Any]:
    return {epoch: decoder for epoch, decoder in DECODERS.items() if epoch not in epochs}


def test_a_missing_decoder_is_asked_for_once_and_used_when_it_arrives(blank):
    page = remounted(blank, decoders=lacking(2))
    page.mouse.click(*place_of(page, FREE, CODES[-1]))
    go_to(page, 2)
    settle(page)
    assert asked(page) == [2]
    go_to(page, 8)
    go_to(page, 2)
    settle(page)
    assert asked(page) == [2]
    said = page.get_by_test_id("rewind-decoder")
    expect(said).to_have_text("decoder of epoch 2 is on its way")
    expect(page.get_by_test_id("waiting")).to_be_visible()
    point_at(page, [0.2, -0.5], CODES[2])
    assert code_shown(page) == pytest.approx([0.2, -0.5], abs=0.03)  # said, though not drawn yet
    below = "[data-testid=fixed-image] >> nth=1 >> canvas >> nth=1"
    np.testing.assert_array_equal(image(page, below), SHOWN[2, 1].ravel())
    bring(page, pack_decoder(2, DECODERS[2], name="another"))
    expect(said).to_have_text("decoder of epoch 2 is on its way")
    bring(page, pack_decoder(2, DECODERS[2], name="toy"))
    expect(said).to_have_text("decoder of epoch 2")
    away(page)
    assert_decoded(page, 2, last_decoded(page)["code"])
    go_to(page, 8)
    go_to(page, 2)
    settle(page)
    assert asked(page) == [2]
    assert_decoded(page, 2, last_decoded(page)["code"])


def test_a_decoder_is_kept_when_another_takes_its_place_on_the_page(blank):
    page = remounted(blank, decoders=lacking(1, 2))
    for epoch in (2, 1):
        go_to(page, epoch)
        settle(page)
        bring(page, pack_decoder(epoch, DECODERS[epoch], name="toy"))
    assert asked(page) == [2, 1]
    for epoch in (2, 1):
        go_to(page, epoch)
        assert_decoded(page, epoch, last_decoded(page)["code"])


def test_a_decoder_that_was_there_first_is_found(blank):
    start(blank)
    bring(blank, pack_decoder(8, DECODERS[8], name="toy"))
    mount(blank, packed(decoders={}))
    assert_decoded(blank, 8, last_decoded(blank)["code"])


def test_who_scrubs_past_missing_decoders_is_asked_for_the_last_one_only(blank):
    page = remounted(blank, decoders=lacking(0, 1, 2, 4))
    press_at_once(page, *["ArrowLeft"] * 4)
    rest(page)
    settle(page)
    assert asked(page) == [0]


def test_while_it_plays_it_asks_ahead(blank):
    page = remounted(blank, decoders=lacking(1, 2))
    page.evaluate(
        """() => {
            window.when = [];
            const push = states.push.bind(states);
            states.push = (state) => {
                when.push([state[1], Number(document.querySelector("[data-part=scrubber]").value)]);
                return push(state);
            };
        }"""
    )
    play_to_the_end(page)
    when = page.evaluate("when")
    assert [epoch for epoch, _ in when] == [1, 2]
    assert all(at < epoch for epoch, at in when)


def test_nothing_is_asked_while_everything_is_here(rewind):
    rewind.get_by_test_id("play").click()
    box = rewind.get_by_test_id("rewind-plane").bounding_box()
    for step in range(30):
        rewind.mouse.move(box["x"] + 20 + 10 * step, box["y"] + 40 + 5 * step)
    expect(rewind.get_by_test_id("play")).to_have_attribute("aria-label", "Play")
    rewind.mouse.wheel(0, -300)
    rewind.get_by_test_id("scrubber").press("Home")
    rest(rewind)
    assert rewind.evaluate("states") == []


def test_more_epochs_than_the_worker_keeps_unpacked_decode_all_the_same(blank):
    epochs = list(range(40))
    rng = np.random.default_rng(2)
    weights = {e: rng.normal(size=(SIDE * SIDE, 2)).astype(np.float32) for e in epochs}
    page = remounted(
        blank,
        epochs=epochs,
        codes=[CODES[-1]] * 40,
        shown=np.repeat(SHOWN[:1], 40, 0),
        decoders={e: decoder_of(weights[e], BIASES[0]) for e in epochs},
    )
    scrubber = page.get_by_test_id("scrubber")
    for epoch in (0, *range(5, 40, 2), 3, 0, 39):
        scrubber.fill(str(epoch))
        rest(page)
        shown = last_decoded(page)
        assert shown["epoch"] == epoch
        expected = drawn(weights[epoch], BIASES[0], shown["code"])
        assert np.abs(image(page) - expected).max() <= 1


# The window


def test_the_following_window_holds_the_codes_at_every_place(rewind):
    go_to(rewind, 0)
    low, high = ring(rewind, 0), ring(rewind, 1)
    assert np.hypot(*np.subtract(high, low)) > 30  # a collapsed plane fills the frame
    rewind.evaluate(RECORD)
    play_to_the_end(rewind)
    box = rewind.get_by_test_id("rewind-plane").bounding_box()
    places = np.array(rewind.evaluate("places"))[:, :2]
    assert (places > 0).all()
    assert (places < [box["width"], box["height"]]).all()


def test_the_fixed_window_is_one_for_all_epochs(rewind):
    rewind.get_by_test_id("fixed").click()
    expect(rewind.get_by_test_id("fixed")).to_have_attribute("aria-pressed", "true")
    window = np.concatenate(CODES)
    for epoch in (0, 2, 8):
        go_to(rewind, epoch)
        codes = CODES[EPOCHS.index(epoch)]
        assert ring(rewind) == pytest.approx(place_of(rewind, codes[0], window), abs=0.6)
    rewind.get_by_test_id("follow").click()
    go_to(rewind, 2)
    assert ring(rewind) == pytest.approx(place_of(rewind, CODES[2][0], CODES[2]), abs=0.6)


def test_wheel_zooms_shift_drag_pans_and_a_double_click_resets(rewind):
    middle = place_of(rewind, FREE, CODES[-1])
    before = ring(rewind, 0), ring(rewind, 1)
    rewind.mouse.move(*middle)
    rewind.mouse.wheel(0, -200)
    next_frames(rewind)
    zoomed = last_decoded(rewind)["code"]
    assert zoomed == pytest.approx(FREE, abs=0.05)  # what is under the pointer stays there
    rewind.keyboard.down("Shift")
    rewind.mouse.down()
    rewind.mouse.move(middle[0] + 40, middle[1] + 10, steps=4)
    rewind.mouse.up()
    rewind.keyboard.up("Shift")
    next_frames(rewind)
    assert last_decoded(rewind)["code"] == pytest.approx(zoomed, abs=0.02)  # and goes along
    go_to(rewind, 4)  # a window that was chosen stays
    assert last_decoded(rewind)["code"] == pytest.approx(zoomed, abs=0.02)
    go_to(rewind, 8)
    double_click(rewind, *middle)
    next_frames(rewind)
    assert np.array([ring(rewind, 0), ring(rewind, 1)]) == pytest.approx(np.array(before))
    assert marker(rewind) is None


def test_codes_outside_the_first_window_are_counted_and_shown_by_a_double_click(blank):
    wide = np.concatenate([np.tile(CODES[-1], (4, 1)), [[90.0, 0]]]).astype(np.float32)
    labels = np.concatenate([np.tile(LABELS, 4), [0]])
    page = remounted(blank, codes=[wide] * 5, labels=labels)
    note = page.get_by_test_id("rewind-note")
    expect(note).to_contain_text(
        re.compile(r"dots? (is|are) outside this view\. Double-click to see them all\.")
    )
    double_click(page, *place_of(page, FREE, CODES[-1]))
    expect(note).to_have_text("")


def test_a_hidden_class_is_neither_ringed_nor_picked(rewind):
    i = int(np.argmax(CODES[-1][:, 1]))
    assert LABELS[i] == 2
    rewind.get_by_test_id("legend-item").nth(2).click()
    point_at(rewind, CODES[-1][i])
    assert marker(rewind, "hover-ring") is None
    assert rewind.get_by_test_id("fixed-ring").nth(2).is_hidden()
    assert rewind.get_by_test_id("fixed-ring").nth(0).is_visible()
    go_to(rewind, 2)
    assert rewind.get_by_test_id("fixed-ring").nth(2).is_hidden()
    away(rewind)


# Other decoders


def test_of_more_than_two_dimensions_two_are_chosen_and_the_others_stand_at_the_epochs_mean(blank):
    rng = np.random.default_rng(3)
    codes = [rng.normal(size=(COUNT, 4)).astype(np.float32) * [1, 5, 2, 9] + f for f in range(5)]
    weights = {e: rng.normal(size=(SIDE * SIDE, 4)).astype(np.float32) / 9 for e in EPOCHS}
    decoders = {e: decoder_of(weights[e], BIASES[e]) for e in EPOCHS}
    page = remounted(blank, codes=codes, decoders=decoders)
    chosen = [page.get_by_label(f"{name} axis") for name in ("Horizontal", "Vertical")]
    assert [select.input_value() for select in chosen] == ["1", "3"]  # where the codes spread most
    chosen[0].select_option("2")
    next_frames(page)
    for epoch in (8, 0):
        f = EPOCHS.index(epoch)
        go_to(page, epoch)
        place = codes[f].mean(0)[[2, 3]] + [1, 2]
        point_at(page, place, codes[f][:, [2, 3]])
        code = last_decoded(page)["code"]
        assert [code[2], code[3]] == pytest.approx(place, abs=0.2)
        assert [code[0], code[1]] == pytest.approx(codes[f].mean(0)[:2], abs=1e-4)
        expected = drawn(weights[epoch], BIASES[epoch], code)
        assert np.abs(image(page) - expected).max() <= 1
        assert ring(page) == pytest.approx(place_of(page, codes[f][0, [2, 3]], codes[f][:, [2, 3]]), abs=0.6)
    away(page)
    page = remounted(blank, codes=codes, decoders=decoders, axes=(0, 2))  # where Python knows better
    assert [select.input_value() for select in chosen] == ["0", "2"]
    away(page)


def test_codes_of_one_dimension_lie_on_a_line(blank):
    codes = [np.linspace(-1, 1 + f, COUNT, dtype=np.float32)[:, None] for f in range(5)]
    decoders = {e: decoder_of(WEIGHTS[e][:, :1], BIASES[e]) for e in EPOCHS}
    page = remounted(blank, codes=codes, decoders=decoders)
    flat = np.hstack([codes[-1], np.zeros_like(codes[-1])])
    point_at(page, [0.7, 1.1], flat)
    assert code_shown(page) == pytest.approx([0.7], abs=0.02)
    expected = drawn(WEIGHTS[8][:, :1], BIASES[8], last_decoded(page)["code"])
    assert np.abs(image(page) - expected).max() <= 1
    assert ring(page) == pytest.approx(place_of(page, flat[0], flat), abs=0.6)
    away(page)


def test_a_decoder_that_takes_a_class_is_given_the_nearest_codes_own_or_the_chosen_one(blank):
    rng = np.random.default_rng(4)
    weights = {e: rng.normal(size=(SIDE * SIDE, 5)).astype(np.float32) for e in EPOCHS}
    condition = {"type": "condition", "classes": 3}
    decoders = {e: decoder_of(weights[e], BIASES[e], condition) for e in EPOCHS}
    own = np.stack([(LABELS + f) % 3 for f in range(5)])  # a model that guesses may change its mind
    page = remounted(blank, decoders=decoders, conditions=own)

    def assert_drawn_as(k: int, epoch: int) -> None:
        shown = last_decoded(page)
        assert (shown["condition"], shown["epoch"]) == (k, epoch)
        one_hot = np.concatenate([shown["code"], np.eye(3)[k]])
        assert np.abs(image(page) - drawn(weights[epoch], BIASES[epoch], one_hot)).max() <= 1

    i = int(np.argmax(CODES[-1][:, 1]))
    point_at(page, CODES[-1][i])
    settle(page)
    assert_drawn_as(int(own[4, i]), 8)
    expect(page.get_by_test_id("rewind-class").locator("option").first).to_have_text(
        f"the code's own: {CLASSES[own[4, i]]}"
    )
    away(page)
    page.get_by_test_id("fixed-image").nth(0).click()
    away(page)
    go_to(page, 2)
    assert_drawn_as(int(own[2, 0]), 2)
    for k in range(3):
        page.get_by_test_id("rewind-class").select_option(str(k))
        next_frames(page)
        assert_drawn_as(k, 2)


def test_bytes_that_cannot_be_read_are_answered_by_a_sentence(blank):
    mount(blank, b"no tensors")
    assert "The rewind cannot be shown" in blank.get_by_role("alert").inner_text()
    assert len(blank.errors) == 1  # the console has it too
    blank.errors.clear()


# A live training


def live(page: Page, epoch: int, **changed: Any) -> Page:
    start(page)
    mount(page, packed_live(epoch, **changed))
    return page


def test_a_live_training_has_no_scrubber_and_says_its_epoch(blank):
    page = live(blank, 2)
    expect(page.get_by_test_id("scrubber")).to_be_hidden()
    expect(page.get_by_test_id("speed")).to_be_hidden()
    expect(page.get_by_test_id("rewind-epoch")).to_have_text("Epoch 2 of 8")
    assert_decoded(page, 2, last_decoded(page)["code"])


def test_a_new_epoch_keeps_zoom_pin_and_hidden_classes_and_decodes_by_the_new_weights(blank):
    page = live(blank, 4)
    page.get_by_test_id("legend-item").nth(2).click()
    page.mouse.click(*place_of(page, [0.3, -1.0], CODES[3]))
    box = page.get_by_test_id("rewind-plane").bounding_box()
    page.mouse.wheel(0, 300)
    next_frames(page)
    away(page)
    pin, code = marker(page), last_decoded(page)["code"]
    assert_decoded(page, 4, code)
    scale = np.subtract(ring(page, 1), ring(page, 0)) / (CODES[3][1] - CODES[3][0])
    mount(page, packed_live(8))
    rest(page)
    expect(page.get_by_test_id("rewind-epoch")).to_have_text("Epoch 8 of 8")
    assert marker(page) == pytest.approx(pin, abs=0.1)
    assert page.get_by_test_id("rewind-plane").bounding_box() == box
    assert last_decoded(page)["code"] == code
    assert_decoded(page, 8, code)
    assert page.get_by_test_id("fixed-ring").nth(2).is_hidden()
    moved = np.array(ring(page)) - pin
    assert moved == pytest.approx((CODES[4][0] - code) * scale, abs=1.5)
    assert asked(page) == []


def test_the_pointers_image_is_decoded_again_at_once(blank):
    page = live(blank, 1)
    box = page.get_by_test_id("rewind-plane").bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    next_frames(page)
    assert last_decoded(page)["epoch"] == 1
    page.evaluate("seen = []")
    mount(page, packed_live(2))
    seen = page.evaluate("seen")
    assert seen[0]["epoch"] == 2
    rest(page)
    assert_decoded(page, 2, last_decoded(page)["code"])
    away(page)


def test_the_dots_glide_from_where_they_are_also_when_the_next_epoch_comes_early(blank):
    page = live(blank, 2)
    box = page.get_by_test_id("rewind-plane").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(4):
        page.mouse.wheel(0, 240)  # a window of one's own: what moves is the dots
    next_frames(page)
    page.wait_for_timeout(400)
    page.evaluate(RECORD)
    mount(page, packed_live(4))
    mount(page, packed_live(8))
    rest(page)
    places = np.array(page.evaluate("places"))[:, :2]
    distances = np.linalg.norm(places - places[0], axis=1)
    assert len(set(distances.round(1))) > 6
    assert np.diff(distances).max() < 0.6 * distances[-1]  # no jump
    assert (np.diff(distances) > -1).all()
    away(page)


def test_who_wants_no_motion_sees_a_live_epoch_at_once(blank):
    page = live(blank, 2)
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(RECORD)
    mount(page, packed_live(4))
    next_frames(page)
    assert len({tuple(place[:2]) for place in page.evaluate("places")}) <= 2
    assert ring(page) == pytest.approx(place_of(page, CODES[3][0], CODES[3]), abs=0.6)
    page.emulate_media(reduced_motion="no-preference")


def test_the_hovered_dot_stays_hovered_when_a_live_epoch_arrives(blank):
    page = live(blank, 4)
    i = int(np.argmax(CODES[3][:, 1]))
    point_at(page, CODES[3][i], CODES[3])
    expect(page.get_by_test_id("hover-card")).to_contain_text("at epoch 4")
    mount(page, packed_live(8))
    rest(page)
    assert marker(page, "hover-ring") == pytest.approx(place_of(page, CODES[4][i], CODES[4]), abs=0.6)
    expect(page.get_by_test_id("hover-card")).to_contain_text("at epoch 8")
    away(page)


def test_another_training_under_the_same_key_starts_anew(blank):
    page = live(blank, 4)
    page.mouse.click(*place_of(page, [0.3, -1.0], CODES[3]))
    mount(page, packed_live(8, title="Another"))
    away(page)
    assert marker(page) is None
    mount(page, packed())  # it is finished: the rewind
    expect(page.get_by_test_id("scrubber")).to_be_visible()
    assert_decoded(page, 8, last_decoded(page)["code"])


# The page


@pytest.mark.parametrize("width", [1400, 720, 420, 340])
def test_nothing_is_cut_off_however_narrow_the_window(blank, width):
    start(blank, width)
    mount(blank, packed(test_losses=[0.5] * 5, decoder_error=[0.02] * 5, loss_name="test MSE per pixel"))
    assert blank.evaluate("document.documentElement.scrollWidth") <= width
    labels = blank.locator(".tick-label:visible").evaluate_all(
        "n => n.map((m) => m.getBoundingClientRect().toJSON())"
    )
    labels.sort(key=lambda box: box["left"])
    assert all(a["right"] <= b["left"] for a, b in pairwise(labels))
    if width < 720:  # what a finger decodes is in sight
        plane, shown = (
            blank.get_by_test_id(name).bounding_box() for name in ("rewind-plane", "rewind-image")
        )
        assert shown["y"] - (plane["y"] + plane["height"]) < 80


def test_every_control_is_reached_by_tab_and_has_a_name(rewind):
    rewind.locator("body").press("Tab")
    names = []
    for _ in range(40):
        names.append(
            rewind.evaluate("document.activeElement.dataset.part ?? document.activeElement.dataset.testid")
        )
        rewind.keyboard.press("Tab")
    wanted = [
        "plane",
        "back",
        "play",
        "scrubber",
        "speed",
        "loop",
        "follow",
        "fixed",
        "legend-item",
        "fixed-image",
    ]
    assert set(wanted) <= set(names)
    nameless = rewind.locator("button:visible, input:visible, select:visible, canvas[role]").evaluate_all(
        "nodes => nodes.filter((n) => !n.getAttribute('aria-label') && !n.textContent.trim() && "
        "!n.labels?.length).map((n) => n.outerHTML)"
    )
    assert nameless == []


def test_what_is_taken_off_the_page_leaves_no_context_behind(blank):
    said = []
    blank.on("console", lambda message: said.append(message.text))
    for _ in range(20):
        remounted(blank)
    assert not [text for text in said if "Too many active WebGL contexts" in text]


# By Streamlit

by_streamlit = pytest.mark.xdist_group("rewind by Streamlit")  # one training and server


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A VAE trained on digits, served."""
    folder: Path = tmp_path_factory.mktemp("rewind")
    trained_frames(folder / "frames.npz", epochs=12)
    with served(folder / "log", folder / "frames.npz") as address:
        yield address


def opened(page: Page, address: str, query: str = "") -> functools.partial:
    page.goto(f"{address}/{query}")
    page.get_by_test_id("rewind-plane").wait_for(timeout=30_000)
    page.wait_for_function(
        "image => image.dataset.epoch !== undefined", arg=page.get_by_test_id("rewind-image").element_handle()
    )
    return page.get_by_test_id


@by_streamlit
def test_python_brings_the_decoder_that_is_asked_for_and_nothing_else_goes_over_the_network(page, trained):
    sent = frames_sent(page)
    by = opened(page, trained)
    answered(page)
    page.wait_for_timeout(500)
    by("scrubber").focus()
    page.keyboard.press("ArrowLeft")
    expect(by("rewind-decoder")).to_have_text("decoder of epoch 11")
    expect(page.get_by_text("asked: 11")).to_be_visible()
    expect(by("rewind-image")).to_have_attribute("data-epoch", "11")
    answered(page)
    page.wait_for_timeout(500)
    before = len(sent)
    for key in ("ArrowRight", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
        page.wait_for_timeout(600)
    box = by("rewind-plane").bounding_box()
    for step in range(20):
        page.mouse.move(box["x"] + 100 + 10 * step, box["y"] + 200)
    page.mouse.click(box["x"] + 200, box["y"] + 200)
    page.wait_for_timeout(500)
    assert len(sent) == before


@by_streamlit
def test_a_live_epoch_by_streamlit_keeps_the_pin(page, trained):
    by = opened(page, trained, "?mode=live")
    box = by("rewind-plane").bounding_box()
    page.mouse.click(box["x"] + 200, box["y"] + 150)
    page.mouse.move(box["x"] - 20, box["y"] - 10)
    for epoch in (1, 2, 3):
        page.get_by_role("button", name="Next epoch").click()
        expect(by("rewind-epoch")).to_have_text(f"Epoch {epoch} of 12")
        expect(by("rewind-image")).to_have_attribute("data-epoch", str(epoch))
        assert by("rewind-what").inner_text() == "At the pin"
    expect(by("scrubber")).to_be_hidden()
