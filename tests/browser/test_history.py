"""Back and Forward: one choice is one entry, a page's defaults are none, and what an entry says is shown."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from benchmarks.harness.server import open_plane

SLOW = 60_000
PAGES = ("", "explore", "compare", "generate", "denoise", "train", "data")


def parameters(page: Page) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


def length(page: Page) -> int:
    return page.evaluate("history.length")


def at_rest(page: Page) -> None:
    """Until nothing runs and the address has stood still for a second."""
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid="stApp"]');
            const isRunning = app?.getAttribute('data-test-script-state') !== 'notRunning';
            const [now, said] = [performance.now(), location.href + history.length + isRunning];
            if (window.lastSaid !== said) Object.assign(window, { lastSaid: said, since: now });
            return !isRunning && now - window.since > 1000;
        }""",
        timeout=SLOW,
        polling=100,
    )


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_function("() => location.search.includes('dataset=')", timeout=SLOW)
    at_rest(page)


@pytest.mark.parametrize("name", PAGES)
def test_an_untouched_page_says_what_it_shows_and_leaves_with_one_press(page, address, name):
    page.goto("about:blank")
    opened(page, f"{address}/{name}")
    assert parameters(page)["dataset"] == "mnist"
    assert length(page) == 2  # the blank page and this one
    page.go_back()
    assert page.url == "about:blank"


def says(page: Page, name: str, text: str | None) -> None:
    """Wait until the address says this of a parameter, or nothing."""
    page.wait_for_function(
        "([name, text]) => new URLSearchParams(location.search).get(name) === text",
        arg=[name, text],
        timeout=SLOW,
    )


def changes(page: Page, name: str, act) -> str:
    """Do something and wait for another value of a parameter; returns it."""
    before = parameters(page).get(name)
    act()
    page.wait_for_function(
        """([name, before]) => {
            const now = new URLSearchParams(location.search).get(name);
            return now !== null && now !== before;
        }""",
        arg=[name, before],
        timeout=SLOW,
    )
    at_rest(page)
    return parameters(page)[name]


def click_at(page: Page, test_id: str, x: float, y: float) -> None:
    """Click at a share of an element's size."""
    box = page.get_by_test_id(test_id).first.bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_back_restores_image_window_overlays_and_hidden_classes_on_explore(page, address):
    open_plane(page, f"{address}/explore")
    says(page, "dataset", "mnist")
    at_rest(page)
    start = length(page)
    first = changes(page, "image", lambda: click_at(page, "latent-plane", 0.5, 0.5))
    assert length(page) == start + 1
    second = changes(page, "image", lambda: click_at(page, "latent-plane", 0.4, 0.4))
    assert (length(page), first != second) == (start + 2, True)
    for _ in range(3):
        changes(page, "view", page.locator("[data-part=zoom-in]").click)
    assert length(page) == start + 3  # one look closer, however many steps
    thumbnails, legend = page.locator("[data-overlay=thumbnails]"), page.get_by_test_id("legend-item").nth(3)
    changes(page, "show", thumbnails.click)
    changes(page, "hide", legend.click)
    assert length(page) == start + 5
    assert parameters(page) | {"hide": "3", "show": "thumbnails", "image": second} == parameters(page)

    selected = page.get_by_test_id("selected-image")
    page.go_back()
    expect(legend).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(thumbnails).to_have_attribute("aria-pressed", "false")
    assert "view" in parameters(page)
    page.go_back()
    assert "view" not in parameters(page)
    assert parameters(page)["image"] == second
    page.go_back()
    expect(selected).to_contain_text(f"{int(first):,}")
    page.go_back()
    expect(selected).not_to_contain_text(f"{int(first):,}")
    at_rest(page)
    assert "image" not in parameters(page)
    page.go_forward()
    expect(selected).to_contain_text(f"{int(first):,}")
    at_rest(page)
    assert (length(page), parameters(page)["image"]) == (start + 5, first)
    # The plane told Python of this image before: it is a choice all the same.
    assert changes(page, "image", lambda: click_at(page, "latent-plane", 0.4, 0.4)) == second
    assert length(page) == start + 2


def test_back_restores_the_pin_and_its_place(page, address):
    open_plane(page, f"{address}/explore")
    says(page, "dataset", "mnist")
    at_rest(page)
    pin = page.locator("[data-part=pin]")
    places = []
    for x in (0.03, 0.97):
        changes(page, "z", lambda x=x: click_at(page, "latent-plane", x, 0.03))
        places.append((parameters(page)["z"], pin.get_attribute("style")))
    assert places[0] != places[1]
    page.go_back()
    expect(pin).to_have_attribute("style", places[0][1])
    at_rest(page)
    assert parameters(page)["z"] == places[0][0]


def test_back_restores_the_shared_choice_on_compare(page, address):
    page.goto(f"{address}/compare?dataset=digits&view=codes")
    page.get_by_test_id("linked-plane").nth(2).wait_for(timeout=SLOW)
    says(page, "dataset", "digits")
    at_rest(page)
    start = length(page)
    first = changes(page, "image", lambda: click_at(page, "linked-plane", 0.5, 0.5))
    second = changes(page, "image", lambda: click_at(page, "linked-plane", 0.4, 0.4))
    changes(page, "show", page.locator("[data-overlay=holes]").click)
    assert (length(page), first != second) == (start + 3, True)
    original = page.locator("[data-part=original-index]")
    page.go_back()
    expect(page.locator("[data-overlay=holes]")).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(original).to_contain_text(f"image {int(first):,}")
    at_rest(page)
    assert (length(page), parameters(page)["image"]) == (start + 3, first)


def choose_option(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_data_set_run_and_image_travel_and_a_change_of_page_is_one_entry(page, address):
    opened(page, f"{address}/explore?dataset=digits&image=17")
    start = length(page)
    for name in ("Compare", "Generate", "Denoise", "Explore"):
        before = length(page)
        page.get_by_test_id("stHeader").get_by_role("link", name=name, exact=True).click()
        page.wait_for_url(f"**/{name.lower()}**", timeout=SLOW)
        says(page, "dataset", "digits")
        at_rest(page)
        assert length(page) == before + 1
        if name != "Generate":  # only around an image does that page show one
            assert parameters(page)["image"] == "17"
    assert length(page) == start + 4
    expect(page.get_by_test_id("selected-image")).to_contain_text("17")
    page.go_back()
    page.wait_for_url("**/denoise**")
    at_rest(page)
    assert (length(page), parameters(page)["image"]) == (start + 4, "17")
    page.go_back()
    page.wait_for_url("**/generate**")


def test_a_widget_of_two_pages_stands_at_its_default_on_each(page, address):
    opened(page, f"{address}/explore?dataset=digits&about=Draw")
    for name in ("Compare", "Explore"):
        page.get_by_test_id("stHeader").get_by_role("link", name=name, exact=True).click()
        page.wait_for_url(f"**/{name.lower()}**", timeout=SLOW)
        says(page, "dataset", "digits")
        at_rest(page)
        expect(page.locator(".st-key-fitted input")).to_be_checked()
        assert "fitted" not in parameters(page)


def test_back_restores_what_a_form_said(page, address):
    opened(page, f"{address}/generate?dataset=digits")
    start = length(page)
    changes(page, "seed", page.get_by_role("button", name="New", exact=True).click)
    assert length(page) == start + 1
    page.go_back()
    says(page, "seed", None)
    expect(page.locator("input[aria-label=Seed]")).to_have_value("0")
