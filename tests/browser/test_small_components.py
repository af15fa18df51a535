"""The noise canvas and the draw pad: their arithmetic against numpy, and each mounted on an empty page."""

import base64
import json

import numpy as np
import pytest

from aecore import corruptions
from aecore.corruptions import corrupt, draw, find
from benchmarks.harness.modules import module_page
from dashboard.components import BASE_STYLE, bundling, draw_pad, noise_canvas
from dashboard.components.bundling import bundle, found
from dashboard.components.draw_pad import SIDE, drawn, sides
from dashboard.components.noise_canvas import pack_noise
from tests.browser.idle import settle, watch
from tests.plugins import FOG, FOG_IN_THE_BROWSER, added

COMPONENTS = BASE_STYLE.parent
TWINS = COMPONENTS / "noise_canvas" / "corruptions"
RNG = np.random.default_rng(0)
GREY, COLOUR = (28, 28, 1), (9, 12, 3)
CORRUPT = """async ([file, image, shape, level, normal, uniform, centre]) => {
    const { corrupt } = await import(file);
    const { noisyImage, psnr } = await import("/noise_canvas/frontend/noisy.js");
    const clean = Float32Array.from(image);
    const draws = { normal: Float32Array.from(normal), uniform: Float32Array.from(uniform), centre };
    const noisy = noisyImage(corrupt, clean, shape, level, draws);
    return [Array.from(noisy), psnr(clean, noisy)];
}"""
MOUNT = """async ([html, css, script, data]) => {
    window.unmount?.();
    document.body.innerHTML = `<div id="place" style="width: 420px"><style>${css}</style>${html}</div>`;
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const { default: mount } = await import(url);
    window.states = [];
    const parentElement = document.getElementById("place");
    const setStateValue = (name, value) => states.push(value);
    const opened = (data) => typeof data === "string"
        ? Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)) : data;
    window.renew = (data) => {
        window.unmount = mount({ parentElement, data: opened(data), setStateValue });
    };
    renew(data);
}"""


@pytest.fixture(scope="module")
def components(browser):
    """A page that can import the small components' files."""
    with module_page(browser, COMPONENTS) as page:
        watch(page)
        page.set_viewport_size({"width": 800, "height": 700})
        yield page


def mounted(page, component, name: str, data):
    frontend = component.FRONTEND
    html = (frontend / f"{name}.html").read_text("utf-8")
    css = BASE_STYLE.read_text("utf-8") + (frontend / f"{name}.css").read_text("utf-8")
    script = bundle(frontend / f"{name}.js")
    page.evaluate(MOUNT, [html, css, script, data])
    return page


def states(page) -> list:
    settle(page)
    return page.evaluate("states")


# The arithmetic


def corrupted_in_browser(page, image, kind, level, draws):
    flat = [array.ravel().astype(float).tolist() for array in (image, draws.normal, draws.uniform)]
    file = f"/noise_canvas/corruptions/{kind}.js"
    noisy, decibels = page.evaluate(
        CORRUPT, [file, flat[0], list(image.shape), level, flat[1], flat[2], list(draws.centre)]
    )
    return np.array(noisy).reshape(image.shape), decibels


def test_every_corruption_of_python_has_a_twin_in_the_browser_and_no_twin_is_alone():
    assert [file.stem for file in found(TWINS)] == sorted(corruptions.names())


@pytest.mark.parametrize("shape", [GREY, COLOUR])
@pytest.mark.parametrize("kind", corruptions.names())
def test_noise_in_the_browser_is_that_of_python(components, kind, shape):
    image, draws = RNG.random(shape, np.float32), draw(shape, 3, (0.3, 0.8))
    meaning = find(kind)
    for level in (meaning.minimum, meaning.reference, meaning.maximum):
        expected = corrupt(image, kind, level, draws)
        found, decibels = corrupted_in_browser(components, image, kind, level, draws)
        np.testing.assert_allclose(found, expected, atol=1e-5)
        error = ((expected.astype(float) - image) ** 2).mean()
        assert decibels == (pytest.approx(-10 * np.log10(error), abs=1e-3) if error else np.inf)


