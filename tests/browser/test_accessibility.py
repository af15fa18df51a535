"""Every page and state by axe-core's rules, light and dark: no serious violation."""

import pytest
from playwright.sync_api import Page

from benchmarks.harness.accessibility import FADES_MS, grave
from tests.browser.test_frame import settled

VIEWS = [
    "explore?dataset=digits",
    "explore?dataset=digits&welcome=1",
    "explore?dataset=digits&image=7&about=Numbers",
    "explore?dataset=digits&about=Training",
    "explore?dataset=digits&image=7&selected=near-12&colour=error",
    "explore?dataset=digits&variant=conditional_vae&about=Draw",
    "explore?dataset=mnist&epoch=0",
    "compare?dataset=digits",
    "compare?dataset=digits&colour=cluster-10",
    "compare?dataset=digits&colour=kl",
    "generate?dataset=digits",
    "denoise?dataset=digits",
    "train?dataset=digits",
    "data?dataset=digits",
]


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_has_no_serious_violation(page: Page, address, view):
    page.goto(f"{address}/{view}")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settled(page)
        page.wait_for_timeout(FADES_MS)
        assert grave(page) == [], scheme


@pytest.mark.parametrize("shown", ["places", "figure-dialog", "shortcut-sheet"])
def test_what_opens_on_explore_has_no_serious_violation(page: Page, address, shown):
    page.goto(f"{address}/explore?dataset=digits")
    page.get_by_test_id("shortcut-sheet").locator("dt").first.wait_for(state="attached")
    page.get_by_test_id("latent-plane").wait_for()
    settled(page)
    if shown == "figure-dialog":
        page.get_by_test_id("save-menu").click()
        page.get_by_role("button", name="Save plane …").click()
    else:
        page.keyboard.press("m" if shown == "places" else "?")
    page.get_by_test_id(shown).wait_for()
    assert grave(page) == []
