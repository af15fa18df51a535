"""Several planes, one pointer: on an empty page with toy decoders, and on the Compare page."""

import io
import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from aecore.decoder import Decoder
from aecore.storage.store import RunStore
from benchmarks.harness.server import frames_sent
from dashboard.components.latent_plane.packing import Originals, Sheets
from dashboard.components.latent_plane.sharing import Mark, pack_marks
from tests.browser import linked
from tests.browser.idle import answered, at_rest, settle, until
from tests.browser.linked import CODES, LABELS, PIXELS, code_of, decoded, marker_of, place_of, shown


@pytest.fixture
def planes(modules: Page) -> Page:
    """Two linked planes and their conductor."""
    return mounted(modules)


def mounted(page: Page, search: str = "", order: tuple[str, ...] = ("conductor", "a", "b")) -> Page:
    page.unroute_all()
    linked.serve_originals(page, [])
    linked.start(page, search)
    for key in order:
        if key == "conductor":
            linked.mount_conductor(page)
        else:
            linked.mount_plane(page, key)
    settle(page)
    return page


def point(page: Page, name: str, code) -> None:
    page.mouse.move(*place_of(page, name, code))
    settle(page)


def press(page: Page, text: str) -> None:
    page.locator("#conductor").get_by_role("button", name=text, exact=True).first.click()
    page.mouse.move(5, 5)
    settle(page)


def close(found, expected, tolerance: float = 1.01) -> bool:
    return np.abs(np.asarray(found, float) - np.asarray(expected, float)).max() <= tolerance


# Linked by image


@pytest.mark.parametrize("image", range(len(LABELS)))
def test_pointing_at_a_code_decodes_the_same_image_in_every_plane(planes, image):
    point(planes, "a", CODES["a"][image] + [0.02, 0])
    assert close(shown(planes, "b"), decoded("b", CODES["b"][image]))
    assert close(marker_of(planes, "b", "ring"), place_of(planes, "b", CODES["b"][image]))
    expect(planes.locator("#b [data-part=decoded-caption]")).to_contain_text(f"image {image}")
    assert close(linked.canvas(planes, "#conductor canvas"), PIXELS[image].ravel())


def test_between_codes_only_the_own_plane_decodes(planes):
    before = shown(planes, "b")
    point(planes, "a", [0.0, 0.6])
    assert close(code_of(planes, "a"), [0.0, 0.6], 0.02)
    assert close(shown(planes, "a"), decoded("a", code_of(planes, "a")))
    assert close(shown(planes, "b"), before, 0)
    assert marker_of(planes, "b", "ring") is None


def test_a_pointer_that_leaves_puts_the_others_back(planes):
    planes.mouse.click(*place_of(planes, "a", CODES["a"][1]))
    settle(planes)
    point(planes, "a", CODES["a"][3])
    assert close(shown(planes, "b"), decoded("b", CODES["b"][3]))
    planes.mouse.move(5, 5)
    settle(planes)
    assert close(shown(planes, "b"), decoded("b", CODES["b"][1]))
    assert close(linked.canvas(planes, "#conductor canvas"), PIXELS[1].ravel())


def test_a_chosen_image_stands_in_every_plane_and_goes_to_python_once(planes):
    planes.mouse.click(*place_of(planes, "b", CODES["b"][2]))
    planes.mouse.move(5, 5)
    settle(planes)
    for name in ("a", "b"):
        assert close(marker_of(planes, name, "pin"), place_of(planes, name, CODES[name][2]))
        assert close(
            linked.canvas(planes, f"#{name} [data-part=selected] canvas"), decoded(name, CODES[name][2])
        )
        error = np.mean((PIXELS[2].ravel() / 255 - decoded(name, CODES[name][2]) / 255) ** 2)
        expect(planes.locator(f"#{name} [data-part=selected]")).to_contain_text(f"MSE {error:.4f}")
    assert linked.states(planes, "selection") == [{"index": 2}]


def test_a_position_chosen_in_one_plane_is_no_choice_in_the_others(planes):
    planes.mouse.click(*place_of(planes, "a", [0.0, 0.6]))
    settle(planes)
    assert marker_of(planes, "a", "pin")
    assert marker_of(planes, "b", "pin") is None
    (chosen,) = linked.states(planes, "selection")
    assert chosen["plane"] == "a"
    assert close(chosen["code"], [0.0, 0.6], 0.02)


# Linked by position


