"""The Explore page as a person uses it, on the shipped runs."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from aecore import datasets
from aecore.models import cards
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks.harness.server import decoded_pixels, frames_sent, open_plane, served
from tests.browser.idle import answered, at_rest, double_click, is_drawn, point, until

WIDE, TELEPHONE = {"width": 1360, "height": 900}, {"width": 420, "height": 900}


def code_of(page: Page) -> list[float]:
    return [float(word) for word in page.get_by_test_id("latent-position").inner_text().split(",")]


def parameters(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def at(plane: dict[str, float], across: float, down: float) -> tuple[float, float]:
    return plane["x"] + across * plane["width"], plane["y"] + down * plane["height"]


def box_of_plane(page: Page) -> dict[str, float]:
    return page.get_by_test_id("latent-plane").bounding_box()


def choose(page: Page, name: str, option: str) -> None:
    box = page.get_by_role("combobox", name=name)
    box.click()
    page.get_by_role("option", name=option, exact=True).click()


def test_explore_opens_on_mnist_with_the_shipped_vae_and_asks_nothing(page, plane):
    expect(page.get_by_role("heading", name="MNIST · Variational autoencoder")).to_be_visible()
    expect(page.get_by_test_id("legend-item")).to_have_count(10)
    expect(page.get_by_text("10,000 test images", exact=False).first).to_be_visible()


def test_the_pointer_over_empty_space_changes_the_image(page, plane):
    point(page, *at(plane, 0.03, 0.03))
    corner, image = code_of(page), decoded_pixels(page)
    point(page, *at(plane, 0.97, 0.03))
    assert code_of(page)[0] > corner[0]
    assert decoded_pixels(page) != image


def test_the_image_under_the_pointer_is_what_the_stored_decoder_draws_there(page, plane):
    from aecore.runs import Run

    point(page, *at(plane, 0.4, 0.6))
    run = Run(RunStore().open("mnist-vae-z2"))
    expected = (run.decode([code_of(page)])[0, :, :, 0] * 255).ravel()
    found = decoded_pixels(page)
    assert len(found) == expected.size
    # the code on screen is rounded to three decimals, hence two grey levels
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= 2.0


def test_nothing_goes_to_the_server_while_dragging(page, address):
    sent = frames_sent(page)
    plane = open_plane(page, address)
    point(page, *at(plane, 0.3, 0.5))
    answered(page)
    page.wait_for_timeout(800)
    before = len(sent)
    page.mouse.down()
    images = set()
    for step in range(60):
        page.mouse.move(*at(plane, 0.3 + step / 150, 0.5 - step / 300))
        if step % 10 == 0:
            until(page, lambda: is_drawn(page))
            images.add(tuple(decoded_pixels(page)))
    assert len(sent) == before
    assert len(images) > 3
    page.mouse.up()
    until(page, lambda: len(sent) > before)


def test_a_click_comes_back_once_and_stands_in_the_address(page, plane):
    page.mouse.click(*at(plane, 0.02, 0.02))
    page.wait_for_url(re.compile(r"[?&]z="))
    x, y = map(float, parameters(page)["z"].split(","))
    assert code_of(page) == pytest.approx([x, y], abs=2e-3)


def test_a_click_on_a_code_selects_its_image_with_original_and_error(page, address):
    plane = open_plane(page, f"{address}/?image=7")
    selected = page.get_by_test_id("selected-image")
    expect(selected).to_contain_text("test image 7")
    code = RunStore().open("mnist-vae-z2").arrays["codes"][7]
    assert code_of(page) == pytest.approx(code, abs=2e-3)
    expect(selected).to_contain_text("MSE per pixel")
    marked = page.locator(".marker.pin").bounding_box()
    page.keyboard.press("Escape")
    page.mouse.click(plane["x"] + 3, plane["y"] + 3)
    page.wait_for_url(re.compile(r"[?&]z="))
    page.mouse.click(marked["x"] + marked["width"] / 2, marked["y"] + marked["height"] / 2)
    page.wait_for_url(re.compile(r"[?&]image=\d+"))


def test_a_link_restores_data_set_run_view_and_selection(page, address):
    plane = open_plane(page, f"{address}/?dataset=digits&variant=ae")
    for label in (3, 7):
        page.get_by_test_id("legend-item").nth(label).click()
    page.mouse.move(*at(plane, 0.6, 0.4))
    page.mouse.wheel(0, -300)
    page.get_by_test_id("overlay-toggle").filter(has_text="Images").click()
    page.wait_for_url(re.compile(r"[?&]show=thumbnails"))
    page.wait_for_url(re.compile(r"[?&]view="))
    page.mouse.click(*at(plane, 0.5, 0.5))
    page.wait_for_url(re.compile(r"[?&](z|image)="))
    left = parameters(page)
    assert left["hide"] == "3,7"
    position = page.get_by_test_id("latent-position").inner_text()
    link = page.url
    other = page.context.new_page()
    open_plane(other, link)
    expect(other.get_by_role("heading", name="Digits 8×8 · Autoencoder")).to_be_visible()
    until(other, lambda: parameters(other) == left)
    expect(other.get_by_test_id("latent-position")).to_have_text(position)
    assert other.locator("[data-testid=legend-item][aria-pressed=false]").count() == 2


def test_a_broken_link_falls_back_and_says_so(page, address):
    open_plane(page, f"{address}/?dataset=cifar&image=99999&view=1,2&show=prior")
    expect(page.get_by_role("heading", name="MNIST · Variational autoencoder")).to_be_visible()
    said = page.get_by_test_id("stAlert")
    expect(said.filter(has_text="cifar")).to_be_visible()
    expect(said.filter(has_text="image='99999'")).to_be_visible()
    expect(said.filter(has_text="view='1,2'")).to_be_visible()
    assert "prior" in parameters(page)["show"]


def test_another_variant_keeps_the_selected_image(page, address):
    open_plane(page, f"{address}/?image=7")
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name="Adversarial autoencoder", exact=True).click()
    expect(page.get_by_role("heading", name="MNIST · Adversarial autoencoder")).to_be_visible()
    expect(page.get_by_test_id("selected-image")).to_contain_text("test image 7")
    code = RunStore().open("mnist-aae-z2").arrays["codes"][7]
    expect(page.get_by_test_id("latent-position")).to_have_text(", ".join(f"{value:.3f}" for value in code))


MADE = """() => {
    window.made = { workers: 0, contexts: 0 };
    const { Worker: Plain } = window;
    window.Worker = class extends Plain {
        constructor(...given) {
            super(...given);
            made.workers += 1;
        }
    };
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, ...options) {
        if (kind === "webgl") made.contexts += 1;
        return getContext.call(this, kind, ...options);
    };
}"""


def test_another_run_is_drawn_and_decoded_by_what_is_there(page, plane):
    """Between runs with a rewind and without, and of decoders with and without a class."""
    page.evaluate(MADE)
    for variant in ("conv_vae", "pca", "ae", "conditional_vae"):
        choose(page, "Model", cards.title(variant))
        expect(page).to_have_url(re.compile(f"variant={variant}\\b"))
        answered(page)
        point(page, *at(box_of_plane(page), 0.3, 0.6))
    made = page.evaluate("() => made")
    assert made["workers"] <= 1
    assert made["contexts"] <= 1


def test_the_panel_shows_what_lies_under_a_resting_pointer_and_then_the_selected_image_again(page, address):
    plane = open_plane(page, f"{address}/?image=7")
    shown = page.get_by_test_id("selected-image")
    expect(shown).to_contain_text("test image 7")
    place = shown.bounding_box()
    for across in np.linspace(0.3, 0.7, 21):  # until it rests near another dot
        page.mouse.move(*at(plane, across, 0.5))
        page.wait_for_timeout(200)
        if "test image 7" not in shown.inner_text():
            break
    expect(shown).not_to_contain_text("test image 7")
    expect(shown).to_contain_text(re.compile(r"test image [\d,]+"))
    assert shown.bounding_box() == place
    page.mouse.move(0, 0)
    expect(shown).to_contain_text("test image 7")


def test_a_hidden_class_cannot_be_picked_and_a_double_click_solos(page, plane):
    items = page.get_by_test_id("legend-item")
    items.nth(4).click()
    expect(items.nth(4)).to_have_attribute("aria-pressed", "false")
    items.nth(2).dblclick()
    expect(page.locator("[data-testid=legend-item][aria-pressed=true]")).to_have_count(1)
    page.wait_for_url(re.compile("hide=0"))  # the first click wrote hide=4 there
    assert parameters(page)["hide"] == "0,1,3,4,5,6,7,8,9"


def test_a_pin_beyond_the_window_is_an_arrow_at_the_edge(page, address):
    plane = open_plane(page, f"{address}/explore?dataset=mnist&variant=vae&z=9,0&view=0,0,3")
    pin = page.locator("[data-part=pin]")
    expect(pin).to_have_class(re.compile("is-beyond"))
    box = pin.bounding_box()
    assert box["x"] == pytest.approx(plane["x"] + plane["width"] - 12, abs=1)
    assert box["y"] == pytest.approx(plane["y"] + plane["height"] / 2, abs=1)
    for _ in range(9):
        page.get_by_role("button", name="Zoom out").click()
    expect(pin).not_to_have_class(re.compile("is-beyond"))


def test_the_arrow_keys_move_the_cursor_and_say_where_it_is(page, plane):
    shown = page.get_by_test_id("latent-plane")
    shown.focus()
    first = code_of(page)
    page.keyboard.press("ArrowRight")
    until(page, lambda: code_of(page) != first)
    start = code_of(page)
    page.keyboard.press("ArrowRight")
    until(page, lambda: code_of(page) != start)
    step = code_of(page)[0] - start[0]
    assert step > 0
    page.keyboard.press("Shift+ArrowRight")
    until(page, lambda: code_of(page)[0] - start[0] == pytest.approx(11 * step, rel=0.05))
    said = f"{code_of(page)[0]:.2f}".replace("-", "")
    expect(shown).to_have_attribute("aria-label", re.compile(re.escape(said)))


def test_a_slider_decodes_while_it_moves_and_reports_on_release(page, address):
    sent = frames_sent(page)
    open_plane(page, address)
    slider = page.get_by_test_id("latent-slider").first
    slider.scroll_into_view_if_needed()
    answered(page)
    page.wait_for_timeout(800)
    box, before = slider.bounding_box(), decoded_pixels(page)
    quiet = len(sent)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2, steps=10)
    until(page, lambda: decoded_pixels(page) != before)
    assert len(sent) == quiet
    page.mouse.up()
    page.wait_for_url(re.compile(r"[?&]z="))


def test_wheel_zooms_shift_drag_pans_and_double_click_resets(page, plane):
    page.mouse.move(*at(plane, 0.5, 0.5))
    page.mouse.wheel(0, -400)
    page.wait_for_url(re.compile("view="))
    zoomed = parameters(page)["view"]
    page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.move(*at(plane, 0.7, 0.5), steps=5)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_function("before => !location.search.includes(before)", arg=zoomed.replace(",", "%2C"))
    panned = parameters(page)["view"]
    assert float(panned.split(",")[0]) < float(zoomed.split(",")[0])
    assert panned.split(",")[2] == zoomed.split(",")[2]
    double_click(page, *at(plane, 0.5, 0.5))
    page.wait_for_function("() => !location.search.includes('view=')")
    page.wait_for_timeout(600)
    assert "z" not in parameters(page)


def test_a_window_without_the_farthest_codes_says_so_and_a_double_click_shows_all(page, address):
    plane = open_plane(page, f"{address}/?variant=ae")
    note = page.locator(".note")
    expect(note).to_contain_text(re.compile(r"\d+ dots are outside this view\. Show all"))
    double_click(page, *at(plane, 0.5, 0.5))
    expect(note).to_be_empty()
    page.wait_for_url(re.compile("view="))


def test_the_image_and_its_code_can_be_saved(page, plane, tmp_path):
    page.mouse.click(*at(plane, 0.02, 0.02))
    page.get_by_test_id("save-menu").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save JSON").click()
    saved.value.save_as(tmp_path / "code.json")
    content = json.loads((tmp_path / "code.json").read_text())
    assert content["code"] == pytest.approx(code_of(page), abs=1e-3)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save PNG").click()
    saved.value.save_as(tmp_path / "image.png")
    assert (tmp_path / "image.png").read_bytes().startswith(b"\x89PNG")


def test_a_finger_decodes_and_leaves_a_pin(browser: Browser, address):
    context = browser.new_context(viewport={"width": 420, "height": 900}, has_touch=True)
    page = context.new_page()
    open_plane(page, address)
    box = at_rest(page.get_by_test_id("latent-plane"))
    page.touchscreen.tap(box["x"] + 8, box["y"] + 8)
    page.wait_for_url(re.compile(r"[?&]z="))
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_legend_and_layer_diagram_follow_the_theme(page, address, scheme):
    page.emulate_media(color_scheme=scheme)
    open_plane(page, address)
    for part in (page.get_by_test_id("legend-item"), page.locator("table.layers td")):
        colour = part.first.evaluate("item => getComputedStyle(item).color")
        red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
        assert (red + green + blue > 384) == (scheme == "dark")


# About the variant. Real layout: what a sanitiser keeps, and what fits, is the browser's to say


def test_the_card_stands_beside_the_plane_with_its_formula_drawn(page, plane):
    about = page.get_by_role("heading", name="About this variant")
    expect(about).to_be_visible()
    assert about.bounding_box()["x"] > plane["x"] + plane["width"]
    expect(page.locator(".katex-display .katex-html").first).to_be_visible()
    assert page.locator(".katex-error").count() == 0


def test_the_layer_diagram_draws_wide_layers_wide_and_is_a_table_to_a_screen_reader(page, plane):
    diagram = page.locator("table.layers")
    expect(diagram).to_be_visible()
    widths = {bar.inner_text(): bar.bounding_box()["width"] for bar in diagram.locator(".bar").all()}
    assert widths["1 × 28 × 28"] > widths["512"] > widths["256"] > widths["2"] > 0
    expect(page.get_by_role("table").filter(has_text="latent code")).to_have_count(1)
    expect(diagram.locator("caption")).to_contain_text("784 pixels → 2 numbers")


def test_on_a_telephone_nothing_is_wider_than_the_page_and_every_formula_can_be_reached(page, address):
    page.goto(f"{address}/?dataset=digits&variant={cards.names()[0]}")
    for name in cards.names():
        page.set_viewport_size(WIDE)  # where the choices are not folded
        choose(page, "Model", cards.title(name))
        named = f"Explore: {datasets.record('digits').title} · {cards.title(name)} · "
        expect(page.get_by_role("heading", name=named)).to_be_visible()
        page.locator('[data-test-script-state="notRunning"]').wait_for()
        page.set_viewport_size(TELEPHONE)
        formula = page.locator(".katex-display").first
        formula.wait_for()
        assert page.locator(".katex-error").count() == 0, name
        main = page.get_by_test_id("stMain")
        until(page, lambda main=main: main.evaluate("main => main.scrollWidth <= main.clientWidth"))
        overflow = formula.evaluate(
            "box => [box.scrollWidth - box.clientWidth, getComputedStyle(box).overflowX]"
        )
        assert overflow[0] <= 0 or overflow[1] == "auto", (name, overflow)


CUT = """box => [...box.querySelectorAll("*"), box].some((part) => {
    const hides = getComputedStyle(part).overflowX !== "visible";
    return hides && part.scrollWidth > part.clientWidth + 1;
})"""


def test_the_numbers_stand_in_groups_and_none_is_cut_off(page, plane):
    page.get_by_role("tab", name="Numbers").click()
    page.get_by_role("tab", name="Coverage of the prior").click()
    shown = page.get_by_test_id("stMetric").filter(visible=True)
    expect(shown.filter(has_text="Hole cells")).not_to_have_count(0)
    for metric in shown.all():
        for part in ("stMetricLabel", "stMetricValue"):
            box = metric.get_by_test_id(part)
            cut = box.evaluate(CUT)
            assert not cut, metric.inner_text()


def test_a_fresh_machine_explores_and_offers_training_images_where_they_are_needed(
    browser: Browser, tmp_path
):
    nowhere = {"AECORE_DATA": str(tmp_path / "none"), "AECORE_RUNS": str(tmp_path / "runs")}
    with served(tmp_path / "log", **nowhere) as address:
        page = browser.new_page()
        plane = open_plane(page, f"{address}/?image=7")
        point(page, *at(plane, 0.03, 0.03))
        assert any(decoded_pixels(page))
        expect(page.get_by_test_id("selected-image")).to_contain_text("test image 7")
        expect(page.get_by_text("not on this machine")).to_have_count(0)
        page.goto(f"{address}/train?dataset=mnist")
        expect(page.get_by_text("MNIST training images are not on this machine")).to_be_visible(
            timeout=30_000
        )
        page.get_by_role("button", name="Download MNIST", exact=True).click()
        expect(page.get_by_text("could not be downloaded", exact=False)).to_be_visible(timeout=60_000)
        page.close()
    assert not (tmp_path / "runs").exists()


def test_the_shipped_store_is_what_these_tests_saw():
    names = {run.name for run in RunStore(SHIPPED).listing().runs}
    assert {
        f"{data}-{variant}-z2" for data in ("mnist", "fashion_mnist", "digits") for variant in cards.names()
    } - names == set()
    sizes = [
        sum(file.stat().st_size for file in Path(run.path).iterdir())
        for run in RunStore(SHIPPED).listing().runs
    ]
    assert max(sizes) <= 2.5e6
    assert sum(sizes) <= 64e6


def test_holes_of_a_run_without_a_prior_are_shown_and_come_only_when_they_are_asked_for(page, address):
    open_plane(page, f"{address}/explore?dataset=mnist&variant=ae")
    answered(page)
    maps = page.locator(".plane-marks")
    expect(maps).to_have_count(0)
    page.get_by_test_id("overlay-toggle").filter(has_text="Holes").click()
    page.wait_for_url(re.compile("show=holes"))
    expect(page.locator(".note[data-part=note]")).to_contain_text("Hatched (hole)")
    expect(maps).to_have_count(1)
    page.reload()
    expect(page.locator(".note[data-part=note]")).to_contain_text("Hatched (hole)")


def test_a_plane_of_many_dimensions_has_no_holes_to_show(page, address):
    open_plane(page, f"{address}/explore?dataset=mnist&variant=ae&run=mnist-ae-z32-862f224d50&show=holes")
    expect(page.get_by_text("show='holes' does not fit this run")).to_be_visible()
    expect(page.get_by_test_id("overlay-toggle").filter(has_text="Holes")).to_be_hidden()


def test_a_drawing_outlives_a_reload_and_what_is_cleared_does_not(page, address):
    open_plane(page, f"{address}/explore?dataset=digits&about=Draw")
    box = at_rest(page.get_by_test_id("draw-pad"))
    page.mouse.move(box["x"] + 60, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 140, steps=8)
    page.mouse.up()
    beside = page.get_by_test_id("selected-image")
    expect(beside).to_contain_text("Your image")
    page.reload()
    expect(beside).to_contain_text("Your image")
    ink = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, 280, 280)"
        ".data.some((value, i) => i % 4 < 3 && value > 0)"
    )
    pad = page.get_by_test_id("draw-pad")
    assert pad.evaluate(ink)
    page.get_by_role("button", name="Clear").click()
    expect(beside).not_to_contain_text("Your image")
    page.reload()
    expect(pad).to_be_visible()
    answered(page)
    assert not pad.evaluate(ink)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (390, 844)])
def test_the_pad_stays_where_it_is_when_a_stroke_is_read(browser, address, width, height):
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=width < 900)
    page = context.new_page()
    open_plane(page, f"{address}/explore?dataset=mnist&variant=vae&about=Draw")
    answered(page)
    pad = page.get_by_test_id("draw-pad")
    box = at_rest(pad)
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(middle, box["y"] + 0.8 * box["height"], steps=8)
    page.mouse.up()
    expect(page.get_by_text("Reconstructed", exact=True)).to_be_visible()
    beside = page.get_by_test_id("selected-image")
    expect(beside.locator(".is-empty")).to_have_count(0)
    answered(page)
    assert pad.bounding_box() == box
    context.close()


def test_on_a_telephone_the_plane_stays_in_sight_above_the_pad(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_plane(page, f"{address}/explore?dataset=mnist&about=Draw")
    pad = page.get_by_test_id("draw-pad")
    pad.evaluate("pad => pad.scrollIntoView({ block: 'end' })")
    answered(page)
    expect(pad).to_be_in_viewport(ratio=1)
    plane, drawn_on = at_rest(page.get_by_test_id("latent-plane")), pad.bounding_box()
    expect(page.get_by_test_id("latent-plane")).to_be_in_viewport(ratio=1)
    assert plane["y"] + plane["height"] <= drawn_on["y"]
    context.close()
