"""What moves while a page comes for the first time: next to nothing, at any size."""

import pytest
from playwright.sync_api import expect

from tests.browser.idle import answered

SHIFTS = """() => {
    window.shift = 0;
    const add = (list) => list.getEntries().forEach((entry) => {
        if (!entry.hadRecentInput) window.shift += entry.value;
    });
    new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
}"""
SIZES = [(1280, 720), (1920, 1080), (820, 1180), (390, 844)]
LAST = {"generate": "[data-testid=sample]", "train": ".st-key-train-start button:visible", "data": ".strip"}
"""What comes last on a page."""


@pytest.mark.parametrize("name", LAST)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_moves_while_a_page_comes(browser, address, name, width, height):
    is_small = width < 900
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=is_small, is_mobile=is_small
    )
    page = context.new_page()
    page.add_init_script(f"({SHIFTS})()")
    page.goto(f"{address}/{name}")
    expect(page.locator(LAST[name]).first).to_be_visible()
    answered(page)
    assert page.evaluate("shift") < 0.1
    context.close()