def test_dragging_decodes_the_same_z_everywhere_and_tells_python_at_the_end(planes):
    press(planes, "Position")
    before = len(planes.evaluate("() => states"))
    planes.mouse.move(*place_of(planes, "a", [-1.0, 0.5]))
    planes.mouse.down()
    for x in np.linspace(-0.8, 1.0, 12):
        planes.mouse.move(*place_of(planes, "a", [x, 0.5]))
    settle(planes)
    z = code_of(planes, "a")
    assert close(z, [1.0, 0.5], 0.02)
    assert close(code_of(planes, "b"), z, 0.002)
    assert close(shown(planes, "b"), decoded("b", z))
    assert len(planes.evaluate("() => states")) == before
    planes.mouse.up()
    settle(planes)
    chosen = linked.states(planes, "selection")[-1]
    assert chosen == {"code": pytest.approx(z, abs=1e-3), "plane": "a"}


def test_scaled_positions_count_in_each_models_own_spread(planes):
    press(planes, "Scaled")
    point(planes, "a", [0.4, 0.9])
    z = np.array(code_of(planes, "a"))
    assert close(code_of(planes, "b"), 3 * z + [5, -4], 0.005)  # the codes of b are those of a, so stretched
    point(planes, "b", 3 * z + [5, -4])
    assert close(code_of(planes, "a"), z, 0.02)


def test_the_moments_and_the_scaling_are_numpys(modules):
    codes = np.random.default_rng(1).normal(3, 2, (40, 2)).astype(np.float32)
    found = modules.evaluate(
        """async ([codes, position]) => {
            const { moments, translated } = await import("/lib/streamlit/bus.js");
            const from = moments(Float32Array.from(codes));
            const to = { mean: [1, -1], std: [2, 0.5] };
            const still = { mean: [1, -1], std: [0, 0] };
            const ways = [["scaled", from], ["position", from], ["scaled", still]];
            return [from, ...ways.map(([link, source]) => translated(position, link, source, to))];
        }""",
        [codes.ravel().tolist(), [2.0, 5.0]],
    )
    mean, std = codes.astype(float).mean(0), codes.astype(float).std(0)
    assert found[0]["mean"] == pytest.approx(mean)
    assert found[0]["std"] == pytest.approx(std)
    assert found[1] == pytest.approx([1, -1] + np.array([2, 0.5]) * ([2, 5] - mean) / std)
    assert found[2] == [2, 5]
    assert found[3] == [1, -1]


def test_the_arrow_keys_move_every_plane(planes):
    press(planes, "Position")
    planes.locator("#a .plane").focus()
    before = code_of(planes, "b")
    planes.keyboard.press("Shift+ArrowRight")
    settle(planes)
    assert code_of(planes, "b")[0] > before[0] + 0.1
    assert close(code_of(planes, "b"), code_of(planes, "a"), 0.002)
    planes.keyboard.press("Escape")
    settle(planes)
    assert marker_of(planes, "b", "pin") is None
    assert linked.states(planes, "selection")[-1] is None


def test_another_way_of_linking_gives_the_choice_another_meaning(planes):
    planes.mouse.click(*place_of(planes, "a", CODES["a"][1]))
    settle(planes)
    assert close(code_of(planes, "b"), CODES["b"][1], 0.002)
    press(planes, "Position")
    assert close(code_of(planes, "b"), CODES["a"][1], 0.002)
    press(planes, "Image")
    assert close(code_of(planes, "b"), CODES["b"][1], 0.002)


# What is shared: classes, overlays, windows, links


def test_a_hidden_class_is_hidden_and_out_of_reach_in_every_plane(planes):
    planes.get_by_test_id("legend-item").nth(1).click()
    point(planes, "a", CODES["a"][1] + [0.02, 0])
    assert marker_of(planes, "a", "ring") is None
    assert marker_of(planes, "b", "ring") is None
    settle(planes)
    assert linked.states(planes, "view")[-1]["hide"] == "1"


def test_a_link_restores_how_the_planes_are_linked_and_what_is_chosen_wherever_it_was(modules):
    page = mounted(
        modules, "?link=position&z=0.5,-0.25&at=b&hide=2&show=prior,holes&view=prior", ("a", "conductor", "b")
    )
    assert code_of(page, "b") == [0.5, -0.25]
    assert code_of(page, "a") == [0.5, -0.25]
    pressed = page.locator("#conductor .toolbar button[aria-pressed=true]").all_inner_texts()
    assert pressed == ["Position", "Shared", "Prior", "Holes"]
    assert page.locator("[data-testid=legend-item][aria-pressed=false]").count() == 1
    assert linked.states(page, "selection") == []


@pytest.mark.parametrize("order", [("conductor", "a", "b"), ("a", "b", "conductor"), ("b", "conductor", "a")])
def test_whatever_comes_first_the_linked_image_stands_in_all(modules, order):
    page = mounted(modules, "?image=3", order)
    for name in ("a", "b"):
        assert close(marker_of(page, name, "pin"), place_of(page, name, CODES[name][3]))
    point(page, "b", CODES["b"][0])
    assert close(shown(page, "a"), decoded("a", CODES["a"][0]))


