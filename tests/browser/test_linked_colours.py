"""One choice of colours for all planes of a group: of toy runs on an empty page, and on the Compare page."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from dashboard.components.latent_plane.packing import pack
from dashboard.components.latent_plane.sharing import pack_images, pack_marks
from tests.browser import linked
from tests.browser.idle import answered, settle, until
from tests.browser.linked import CODES, LABELS, place_of
from tests.browser.test_linked_planes import marker_of, opened, parameters

GREY = (128, 128, 128)
ERRORS = {"a": np.array([0.1, 0.2, 0.3, 0.4, 0.5]), "b": np.array([0.5, 0.6, 0.7, 0.8, 0.9])}
KL = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
FORM = np.array([0.0, 1.0, 0.0, np.nan, 1.0])
COLUMNS = ("cluster", "column-form", "column-size")


def mounted(page: Page, search: str = "", is_labelled: bool = True) -> Page:
    """Two planes, of which the second has KL and another range of errors, and what they share."""
    page.unroute_all()
    linked.serve_originals(page, [])
    linked.start(page, search)
    classes = linked.CLASSES if is_labelled else ()
    labels = LABELS if is_labelled else None
    shared = pack_images(
        labels=labels,
        count=len(LABELS),
        classes=classes,
        image_shape=(linked.SIDE, linked.SIDE, 1),
        split="test",
        group=linked.GROUP,
        url_names=linked.URL,
        originals=linked.ORIGINALS,
    )
    linked.mount(page, "conductor", "toolbar", shared)
    of_images = {"labels": labels, "classes": classes}
    linked.mount_plane(page, "a", errors=ERRORS["a"], colours=("error", *COLUMNS), **of_images)
    values = {"kl": KL, "density": -KL}
    colours = ("error", "kl", "density", *COLUMNS)
    linked.mount_plane(page, "b", errors=ERRORS["b"], values=values, colours=colours, **of_images)
    bring(page, "shared", clusters_of="Toy a")
    settle(page)
    return page


def bring(page: Page, key: str, **brought) -> None:
    """What Python hands the planes."""
    linked.mount(page, key, "annotations", pack_marks(linked.GROUP, **brought))


@pytest.fixture
def planes(modules: Page) -> Page:
    return mounted(modules)


def choose(page: Page, name: str) -> None:
    page.get_by_test_id("colour-by").select_option(name)
    settle(page)
    page.mouse.move(5, 5)
    settle(page)


def picture(page: Page, name: str) -> np.ndarray:
    """A plane as it is seen, RGB."""
    taken = page.locator(f"#{name} .plane").screenshot()
    return np.array(Image.open(io.BytesIO(taken)).convert("RGB"))


def colours(page: Page, name: str) -> list[tuple[int, ...]]:
    """The colour of each dot of a plane, in the order of the images."""
    box, seen = page.locator(f"#{name} .plane").bounding_box(), picture(page, name)
    at = [place_of(page, name, code) for code in CODES[name]]
    return [tuple(seen[round(y - box["y"]), round(x - box["x"])].tolist()) for x, y in at]


def is_near(a, b, tolerance: int = 6) -> bool:
    """Whether colours are the same: under a dot that is not quite opaque a line of the grid may run."""
    return np.abs(np.subtract(a, b, dtype=int)).max() <= tolerance


def kinds(found: list[tuple[int, ...]]) -> list[int]:
    """For each colour the place of the first that is the same."""
    return [next(k for k, first in enumerate(found) if is_near(first, colour)) for colour in found]


def options(page: Page) -> list[str]:
    return page.get_by_test_id("colour-by").locator("option").all_inner_texts()


def words(page: Page) -> list[str]:
    return page.get_by_test_id("words-legend").locator(".legend-name:visible").all_inner_texts()


# The choice


def test_what_some_plane_has_is_offered_and_clusters_say_of_whose_codes(planes):
    assert options(planes) == ["Class", "Error", "KL", "Density", "Clusters of Toy a", "form", "size"]
    linked.unmount(planes, "b")
    assert options(planes) == ["Class", "Error", "Clusters of Toy a", "form", "size"]


def test_a_choice_goes_to_python_once_and_a_link_restores_it(planes):
    choose(planes, "error")
    until(planes, lambda: linked.states(planes, "view"))
    assert [view["colour"] for view in linked.states(planes, "view")] == ["error"]
    choose(planes, "class")
    until(planes, lambda: len(linked.states(planes, "view")) == 2)
    assert linked.states(planes, "view")[-1]["colour"] == ""
    page = mounted(planes, "?colour=error")
    expect(page.get_by_test_id("colour-by")).to_have_value("error")
    page.wait_for_timeout(600)
    assert linked.states(page, "view") == []


def test_another_entry_of_the_history_brings_its_colours_back(planes):
    choose(planes, "error")
    planes.evaluate(
        """() => {
            history.replaceState(null, "", "/?colour=cluster-2");
            dispatchEvent(new PopStateEvent("popstate"));
        }"""
    )
    expect(planes.get_by_test_id("colour-by")).to_have_value("cluster")
    expect(planes.get_by_test_id("cluster-count")).to_have_value("2")
    expect(planes.get_by_test_id("colour-scale")).to_have_text("Not computed yet")


def test_a_link_to_what_no_plane_has_shows_classes(modules):
    page = mounted(modules, "?colour=column-weight")
    expect(page.get_by_test_id("colour-by")).to_have_value("class")
    expect(page.get_by_test_id("colour-scale")).to_be_hidden()


def test_the_choice_has_a_name_and_a_letter_typed_there_seeks_an_entry(planes):
    select = planes.get_by_role("combobox", name="Colour", exact=True)
    select.focus()
    planes.evaluate("() => { window.heard = 0; addEventListener('keydown', () => (heard += 1)); }")
    planes.keyboard.press("E")
    expect(select).to_have_value("error")
    assert planes.evaluate("() => heard") == 0
    said = "Coloured by reconstruction error: mean squared difference per pixel."
    expect(planes.locator("#conductor [data-part=live]")).to_have_text(said)


# Numbers: one scale for all


def test_equal_errors_have_equal_colours_on_every_plane_and_that_is_said(planes):
    choose(planes, "error")
    a, b = colours(planes, "a"), colours(planes, "b")
    assert kinds([*a, *b]) == [0, 1, 2, 3, 4, 4, 6, 7, 8, 9]  # 0.5 on both
    scale = planes.get_by_test_id("colour-scale")
    expect(scale.locator(".scale-ends")).to_have_text("0.10.9")
    expect(scale).to_contain_text("one scale for all planes")
    expect(planes.locator("#conductor [data-part=legend]")).to_be_hidden()


def test_a_plane_that_leaves_takes_its_numbers_from_the_scale(planes):
    choose(planes, "error")
    before = colours(planes, "a")
    linked.unmount(planes, "b")
    settle(planes)
    expect(planes.get_by_test_id("colour-scale").locator(".scale-ends")).to_have_text("0.10.5")
    after = colours(planes, "a")
    assert is_near(before[0], after[0])
    assert not is_near(before[4], after[4], 24)


def test_a_plane_that_comes_later_is_coloured_too(planes):
    choose(planes, "error")
    linked.mount_plane(planes, "c", errors=ERRORS["a"], colours=("error",))
    settle(planes)
    assert is_near(colours(planes, "a"), colours(planes, "c"))


def test_a_plane_without_the_numbers_is_grey_and_says_why(planes):
    choose(planes, "kl")
    assert all(is_near(colour, GREY, 40) for colour in colours(planes, "a"))
    lack = planes.locator("#a [data-part=lack]")
    expect(lack).to_have_text("Grey: no spread of these codes is known here, so no KL.")
    expect(planes.locator("#b [data-part=lack]")).to_be_hidden()
    assert kinds(colours(planes, "b")) == [0, 1, 2, 3, 4]
    choose(planes, "class")
    expect(lack).to_be_hidden()
    assert kinds(colours(planes, "a")) == [0, 1, 2, 1, 0]


def test_numbers_of_one_plane_alone_colour_that_plane_once_they_are_there(planes):
    for name in ("a", "c"):
        linked.mount_plane(planes, name, errors=ERRORS["a"], colours=("error", "kl"))
    choose(planes, "kl")
    lack = planes.locator("#a [data-part=lack]")
    expect(lack).to_have_text("Grey: the KL of each image is not computed yet.")
    before = colours(planes, "b")
    bring(planes, "own", values={"kl": KL + 4}, whose="a")
    settle(planes)
    expect(lack).to_be_hidden()
    expect(planes.locator("#c [data-part=lack]")).to_contain_text("not computed yet")
    a, b = colours(planes, "a"), colours(planes, "b")
    assert kinds([*b, *a]) == [0, 1, 2, 3, 4, 4, 6, 7, 8, 9]  # 5 nats on both
    assert not is_near(b[4], before[4], 24)  # on a scale that now reaches to 9


# Columns and clusters: one image, one colour


def test_every_plane_shows_an_image_in_the_same_colour(planes):
    choose(planes, "column-form")
    expect(planes.get_by_test_id("colour-scale")).to_have_text("On its way")
    assert all(is_near(colour, GREY, 40) for colour in colours(planes, "a"))
    bring(planes, "colours", values={"column-form": FORM}, words={"column-form": ("round", "flat")})
    settle(planes)
    a, b = colours(planes, "a"), colours(planes, "b")
    known = [0, 1, 2, 4]
    assert is_near([a[k] for k in known], [b[k] for k in known])
    assert kinds(a) == [0, 1, 0, 3, 1]
    assert words(planes) == ["round", "flat"]
    expect(planes.get_by_test_id("colour-scale")).to_have_text("1 unknown, drawn faint")
    planes.mouse.move(*place_of(planes, "a", CODES["a"][1] + [0.02, 0]))
    expect(planes.locator("#conductor [data-part=original-known]")).to_have_text("form flat")


def test_a_map_of_some_images_shows_them_in_the_same_colours(planes):
    rows = np.array([4, 1])
    places = {"positions": CODES["c"][rows], "indices": rows, "labels": LABELS[rows]}
    linked.mount_plane(planes, "c", **places, codes=CODES["c"][rows])
    bring(planes, "colours", values={"column-form": FORM}, words={"column-form": ("round", "flat")})
    choose(planes, "column-form")
    seen = picture(planes, "c").reshape(-1, 3).astype(int)
    flat, unseen = (np.array(colours(planes, "a")[k]) for k in (1, 0))
    assert (np.abs(seen - flat).max(1) < 6).sum() > 60
    assert (np.abs(seen - unseen).max(1) < 6).sum() == 0


def test_clusters_are_counted_and_numbered_and_one_is_hidden_in_every_plane(planes):
    choose(planes, "cluster")
    until(planes, lambda: linked.states(planes, "view"))
    assert linked.states(planes, "view")[-1]["colour"] == "cluster-3"  # as many as there are classes
    bring(planes, "colours", values={"cluster-3": np.array([0, 0, 1, 2, 0])})
    settle(planes)
    a, b = colours(planes, "a"), colours(planes, "b")
    assert is_near(a, b)
    assert kinds(a) == [0, 0, 2, 3, 0]
    assert words(planes) == ["1", "2", "3"]
    expect(planes.get_by_test_id("words-legend")).to_have_attribute("aria-label", "Clusters of Toy a")
    expect(planes.get_by_test_id("colour-scale")).to_contain_text("k-means on the codes of Toy a")
    planes.get_by_test_id("words-legend").get_by_role("button").nth(1).click()
    planes.mouse.move(5, 5)
    settle(planes)
    for name in ("a", "b"):
        hidden = colours(planes, name)
        assert not is_near(hidden[2], a[2], 24)
        assert is_near(hidden[:2], a[:2])
    planes.mouse.move(*place_of(planes, "a", CODES["a"][2] + [0.02, 0]))
    settle(planes)
    assert marker_of(planes, "b", "ring") is None  # out of reach
    planes.get_by_test_id("cluster-count").fill("2")
    planes.get_by_test_id("cluster-count").press("Enter")
    until(planes, lambda: linked.states(planes, "view")[-1]["colour"] == "cluster-2")
    bring(planes, "colours", values={"cluster-2": np.array([0, 0, 1, 1, 0])})
    settle(planes)
    assert words(planes) == ["1", "2"]
    assert planes.locator('#conductor .legend-item[aria-pressed="false"]').count() == 0


def test_hidden_classes_stay_hidden_and_can_be_shown_again_whatever_colours_the_dots(planes):
    planes.get_by_test_id("legend-item").nth(1).click()
    choose(planes, "error")
    legend = planes.locator("#conductor [data-part=legend]")
    expect(legend).to_be_visible()
    expect(legend).to_have_class(re.compile("is-neutral"))
    legend.get_by_role("button").nth(1).click()
    settle(planes)
    expect(legend).to_be_hidden()


def test_images_without_labels_open_alike_with_the_choice_beside(modules):
    page = mounted(modules, is_labelled=False)
    assert options(page)[:2] == ["Nothing", "Error"]
    assert kinds(colours(page, "a")) == [0] * 5
    choose(page, "error")
    assert kinds(colours(page, "a")) == [0, 1, 2, 3, 4]


def test_a_dark_page_has_the_scale_the_other_way_round(planes):
    choose(planes, "error")
    bar = planes.locator("#conductor .scale-bar")
    light = bar.get_attribute("style") or ""
    planes.evaluate(
        """() => {
            document.body.style.setProperty("--st-background-color", "#0e1117");
            document.body.style.setProperty("--st-text-color", "#fafafa");
        }"""
    )
    expect(bar).not_to_have_attribute("style", light)
    planes.evaluate("() => document.body.removeAttribute('style')")


def test_what_a_plane_can_be_coloured_by_stands_beside_its_bytes_and_not_in_them():
    about = {"image_shape": (4, 4, 1), "classes": (), "labels": None, "title": "t", "split": "test"}
    plain = pack(codes=CODES["a"], prior="standard_normal", **about)
    assert b"column-size" not in plain


# On the Compare page

SPRITES = "sprites-vae-z2-76e4228f91,sprites-conv_vae-z2-bb3b9c405d"


def test_a_column_of_the_sprites_colours_both_planes_and_back_undoes_it(page, address):
    page.goto(f"{address}/compare?dataset=sprites&runs={SPRITES}")
    page.get_by_test_id("linked-plane").nth(1).wait_for()
    answered(page)
    select = page.get_by_test_id("colour-by")
    expect(select.locator("option")).to_contain_text(["Clusters of Variational autoencoder", "colour"])
    before = [plane.screenshot() for plane in page.get_by_test_id("linked-plane").all()]
    select.select_option("column-colour")
    page.wait_for_url(re.compile("colour=column-colour"))
    names = page.get_by_test_id("words-legend").locator(".legend-name")
    expect(names).to_have_text(["blue", "orange", "green", "purple", "vermilion", "sky blue"])
    answered(page)
    page.wait_for_timeout(500)
    after = [plane.screenshot() for plane in page.get_by_test_id("linked-plane").all()]
    assert all(one != other for one, other in zip(before, after, strict=True))
    page.go_back()
    expect(select).to_have_value("class")
    expect(page.get_by_test_id("words-legend")).to_be_hidden()
    page.go_forward()
    expect(select).to_have_value("column-colour")
    page.get_by_role("link", name="Explore", exact=True).click()
    page.get_by_test_id("latent-plane").wait_for()
    expect(page.get_by_test_id("colour-by")).to_have_value("column-colour")


def test_clusters_come_while_the_page_goes_on_and_the_link_keeps_them(page, address):
    opened(page, f"{address}/compare?dataset=digits")
    page.get_by_test_id("colour-by").select_option("cluster")
    page.wait_for_url(re.compile("colour=cluster-10"))
    expect(page.get_by_test_id("words-legend").locator(".legend-item")).to_have_count(10)
    expect(page.get_by_text("which of 10 clusters its code of Autoencoder lies in")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("words-legend").locator(".legend-item")).to_have_count(10)
    assert parameters(page)["colour"] == "cluster-10"
