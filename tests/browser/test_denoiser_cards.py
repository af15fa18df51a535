"""The denoiser cards beside the noise canvas, on an empty page: their arithmetic, what follows the slider."""

import base64
import json

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from aecore import corruptions, datasets
from aecore.denoising import models as denoising_models
from aecore.evaluation import classifier
from aecore.metrics import reconstruction
from aecore.models import export
from aecore.runs import Run
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks.harness.modules import module_page
from dashboard.components import BASE_STYLE, denoiser_cards, noise_canvas
from dashboard.components.bundling import bundle
from dashboard.components.denoiser_cards import grey_levels, pack_cards, pack_grid, pack_network
from dashboard.components.noise_canvas import pack_noise, token
from dashboard.denoise.cards import seen_in
from tests.browser.idle import settle, watch

RNG = np.random.default_rng(0)
LEVELS = [0.2, 0.5, 0.8]
KIND = "gaussian"
MEASURES = """async ([clean, image, shape]) => {
    const { psnr, ssim } = await import("/denoiser_cards/frontend/measures.js");
    return [psnr(clean, image), ssim(clean, image, shape)];
}"""
SEEN = """async (rows) => {
    const { seenIn } = await import("/denoiser_cards/frontend/measures.js");
    return rows.map(seenIn);
}"""
COLUMNS = """async (asked) => {
    const { columnsFor } = await import("/denoiser_cards/frontend/fit.js");
    return columnsFor(...asked);
}"""
MOUNT = """async ([name, html, css, script, data]) => {
    let place = document.getElementById(name);
    if (!place) {
        place = Object.assign(document.createElement("div"), { id: name });
        document.body.append(place);
    }
    place.innerHTML = `<style>${css}</style>${html}`;
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const { default: mount } = await import(url);
    window.states ??= {};
    window.states[name] = [];
    const setStateValue = (key, value) => window.states[name].push([key, value]);
    window.renewals ??= {};
    window.renewals[name] = (text) => {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        (window.left ??= {})[name] = mount({ parentElement: place, data: bytes, setStateValue });
    };
    window.renewals[name](data);
}"""


@pytest.fixture(scope="module")
def empty(browser):
    with module_page(browser, BASE_STYLE.parent) as page:
        watch(page)
        page.set_viewport_size({"width": 1000, "height": 800})
        yield page


# The arithmetic


@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 8, 1), (9, 12, 3), (4, 5, 1), (1, 6, 1)])
def test_psnr_and_ssim_are_those_of_the_core(empty, shape):
    clean = RNG.random(shape, np.float32)
    image = np.clip(clean + 0.3 * RNG.normal(size=shape), 0, 1).astype(np.float32)
    flat = [array.ravel().tolist() for array in (clean, image)]
    found = empty.evaluate(MEASURES, [*flat, list(shape)])
    expected = [measure(clean[None], image[None]) for measure in (reconstruction.psnr, reconstruction.ssim)]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert empty.evaluate(MEASURES, [flat[0], flat[0], list(shape)]) == [pytest.approx(100), pytest.approx(1)]


def test_what_the_classifier_sees_is_what_python_reads_in_it(empty):
    rows = RNG.dirichlet(np.full(5, 0.4), 50)
    classes = ("a", "b", "c", "d")
    found = empty.evaluate(SEEN, rows.tolist())
    expected = [seen_in(row[:-1], classes) for row in rows]
    assert {seen.known for seen in expected} == {None, *classes}
    for told, seen in zip(found, expected, strict=True):
        assert (None if told["known"] is None else classes[told["known"]]) == seen.known
        assert classes[told["nearest"]] == seen.nearest
        assert told["sure"] == pytest.approx(seen.sure)


@pytest.mark.parametrize(
    ("count", "width", "height", "columns"),
    [
        (11, 932, 550, 6),
        (10, 932, 610, 5),
        (11, 1572, 900, 6),
        (11, 788, 700, 6),
        (11, 358, 300, 2),
        (3, 932, 550, 4),
    ],
)
def test_as_few_cards_stand_side_by_side_as_let_all_be_seen_at_once(empty, count, width, height, columns):
    assert empty.evaluate(COLUMNS, [count, width, height]) == columns