def test_a_plane_that_comes_later_joins_and_one_that_goes_leaves_nothing(planes):
    planes.mouse.click(*place_of(planes, "a", CODES["a"][4]))
    planes.evaluate("() => { window.gone = document.querySelector('#b [data-part=points-place] canvas'); }")
    linked.unmount(planes, "b")
    linked.mount_plane(planes, "c")
    settle(planes)
    assert planes.evaluate("() => gone === document.querySelector('#c [data-part=points-place] canvas')")
    assert close(code_of(planes, "c"), CODES["c"][4], 0.002)
    point(planes, "c", CODES["c"][2])
    assert close(shown(planes, "a"), decoded("a", CODES["a"][2]))


def test_new_data_in_one_place_leave_the_other_planes_as_they_are(planes):
    planes.mouse.click(*place_of(planes, "a", CODES["a"][4]))
    planes.evaluate("() => { window.kept = document.querySelector('#a [data-part=points-place] canvas'); }")
    linked.mount(planes, "b", "linked", linked.packed_plane("c"))
    settle(planes)
    assert planes.evaluate("() => kept === document.querySelector('#a [data-part=points-place] canvas')")
    assert close(shown(planes, "b"), decoded("c", CODES["c"][4]))


def test_thirty_planes_one_after_the_other_leave_no_context_behind(modules):
    said: list[str] = []
    modules.on("console", lambda message: said.append(message.text))
    mounted(modules)
    for _ in range(30):
        linked.unmount(modules, "b")
        linked.mount_plane(modules, "b")
    settle(modules)
    assert not [text for text in said if "Too many active WebGL contexts" in text]


def test_the_priors_window_is_one_scale_for_all(planes):
    press(planes, "Shared")
    middle = {}
    for name in ("a", "b"):
        box = planes.locator(f"#{name} .plane").bounding_box()
        planes.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        settle(planes)
        middle[name] = code_of(planes, name)
    assert close(middle["a"], [0, 0], 0.03)
    assert close(middle["b"], [0, 0], 0.03)
    assert linked.states(planes, "view")[-1]["window"] == "prior"


def test_the_way_through_the_address_changes_nothing(modules):
    state = {
        "link": "scaled",
        "window": "prior",
        "hidden": [1],
        "overlays": ["prior", "holes"],
        "condition": 2,
        "colour": "cluster-4",
    }
    found = modules.evaluate(
        """async ([state, names]) => {
            const { readSharedLink, writeSharedLink } = await import("/latent_plane/frontend/url_state.js");
            const { link, window, hide, show, condition, colour } = writeSharedLink(state);
            const query = new URLSearchParams({ link, view: window, hide, show, class: condition, colour });
            return readSharedLink(`?${query}&z=1,2,3&at=run`, names, { count: 5, classes: ["a", "b", "c"] });
        }""",
        [state, linked.URL],
    )
    assert found == state | {"image": None, "code": [1, 2, 3], "source": "run"}


# Holes


