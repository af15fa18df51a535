"""The frontend's pure modules, each against an oracle in numpy."""

import itertools

import numpy as np
import pytest

from dashboard import state

RNG = np.random.default_rng(0)


def nearest_in_browser(modules, positions, queries, radius, hidden=()):
    return modules.evaluate(
        """async ([positions, queries, radius, hidden]) => {
            const { PositionIndex } = await import("/picking.js");
            const index = new PositionIndex(Float32Array.from(positions));
            const accepts = (i) => !hidden.includes(i);
            return queries.map(([x, y]) => index.nearest(x, y, radius ?? Infinity, accepts));
        }""",
        [positions.ravel().tolist(), queries.tolist(), radius, list(hidden)],
    )


@pytest.mark.parametrize("count", [1, 2, 500])
def test_picking_finds_the_nearest_code_as_a_full_search_does(modules, count):
    positions = RNG.normal(size=(count, 2)).astype(np.float32)
    queries = RNG.normal(size=(200, 2)) * 1.5
    distances = np.linalg.norm(positions[None] - queries[:, None], axis=2)
    expected = np.where(distances.min(1) <= 0.3, distances.argmin(1), -1)
    assert nearest_in_browser(modules, positions, queries, 0.3) == expected.tolist()
    assert nearest_in_browser(modules, positions, queries, None) == distances.argmin(1).tolist()


def test_picking_passes_over_hidden_codes(modules):
    positions = np.array([[0, 0], [1, 0]], np.float32)
    query = np.array([[0.1, 0]])
    assert nearest_in_browser(modules, positions, query, 2.0) == [0]
    assert nearest_in_browser(modules, positions, query, 2.0, hidden=[0]) == [1]
    assert nearest_in_browser(modules, positions, query, 2.0, hidden=[0, 1]) == [-1]


def test_codes_in_one_place_can_still_be_picked(modules):
    assert nearest_in_browser(modules, np.ones((3, 2), np.float32), np.ones((1, 2)), 0.1)[0] in (0, 1, 2)


def test_the_window_maps_to_pixels_and_back_and_zooms_about_the_pointer(modules):
    result = modules.evaluate(
        """async () => {
            const { toScreen, toLatent, zoomAt, panBy } = await import("/geometry.js");
            const view = { cx: 0.7, cy: -1.2, width: 5 }, size = { width: 640, height: 480 };
            const before = toLatent(view, size, 100, 50);
            const zoomed = zoomAt(view, size, 100, 50, 3, { min: 0.01, max: 100 });
            const panned = panBy(view, size, 30, -20);
            return {
                back: toScreen(view, size, ...before), before,
                after: toLatent(zoomed, size, 100, 50), width: zoomed.width,
                carried: toLatent(panned, size, 130, 30),
            };
        }"""
    )
    assert result["back"] == pytest.approx([100, 50])
    assert result["after"] == pytest.approx(result["before"])
    assert result["width"] == pytest.approx(5 / 3)
    assert result["carried"] == pytest.approx(result["before"])


def test_one_scale_holds_for_both_axes_so_that_a_circle_stays_one(modules):
    spans = modules.evaluate(
        """async () => {
            const { fitView, toScreen } = await import("/geometry.js");
            const size = { width: 900, height: 300 };
            const view = fitView([-1, 1], [-4, 4], size);
            const [x0, y0] = toScreen(view, size, 0, 0), [x1, y1] = toScreen(view, size, 1, 1);
            const corners = [toScreen(view, size, -1, -4), toScreen(view, size, 1, 4)];
            return { across: x1 - x0, up: y0 - y1, corners };
        }"""
    )
    assert spans["across"] == pytest.approx(spans["up"])
    assert all(0 <= x <= 900 and 0 <= y <= 300 for x, y in spans["corners"])


def test_a_view_survives_the_way_through_the_address(modules):
    result = modules.evaluate(
        """async (names) => {
            const { readLink, writeLink } = await import("/link.js");
            const about = { count: 10, latentDim: 4, classes: ["a", "b", "c"] };
            const window = { cx: 0.5, cy: -2, width: 3.25 };
            const state = { view: window, axes: [2, 0], hidden: [1, 2], overlays: new Set(["prior"]) };
            const { view, axes, hide, show, condition } = writeLink({ ...state, condition: 2 });
            const query = new URLSearchParams({ view, axes, hide, show, image: "7", class: condition });
            return readLink(`?${query}`, names, about);
        }""",
        state.PLANE_URL,
    )
    assert result == {
        "selection": {"index": 7},
        "view": {"cx": 0.5, "cy": -2, "width": 3.25},
        "axes": [2, 0],
        "hidden": [1, 2],
        "overlays": ["prior"],
        "condition": 2,
    }


@pytest.mark.parametrize(
    "query",
    [
        *["image=10", "image=-1", "z=1", "z=1,x", "view=0,0,0", "axes=1,1", "axes=0,1", "hide=9", "show=all"],
        *["class=1", "class=-1", "class=a"],
    ],
)
def test_what_a_link_cannot_mean_is_left_out(modules, query):
    result = modules.evaluate(
        """async ([query, names]) => {
            const { readLink } = await import("/link.js");
            return readLink(`?${query}`, names, { count: 10, latentDim: 2, classes: ["a"] });
        }""",
        [query, state.PLANE_URL],
    )
    nothing = {"selection": None, "view": None, "axes": None, "hidden": [], "overlays": []}
    assert result == {**nothing, "condition": None}


# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}


def oklab(linear: np.ndarray) -> np.ndarray:
    """Linear sRGB to OKLab (Ottosson 2020)."""
    to_cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.cbrt(np.clip(linear, 0, 1) @ np.array(to_cones).T) @ np.array(to_lab).T


@pytest.mark.parametrize("sight", SIGHT)
def test_ten_class_colours_stay_apart_for_every_kind_of_colour_vision(modules, sight):
    colours = np.array(modules.evaluate("async () => (await import('/palette.js')).classColours(10)"))
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen = oklab(linear @ np.array(SIGHT[sight]).T)
    closest = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert closest > 0.09  # 0.02 is the least difference that is noticed; Okabe-Ito's pairs start at 0.05


def test_the_first_window_leaves_out_the_farthest_codes_as_quantiles_do(modules):
    codes = RNG.standard_cauchy(size=(1000, 3)).astype(np.float32)
    low, high = modules.evaluate(
        """async (codes) => {
            const { columnSpread } = await import("/geometry.js");
            return columnSpread(Float32Array.from(codes), 3, 1, 0.02);
        }""",
        codes.ravel().tolist(),
    )
    ordered = np.sort(codes[:, 1])
    assert [low, high] == pytest.approx([ordered[10], ordered[-11]])
