"""The Denoise page, and drawing on Explore, as a person uses them: on digits, which are always here."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from benchmarks.harness.server import frames_sent, open_plane
from tests.browser.idle import at_rest, settle, watch


def parameters(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def opened(page: Page, address: str, search: str = "") -> Page:
    """The page once its image is under noise."""
    page.goto(f"{address}/denoise?dataset=digits{search}")
    page.get_by_test_id("noisy-psnr").wait_for(timeout=30_000)
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=90_000)
    return page


def quiet(page: Page, sent: list[object]) -> None:
    """Wait until nothing more goes to the server: background work asks how far it is."""
    expect(page.get_by_test_id("stProgress")).to_have_count(0, timeout=180_000)
    for _ in range(120):
        before = len(sent)
        page.wait_for_timeout(1500)
        if len(sent) == before:
            return
    raise AssertionError("The page never came to rest.")


def grey(page: Page, testid: str) -> list[int]:
    return page.get_by_test_id(testid).evaluate(
        "image => Array.from(image.getContext('2d').getImageData(0, 0, image.width, image.height).data)"
        ".filter((_, i) => i % 4 === 0)"
    )


def slide(page: Page, share: float) -> None:
    box = page.get_by_test_id("noise-slider").bounding_box()
    page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def draw(page: Page, *points: tuple[float, float]) -> None:
    box = at_rest(page.get_by_test_id("draw-pad"))
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def test_noise_follows_the_slider_with_nothing_on_the_network_and_the_release_is_kept(page, address):
    sent = frames_sent(page)
    opened(page, address)
    quiet(page, sent)
    slide(page, 0.5)
    page.mouse.down()
    before, shown = len(sent), set()
    for step in range(20):
        slide(page, 0.5 + step / 50)
        shown.add(page.get_by_test_id("noisy-psnr").inner_text())
        page.wait_for_timeout(20)
    assert len(shown) > 10
    assert len(sent) == before
    page.mouse.up()
    page.wait_for_url(re.compile(r"[?&]level=0\.[89]"))
    assert len(sent) > before
    said = page.get_by_test_id("noisy-psnr").inner_text()
    link = page.url
    again = opened(page.context.new_page(), link.split("/denoise")[0], "&" + link.partition("?")[2])
    expect(again.get_by_test_id("noisy-psnr")).to_have_text(said)


CARDS = """(() => {
    const hosts = [...document.querySelectorAll("*")].filter((node) => node.shadowRoot);
    return hosts.map((node) => node.shadowRoot.querySelector("[data-testid=denoiser-cards]")).find(Boolean);
})()"""
SHOWN = """cards => Object.fromEntries([...cards.querySelectorAll("li")].map((card) => {
    const image = card.querySelector("canvas");
    const pixels = image.getContext("2d").getImageData(0, 0, image.width, image.height).data;
    return [card.dataset.name, [pixels.join(), card.classList.contains("is-stale")]];
}))"""


def shown(page: Page) -> dict[str, tuple[str, bool]]:
    """Of each card its pixels, and whether it is marked as stale."""
    found = page.get_by_test_id("denoiser-cards").evaluate(SHOWN)
    return {name: tuple(card) for name, card in found.items()}


def followed(page: Page) -> None:
    """Wait until the cards are of the level that the slider is at."""
    level = float(page.get_by_test_id("noise-slider").input_value())
    page.wait_for_function(f"level => Number({CARDS}.parentElement.dataset.shown) === level", arg=level)
    settle(page)


def test_every_card_follows_the_slider_with_nothing_on_the_network(page, address):
    sent = frames_sent(page)
    opened(page, address)
    quiet(page, sent)
    watch(page)
    before, order = len(sent), list(shown(page))
    assert len(order) >= 10
    slide(page, 0.5)
    page.mouse.down()
    seen = []
    for share in (0.1, 0.3, 0.7, 0.9):
        slide(page, share)
        followed(page)
        seen.append(shown(page))
    for name in order:
        images, stale = zip(*(cards[name] for cards in seen), strict=True)
        assert len(set(images)) == len(images), name
        assert not any(stale), name
    assert all(list(cards) == order for cards in seen)
    assert len(sent) == before
    page.mouse.up()
    page.wait_for_url(re.compile(r"[?&]level="))


def test_a_parameter_is_moved_in_its_card_and_the_card_follows(page, address):
    sent = frames_sent(page)
    opened(page, address)
    quiet(page, sent)
    before = shown(page)["gaussian_blur"][0]
    card = page.locator("[data-name=gaussian_blur]")
    card.get_by_role("button", name=re.compile("^Gaussian blur, sigma in pixels")).click()
    card.get_by_role("slider").fill("4")
    expect(card.get_by_role("button", name="Gaussian blur, sigma in pixels: 4; adjust")).to_be_visible()
    page.wait_for_function(f"before => ({SHOWN})({CARDS}).gaussian_blur?.[0] !== before", arg=before)
    card.get_by_role("button", name=re.compile("^Back to ")).click()
    page.wait_for_function(f"before => ({SHOWN})({CARDS}).gaussian_blur?.[0] === before", arg=before)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_all_cards_are_seen_at_once(page, address, width, height):
    sent = frames_sent(page)
    page.set_viewport_size({"width": width, "height": height})
    opened(page, address)
    quiet(page, sent)
    cards = page.get_by_test_id("denoiser-cards").locator("li")
    assert cards.count() >= 10
    for card in [*cards.all(), page.get_by_test_id("noise-slider"), page.get_by_test_id("noisy-image")]:
        box = card.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    slider = page.get_by_test_id("noise-slider").bounding_box()
    assert slider["x"] + slider["width"] <= cards.first.bounding_box()["x"]


def test_on_a_telephone_slider_and_noisy_image_stay_in_sight_above_the_cards(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = opened(context.new_page(), address)
    cards = page.get_by_test_id("denoiser-cards").locator("li")
    cards.last.scroll_into_view_if_needed()
    for name in ("noise-slider", "noisy-image", "clean-image"):
        box = page.get_by_test_id(name).bounding_box()
        assert box["y"] >= 48
        assert box["y"] + box["height"] <= 230, name
    places = [card.bounding_box() for card in cards.all()]
    assert places[0]["y"] == places[1]["y"] != places[2]["y"]
    context.close()


def test_the_square_is_dragged_and_its_place_stands_in_the_address(page, address):
    opened(page, address, "&noise=square")
    box = page.get_by_test_id("noisy-image").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.8 * box["height"], steps=6)
    page.mouse.up()
    page.wait_for_url(re.compile(r"[?&]across=0\.[12]"))
    assert float(parameters(page)["down"]) == pytest.approx(0.8, abs=0.07)
    assert grey(page, "noisy-image")[6 * 8 + 1] == 0


def test_a_drawing_is_prepared_and_spoilt_and_survives_other_pages(page, address):
    opened(page, address)
    page.get_by_text("Draw", exact=True).click()
    expect(page.get_by_text("Once there is an image, it gets its noise here")).to_be_visible()
    draw(page, (0.3, 0.2), (0.7, 0.2), (0.5, 0.8))
    page.get_by_test_id("noisy-image").wait_for(timeout=30_000)
    expect(page.get_by_text("Cropped to what stands out", exact=False)).to_be_visible()
    clean = grey(page, "clean-image")
    assert max(clean[:8]) > 100  # fills its eight rows, as digits do
    assert max(clean[-8:]) > 100
    page.get_by_role("link", name="Explore").click()
    page.get_by_role("tab", name="Draw").click()
    expect(page.get_by_test_id("draw-pad")).to_be_visible(timeout=30_000)
    assert max(grey(page, "draw-pad")) == 255
    page.get_by_role("link", name="Denoise").click()
    page.get_by_test_id("noisy-image").wait_for(timeout=30_000)
    assert grey(page, "clean-image") == clean


def test_a_file_that_is_no_image_is_answered_by_a_sentence_and_the_rest_stands(page, address):
    page.goto(f"{address}/denoise?dataset=digits&input=upload")
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput")
    chooser.wait_for(state="attached", timeout=30_000)
    chooser.set_input_files({"name": "mine.png", "mimeType": "image/png", "buffer": b"no picture"})
    said = page.get_by_test_id("stAlert").filter(has_text="This picture cannot be used")
    expect(said).to_contain_text("PNG, JPEG, WEBP")
    expect(page.get_by_role("heading", name="PSNR against the level of noise")).to_be_visible()


def test_a_drawing_appears_on_the_plane_and_is_reconstructed(page, address):
    open_plane(page, f"{address}/?dataset=digits&variant=vae")
    page.get_by_role("tab", name="Draw").click()
    draw(page, (0.3, 0.2), (0.7, 0.2), (0.5, 0.8))
    expect(page.get_by_text("Reconstructed", exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_text(re.compile(r"MSE 0\.\d+ per pixel ↓")).first).to_be_visible()
    beside = page.get_by_test_id("selected-image")
    expect(beside).to_contain_text("Your image")
    expect(beside.locator("canvas").nth(1)).to_have_attribute("aria-label", "reconstruction")


def test_the_page_fits_a_phone(page, address):
    page.set_viewport_size({"width": 420, "height": 900})
    opened(page, address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    for name in ("clean-image", "noisy-image", "noise-slider"):
        box = page.get_by_test_id(name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 420