def toy_map(size: int = 8) -> dict[str, np.ndarray]:
    """A hole in the upper right quarter, and no way back in the left half."""
    centres = np.linspace(-2, 2, size).astype(np.float32)
    holes = np.zeros((size, size), bool)
    holes[size // 2 :, size // 2 :] = True
    error = np.zeros((size, size), np.float32)
    error[:, : size // 2] = 3
    return {"x": centres, "y": centres, "holes": holes, "cycle_error": error}


def colours_around(page: Page, name: str, code) -> np.ndarray:
    """The colours, RGBA, of the layer under the dots, 9 by 9 px around a code."""
    place = place_of(page, name, code)
    return np.array(
        page.locator(f"#{name} [data-part=under]").evaluate(
            """(canvas, [x, y]) => {
                const box = canvas.getBoundingClientRect();
                const scale = canvas.width / box.width;
                const at = [(x - box.x) * scale - 4, (y - box.y) * scale - 4];
                return Array.from(canvas.getContext("2d").getImageData(...at, 9, 9).data);
            }""",
            list(place),
        )
    ).reshape(-1, 4)


def test_holes_are_hatched_and_lost_ways_shaded_where_the_map_says(planes):
    linked.mount(planes, "marks", "annotations", pack_marks("compare", holes={"a": toy_map()}))
    expect(planes.get_by_test_id("holes-legend")).to_be_hidden()
    press(planes, "Holes")
    expect(planes.get_by_test_id("holes-legend")).to_be_visible()
    vermilion = np.array([0xD5, 0x5E, 0x00])
    sky = np.array([0x56, 0xB4, 0xE9])

    def share(code, colour) -> float:
        seen = colours_around(planes, "a", code)
        return float(np.mean((np.abs(seen[:, :3] - colour).max(1) < 40) & (seen[:, 3] > 60)))

    assert share([1.1, 0.9], vermilion) > 0.1
    assert share([1.1, -0.9], vermilion) == 0
    assert share([-1.1, -0.9], sky) > 0.9
    assert share([1.1, -0.9], sky) == 0
    expect(planes.locator("#b [data-part=note]")).to_contain_text("is not here yet")
    press(planes, "Holes")
    assert share([1.1, 0.9], vermilion) == 0


def test_the_hatched_area_and_its_outline_are_those_of_the_cells(modules):
    holes = np.random.default_rng(2).random((7, 7)) < 0.4
    boxes, edges = modules.evaluate(
        """async (holes) => {
            const { holeBoxes, holeEdges } = await import("/latent_plane/frontend/holes.js");
            const map = { size: 7, x: [0.5, 6.5], y: [0.5, 6.5], holes };
            return [holeBoxes(map), holeEdges(map)];
        }""",
        holes.ravel().astype(int).tolist(),
    )
    covered = np.zeros((7, 7), int)
    for box in boxes:
        covered[round(box["bottom"]), round(box["left"]) : round(box["right"])] += 1
    assert (covered == holes).all()
    padded = np.pad(holes.astype(int), 1)
    assert len(edges) == np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()


# Marks


def test_a_mark_is_a_star_with_its_posterior_and_is_decoded(planes):
    mark = Mark("b", np.array([8.0, -1.0]), np.array([1.5, 0.5]), "Your drawing")
    linked.mount(planes, "marks", "annotations", pack_marks("compare", [mark]))
    settle(planes)
    assert close(linked.canvas(planes, "#b [data-part=marked] canvas"), decoded("b", mark.code))
    expect(planes.locator("#b [data-part=marked]")).to_contain_text("Your drawing")
    expect(planes.locator("#a [data-part=marked]")).to_be_hidden()
    opacity = """([x, y]) => {
        const canvas = document.querySelector("#b [data-part=over]");
        const box = canvas.getBoundingClientRect();
        const scale = canvas.width / box.width;
        return canvas.getContext("2d").getImageData((x - box.x) * scale, (y - box.y) * scale, 1, 1).data[3];
    }"""
    for code in ([8, -1], [8 + 2 * 1.5, -1], [8, -1 - 2 * 0.5]):
        assert planes.evaluate(opacity, list(place_of(planes, "b", code))) > 100, code
    assert planes.evaluate(opacity, list(place_of(planes, "b", [8 + 1.9, -1 + 0.95]))) == 0
    linked.unmount(planes, "marks")
    expect(planes.locator("#b [data-part=marked]")).to_be_hidden()


def test_a_mark_outside_the_window_is_named(planes):
    mark = Mark("a", np.array([40.0, 0.0]), None, "Your drawing")
    linked.mount(planes, "marks", "annotations", pack_marks("compare", [mark]))
    expect(planes.locator("#a [data-part=note]")).to_contain_text("Your drawing lies outside this window.")


def test_a_mark_lies_on_a_plane_by_itself_too(modules):
    linked.start(modules)
    linked.mount(modules, "alone", "plane", linked.packed_plane("a", group="explore"))
    own = np.linspace(0, 1, linked.SIDE**2, dtype=np.float32).reshape(linked.SIDE, linked.SIDE, 1)
    mark = Mark("a", np.array([1.0, 0.5]), None, "Your drawing", image=own)
    linked.mount(modules, "marks", "annotations", pack_marks("explore", [mark]))
    settle(modules)
    beside = modules.locator("#alone [data-part=selected]")
    expect(beside).to_contain_text("Your drawing")
    assert close(linked.canvas(modules, "#alone figure:nth-child(1) canvas"), 255 * own.ravel())
    assert close(linked.canvas(modules, "#alone figure:nth-child(2) canvas"), decoded("a", mark.code))
    expect(modules.locator("#alone [data-part=over]")).to_be_visible()
    linked.unmount(modules, "marks")
    expect(beside).not_to_contain_text("Your drawing")
    expect(modules.locator("#alone [data-part=over]")).to_be_hidden()


def test_marks_of_several_places_add_up_and_a_code_of_another_length_is_left_out(planes):
    first = Mark("a", np.array([0.0, 1.0]), None, "First")
    linked.mount(planes, "one", "annotations", pack_marks("compare", [first]))
    more = [Mark("a", np.array([1.0, 1.0]), None, "Second"), Mark("a", np.zeros(3), None, "Third")]
    linked.mount(planes, "two", "annotations", pack_marks("compare", more))
    settle(planes)
    assert planes.locator("#a [data-part=marked] figcaption").all_inner_texts() == [
        "First\nreconstruction",
        "Second\nreconstruction",
    ]


def test_the_ellipse_is_two_standard_deviations_on_the_shown_axes(modules):
    found = modules.evaluate(
        """async () => {
            const { ellipseOf } = await import("/latent_plane/frontend/marks.js");
            const [view, size] = [{ cx: 1, cy: 0, width: 10 }, { width: 200, height: 100 }];
            const mark = { code: [9, 2, -1], spread: [9, 0.5, 0.25] };
            const bare = { ...mark, spread: null };
            return [ellipseOf(mark, view, size, [1, 2]), ellipseOf(bare, view, size, [2, -1])];
        }"""
    )
    assert found == [
        {"x": 120, "y": 70, "radiusX": 20, "radiusY": 10},
        {"x": 60, "y": 50, "radiusX": 0, "radiusY": 0},
    ]


# Python asks


def asked(page: Page, image: int | None) -> None:
    linked.mount(page, "marks", "annotations", pack_marks("compare", image=image))
    settle(page)


def test_python_can_ask_for_an_image_and_its_echo_is_not_taken_for_a_wish(planes):
    asked(planes, None)
    asked(planes, 3)
    assert close(code_of(planes, "b"), CODES["b"][3], 0.002)
    planes.mouse.click(*place_of(planes, "a", CODES["a"][1]))
    settle(planes)
    planes.mouse.click(*place_of(planes, "a", CODES["a"][2]))
    planes.mouse.move(5, 5)
    settle(planes)
    asked(planes, 1)  # the rerun of the first click comes late
    assert close(code_of(planes, "b"), CODES["b"][2], 0.002)
    asked(planes, 2)
    asked(planes, 0)
    assert close(code_of(planes, "b"), CODES["b"][0], 0.002)


# Projections


def test_a_projection_shares_images_and_decodes_nothing_between_them(planes):
    rows = np.array([4, 2, 0])
    corners = np.array([[0, 0], [10, 0], [0, 10]], np.float32)
    subset = {"codes": CODES["c"][rows], "labels": LABELS[rows], "positions": corners, "indices": rows}
    linked.mount_plane(planes, "c", **subset)
    settle(planes)

    def at(x: float, y: float) -> tuple[float, float]:
        box = planes.locator("#c .plane").bounding_box()
        scale = box["width"] / 11.2
        return box["x"] + (x + 0.6) * scale, box["y"] + (10.6 - y) * scale

    planes.mouse.move(*at(10, 0))
    settle(planes)
    assert close(shown(planes, "a"), decoded("a", CODES["a"][2]))
    assert close(shown(planes, "c"), decoded("c", CODES["c"][2]))
    planes.mouse.move(*at(5, 5))
    settle(planes)
    assert marker_of(planes, "c", "cursor") is None
    planes.mouse.click(*place_of(planes, "a", CODES["a"][4]))
    settle(planes)
    assert close(marker_of(planes, "c", "pin"), at(0, 0))
    planes.mouse.click(*place_of(planes, "a", CODES["a"][1]))  # not among the projected
    settle(planes)
    assert marker_of(planes, "c", "pin") is None


def test_a_mark_on_a_projection_stands_where_it_was_placed(planes):
    linked.mount_plane(planes, "c", positions=CODES["c"] * 2, name="c-map")
    mark = Mark("c-map", np.array([0.0, 1.0]), None, "Your image")
    linked.mount(planes, "marks", "annotations", pack_marks("compare", [mark]))
    settle(planes)
    expect(planes.locator("#c [data-part=over]")).to_be_visible()
    expect(planes.locator("#c [data-part=marked]")).to_be_hidden()


def test_a_projection_without_a_decoder_shows_the_original(planes):
    bare = {"codes": None, "decoder": None, "prior": None}
    linked.mount_plane(planes, "c", **bare, positions=CODES["c"])
    planes.mouse.click(*place_of(planes, "c", CODES["c"][3]))
    settle(planes)
    assert close(linked.canvas(planes, "#c [data-part=selected] canvas"), PIXELS[3].ravel())
    expect(planes.locator("#c [data-part=decoded]")).to_be_hidden()
    assert close(code_of(planes, "a"), CODES["a"][3], 0.002)


# Decoders that are given a class


def test_one_choice_of_class_holds_for_every_conditional_plane(planes):
    expect(planes.get_by_test_id("shared-class")).to_be_hidden()
    weight = np.random.default_rng(3).normal(size=(16, 5)).astype(np.float32)
    layers = [{"type": "condition", "classes": 3}, *linked.LAYERS]
    given = {"decoder": Decoder(layers, {"decoder.0.weight": weight}), "conditions": LABELS}
    linked.mount_plane(planes, "c", **given)

    def drawn(code, label) -> np.ndarray:
        return 255 / (1 + np.exp(-(weight @ np.array([*code, *np.eye(3)[label]]))))

    point(planes, "a", CODES["a"][2])
    assert close(shown(planes, "c"), drawn(CODES["c"][2], LABELS[2]))
    planes.get_by_test_id("shared-class").select_option("0")
    point(planes, "a", CODES["a"][3])
    assert close(shown(planes, "c"), drawn(CODES["c"][3], 0))
    settle(planes)
    assert linked.states(planes, "view")[-1]["condition"] == "0"
    planes.get_by_test_id("shared-class").select_option("")
    point(planes, "a", CODES["a"][1])
    assert close(shown(planes, "c"), drawn(CODES["c"][1], LABELS[1]))


def test_of_many_dimensions_the_widest_two_are_shown_and_others_can_be_chosen(planes):
    codes = np.stack([CODES["c"][:, 0] / 9, CODES["c"][:, 0], CODES["c"][:, 1] / 9, 2 * CODES["c"][:, 1]], 1)
    weight = np.zeros((16, 4), np.float32)
    linked.mount_plane(planes, "c", codes=codes, decoder=Decoder(linked.LAYERS, {"decoder.0.weight": weight}))
    chosen = planes.locator("#c [data-part=axes] select")
    assert [select.input_value() for select in chosen.all()] == ["1", "3"]
    planes.mouse.move(*place_of(planes, "c", codes[2, [1, 3]] + [0.03, 0], codes[:, [1, 3]]))
    settle(planes)
    assert close(code_of(planes, "c"), codes[2], 0.002)  # two of four numbers would not say which image
    expect(planes.locator("#c [data-part=decoded-caption]")).to_contain_text("image 2")
    chosen.nth(0).select_option("2")
    point(planes, "a", CODES["a"][0])
    assert close(code_of(planes, "c"), codes[0], 0.002)


# On the Compare page


def opened(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_test_id("linked-plane").nth(2).wait_for(timeout=60_000)
    for image in page.get_by_test_id("linked-image").all():
        page.wait_for_function(
            "image => image.getContext('2d').getImageData(0, 0, image.width, image.height)"
            ".data.some((value, i) => i % 4 !== 3 && value > 0)",
            arg=image.element_handle(),
        )
    answered(page)
    page.wait_for_timeout(1000)


def parameters(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def middle(page: Page, plane: int, across: float = 0.5, down: float = 0.5) -> tuple[float, float]:
    box = page.get_by_test_id("linked-plane").nth(plane).bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def test_the_page_opens_with_three_variants_and_a_choice_stands_in_its_address(page, address):
    opened(page, f"{address}/compare")
    page.mouse.click(*middle(page, 1, 0.02, 0.98))
    page.wait_for_url(re.compile(r"[?&](z|image)="))
    page.get_by_test_id("link-by").filter(has_text="scaled").click()
    page.get_by_test_id("shared-overlay").filter(has_text="Prior").click()
    page.get_by_test_id("legend-item").nth(3).click()
    page.wait_for_url(re.compile("hide=3"))
    for part in ("link=scaled", "show=prior"):  # Streamlit changes the address part by part
        page.wait_for_url(re.compile(part))
    left = parameters(page)
    positions = page.get_by_test_id("linked-position").all_inner_texts()
    other = page.context.new_page()
    opened(other, page.url)
    until(other, lambda: other.get_by_test_id("linked-position").all_inner_texts() == positions)
    until(other, lambda: parameters(other) == left)


def test_nothing_goes_to_the_server_while_the_pointer_is_dragged(page, address):
    sent = frames_sent(page)
    opened(page, f"{address}/compare?link=position")
    page.mouse.move(*middle(page, 1, 0.3))
    page.wait_for_timeout(1500)
    before, seen = len(sent), set()
    page.mouse.down()
    for step in range(40):
        page.mouse.move(*middle(page, 1, 0.3 + step / 100))
        if step % 10 == 0:
            seen.add(tuple(page.get_by_test_id("linked-position").all_inner_texts()))
    assert len(sent) == before
    assert len(seen) > 2
    positions = page.get_by_test_id("linked-position")
    until(page, lambda: len(set(positions.all_inner_texts())) == 1)  # a plane may be drawn a frame later
    page.mouse.up()
    page.wait_for_url(re.compile(r"[?&]at=mnist-vae-z2"))


def test_another_run_sends_its_own_bytes_only_and_keeps_the_chosen_image(page, address):
    received: list[int] = []
    fetched: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    page.on("request", lambda asked: fetched.append(asked.url) if "/planes/" in asked.url else None)
    opened(page, f"{address}/compare?image=7")
    names = parameters(page)["runs"].split(",")
    assert len(fetched) == len(names) == 3
    received.clear()
    before = set(fetched)
    page.get_by_role("combobox", name="Runs").click()
    page.keyboard.type("Wasserstein")  # the list draws what is in sight only
    page.get_by_role("option", name=re.compile(r"Wasserstein.* · z=2 ")).click()
    page.get_by_test_id("linked-plane").nth(3).wait_for(timeout=60_000)
    store = RunStore()
    wae = store.open("mnist-wae_mmd-z2")
    until(page, lambda: parameters(page)["runs"].split(",") == [*names, wae.run_id])
    page.wait_for_timeout(1500)
    assert sum(received) < 250_000
    assert [url.split("/")[-2] for url in set(fetched) - before] == [
        wae.run_id
    ]  # the browser keeps the others
    expect(page.get_by_test_id("linked-selected")).to_have_count(4)
    code = ", ".join(f"{value:.3f}" for value in wae.arrays["codes"][7])
    expect(page.get_by_test_id("linked-position").nth(3)).to_have_text(code.replace("-0.000", "0.000"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_telephone_the_planes_stand_below_one_another_in_the_themes_colours(page, address, scheme):
    page.set_viewport_size({"width": 420, "height": 900})
    page.emulate_media(color_scheme=scheme)
    opened(page, f"{address}/compare")
    boxes = [plane.bounding_box() for plane in page.get_by_test_id("linked-plane").all()]
    assert len({box["x"] for box in boxes}) == 1
    assert all(box["width"] > 300 for box in boxes)
    sizes = page.get_by_test_id("stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
    assert sizes[0] <= sizes[1]
    colour = page.get_by_test_id("legend-item").first.evaluate("item => getComputedStyle(item).color")
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    assert (red + green + blue > 384) == (scheme == "dark")


def test_a_finger_drags_in_every_plane(browser: Browser, address):
    context = browser.new_context(viewport={"width": 420, "height": 900}, has_touch=True)
    page = context.new_page()
    opened(page, f"{address}/compare?link=position")
    at_rest(page.get_by_test_id("linked-plane").nth(1))
    page.touchscreen.tap(*middle(page, 1, 0.1, 0.1))
    page.wait_for_url(re.compile(r"[?&](z|image)="))
    assert len(set(page.get_by_test_id("linked-position").all_inner_texts())) == 1
    context.close()


def test_a_broken_link_is_named_and_left_out(page, address):
    opened(page, f"{address}/compare?link=magnet&at=nowhere&view=1,2,3&show=prior,everything")
    for said in ("link='magnet'", "at='nowhere'", "view='1,2,3'", "show='prior,everything'"):
        expect(page.get_by_test_id("stAlert").filter(has_text=said)).to_be_visible()
    assert not {"link", "at", "view", "show"} & set(parameters(page))


# Originals travel when they are wanted


def test_no_original_travels_before_one_is_wanted_and_then_that_one_first(planes):
    served: list[str] = []
    planes.unroute_all()
    linked.serve_originals(planes, served)
    linked.start(planes)
    for key in ("a", "b"):
        linked.mount_plane(planes, key)
    linked.mount_conductor(planes)
    settle(planes)
    assert served == []
    point(planes, "a", CODES["a"][3] + [0.02, 0])
    assert close(linked.canvas(planes, "#conductor canvas"), PIXELS[3].ravel())
    assert served == ["1", "2", "0"]
    point(planes, "b", CODES["b"][0] + [0.02, 0])
    assert len(served) == 3


def test_an_original_that_does_not_come_is_said_and_asked_for_again_later(planes):
    planes.unroute_all()
    planes.route(f"**/{linked.ORIGINALS.address}/*", lambda route: route.fulfill(status=404))
    linked.start(planes)
    linked.mount_plane(planes, "a")
    linked.mount_conductor(planes)
    point(planes, "a", CODES["a"][3] + [0.02, 0])
    notice = planes.locator("#conductor [data-part=original-notice]")
    expect(notice).to_contain_text("could not be loaded")
    planes.unroute_all()
    linked.serve_originals(planes, [])
    planes.mouse.move(5, 5)
    planes.evaluate("() => { performance.now = () => performance.timeOrigin + 1e7; }")  # long afterwards
    point(planes, "a", CODES["a"][3] + [0.02, 0])
    planes.evaluate("() => { delete performance.now; }")
    expect(notice).to_be_empty()
    assert close(linked.canvas(planes, "#conductor canvas"), PIXELS[3].ravel())


# Of many originals thumbnails travel first, and one original at a time

SHEETS = Sheets("thumbnails/toy/1", 4, 2, 2, 2)
MANY = Originals("originals/toy/1-1", 1, SHEETS)
GREYS = np.array([20, 60, 100, 140, 180], np.uint8)
"""Of the toy images' thumbnails, each of one grey."""


def serve_sheets(page: Page, served: list[str]) -> None:
    def answer(route: Route) -> None:
        number = int(route.request.url.rpartition("/")[2])
        served.append(f"sheet {number}")
        greys = np.zeros(4 if number == 0 else 2, np.uint8)
        greys[: len(GREYS[4 * number : 4 * number + 4])] = GREYS[4 * number : 4 * number + 4]
        stream = io.BytesIO()
        Image.fromarray(greys.reshape(-1, 2).repeat(2, 0).repeat(2, 1)).save(stream, "PNG")
        route.fulfill(body=stream.getvalue(), content_type="image/png")

    page.route(f"**/{SHEETS.address}/*", answer)


def test_a_thumbnail_stands_for_an_original_until_that_has_come(planes):
    held: list[Route] = []
    planes.unroute_all()
    serve_sheets(planes, [])
    planes.route(f"**/{MANY.address}/*", lambda route: held.append(route))  # noqa: PLW0108
    linked.start(planes)
    linked.mount_plane(planes, "a")
    linked.mount_conductor(planes, MANY)
    planes.mouse.move(*place_of(planes, "a", CODES["a"][3] + [0.02, 0]))
    notice = planes.locator("#conductor [data-part=original-notice]")
    expect(notice).to_contain_text("This is its thumbnail")
    assert close(linked.canvas(planes, "#conductor canvas"), np.full(16, GREYS[3]))
    captions = planes.locator("#a [data-part=card] figcaption")
    expect(captions).to_have_text(["thumbnail", "reconstruction"])
    assert [route.request.url.rpartition("/")[2] for route in held] == ["3"]
    held[0].fulfill(body=PIXELS[3].tobytes())
    expect(captions).to_have_text(["original", "reconstruction"])
    expect(notice).to_be_empty()
    assert close(linked.canvas(planes, "#conductor canvas"), PIXELS[3].ravel())


def test_images_in_place_of_dots_are_thumbnails_and_no_original_travels_for_them(planes):
    served: list[str] = []
    planes.unroute_all()
    serve_sheets(planes, served)
    planes.route(f"**/{MANY.address}/*", lambda route: served.append("original"))
    linked.start(planes)
    linked.mount_plane(planes, "a")
    linked.mount_conductor(planes, MANY)
    settle(planes)
    assert served == []
    press(planes, "Images")
    until(planes, lambda: len(served) == 2)
    assert served == ["sheet 0", "sheet 1"]


def test_an_original_that_does_not_come_leaves_its_thumbnail_and_says_so(planes):
    planes.unroute_all()
    serve_sheets(planes, [])
    planes.route(f"**/{MANY.address}/*", lambda route: route.fulfill(status=404))
    linked.start(planes)
    linked.mount_plane(planes, "a")
    linked.mount_conductor(planes, MANY)
    point(planes, "a", CODES["a"][2] + [0.02, 0])
    expect(planes.locator("#conductor [data-part=original-notice]")).to_contain_text("this is its thumbnail")
    assert close(linked.canvas(planes, "#conductor canvas"), np.full(16, GREYS[2]))


@pytest.mark.parametrize("body", [b"", PIXELS[2:3].tobytes(), PIXELS.tobytes()])
def test_a_part_of_another_length_is_not_shown(planes, body):
    planes.unroute_all()
    planes.route(f"**/{linked.ORIGINALS.address}/*", lambda route: route.fulfill(body=body))
    linked.start(planes)
    linked.mount_plane(planes, "a")
    linked.mount_conductor(planes)
    point(planes, "a", CODES["a"][3] + [0.02, 0])
    notice = planes.locator("#conductor [data-part=original-notice]")
    expect(notice).to_contain_text("could not be loaded")


def test_a_card_gets_its_original_when_that_comes(planes):
    held: list[Route] = []
    planes.unroute_all()
    planes.route(f"**/{linked.ORIGINALS.address}/*", lambda route: held.append(route))  # noqa: PLW0108
    linked.start(planes)
    linked.mount_plane(planes, "a")
    linked.mount_conductor(planes)
    planes.mouse.move(*place_of(planes, "a", CODES["a"][3] + [0.02, 0]))
    captions = planes.locator("#a [data-part=card] figcaption")
    expect(captions).to_have_text(["reconstruction"])
    (route,) = held
    route.fulfill(body=PIXELS[2:4].tobytes())
    expect(captions).to_have_text(["original", "reconstruction"])