# Mounted


class Place:
    """A noise canvas, cards and a grid on an empty page, of a shipped denoiser, two filters and a judge."""

    def __init__(self, page: Page, image: int = 3) -> None:
        """Mount all; networks are answered by `networks`, which may be emptied before."""
        self.page = page
        self.clean = datasets.load_images("digits", "test").pixels[image].astype(np.float32) / 255
        self.draws = corruptions.draw(self.clean.shape, 0)
        self.run = next(
            run
            for run in map(Run, RunStore(SHIPPED).listing().runs)
            if (run.config.dataset, run.config.variant) == ("digits", "denoising")
        )
        self.denoise = denoising_models.by_run(self.run)
        torch.manual_seed(0)
        self.judge = classifier.untrained_judge(64, 10).eval()
        shape = (1, 8, 8)
        self.networks = {
            "model": pack_network(export.reconstruction(self.run.model), shape=shape),
            "judge": pack_network(export.classifier(self.judge), shape=shape),
        }
        self.grid = RNG.random((len(LEVELS), 1, 8, 8, 1))
        page.unroute_all()
        page.route("**/networks/*", self._answer)
        page.evaluate("Object.values(window.left ?? {}).forEach((leave) => leave())")
        page.evaluate("document.body.replaceChildren()")

    def _answer(self, route) -> None:
        name = route.request.url.rpartition("/")[2]
        if name in self.networks:
            route.fulfill(body=self.networks[name], content_type="application/octet-stream")
        else:
            route.fulfill(status=404)

    def noisy(self, level: float) -> np.ndarray:
        """The noisy image, (h, w, c)."""
        return corruptions.corrupt(self.clean, KIND, level, self.draws)

    def packed_noise(self, level: float) -> bytes:
        """For the canvas."""
        return pack_noise(self.clean, self.draws, KIND, level, "group")

    def packed_cards(self, level: float, order: str = "model blur median", **changes: dict) -> bytes:
        """For the cards; images of the filters are flat."""
        records = [
            {
                "name": name,
                "title": name.title(),
                "note": "",
                "role": "model" if name == "model" else "filter",
                "psnr": 10.0 - rank,
                "ssim": 0.5,
                "milliseconds": "1.00 ms",
                "seen": None,
                "best": rank == 0,
                "waits": False,
                "parameter": None,
            }
            | changes.get(name, {})
            for rank, name in enumerate(order.split())
        ]
        flat = {"model": 0.25, "blur": 0.5, "median": 0.75}
        return pack_cards(
            group="group",
            token=token(self.clean, self.draws),
            noise={"kind": KIND, "y": 0.5, "x": 0.5, "level": level},
            classes=[f"class {number}" for number in range(10)],
            cards=records,
            images=np.stack([np.full((8, 8, 1), flat[name]) for name in order.split()]),
            networks={"judge": "networks/judge", "model": "networks/model"},
        )

    def mount(self, level: float = 0.5, **changes: dict) -> None:
        """Canvas, cards and, for blur alone, a grid."""
        style = BASE_STYLE.read_text("utf-8")
        self._put(
            "canvas",
            "noise",
            noise_canvas,
            bundle(noise_canvas.FRONTEND / "noise.js"),
            style,
            self.packed_noise(level),
        )
        self._put(
            "cards",
            "cards",
            denoiser_cards,
            denoiser_cards.bundle(),
            style,
            self.packed_cards(level, **changes),
        )
        grid = pack_grid(
            group="group",
            token=token(self.clean, self.draws),
            noise={"kind": KIND, "y": 0.5, "x": 0.5},
            levels=LEVELS,
            names=["blur"],
            images=self.grid,
        )
        self._put("grid", "grid", denoiser_cards, bundle(denoiser_cards.FRONTEND / "grid.js"), None, grid)
        settle(self.page)

    def _put(self, place: str, name: str, component, script: str, style: str | None, packed: bytes) -> None:
        html = (component.FRONTEND / f"{name}.html").read_text("utf-8")
        css = "" if style is None else style + (component.FRONTEND / f"{name}.css").read_text("utf-8")
        self.page.evaluate(MOUNT, [place, html, css, script, base64.b64encode(packed).decode()])

    def renew(self, place: str, packed: bytes) -> None:
        """Other data for one of them."""
        self.page.evaluate(
            "([place, text]) => renewals[place](text)", [place, base64.b64encode(packed).decode()]
        )
        settle(self.page)

    def slide(self, level: float, is_released: bool = False) -> None:
        """Move the slider, as a hand does that has not let go yet."""
        self.page.get_by_test_id("noise-slider").evaluate(
            """(slider, [level, isReleased]) => {
                slider.value = level;
                slider.dispatchEvent(new Event("input"));
                if (isReleased) slider.dispatchEvent(new Event("change"));
            }""",
            [level, is_released],
        )
        settle(self.page)

    def card(self, name: str):
        """A card's element."""
        return self.page.locator(f"#cards li[data-name={name}]")

    def pixels(self, name: str) -> np.ndarray:
        """What a card shows, grey levels (h, w)."""
        values = (
            self.card(name)
            .locator("canvas")
            .evaluate("image => Array.from(image.getContext('2d').getImageData(0, 0, 8, 8).data)")
        )
        return np.array(values).reshape(8, 8, 4)[..., 0]

    def is_stale(self, name: str) -> bool:
        """Whether a card is marked so."""
        return "is-stale" in (self.card(name).get_attribute("class") or "")

    @property
    def order(self) -> list[str]:
        """The cards' names as they stand."""
        return [card.get_attribute("data-name") for card in self.page.locator("#cards li").all()]


