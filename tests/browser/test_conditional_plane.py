"""The latent plane of a decoder that is given a class: a small one, mounted on an empty page."""

import base64
import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from aecore.decoder import Decoder
from dashboard.components.latent_plane import FRONTEND, bundle
from dashboard.components.latent_plane.packing import pack
from tests.browser.idle import double_click, settle

CLASSES = ("circle", "square", "star")
SIDE = 4
RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=(SIDE * SIDE, 2 + len(CLASSES))).astype(np.float32)
LAYERS = [
    {"type": "condition", "classes": 3},
    {"type": "linear", "weight": "decoder.1.weight"},
    {"type": "sigmoid"},
    {"type": "unflatten", "shape": [1, SIDE, SIDE]},
]
# Far apart: the dots leave free places between them.
CODES = np.array([[-2, -2], [2, -2], [2, 2], [-2, 2]], np.float32)
LABELS = np.array([0, 1, 2, 1])
CONDITIONS = np.array([0, 1, 2, 2])
URL = {"selection": "image", "position": "z", "overlays": "show", "condition": "class"}
MOUNT = """async ([html, css, script, packed, search]) => {
    history.replaceState(null, "", search || "/");
    document.body.innerHTML = `<style>${css}</style>${html}`;
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const { default: mount } = await import(url);
    const data = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    window.states = [];
    const setStateValue = (name, value) => states.push([name, value]);
    window.hand = (data) => mount({ parentElement: document.body, data, setStateValue });
    hand(data);
}"""
HAND_OVER = "packed => { hand(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))); }"


def decoded(code, condition: int) -> np.ndarray:
    """What the decoder draws, in grey levels."""
    image = 1 / (1 + np.exp(-(WEIGHT @ np.array([*code, *np.eye(3)[condition]]))))
    return np.rint(255 * image)


def packed(**changed: object) -> bytes:
    sound = {
        "codes": CODES,
        "labels": LABELS,
        "conditions": CONDITIONS,
        "decoder": Decoder(LAYERS, {"decoder.1.weight": WEIGHT}),
        "image_shape": (SIDE, SIDE, 1),
        "classes": CLASSES,
        "title": "Toy · Conditional",
        "split": "test",
        "url_names": URL,
    }
    return pack(**sound | changed)


def mount(page: Page, search: str = "", **changed: object) -> Page:
    html, css = ((FRONTEND / name).read_text("utf-8") for name in ("plane.html", "plane.css"))
    page.evaluate(MOUNT, [html, css, bundle(), base64.b64encode(packed(**changed)).decode(), search])
    page.wait_for_function(
        "() => document.querySelector('[data-part=position]').textContent && "
        "document.querySelector('[data-part=plane]').clientWidth > 100"
    )
    settle(page)
    return page


@pytest.fixture
def plane(modules: Page) -> Page:
    modules.set_viewport_size({"width": 1200, "height": 1000})
    modules.mouse.move(0, 0)
    return modules


GREY = """canvas => Array.from(
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
).filter((_, i) => i % 4 === 0)"""


def shown(page: Page) -> list[int]:
    settle(page)
    return page.get_by_test_id("decoded-image").evaluate(GREY)


def code_of(page: Page) -> list[float]:
    return [float(word) for word in page.get_by_test_id("latent-position").inner_text().split(",")]


def assert_shows(page: Page, condition: int) -> None:
    found = shown(page)
    # the code on screen is rounded to three decimals
    np.testing.assert_allclose(found, decoded(code_of(page), condition), atol=1.5)
    others = [decoded(code_of(page), k) for k in range(3) if k != condition]
    assert all(np.abs(found - other).max() > 5 for other in others)


def chooser(page: Page):
    return page.get_by_label("Decode as class")


def tile(page: Page, name: str):
    return page.get_by_role("group", name="Same style, every class").get_by_role("button", name=name)


def over_dot(page: Page, i: int) -> tuple[float, float]:
    """Where dot `i` lies: the codes fill the window but for 6 % of their range on each side."""
    box = page.get_by_test_id("latent-plane").bounding_box()
    scale = min(box["width"], box["height"]) / 4.48
    x, y = CODES[i].tolist()
    return box["x"] + box["width"] / 2 + x * scale, box["y"] + box["height"] / 2 - y * scale


