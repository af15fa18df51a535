"""What is written on a plane, on its canvases and over them: no text lies on another."""

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from benchmarks.harness.server import open_plane
from tests.browser.idle import answered, next_frames, until
from tests.browser.test_frame import SIZES

RECORD = """() => {
    window.written = new Map();
    const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        written.set(this.canvas, []);
        return clearRect.apply(this, box);
    };
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...more) {
        const size = this.measureText(text);
        const [left, right] = [x - size.actualBoundingBoxLeft, x + size.actualBoundingBoxRight];
        const [top, bottom] = [y - size.actualBoundingBoxAscent, y + size.actualBoundingBoxDescent];
        const corners = [[left, top], [right, top], [left, bottom], [right, bottom]]
            .map(([a, b]) => this.getTransform().transformPoint({ x: a, y: b }));
        if (!written.has(this.canvas)) written.set(this.canvas, []);
        written.get(this.canvas).push({ text, corners });
        return fillText.call(this, text, x, y, ...more);
    };
}"""
OVERLAPS = """() => {
    const all = (root) => [...root.querySelectorAll("*")].flatMap((node) =>
        [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])]);
    const nodes = all(document).filter((node) => node.checkVisibility({ visibilityProperty: true }));
    const texts = [];
    for (const canvas of nodes.filter((node) => written.has(node))) {
        const box = canvas.getBoundingClientRect();
        const scale = box.width / canvas.width;
        for (const { text, corners } of written.get(canvas)) {
            const xs = corners.map(({ x }) => box.x + scale * x);
            const ys = corners.map(({ y }) => box.y + scale * y);
            const [left, right] = [Math.min(...xs), Math.max(...xs)];
            texts.push({ text, left, right, top: Math.min(...ys), bottom: Math.max(...ys) });
        }
    }
    for (const node of nodes.filter((node) => node.matches(".plot .note, .plot .undo, .facts"))) {
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const { left, right, top, bottom } of range.getClientRects()) {
            texts.push({ text: node.innerText, node, left, right, top, bottom });
        }
    }
    const meets = (a, b) => !(a.node && a.node === b.node) &&
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
    const after = (a, k) => texts.slice(k + 1).filter((b) => meets(a, b)).map((b) => [a.text, b.text]);
    return [texts.length, texts.flatMap(after)];
}"""
VIEWS = ["variant=vae", "variant=ae&show=prior,holes", "variant=ae&show=prior,thumbnails&view=0,0,9"]
EPOCH = "variant=vae&epoch=1"


def overlaps(page: Page) -> list[list[str]]:
    count, pairs = page.evaluate(OVERLAPS)
    assert count > 8  # numbers on both axes and their names, and a sentence
    return pairs


@pytest.fixture(params=[False, True], ids=["mouse", "finger"])
def recorded(request, browser: Browser) -> Iterator[tuple[Page, list[ViewportSize]]]:
    """A page that notes what is written on it, and the sizes of the windows that it is to be seen in.

    It is opened in the first; a plane is drawn anew, its texts laid out anew, whenever its window changes.
    """
    sizes = [size for size in SIZES if (size["width"] < 900) == request.param]
    with contextlib.closing(browser.new_context(has_touch=request.param)) as context:
        page = context.new_page()
        page.add_init_script(f"({RECORD})()")
        yield page, sizes


def assert_apart(page: Page, sizes: list[ViewportSize]) -> None:
    """No text lies on another in any of the windows."""
    for size in sizes:
        page.set_viewport_size(size)
        answered(page)
        next_frames(page)
        until(page, lambda: overlaps(page) == [])


@pytest.mark.parametrize("view", VIEWS)
def test_no_text_of_a_plane_lies_on_another(recorded, address, view):
    page, sizes = recorded
    page.set_viewport_size(sizes[0])
    open_plane(page, f"{address}/explore?dataset=mnist&{view}")
    expect(page.locator(".note[data-part=note]")).not_to_be_empty()
    assert_apart(page, sizes)


def test_no_text_of_an_epoch_s_plane_lies_on_another(recorded, address):
    page, sizes = recorded
    page.set_viewport_size(sizes[0])
    page.goto(f"{address}/explore?dataset=mnist&{EPOCH}")
    expect(page.get_by_test_id("rewind-plane")).to_be_visible()
    expect(page.get_by_test_id("rewind-codes")).not_to_be_empty()
    assert_apart(page, sizes)