@pytest.fixture
def place(empty):
    return Place(empty)


def test_a_model_follows_the_slider_as_pytorch_would_with_its_numbers_and_its_class(place):
    place.mount()
    for level in (0.31, 0.77):
        place.slide(level)
        expected = place.denoise(place.noisy(level)[None])[0]
        np.testing.assert_allclose(place.pixels("model"), expected[..., 0] * 255, atol=1)
        assert not place.is_stale("model")
        text = place.card("model").inner_text()
        assert f"{reconstruction.psnr(place.clean[None], expected[None]):.2f} dB" in text
        assert f"{reconstruction.ssim(place.clean[None], expected[None]):.3f}" in text
        with torch.no_grad():
            probabilities = place.judge(torch.tensor(expected).permute(2, 0, 1)[None]).softmax(1)[0].numpy()
        seen = seen_in(probabilities[:-1], [f"class {number}" for number in range(10)])
        assert f"{seen.known or 'none'}, {100 * seen.sure:.0f} %" in text


def test_the_classifier_judges_also_what_was_there_before_it_came(place):
    place.mount()
    assert "Seen as" in place.card("blur").inner_text()
    assert place.page.get_by_test_id("clean-seen").inner_text().startswith("Seen as ")


def test_a_filter_follows_along_the_grid_and_says_at_which_level_it_is(place):
    place.mount()
    for level, row, told in ((0.31, 0, "at 0.2"), (0.77, 2, "at 0.8"), (0.8, 2, "")):
        place.slide(level)
        np.testing.assert_array_equal(place.pixels("blur"), grey_levels(place.grid[row, 0, ..., 0]))
        assert place.card("blur").locator(".tag").inner_text() == told
        assert not place.is_stale("blur")


def test_what_cannot_follow_is_stale_until_python_has_answered(place):
    place.mount()
    assert not place.is_stale("median")
    place.slide(0.7)
    assert place.is_stale("median")
    np.testing.assert_array_equal(place.pixels("median"), 191)
    place.slide(0.7, is_released=True)
    place.renew("cards", place.packed_cards(0.7))
    assert not place.is_stale("median")


def test_back_at_the_level_that_python_knows_all_is_as_it_was(place):
    place.mount()
    place.slide(0.7)
    place.slide(0.5)
    assert not place.is_stale("median")
    np.testing.assert_array_equal(place.pixels("blur"), 128)
    assert "9.00 dB" in place.card("blur").inner_text()


