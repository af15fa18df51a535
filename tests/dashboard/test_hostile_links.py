"""Thousands of hostile links through the door: none raises, and what comes in is within bounds.

AECORE_LINKS=10000 pytest tests/dashboard/test_hostile_links.py follows so many.
"""

import math
import os

from dashboard.state import keys, link
from dashboard.state.address import Address
from tests.hostile_links import links

LINKS = int(os.environ.get("AECORE_LINKS", "1000"))
IMAGES, CLASSES = 10_000, 10
WIDTHS = {"mnist-vae-z2-eab126f9af": 2, "mnist-ae-z2-df79db5a03": 2}
SETTINGS = {
    "level": (0.25, (0.0, 1.0)),
    "temperature": (1.0, (0.0, 2.0)),
    "count": (40, (4, 100)),
    "to": (0, (0, IMAGES - 1)),
    "noise": ("gaussian", ["gaussian", "square"]),
}


def assert_within_bounds(part: str, text: str) -> None:
    """What a plane is given: numbers that it can draw, so many as it takes."""
    assert len(text) <= link.LONGEST
    if part in ("selection", "axes", "hidden", "condition"):
        values = [int(word) for word in text.split(",")]
        assert all(0 <= value < IMAGES for value in values)
        assert part != "axes" or sorted(values) == [1, 2]
    if part in ("position", "view"):
        values = [float(word) for word in text.split(",")]
        assert len(values) == (2 if part == "position" else 3)
        assert all(math.isfinite(value) and abs(value) <= link.LARGEST for value in values)
    if part == "view":
        x, y, width = values
        edge = max(abs(x), abs(y))
        assert width > 0
        assert edge + width / 1000 > edge  # doubles tell one pixel from the next


def test_no_link_raises_and_what_comes_in_is_within_bounds():
    followed = refused = 0
    for parameters in links(LINKS):
        address = Address(keys.DEPENDENTS)
        address.open("explore", parameters, is_history=False)
        for name in parameters:
            text = address.get(name)
            assert len(link.said(text)) <= 3 * link.LONGEST_SAID
            for names, fits in (
                (keys.PLANE_URL, lambda part, t: link.fits_plane(part, t, IMAGES, 2, CLASSES, CLASSES)),
                (keys.SHARED_URL, lambda part, t: link.fits_group(part, t, IMAGES, WIDTHS, CLASSES, "")),
            ):
                for part in [part for part, known in names.items() if known == name]:
                    if fits(part, text):
                        followed += 1
                        assert_within_bounds(part, text)
                    else:
                        refused += 1
            if name in SETTINGS:
                default, allowed = SETTINGS[name]
                value = link.value(text, default, allowed)
                assert value is None or type(value) is type(default)
                assert value is None or (
                    value in allowed if isinstance(value, str) else allowed[0] <= value <= allowed[1]
                )
    assert followed > LINKS / 10  # mutated, not destroyed: both ways through the door are walked
    assert refused > LINKS / 10