@pytest.mark.parametrize("kind", corruptions.names())
def test_every_kind_changes_the_image_at_its_reference(components, kind):
    image, level = RNG.random(GREY, np.float32), find(kind).reference
    found, _ = corrupted_in_browser(components, image, kind, level, draw(GREY, 3))
    assert np.abs(found - image).max() > 0.1


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"pointerType": "mouse", "pressure": 0.5}, 20),
        ({"pointerType": "touch", "pressure": 0}, 20),
        ({"pointerType": "pen", "pressure": 0.5}, 20),
        ({"pointerType": "pen", "pressure": 1}, 32),
        ({"pointerType": "pen", "pressure": 0.1}, 10.4),
    ],
)
def test_a_pens_pressure_makes_its_line_wider(components, event, expected):
    width = components.evaluate(
        "async (event) => (await import('/draw_pad/frontend/strokes.js')).widthAt(event, 20)", event
    )
    assert width == pytest.approx(expected)


# The noise canvas


def packed_noise(kind: str, level: float, image: np.ndarray | None = None, seed: int = 0) -> str:
    image = np.full(GREY, 0.8, np.float32) if image is None else image
    packed = pack_noise(image, draw(image.shape, seed), kind, level)
    return base64.b64encode(packed).decode()


@pytest.fixture
def canvas(components):
    def mount(kind: str, level: float):
        return mounted(components, noise_canvas, "noise", packed_noise(kind, level))

    return mount


def noisy_pixels(page) -> np.ndarray:
    values = page.get_by_test_id("noisy-image").evaluate(
        "image => Array.from(image.getContext('2d').getImageData(0, 0, image.width, image.height).data)"
    )
    return np.array(values).reshape(28, 28, 4)[..., 0]


def test_the_canvas_shows_the_noise_of_its_level(canvas):
    page = canvas("gaussian", 0.5)
    image = np.full(GREY, 0.8, np.float32)
    expected = corrupt(image, "gaussian", 0.5, draw(GREY, 0))[..., 0]
    np.testing.assert_allclose(noisy_pixels(page), expected * 255, atol=1)
    error = ((expected - 0.8) ** 2).mean()
    said = page.get_by_test_id("noisy-psnr").inner_text()
    assert float(said.split()[1]) == pytest.approx(-10 * np.log10(error), abs=0.006)
    assert said.endswith("dB ↑")


def test_a_corruption_that_is_one_new_file_of_each_language_is_shown_as_python_has_it(
    components, tmp_path, monkeypatch
):
    image = RNG.random(GREY, np.float32)
    (tmp_path / "fog.js").write_text(FOG_IN_THE_BROWSER)
    monkeypatch.setattr(bundling, "found", lambda folder: [*found(folder), tmp_path / "fog.js"])
    with added(corruptions, tmp_path / "own", "fog.py", FOG):
        page = mounted(components, noise_canvas, "noise", packed_noise("fog", 0.7, image))
        expected = corrupt(image, "fog", 0.7, draw(GREY, 0))[..., 0]
    np.testing.assert_allclose(noisy_pixels(page), expected * 255, atol=1)


def test_a_corruption_without_its_twin_is_a_sentence(components, tmp_path):
    with added(corruptions, tmp_path / "own", "fog.py", FOG):
        page = mounted(components, noise_canvas, "noise", packed_noise("fog", 0.7))
    assert 'There is no noise called "fog".' in page.get_by_role("alert").inner_text()


def slide(page, share: float) -> None:
    box = page.get_by_test_id("noise-slider").bounding_box()
    page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def test_sliding_changes_the_image_and_only_the_release_is_told(canvas):
    page = canvas("gaussian", 0.5)
    slide(page, 0.5)
    page.mouse.down()
    seen = set()
    for step in range(20):
        slide(page, 0.5 + step / 50)
        seen.add(page.get_by_test_id("noisy-psnr").inner_text())
    assert len(seen) > 10
    assert states(page) == []
    page.mouse.up()
    told = states(page)
    assert len(told) == 1
    assert told[0]["level"] == pytest.approx(0.88, abs=0.03)
    assert float(page.get_by_test_id("noise-number").inner_text()) == told[0]["level"]