def test_before_its_weights_have_come_a_model_shows_what_python_made_of_it(place):
    del place.networks["model"]
    place.mount()
    np.testing.assert_array_equal(place.pixels("model"), 64)
    assert "10.00 dB" in place.card("model").inner_text()
    place.slide(0.7)
    assert place.is_stale("model")
    assert not place.is_stale("blur")


def test_without_a_classifier_no_card_is_held_back(place):
    del place.networks["judge"]
    place.mount()
    place.slide(0.7)
    assert not place.is_stale("model")
    assert "Seen as" not in place.card("model").inner_text()


def test_the_order_changes_when_the_hand_rests_and_not_under_it(place):
    place.mount()
    assert place.order == ["model", "blur", "median"]
    expect(place.card("model").locator(".badge")).to_be_visible()
    place.slide(0.7)
    place.renew("cards", place.packed_cards(0.6, "median model blur"))
    assert place.order == ["model", "blur", "median"]
    expect(place.card("model").locator(".badge")).to_be_visible()
    expect(place.card("median").locator(".badge")).to_be_hidden()
    place.slide(0.6, is_released=True)
    assert place.order == ["median", "model", "blur"]
    expect(place.card("median").locator(".badge")).to_be_visible()


def test_a_card_that_waits_for_its_fit_says_so(place):
    place.mount(blur={"waits": True})
    assert place.is_stale("blur")
    assert place.card("blur").locator(".tag").inner_text() == "being fitted"


def test_another_image_is_followed_before_python_has_answered(place):
    place.mount()
    other = Place.__new__(Place)
    other.__dict__.update(place.__dict__)
    other.clean = datasets.load_images("digits", "test").pixels[9].astype(np.float32) / 255
    place.renew("canvas", other.packed_noise(0.5))
    expected = place.denoise(other.noisy(0.5)[None])[0]
    np.testing.assert_allclose(place.pixels("model"), expected[..., 0] * 255, atol=1)
    assert place.is_stale("blur")
    assert place.is_stale("median")


def test_a_parameter_is_moved_in_the_card_and_taken_back(place):
    parameter = {
        "title": "side",
        "help": "More",
        "minimum": 1,
        "maximum": 9,
        "step": 2,
        "value": 3,
        "usual": 3,
    }
    place.mount(median={"parameter": parameter})
    opener = place.card("median").get_by_role("button", name="Median, side: 3; adjust")
    opener.click()
    slider = place.card("median").get_by_role("slider", name="Median, side")
    expect(slider).to_be_focused()
    slider.press("Escape")
    expect(slider).to_be_hidden()
    expect(opener).to_be_focused()
    opener.press("Enter")
    slider.press("ArrowRight")
    settle(place.page)
    assert place.page.evaluate("states.cards") == [["parameter", {"name": "median", "value": 5}]]
    assert place.is_stale("median")
    place.renew("cards", place.packed_cards(0.5, median={"parameter": parameter | {"value": 5}}))
    assert not place.is_stale("median")
    expect(opener).to_have_count(0)
    place.card("median").get_by_role("button", name="Back to 3").click()
    assert place.page.evaluate("states.cards")[-1] == ["parameter", {"name": "median", "value": None}]


def test_a_title_is_text_and_never_markup(place):
    place.mount(median={"title": "<img src=x onerror=alert(1)>"})
    assert place.page.locator("#cards img").count() == 0
    assert "<img" in place.card("median").inner_text()


def test_what_is_packed_says_what_it_is_of(place):
    packed = place.packed_cards(0.5)
    length = int.from_bytes(packed[:8], "little")
    about = json.loads(json.loads(packed[8 : 8 + length])["__metadata__"]["cards"])
    assert about["token"] == token(place.clean, place.draws)
    assert about["noise"]["level"] == 0.5
    with pytest.raises(ValueError, match=r"^images must have shape \(0, h, w, c\), not \(1, 2, 2, 1\).$"):
        pack_cards(
            group="", token="", noise={}, classes=[], cards=[], images=np.zeros((1, 2, 2, 1)), networks={}
        )
    with pytest.raises(ValueError, match=r"^images must have shape \(2, 1, h, w, c\)"):
        pack_grid(group="", token="", noise={}, levels=[1, 2], names=["a"], images=np.zeros((1, 2, 2, 2, 1)))
