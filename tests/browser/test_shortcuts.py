"""The sheet of keys, on every page: opened by ?, not while one types, and telling the truth."""

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.shared.shortcuts import SECTIONS
from tests.browser.idle import answered

PAGES = ["explore", "compare", "generate", "denoise", "train", "data"]


def opened(page: Page, address: str) -> Locator:
    """A page, and its sheet once that listens."""
    page.goto(address)
    sheet = page.get_by_test_id("shortcut-sheet")
    sheet.locator("dt").first.wait_for(state="attached")
    answered(page)
    return sheet


@pytest.mark.parametrize("name", PAGES)
def test_the_sheet_opens_by_its_key_holds_the_focus_and_closes(page, address, name):
    sheet = opened(page, f"{address}/{name}?dataset=digits")
    expect(sheet).to_be_hidden()
    page.keyboard.press("?")
    expect(sheet).to_be_visible()
    for section in SECTIONS:
        expect(sheet.get_by_role("heading", name=section.title, exact=True)).to_be_visible()
    assert sheet.locator("dt").all_inner_texts() == [keys for section in SECTIONS for keys, _ in section.rows]
    for _ in range(4):
        page.keyboard.press("Tab")
        assert sheet.evaluate(
            "sheet => !document.activeElement?.shadowRoot || sheet.matches(':focus-within')"
        )
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_no_key_reaches_the_page_while_the_sheet_is_open(page, address):
    opened(page, f"{address}/explore?dataset=digits")
    page.get_by_test_id("latent-plane").wait_for()
    page.keyboard.press("?")
    expect(page.get_by_test_id("shortcut-sheet")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("shortcut-sheet")).to_be_hidden()
    expect(page.get_by_test_id("drawer")).to_be_hidden()


def test_a_question_mark_in_a_field_is_a_question_mark(page, address):
    opened(page, f"{address}/explore?dataset=digits")
    page.get_by_test_id("latent-plane").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("what?")
    expect(page.get_by_test_id("search")).to_have_value("what?")
    expect(page.get_by_test_id("shortcut-sheet")).to_be_hidden()


def test_help_has_a_button_for_it(page, address):
    opened(page, f"{address}/generate?dataset=digits")
    page.locator(".st-key-header-actions").get_by_test_id("stPopover").last.get_by_role("button").click()
    page.get_by_role("button", name="Every key (?)").click()
    expect(page.get_by_test_id("shortcut-sheet")).to_be_visible()
    page.get_by_test_id("shortcut-sheet").get_by_role("button", name="Close").click()
    expect(page.get_by_test_id("shortcut-sheet")).to_be_hidden()