def test_the_slider_stays_where_the_person_has_it_when_python_answers_late(canvas):
    page = canvas("gaussian", 0.5)
    slider = page.get_by_test_id("noise-slider")
    slider.fill("0.7")
    assert states(page)[-1]["level"] == 0.7
    slider.evaluate("(s) => { s.value = '0.2'; s.dispatchEvent(new Event('input')); }")
    page.evaluate("renew", packed_noise("gaussian", 0.7))
    assert page.get_by_test_id("noise-number").inner_text() == "0.20"
    page.evaluate("renew", packed_noise("gaussian", 0.9))  # a link, or the back button
    assert page.get_by_test_id("noise-number").inner_text() == "0.90"


def test_another_image_and_another_draw_keep_the_level(canvas):
    page = canvas("gaussian", 0.5)
    page.get_by_test_id("noise-slider").fill("0.7")
    before = noisy_pixels(page)
    page.evaluate("renew", packed_noise("gaussian", 0.7, seed=5))
    assert page.get_by_test_id("noise-number").inner_text() == "0.70"
    assert np.abs(noisy_pixels(page) - before).max() > 50
    page.evaluate("renew", packed_noise("blur", 1.5))
    assert page.get_by_test_id("noise-number").inner_text() == "1.50"


def test_the_square_is_dragged_and_its_place_told_on_release(canvas):
    page = canvas("square", 0.25)
    box = page.get_by_test_id("noisy-image").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.75 * box["height"], steps=5)
    assert states(page) == []
    page.mouse.up()
    told = states(page)
    assert len(told) == 1
    assert (told[0]["x"], told[0]["y"]) == pytest.approx((0.25, 0.75), abs=0.5 / 28 + 1e-6)
    rows, columns = np.nonzero(noisy_pixels(page) == 0)
    assert len(rows) == 7 * 7  # a quarter of 28 pixels, wherever it is
    assert rows.mean() + 0.5 == pytest.approx(21, abs=0.6)
    assert columns.mean() + 0.5 == pytest.approx(7, abs=0.6)


def test_the_arrow_keys_move_the_square_by_a_pixel(canvas):
    page = canvas("square", 0.25)
    page.get_by_test_id("noisy-image").focus()
    page.keyboard.press("ArrowUp")  # on whole pixels from here
    before, first = np.argwhere(noisy_pixels(page) == 0).mean(0), states(page)
    # At once: a busy machine would take the presses of a keyboard for two series.
    page.get_by_test_id("noisy-image").evaluate(
        "(image, keys) => keys.forEach((key) => image.dispatchEvent("
        "new KeyboardEvent('keydown', { key, bubbles: true })))",
        ["ArrowDown", "ArrowRight", "ArrowRight"],
    )
    assert np.argwhere(noisy_pixels(page) == 0).mean(0) - before == pytest.approx([1, 2])
    told = states(page)[len(first) :]
    assert len(told) == 1
    assert told[0]["x"] == pytest.approx(0.5 + 2 / 28, abs=0.5 / 28 + 1e-6)


def test_other_noise_has_nothing_to_drag(canvas):
    page = canvas("gaussian", 0.5)
    page.get_by_test_id("noisy-image").click(position={"x": 20, "y": 20})
    assert states(page) == []
    assert page.get_by_text("Drag what covers").is_hidden()


def test_bytes_that_cannot_be_read_are_answered_by_a_sentence(components):
    page = mounted(components, noise_canvas, "noise", base64.b64encode(b"no tensors").decode())
    assert "The noisy image cannot be shown" in page.get_by_role("alert").inner_text()


# The draw pad


@pytest.fixture
def pad(components):
    components.evaluate("sessionStorage.clear()")
    return mounted(components, draw_pad, "pad", {"height": SIDE, "width": SIDE, "drawing": None})


