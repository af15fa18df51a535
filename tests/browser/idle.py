"""When a page has come to rest, however fast the machine: in place of a time after which it ought to have."""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import FloatRect, Locator, Page

LONGEST_MS = 500
"""Timers that are set for longer are not waited for: they only say in words what is shown already."""
PATIENCE_S = 60.0
WATCH = """(longest) => {
    const timers = new Set();
    const later = setTimeout.bind(window);
    const drop = clearTimeout.bind(window);
    window.setTimeout = (work, delay = 0, ...values) => {
        const id = later(() => {
            timers.delete(id);
            work(...values);
        }, delay);
        if (delay <= longest) timers.add(id);
        return id;
    };
    window.clearTimeout = (id) => {
        timers.delete(id);
        drop(id);
    };

    const asked = new Map();
    const count = (worker, { type, during }, by) => {
        const isAnswered = ["live", "chunk", "run"].includes(during ?? type);
        if (isAnswered) asked.set(worker, (asked.get(worker) ?? 0) + by);
    };
    const { postMessage, terminate } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...others) {
        if (!asked.has(this)) this.addEventListener("message", ({ data }) => count(this, data, -1));
        asked.set(this, asked.get(this) ?? 0);
        count(this, message, 1);
        return postMessage.call(this, message, ...others);
    };
    Worker.prototype.terminate = function () {
        asked.delete(this);
        return terminate.call(this);
    };

    let [unpacking, fetching] = [0, 0];
    const { arrayBuffer } = Response.prototype;
    Response.prototype.arrayBuffer = function () {
        unpacking += 1;
        return arrayBuffer.call(this).finally(() => (unpacking -= 1));
    };
    const { fetch } = window;
    window.fetch = function (...asked) {
        fetching += 1;
        return fetch.apply(this, asked).finally(() => (fetching -= 1));
    };

    window.isDecoding = () => [...asked.values()].some((count) => count > 0);
    window.isAtWork = () => timers.size > 0 || unpacking + fetching > 0 || isDecoding();
    window.pause = (ms) => new Promise((resolve) => later(resolve, ms));
}"""
SETTLE = """async (patience) => {
    const end = performance.now() + 1000 * patience;
    for (let still = 0; still < 3; ) {
        await new Promise(requestAnimationFrame);
        still = isAtWork() ? 0 : still + 1;
        if (performance.now() > end) throw new Error("The page never came to rest.");
    }
}"""

TWICE = """([clientX, clientY]) => {
    let target = document.elementFromPoint(clientX, clientY);
    while (target.shadowRoot) target = target.shadowRoot.elementFromPoint(clientX, clientY);
    const mouse = { clientX, clientY, pointerId: 1, pointerType: "mouse", isPrimary: true, bubbles: true };
    for (const type of ["pointerdown", "pointerup", "pointerdown", "pointerup"]) {
        target.dispatchEvent(new PointerEvent(type, { ...mouse, composed: true, cancelable: true }));
    }
}"""
STEADY = """() => {
    const next = requestAnimationFrame.bind(window);
    let [last, time] = [performance.now(), performance.now()];
    window.requestAnimationFrame = (work) => next((now) => {
        if (now !== last) time += 16;
        last = now;
        work(time);
    });
}"""


def watch(page: Page) -> None:
    """Take note from now on of what a page has before it: `settle` needs that."""
    page.evaluate(WATCH, LONGEST_MS)


def settle(page: Page) -> None:
    """Wait until no timer runs, no decoder is asked, and three frames have been drawn since."""
    page.evaluate(SETTLE, PATIENCE_S)


def draw_steadily(page: Page) -> None:
    """Let every frame be told from now on that it comes 16 ms after the one before, however late it is."""
    page.evaluate(STEADY)


def until(page: Page, holds: Callable[[], Any]) -> None:
    """Wait until something holds, of whatever can be asked of a page.

    Args:
        page: waited on, so that its events come in.
        holds: asked again and again.

    Raises:
        AssertionError: if it never does.
    """
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "What was waited for never came."
        page.wait_for_timeout(20)


def next_frames(page: Page) -> None:
    """Wait for three frames: what observes a size is told in the first, and has drawn anew by the last."""
    page.evaluate("async () => { for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame); }")


def at_rest(place: Locator) -> FloatRect:
    """The box of an element in view, once the page has stopped moving: an expander opens slowly."""
    before = None
    for _ in range(50):
        place.scroll_into_view_if_needed()
        if (box := place.bounding_box()) == before:
            return box
        before = box
        place.page.wait_for_timeout(400)
    raise AssertionError(f"{place} never came to rest.")


def answered(page: Page) -> None:
    """Wait until no script of Streamlit runs for a page."""
    page.locator('[data-test-script-state="notRunning"]').wait_for()


def point(page: Page, x: float, y: float) -> None:
    """Move the pointer over the plane of Explore, and wait until the place that it names is drawn."""
    page.evaluate(
        """() => {
            if (!("drawn" in window)) addEventListener("decoded", ({ detail: { code } }) => (drawn = code));
            window.drawn = null;
        }"""
    )
    page.mouse.move(x, y)
    until(page, lambda: is_drawn(page))


def is_drawn(page: Page) -> bool:
    """Whether the image is that of the place that is named; asked after `point`."""
    drawn = page.evaluate("drawn")
    named = page.get_by_test_id("latent-position").inner_text().split(",")
    return drawn is not None and all(abs(a - float(b)) <= 6e-4 for a, b in zip(drawn, named, strict=True))


def double_click(page: Page, x: float, y: float) -> None:
    """Click twice in one step: of Playwright's two clicks a busy machine may make two choices."""
    page.mouse.move(x, y)
    page.evaluate(TWICE, [x, y])
