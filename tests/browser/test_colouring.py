"""What the dots of Explore's plane are coloured by: the scale, what a run has, what is computed meanwhile."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from aecore.storage.store import RunStore
from benchmarks.harness.server import open_plane
from tests.browser.idle import answered
from tests.browser.test_explore import parameters

BACKGROUNDS = {False: (255, 255, 255), True: (14, 17, 23)}


def luminance(colour: Sequence[float]) -> float:
    share = np.asarray(colour) / 255
    linear = np.where(share <= 0.03928, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("is_dark", [False, True])
def test_the_scale_rises_evenly_away_from_the_background(modules, is_dark):
    colours = modules.evaluate(
        """async (isDark) => {
            const { scaleColour } = await import("/lib/scatter/scale.js");
            return Array.from({ length: 101 }, (_, k) => scaleColour(k / 100, isDark));
        }""",
        is_dark,
    )
    light = np.array([luminance(colour) for colour in colours])
    steps = np.diff(light) * (1 if is_dark else -1)
    assert (steps > 0).all()
    bright, dark = (
        np.maximum(light, luminance(BACKGROUNDS[is_dark])),
        np.minimum(light, luminance(BACKGROUNDS[is_dark])),
    )
    assert ((bright + 0.05) / (dark + 0.05)).min() > 1.5


def test_the_ends_leave_out_one_in_a_hundred_and_say_so(modules):
    values = np.random.default_rng(0).permutation(np.arange(1000)).tolist()
    ends, same, colours = modules.evaluate(
        """async (values) => {
            const { coloursOf, scaleEnds } = await import("/lib/scatter/scale.js");
            const ends = scaleEnds(values);
            return [ends, scaleEnds([2, 2, 2]), Array.from(coloursOf([-5, 10, 500, 989, 2000], ends, false))];
        }""",
        values,
    )
    assert ends == {"low": 10, "high": 989, "isCutBelow": True, "isCutAbove": True}
    assert same == {"low": 2, "high": 2, "isCutBelow": False, "isCutAbove": False}
    rows = np.reshape(colours, (5, 3)).tolist()
    assert rows[0] == rows[1] != rows[2] != rows[3] == rows[4]


def options(page: Page) -> list[str]:
    return page.get_by_test_id("colour-by").locator("option").all_inner_texts()


def test_a_run_offers_what_it_has(page, address):
    open_plane(page, f"{address}/explore?dataset=digits&variant=vae")
    assert options(page)[:4] == ["Class", "Error", "KL", "Density"]
    open_plane(page, f"{address}/explore?dataset=digits&variant=ae")
    assert options(page)[:2] == ["Class", "Error"]
    assert not {"KL", "Density"} & set(options(page))


def dots(page: Page) -> str:
    """The colours of the plane's dots as a picture."""
    page.wait_for_timeout(300)
    return page.get_by_test_id("latent-plane").screenshot().hex()


def test_dots_are_coloured_by_their_error_and_the_link_keeps_it(page, address):
    run = next(run for run in RunStore().listing().runs if run.name == "digits-vae-z2")
    open_plane(page, f"{address}/explore?dataset=digits&variant=vae")
    answered(page)
    before = dots(page)
    page.get_by_test_id("colour-by").select_option("error")
    page.wait_for_url(re.compile("colour=error"))
    scale = page.get_by_test_id("colour-scale")
    errors = np.sort(run.arrays["errors"].astype(np.float32))
    expect(scale).to_contain_text(f"≤ {float(f'{errors[5]:.3g}'):g}")
    expect(scale).to_contain_text(f"≥ {float(f'{errors[-6]:.3g}'):g}")
    expect(scale).to_contain_text("MSE per pixel")
    expect(scale).to_contain_text("lower is better")
    assert dots(page) != before
    page.reload()
    expect(scale).to_contain_text("MSE per pixel")
    page.get_by_test_id("colour-by").select_option("class")
    page.wait_for_url(lambda url: "colour=" not in url)
    expect(scale).to_be_hidden()


def test_another_theme_has_the_scale_the_other_way_round(page, address):
    open_plane(page, f"{address}/explore?dataset=digits&variant=vae&colour=kl")
    bar = page.locator(".scale-bar")
    expect(bar).to_have_attribute("style", re.compile("rgb"))
    light = bar.get_attribute("style") or ""
    page.emulate_media(color_scheme="dark")
    expect(bar).not_to_have_attribute("style", light)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("dataset=mnist&variant=vae&run=mnist-vae-z32-d8a14f5c82&colour=kl", "nats"),
        ("dataset=digits&variant=vae&colour=right", "right"),
    ],
)
def test_what_the_model_must_compute_comes_while_the_page_goes_on(page, address, link, words):
    open_plane(page, f"{address}/explore?{link}")
    scale = page.get_by_test_id("colour-scale")
    expect(scale).to_contain_text(words)
    name = parameters(page)["colour"]
    if name == "right":
        counts = [int(count.replace(",", "")) for count in re.findall(r"[\d,]+", scale.inner_text())]
        assert sum(counts) == 599
        assert counts[0] > counts[1]
    page.reload()
    expect(scale).to_contain_text(words)


def test_a_link_to_colours_that_a_run_lacks_opens_with_its_classes(page, address):
    open_plane(page, f"{address}/explore?dataset=digits&variant=ae&colour=kl")
    expect(page.get_by_test_id("colour-by")).to_have_value("class")
    expect(page.get_by_test_id("colour-scale")).to_be_hidden()