def on_pad(page, across: float, down: float) -> tuple[float, float]:
    box = page.get_by_test_id("draw-pad").bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def stroke(page, *points: tuple[float, float]) -> None:
    page.mouse.move(*on_pad(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*on_pad(page, *point), steps=6)
    page.mouse.up()


def ink(page) -> np.ndarray | None:
    told = states(page)
    return drawn(told[-1]) if told else None


def test_a_stroke_of_the_mouse_comes_back_as_ink(pad):
    stroke(pad, (0.2, 0.5), (0.8, 0.5))
    found = ink(pad)[..., 0]
    rows, columns = np.nonzero(found > 0.5)
    assert found.max() == 1
    assert columns.min() / SIDE == pytest.approx(0.2 - 0.0425, abs=0.02)
    assert columns.max() / SIDE == pytest.approx(0.8 + 0.0425, abs=0.02)
    assert (rows.max() - rows.min() + 1) / SIDE == pytest.approx(0.085, abs=0.02)
    assert len(states(pad)) == 1


def test_nothing_is_told_while_a_stroke_is_under_way_or_the_hand_only_rests(pad):
    pad.mouse.move(*on_pad(pad, 0.2, 0.2))
    pad.mouse.down()
    pad.mouse.move(*on_pad(pad, 0.8, 0.2), steps=6)
    # At once: on a busy machine the hand would rest too long between the two strokes.
    pad.get_by_test_id("draw-pad").evaluate(
        """(canvas) => {
            const { left, top, width } = canvas.getBoundingClientRect();
            const at = { clientX: left + width / 2, clientY: top + 0.3 * width };
            for (const type of ["pointerup", "pointerdown"]) {
                canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, pointerType: "mouse", ...at }));
            }
        }"""
    )
    pad.wait_for_timeout(900)
    assert states(pad) == []
    pad.mouse.up()
    assert len(states(pad)) == 1


def test_a_tap_leaves_a_dot(pad):
    pad.mouse.click(*on_pad(pad, 0.5, 0.5))
    found = ink(pad)
    assert np.argwhere(found[..., 0] > 0.5).mean(0) / SIDE == pytest.approx([0.5, 0.5], abs=0.02)


def test_undo_takes_back_a_stroke_and_clear_everything(pad):
    assert pad.get_by_role("button", name="Undo").is_disabled()
    stroke(pad, (0.2, 0.2), (0.8, 0.2))
    first = ink(pad)
    stroke(pad, (0.2, 0.8), (0.8, 0.8))
    assert ink(pad)[SIDE // 2 :].max() == 1
    pad.get_by_role("button", name="Undo").click()
    np.testing.assert_array_equal(ink(pad), first)
    pad.get_by_role("button", name="Clear").click()
    assert states(pad)[-1] is None
    assert pad.get_by_text("Draw here").is_visible()
    pad.keyboard.press("Tab")
    pad.get_by_test_id("draw-pad").focus()
    pad.keyboard.press("Control+z")
    np.testing.assert_array_equal(ink(pad), first)


def test_the_eraser_takes_ink_away(pad):
    stroke(pad, (0.2, 0.5), (0.8, 0.5))
    before = ink(pad).sum()
    pad.get_by_role("button", name="Eraser").click()
    stroke(pad, (0.5, 0.3), (0.5, 0.7))
    found = ink(pad)
    assert found.sum() < 0.95 * before
    assert found[SIDE // 2, SIDE // 2] == 0


def test_a_larger_brush_draws_a_wider_line(pad):
    pad.get_by_test_id("brush-size").fill("0.2")
    stroke(pad, (0.2, 0.5), (0.8, 0.5))
    rows = np.nonzero(ink(pad)[..., 0] > 0.5)[0]
    assert (rows.max() - rows.min() + 1) / SIDE == pytest.approx(0.2, abs=0.02)


def pointer(page, kind: str, across: float, down: float, what: str, force: float = 0.5) -> dict:
    x, y = on_pad(page, across, down)
    return {
        "type": what,
        "x": x,
        "y": y,
        "button": "left",
        "buttons": 1,
        "clickCount": 1,
        "force": force,
        "pointerType": kind,
    }


def test_a_pen_draws_as_hard_as_it_is_pressed(pad):
    session = pad.context.new_cdp_session(pad)
    widths = []
    for down, force in ((0.25, 0.2), (0.75, 1.0)):
        for what, across in (("mousePressed", 0.2), ("mouseMoved", 0.5), ("mouseMoved", 0.8)):
            session.send("Input.dispatchMouseEvent", pointer(pad, "pen", across, down, what, force))
        session.send("Input.dispatchMouseEvent", pointer(pad, "pen", 0.8, down, "mouseReleased", 0))
        half = ink(pad)[int((down - 0.25) * SIDE) : int((down + 0.25) * SIDE), SIDE // 2, 0]
        widths.append(int((half > 0.5).sum()))
    assert widths[0] < 0.6 * widths[1]


def test_a_finger_draws_and_the_page_does_not_scroll(pad):
    pad.evaluate("document.body.style.height = '3000px'")
    session = pad.context.new_cdp_session(pad)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    for what, down in (("touchStart", 0.8), ("touchMove", 0.5), ("touchMove", 0.2)):
        x, y = on_pad(pad, 0.5, down)
        session.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    rows = np.nonzero(ink(pad)[..., 0] > 0.5)[0]
    assert rows.min() / SIDE < 0.25
    assert rows.max() / SIDE > 0.75
    assert pad.evaluate("scrollY") == 0
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_the_keyboard_draws(pad):
    pad.get_by_test_id("draw-pad").focus()
    for key in ("ArrowLeft", "ArrowLeft", " ", *["ArrowRight"] * 6, " "):
        pad.keyboard.press(key)
    columns = np.nonzero(ink(pad)[..., 0] > 0.5)[1]
    assert columns.min() / SIDE == pytest.approx(0.5 - 0.08 - 0.0425, abs=0.02)
    assert columns.max() / SIDE == pytest.approx(0.5 + 0.16 + 0.0425, abs=0.02)
    assert "Pen up, 66 % across" in pad.locator("[aria-live]").inner_text()


def test_a_pad_has_the_images_proportions_and_so_has_its_drawing(components):
    height, width = sides((48, 32, 3))
    assert (height, width) == (140, 93)
    components.evaluate("sessionStorage.clear()")
    pad = mounted(components, draw_pad, "pad", {"height": height, "width": width, "drawing": None})
    box = pad.get_by_test_id("draw-pad").bounding_box()
    assert box["width"] / box["height"] == pytest.approx(width / height, abs=0.02)
    stroke(pad, (0.5, 0.1), (0.5, 0.9))
    told = states(pad)[-1]
    found = drawn(told, (48, 32))
    assert found.shape == (140, 93, 1)
    rows, columns, _ = np.nonzero(found > 0.5)
    assert columns.mean() / width == pytest.approx(0.5, abs=0.02)
    assert (rows.min() / height, rows.max() / height) == pytest.approx((0.1 - 0.04, 0.9 + 0.04), abs=0.02)
    assert drawn(told) is None
    assert drawn(told, (32, 48)) is None


def test_a_pad_that_is_new_on_the_page_shows_what_was_drawn(pad):
    stroke(pad, (0.2, 0.2), (0.8, 0.8))
    kept = states(pad)[-1]
    again = mounted(pad, draw_pad, "pad", {"height": SIDE, "width": SIDE, "drawing": kept})
    assert states(again) == []  # it is no news to Python
    stroke(again, (0.2, 0.8), (0.8, 0.2))
    before, after = drawn(kept), ink(again)
    assert after.sum() > 1.5 * before.sum()
    assert (after >= before).all()


def test_python_handing_back_an_older_drawing_changes_nothing(pad):
    stroke(pad, (0.2, 0.2), (0.8, 0.2))
    older = states(pad)[-1]
    stroke(pad, (0.2, 0.8), (0.8, 0.8))
    pad.evaluate("renew", {"height": SIDE, "width": SIDE, "drawing": older})
    stroke(pad, (0.5, 0.5), (0.6, 0.5))
    assert (ink(pad)[int(0.8 * SIDE)] > 0.5).any()


@pytest.mark.parametrize("sent", [None, 7, "", "AAAA", "ä" * 26136, "A" * 26136, "*" * 26136, {"a": 1}])
def test_what_is_no_drawing_is_taken_for_an_empty_pad(sent):
    assert drawn(sent) is None


def test_the_packed_noise_says_what_the_slider_counts():
    packed = pack_noise(np.zeros(GREY, np.float32), draw(GREY, 0), "poisson", 10)
    header = json.loads(packed[8 : 8 + int.from_bytes(packed[:8], "little")])
    about = json.loads(header["__metadata__"]["noise"])
    assert about["name"] == "Photons at white: fewer are noisier"
    assert about["start"] == {"level": 10, "y": 0.5, "x": 0.5}


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 2), (14, 28, 1)])
def test_noise_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="must have"):
        pack_noise(np.zeros(shape, np.float32), draw(GREY, 0), "gaussian", 0.5)