def between(page: Page) -> tuple[float, float]:
    box = page.get_by_test_id("latent-plane").bounding_box()
    return box["x"] + 0.6 * box["width"], box["y"] + 0.45 * box["height"]


def state(page: Page, name: str):
    settle(page)
    return page.evaluate("name => states.filter(([part]) => part === name).at(-1)?.[1]", name)


def test_the_first_class_is_chosen_where_nothing_else_is_said(plane):
    mount(plane)
    expect(chooser(plane)).to_have_value("0")
    assert_shows(plane, 0)


def test_a_free_position_is_decoded_as_the_chosen_class(plane):
    mount(plane)
    chooser(plane).select_option("square")
    plane.mouse.move(*between(plane))
    assert_shows(plane, 1)
    expect(chooser(plane)).to_have_value("1")


def test_an_images_dot_under_the_pointer_is_decoded_as_its_own_class_and_the_chooser_follows(plane):
    mount(plane)
    plane.mouse.move(*over_dot(plane, 2))
    assert_shows(plane, 2)
    expect(chooser(plane)).to_have_value("2")
    expect(tile(plane, "star")).to_have_attribute("aria-pressed", "true")
    plane.mouse.move(*between(plane))
    assert_shows(plane, 0)
    expect(chooser(plane)).to_have_value("0")


def test_a_class_that_was_chosen_holds_over_dots_until_it_is_released(plane):
    mount(plane)
    tile(plane, "square").click()
    expect(plane.get_by_test_id("keep-class")).to_have_attribute("aria-pressed", "true")
    plane.mouse.move(*over_dot(plane, 2))
    assert_shows(plane, 1)
    plane.get_by_test_id("keep-class").click()
    plane.mouse.move(*over_dot(plane, 2))
    assert_shows(plane, 2)


def test_a_selected_image_brings_its_own_class(plane):
    mount(plane)
    tile(plane, "square").click()
    assert state(plane, "view")["condition"] == "1"
    plane.mouse.click(*over_dot(plane, 2))
    plane.mouse.move(*between(plane))
    assert_shows(plane, 2)
    assert state(plane, "selection") == {"index": 2}
    assert state(plane, "view")["condition"] == ""
    plane.mouse.move(*over_dot(plane, 1))  # and the next image under the pointer its own again
    assert_shows(plane, 1)


def test_arrow_keys_from_beside_a_dot_pin_the_class_that_is_shown(plane):
    mount(plane)
    plane.mouse.move(*over_dot(plane, 2))
    expect(chooser(plane)).to_have_value("2")
    plane.get_by_test_id("latent-plane").focus()
    plane.keyboard.press("ArrowLeft")
    assert state(plane, "view")["condition"] == "2"


def test_a_drag_from_a_dot_goes_on_in_its_class(plane):
    mount(plane)
    plane.mouse.move(*over_dot(plane, 2))
    settle(plane)
    plane.mouse.down()
    plane.mouse.move(*between(plane), steps=6)
    assert_shows(plane, 2)
    plane.mouse.up()
    assert state(plane, "view")["condition"] == "2"


def test_a_double_click_restores_the_class_too(plane):
    mount(plane)
    tile(plane, "square").click()
    double_click(plane, *over_dot(plane, 2))
    plane.mouse.move(0, 0)
    expect(chooser(plane)).to_have_value("1")


def test_the_strip_shows_the_code_under_the_pointer_as_every_class(plane):
    mount(plane)
    plane.mouse.move(*between(plane), steps=20)
    settle(plane)
    for k, name in enumerate(CLASSES):
        found = tile(plane, name).locator("canvas").evaluate(GREY)
        np.testing.assert_allclose(found, decoded(code_of(plane), k), atol=1.5)


