"""What axe-core finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")
FADES_MS = 500
"""Longer than colours take to change."""


def grave(page: Page) -> list[tuple[str, list[str]]]:
    """The serious violations of a page as it is.

    Args:
        page: at rest.

    Returns:
        The rule of each, with the first elements that break it.
    """
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in GRAVE
    ]
