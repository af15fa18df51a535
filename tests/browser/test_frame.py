"""The frame of every page at the sizes people have: what fits, what is folded, what is marked and named."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from benchmarks.harness.server import decoded_pixels, open_plane
from tests.browser.idle import next_frames

PAGES = ["Explore", "Compare", "Generate", "Denoise", "Train", "Data"]
SIZES: list[ViewportSize] = [
    {"width": width, "height": height}
    for width, height in [(1280, 720), (1366, 768), (1920, 1080), (2560, 1440), (820, 1180), (390, 844)]
]
OPENED = [size for size in SIZES if size["width"] in (1280, 820, 390)]
"""At the others a page only becomes larger than it was, and is laid out by the same rules."""
IN_VIEW = ["latent-plane", "decoded-image", "selected-image"]
CUT = """() => {
    const all = (root) => [...root.querySelectorAll("*")].flatMap((node) =>
        [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])]);
    const named = "button, summary, select, [role=tab], [role=combobox], a, label, h1, h2, h3, figcaption";
    return all(document.querySelector("[data-testid=stApp]"))
        .filter((node) => node.matches(named) && !node.matches("input"))
        .filter((node) => node.checkVisibility() && node.clientWidth > 1)
        .filter((node) => {
            const style = getComputedStyle(node);
            const hides = style.overflowX !== "visible" && style.overflowX !== "auto";
            return hides && style.textOverflow !== "ellipsis" && node.scrollWidth > node.clientWidth + 1;
        })
        .map((node) => node.innerText || node.outerHTML.slice(0, 80));
}"""


def settled(page: Page) -> None:
    page.locator('[data-test-script-state="notRunning"]').wait_for()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_marked_named_and_titled(page, address, name):
    page.goto(f"{address}/{name.lower()}?dataset=digits")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_count(1)
    expect(heading).to_have_text(re.compile(rf"^{name}: Digits 8×8"))
    expect(page).to_have_title(re.compile(rf"^{name} · Digits 8×8.* – aecore$"))
    current = page.get_by_test_id("stHeader").locator("[aria-current=page]")
    expect(current).to_have_text(name)
    settled(page)
    levels = [
        int(heading.evaluate("node => node.tagName[1]")) for heading in page.get_by_role("heading").all()
    ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_the_root_leads_to_explore_which_is_marked_and_keeps_what_the_link_asks_for(page, address):
    open_plane(page, f"{address}/?dataset=digits&image=7")
    assert "/explore?" in page.url
    expect(page.get_by_test_id("stHeader").locator("[aria-current=page]")).to_have_text("Explore")
    expect(page.get_by_test_id("selected-image")).to_contain_text("test image 7")


def test_an_address_below_a_page_leads_to_the_page(page, address):
    open_plane(page, f"{address}/explore/extra/path?dataset=digits&image=7")
    assert page.url.startswith(f"{address}/explore?")
    expect(page.get_by_test_id("selected-image")).to_contain_text("test image 7")


@pytest.mark.parametrize(
    ("width", "height", "share"), [(1280, 720, 0.36), (1920, 1080, 0.4), (2560, 1440, 0.4)]
)
def test_the_whole_tool_fits_the_first_screen_and_the_plane_has_its_share_of_it(
    page, address, width, height, share
):
    page.set_viewport_size({"width": width, "height": height})
    plane = open_plane(page, f"{address}/explore?image=7")
    assert plane["width"] * plane["height"] >= share * width * height
    expect(page.get_by_test_id("selected-image")).to_contain_text("test image 7")
    shown = [page.get_by_test_id(name) for name in IN_VIEW]
    shown += [page.get_by_test_id("legend-item").last, page.get_by_role("tab", name="Training")]
    for part in shown:
        box = part.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
    main = page.get_by_test_id("stMain").evaluate("main => [main.scrollHeight, main.clientHeight]")
    assert main[0] <= main[1] + 24


@pytest.fixture
def telephone(browser: Browser, address):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2
    )
    page = context.new_page()
    open_plane(page, f"{address}/explore")
    yield page
    context.close()


def test_a_finger_on_a_telephone_sees_what_it_decodes(telephone):
    plane = telephone.get_by_test_id("latent-plane").bounding_box()
    decoded = telephone.get_by_test_id("decoded-image").bounding_box()
    assert plane["width"] >= 356
    track = telephone.get_by_test_id("epoch-track").bounding_box()
    assert plane["y"] + plane["height"] <= track["y"] <= plane["y"] + plane["height"] + 8
    assert track["y"] + track["height"] <= decoded["y"] <= track["y"] + track["height"] + 24
    assert decoded["y"] + decoded["height"] <= 844
    for part in telephone.get_by_test_id("selected-image").locator("canvas").all():
        box = part.bounding_box()
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844
    before = decoded_pixels(telephone)
    telephone.touchscreen.tap(plane["x"] + 20, plane["y"] + 20)
    telephone.wait_for_url(re.compile(r"[?&]z="))
    assert decoded_pixels(telephone) != before


def covering(page: Page, over: str, under: str) -> list[str]:
    """Words of what is within one part and lies over what is within another."""
    return page.evaluate(
        """([over, under]) => {
            const all = (root) => [...root.querySelectorAll("*")].flatMap((node) =>
                [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])]);
            const boxes = (name) => all(document)
                .filter((node) => node.matches(name) && node.checkVisibility())
                .map((node) => [node, node.getBoundingClientRect()]);
            return boxes(over).filter(([, a]) => boxes(under).some(([, b]) =>
                a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom))
                .map(([node]) => node.innerText);
        }""",
        [over, under],
    )


def test_on_a_telephone_the_buttons_cover_no_image(telephone, address):
    for link in ("dataset=fashion_mnist&image=7", "dataset=fashion_mnist&image=9990"):
        open_plane(telephone, f"{address}/explore?{link}")
        expect(telephone.get_by_role("button", name="Clear")).to_be_visible()
        assert covering(telephone, ".corner > *", ".beside canvas, .beside-heading > *") == []


def test_the_longest_name_of_a_class_is_not_under_the_buttons(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_plane(page, f"{address}/explore?dataset=fashion_mnist&image=9999")
    expect(page.get_by_role("button", name="Clear")).to_be_visible()
    page.locator(".beside-heading strong").evaluate("name => { name.textContent = 'Ankle boot'; }")
    assert covering(page, ".corner > *", ".beside canvas, .beside-heading > *") == []


@pytest.mark.parametrize("size", [(853, 480), (844, 390)])
def test_on_a_wide_low_screen_what_is_decoded_stands_beside_the_plane(page, address, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    plane = open_plane(page, f"{address}/explore?dataset=digits&image=7")
    decoded = page.get_by_test_id("decoded-image").bounding_box()
    assert decoded["x"] >= plane["x"] + plane["width"]
    assert decoded["y"] + decoded["height"] <= size[1]


@pytest.mark.parametrize("variant", ["vae", "conditional_vae"])
def test_a_drawing_stands_in_the_panel_and_covers_no_tab(page, address, variant):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_plane(page, f"{address}/explore?dataset=digits&variant={variant}&about=Draw")
    pad = page.get_by_test_id("draw-pad")
    pad.scroll_into_view_if_needed()
    settled(page)
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 140, steps=8)
    page.mouse.up()
    expect(page.get_by_test_id("selected-image")).to_contain_text("Your image")
    settled(page)
    assert (
        covering(page, "*:has(> .st-key-explore-sections)", ".panel > *, .panel .decoded, .panel .beside")
        == []
    )
    about = page.locator("*:has(> .st-key-explore-sections)").bounding_box()
    assert about["height"] >= 240


def test_the_menu_closes_by_escape_and_by_a_click_elsewhere_and_the_image_stays(page, address):
    plane = open_plane(page, f"{address}/explore?dataset=digits&image=7")
    menu, item = page.get_by_test_id("save-menu"), page.get_by_role("button", name="Save PNG")
    menu.click()
    page.keyboard.press("Escape")
    expect(item).to_be_hidden()
    expect(menu).to_be_focused()
    expect(page.get_by_test_id("selected-image")).to_contain_text("test image 7")
    menu.click()
    expect(item).to_be_visible()
    page.mouse.click(plane["x"] + 200, plane["y"] + 200)
    expect(item).to_be_hidden()


def test_the_fold_is_out_of_the_keyboard_s_way_where_nothing_is_folded(page, address):
    open_plane(page, f"{address}/explore?dataset=digits")
    expect(page.get_by_test_id("fold")).to_be_hidden()
    page.set_viewport_size({"width": 820, "height": 900})
    expect(page.get_by_test_id("fold")).to_be_visible()


def test_a_long_word_in_a_name_stays_within_the_fold(telephone):
    fold = telephone.get_by_test_id("fold")
    fold.evaluate("fold => { fold.textContent = 'MNIST · ' + 'Averylongword'.repeat(5); }")
    assert fold.evaluate("fold => fold.scrollWidth <= fold.clientWidth")


def test_on_a_narrow_screen_the_choices_are_folded_into_one_button(telephone):
    model = telephone.get_by_role("combobox", name="Model")
    expect(model).to_be_hidden()
    fold = telephone.get_by_test_id("fold")
    expect(fold).to_contain_text("MNIST · Variational autoencoder")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    model.click()
    telephone.get_by_role("option", name="Autoencoder", exact=True).click()
    expect(fold).to_contain_text("MNIST · Autoencoder")
    fold.click()
    expect(model).to_be_hidden()


@pytest.mark.parametrize("name", PAGES)
def test_no_label_is_cut_off_at_any_size(page, address, name):
    """Opened on a laptop, a tablet and a telephone; the laptop's window then grows to the other screens."""
    for size in SIZES:
        page.set_viewport_size(size)
        if size in OPENED:
            page.goto(f"{address}/{name.lower()}?dataset=fashion_mnist")
        settled(page)
        next_frames(page)
        assert page.evaluate(CUT) == [], size
        wide = page.get_by_test_id("stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
        assert wide[0] <= wide[1], size


def test_share_names_the_address_of_what_is_seen(page, address):
    open_plane(page, f"{address}/explore?dataset=digits&image=7")
    page.get_by_role("button", name="Share").click()
    link = page.get_by_test_id("stPopoverBody").locator("code")
    expect(link).to_contain_text(f"{address}/explore?dataset=digits")
    expect(link).to_contain_text("image=7")


def test_help_says_what_this_is_and_names_the_keys(page, address):
    open_plane(page, f"{address}/explore?dataset=digits")
    page.get_by_test_id("stHeader").locator("..").get_by_role("button", name="Help").click()
    expect(page.get_by_role("tooltip")).to_have_count(0)
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_contain_text("squeezes each image into a few numbers")
    expect(body).to_contain_text("double-click")


def test_compare_opens_on_the_argument_three_planes_on_one_scale_with_their_holes(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/compare?dataset=mnist&image=7")
    decoded = page.get_by_test_id("linked-image")
    expect(decoded).to_have_count(3)
    settled(page)
    boxes = [plane.bounding_box() for plane in page.get_by_test_id("linked-plane").all()]
    assert sum(box["width"] * box["height"] for box in boxes) >= 0.45 * 1280 * 720
    for image in decoded.all():
        box = image.bounding_box()
        assert box["width"] >= 104
        assert box["y"] + box["height"] <= 720
    expect(page.get_by_role("button", name="Shared")).to_have_attribute("aria-pressed", "true")
    holes = page.get_by_role("button", name="Holes", exact=True)
    expect(holes).to_have_attribute("aria-pressed", "true")
    for share in ("70.0 % hole cells ↓", "7.0 % hole cells ↓", "2.5 % hole cells ↓"):
        number = page.get_by_text(share, exact=True)
        expect(number).to_be_in_viewport(ratio=1)
        assert number.evaluate("number => parseFloat(getComputedStyle(number).fontSize)") >= 20
    holes.click()
    page.wait_for_url(re.compile(r"[?&]show=none"))
    page.reload()
    expect(holes).to_have_attribute("aria-pressed", "false")
    holes.click()
    page.wait_for_url(lambda url: "show=" not in url)


SHIFTS = """
    window.shifts = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((one) => {
        if (!one.hadRecentInput) window.shifts += one.value;
    })).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize(
    "link",
    [
        "explore?dataset=digits",
        "explore?dataset=mnist&run=mnist-vae-z32-d8a14f5c82&variant=vae",
        "explore?dataset=digits&variant=conditional_vae",
        "compare?dataset=digits",
        "compare?dataset=mnist&runs=mnist-vae-z32-d8a14f5c82,mnist-ae-z2-df79db5a03",
    ],
)
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (820, 1180), (390, 844)])
def test_nothing_moves_while_a_page_of_planes_comes(browser: Browser, address, link, size):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto(f"{address}/{link}")
    page.get_by_test_id("latent-plane" if "explore" in link else "linked-plane").first.wait_for()
    settled(page)
    assert page.evaluate("() => shifts") < 0.1
    context.close()


@pytest.mark.parametrize(
    "link",
    ["dataset=mnist&variant=conditional_vae", "dataset=mnist&variant=vae&run=mnist-vae-z32-d8a14f5c82"],
)
def test_the_tabs_are_in_sight_below_classes_and_below_many_sliders(page, address, link):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_plane(page, f"{address}/explore?{link}")
    expect(page.get_by_role("tab", name="Training")).to_be_in_viewport(ratio=1)


def test_folded_choices_leave_no_gap(page, address):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/compare?dataset=digits")
    settled(page)
    assert page.locator(".st-key-choices").bounding_box()["height"] == 0