def test_the_strip_ends_at_the_last_of_many_quick_moves(plane):
    mount(plane)
    plane.get_by_test_id("latent-plane").evaluate(
        """plane => {
            const { left, top, width } = plane.getBoundingClientRect();
            for (const share of [0.3, 0.5, 0.6]) {
                const at = { clientX: left + share * width, clientY: top + 0.45 * width };
                const mouse = { pointerType: "mouse", pointerId: 1, ...at };
                plane.dispatchEvent(new PointerEvent("pointermove", mouse));
            }
        }"""
    )
    settle(plane)
    found = tile(plane, "square").locator("canvas").evaluate(GREY)
    np.testing.assert_allclose(found, decoded(code_of(plane), 1), atol=1.5)


def test_a_click_in_the_strip_chooses_and_marks_one_class(plane):
    mount(plane)
    tile(plane, "star").click()
    assert_shows(plane, 2)
    expect(chooser(plane)).to_have_value("2")
    pressed = plane.locator("[data-testid=class-strip] [aria-pressed=true]")
    expect(pressed).to_have_count(1)
    expect(pressed).to_have_attribute("aria-label", "star")


def test_classes_are_chosen_by_keyboard(plane):
    mount(plane)
    chooser(plane).focus()
    plane.keyboard.press("ArrowDown")
    assert_shows(plane, 1)
    plane.keyboard.press("Tab")
    expect(plane.get_by_test_id("keep-class")).to_be_focused()
    plane.keyboard.press("Tab")
    plane.keyboard.press("Tab")
    plane.keyboard.press("Tab")
    expect(tile(plane, "star")).to_be_focused()
    plane.keyboard.press("Enter")
    assert_shows(plane, 2)


def test_keys_typed_in_the_chooser_stay_there(plane):
    mount(plane)
    plane.evaluate("() => { window.keys = []; document.body.onkeydown = (event) => keys.push(event.key); }")
    chooser(plane).focus()
    plane.keyboard.press("s")
    assert plane.evaluate("() => keys") == []


def test_the_chosen_class_comes_back_and_a_link_restores_it(plane):
    mount(plane)
    plane.mouse.click(*between(plane))
    chooser(plane).select_option("star")
    assert state(plane, "view")["condition"] == "2"
    position, image = state(plane, "selection")["code"], shown(plane)
    mount(plane, f"/?z={','.join(map(str, position))}&class=2")
    expect(chooser(plane)).to_have_value("2")
    assert shown(plane) == image


@pytest.mark.parametrize(
    ("search", "expected"), [("image=3", 2), ("image=3&class=1", 1), ("image=3&class=9", 2)]
)
def test_a_link_to_an_image_opens_as_its_own_class_unless_it_says_another(plane, search, expected):
    mount(plane, f"/?{search}")
    assert_shows(plane, expected)


def test_a_class_other_than_the_label_is_named_beside_the_reconstruction(plane):
    mount(plane, "/?image=3")
    expect(plane.get_by_test_id("selected-image")).to_contain_text("square")
    expect(plane.get_by_test_id("selected-image")).to_contain_text("reconstruction as star")
    mount(plane, "/?image=2")
    expect(plane.get_by_test_id("selected-image")).to_contain_text("reconstruction")
    expect(plane.get_by_test_id("selected-image")).not_to_contain_text("reconstruction as")


def lattice_of(page: Page) -> str:
    settle(page)
    return page.locator("canvas.under").evaluate("canvas => canvas.toDataURL()")


def test_the_lattice_is_decoded_as_the_chosen_class(plane):
    mount(plane, "/?show=lattice")
    first = lattice_of(plane)
    tile(plane, "square").click()
    as_square = lattice_of(plane)
    assert as_square != first
    mount(plane, "/?show=lattice&class=1")
    assert lattice_of(plane) == as_square


def test_the_plane_says_what_class_it_decodes_as(plane):
    mount(plane)
    tile(plane, "star").click()
    says = re.compile(r"decoded as star;")
    expect(plane.get_by_test_id("latent-plane")).to_have_attribute("aria-label", says)
    expect(plane.get_by_role("img", name="Image decoded at the cursor as star")).to_be_visible()


