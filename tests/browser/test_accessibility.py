"""Every page and state by axe-core's rules, light and dark: no serious violation."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.test_frame import settled

VIEWS = [
    "explore?dataset=digits",
    "explore?dataset=digits&welcome=1",
    "explore?dataset=digits&image=7&about=Numbers",
    "explore?dataset=digits&about=Training",
    "explore?dataset=digits&variant=conditional_vae&about=Draw",
    "explore?dataset=mnist&epoch=0",
    "compare?dataset=digits",
    "generate?dataset=digits",
    "denoise?dataset=digits",
    "train?dataset=digits",
]
GRAVE = ("serious", "critical")


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_has_no_serious_violation(page: Page, address, view):
    page.goto(f"{address}/{view}")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settled(page)
        page.wait_for_timeout(500)  # colours change over a moment
        found = Axe().run(page).response["violations"]
        grave = [
            (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
            for one in found
            if one["impact"] in GRAVE
        ]
        assert grave == [], scheme