def test_copies_and_files_name_the_class(plane, tmp_path):
    mount(plane)
    plane.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    tile(plane, "star").click()
    settle(plane)
    plane.get_by_test_id("save-menu").click()
    plane.get_by_role("button", name="Copy code").click()
    x, y = plane.get_by_test_id("latent-position").inner_text().split(", ")
    assert plane.evaluate("() => copied") == f"run.decode([[{x}, {y}]], labels=[2])"
    with plane.expect_download() as saved:
        plane.get_by_role("button", name="Save JSON").click()
    assert saved.value.suggested_filename == "toy-conditional-as-star.json"
    saved.value.save_as(tmp_path / "code.json")
    content = json.loads((tmp_path / "code.json").read_text())
    assert (content["label"], content["class"]) == (2, "star")
    np.testing.assert_allclose(np.ravel(content["image"]) * 255, decoded(content["code"], 2), atol=1)
    with plane.expect_download() as saved:
        plane.get_by_role("button", name="Save PNG").click()
    assert saved.value.suggested_filename == "toy-conditional-as-star.png"


def unconditional() -> dict[str, object]:
    return {"decoder": Decoder(LAYERS[1:], {"decoder.1.weight": WEIGHT[:, :2]}), "conditions": None}


def test_a_decoder_without_a_class_offers_none(plane):
    mount(plane, "/?class=2", **unconditional())
    expect(chooser(plane)).to_be_hidden()
    expect(plane.get_by_test_id("class-strip")).to_be_hidden()
    plane.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    plane.get_by_test_id("save-menu").click()
    plane.get_by_role("button", name="Copy code").click()
    assert plane.evaluate("() => copied") == f"[{plane.get_by_test_id('latent-position').inner_text()}]"


def hand_over(page: Page, **changed: object) -> None:
    """Give the component that is mounted another run's bytes, as another choice of run does."""
    page.evaluate(HAND_OVER, base64.b64encode(packed(**changed)).decode())
    settle(page)


def test_the_class_goes_with_the_decoder_that_takes_one_and_comes_back_with_it(plane):
    errors = []
    plane.on("pageerror", lambda error: errors.append(str(error)))
    mount(plane)
    tile(plane, "star").click()
    hand_over(plane, **unconditional())
    expect(chooser(plane)).to_be_hidden()
    expect(plane.get_by_test_id("class-strip")).to_be_hidden()
    expect(plane.locator("[data-part=styles] button")).to_have_count(0)
    expect(plane.get_by_role("img", name="Image decoded at the cursor", exact=True)).to_be_visible()
    copies = plane.get_by_role("button", name="Copy code", include_hidden=True)
    expect(copies).to_have_attribute("title", "Copy the latent code")
    hand_over(plane)
    expect(chooser(plane)).to_have_value("0")
    tile(plane, "square").click()
    assert_shows(plane, 1)
    plane.wait_for_timeout(900)  # the plane says in words what it shows only so often
    assert errors == []


def ink_over(page: Page) -> int:
    """How many pixels of the layer above the dots are painted."""
    settle(page)
    return page.locator("[data-part=over]").evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data"
        ".filter((value, i) => i % 4 === 3 && value > 0).length"
    )


def test_a_prior_of_another_shape_is_drawn_as_its_samples(plane):
    prior = {"prior": "swiss_roll", "prior_samples": RNG.uniform(-2, 2, size=(200, 2))}
    mount(plane, **unconditional(), **prior)
    assert code_of(plane) == pytest.approx(prior["prior_samples"][0], abs=1e-3)
    plane.get_by_test_id("overlay-toggle").filter(has_text="Prior").click()
    many = ink_over(plane)
    assert many > 200 * 4
    mount(plane, "/?show=prior", **unconditional(), prior="swiss_roll", prior_samples=np.zeros((1, 2)))
    assert 4 <= ink_over(plane) < 40


def test_without_a_prior_the_standard_normal_is_dashed_and_said_to_be_foreign(plane):
    mount(plane, "/?show=prior&view=0,0,8", **unconditional(), prior="standard_normal")
    whole = ink_over(plane)
    mount(plane, "/?show=prior&view=0,0,8", **unconditional())
    toggle = plane.get_by_test_id("overlay-toggle").filter(has_text="Prior")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(toggle).to_have_attribute("title", re.compile("not used in training"))
    assert 0.3 * whole < ink_over(plane) < 0.9 * whole
