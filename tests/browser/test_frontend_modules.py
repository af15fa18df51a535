"""The frontend's pure modules, each against an oracle in numpy."""

import itertools
import math

import numpy as np
import pytest

from dashboard.state import keys, link

RNG = np.random.default_rng(0)


def nearest_in_browser(modules, positions, queries, radius, hidden=()):
    return modules.evaluate(
        """async ([positions, queries, radius, hidden]) => {
            const { PositionIndex } = await import("/lib/scatter/picking.js");
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
            const { toScreen, toLatent, zoomAt, panBy } = await import("/lib/scatter/geometry.js");
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


WINDOW = """async ([ranges, hasPrior]) => {
    const { fitView, isNoise, overNoise } = await import("/lib/scatter/geometry.js");
    const size = { width: 400, height: 400 };
    return [isNoise(ranges, hasPrior), fitView(...overNoise(ranges, hasPrior), size).width];
}"""


@pytest.mark.parametrize(
    ("ranges", "has_prior", "width"),
    [
        ([[-0.05, 0.05], [-0.04, 0.04]], True, 1.12),  # a collapsed VAE, against N(0, I)
        ([[1.85, 1.85002], [-3.0, -2.99999]], False, 0.003 * 1.12),  # constant codes, of rounding
        ([[5.0, 5.0], [0.0, 0.0]], True, 1.12),
    ],
)
def test_noise_around_one_point_is_not_enlarged_to_structure(modules, ranges, has_prior, width):
    is_noise, found = modules.evaluate(WINDOW, [ranges, has_prior])
    assert is_noise
    assert found == pytest.approx(width)


@pytest.mark.parametrize(
    ("ranges", "has_prior"),
    [
        ([[-0.05, 0.05], [-0.04, 0.04]], False),  # an autoencoder chooses its scale itself
        ([[-0.05, 0.05], [-2.0, 2.0]], True),  # one dimension is alive
        ([[-3.0, 3.0], [-3.0, 3.0]], True),
    ],
)
def test_codes_that_reach_somewhere_open_the_window_that_fits_them(modules, ranges, has_prior):
    is_noise, found = modules.evaluate(WINDOW, [ranges, has_prior])
    assert not is_noise
    assert found == pytest.approx(max(high - low for low, high in ranges) * 1.12)


def test_one_scale_holds_for_both_axes_so_that_a_circle_stays_one(modules):
    spans = modules.evaluate(
        """async () => {
            const { fitView, toScreen } = await import("/lib/scatter/geometry.js");
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
            const { readLink, writeLink } = await import("/latent_plane/frontend/url_state.js");
            const about = { count: 10, latentDim: 4, classes: ["a", "b", "c"] };
            const window = { cx: 0.5, cy: -2, width: 3.25 };
            const overlays = new Set(["prior"]);
            const state = { view: window, axes: [2, 0], firstAxes: [0, 1], hidden: [1, 2], overlays };
            const written = writeLink({ ...state, condition: 2, subset: "3,5-6", colour: "kl" });
            const { view, axes, hide, show, condition, subset, colour } = written;
            const others = { image: "7", class: condition, selected: subset, colour };
            const query = new URLSearchParams({ view, axes, hide, show, ...others });
            return readLink(`?${query}`, names, about);
        }""",
        keys.PLANE_URL,
    )
    assert result == {
        "selection": {"index": 7},
        "view": {"cx": 0.5, "cy": -2, "width": 3.25},
        "axes": [2, 0],
        "hidden": [1, 2],
        "overlays": ["prior"],
        "condition": 2,
        "subset": "3,5-6",
        "colour": "kl",
    }


@pytest.mark.parametrize(
    "query",
    [
        *["image=10", "image=-1", "z=1", "z=1,x", "view=0,0,0", "axes=1,1", "axes=0,1", "hide=9", "show=all"],
        *[
            "class=1",
            "class=-1",
            "class=a",
            "view=1e9,0,3e-7",
            "view=0,0,1e-99",
            "view=0,0,1e999",
            "z=1e39,0",
        ],
        *["hide=0,,0", "show=prior,", "image= 1", "image=1&image=11", "z=0x1,0", "z=1, 2", "axes=2,1,2"],
    ],
)
def test_what_a_link_cannot_mean_is_left_out(modules, query):
    result = modules.evaluate(
        """async ([query, names]) => {
            const { readLink } = await import("/latent_plane/frontend/url_state.js");
            return readLink(`?${query}`, names, { count: 10, latentDim: 2, classes: ["a"] });
        }""",
        [query, keys.PLANE_URL],
    )
    nothing = {"selection": None, "view": None, "axes": None, "hidden": [], "overlays": []}
    assert result == {**nothing, "condition": None, "subset": None, "colour": None}


LATENT = {"count": 10, "latentDim": 3, "classes": ["a", "b", "c"]}
MAGNITUDES = [10.0**power for power in (*range(-45, 39, 4), -7, -6, -5, 0, 5, 6, 15, 16, 20, 21, 22)]


def windows():
    """Windows of every size and place that the plane itself can have, wide and narrow, as [cx, cy, width]."""
    for width in (1e-9, 3e-7, 1e-3, 0.77, 5.0, 123.456, 1e6, 3e9, 1e21, 7.6e38):
        for ratio in (0.0, 1.0, -37.5, 12345.678, -1e6, 9.9e8):
            for share in (0.0, 0.3, -1.0):
                centre = [ratio * width, ratio * width * share]
                if max(map(abs, centre)) <= 1e40 and width >= 1e-9 * max(1.0, *map(abs, centre)):
                    yield [*centre, width]


def test_python_and_the_browser_read_what_either_writes_as_the_same_numbers(modules):
    drawn = [
        float(np.float32(sign * m * f)) for m in MAGNITUDES for f in RNG.uniform(1, 9, 4) for sign in (1, -1)
    ]
    codes = np.clip(np.array(drawn)[: len(drawn) // 3 * 3], -3.3e38, 3.3e38).reshape(-1, 3).tolist()
    found = modules.evaluate(
        """async ([codes, windows, names, about, texts]) => {
            const state_ = await import("/latent_plane/frontend/url_state.js");
            const { numberText, readLink, rounded, writeLink } = state_;
            const overlays = new Set(), condition = null;
            const state = { axes: [0, 1], firstAxes: [0, 1], hidden: [], overlays, condition };
            const read = (part, text) => readLink("?" + new URLSearchParams({ [part]: text }), names, about);
            const back = codes.map((code) => code.map(rounded)).map((code) => {
                const text = code.map(numberText).join(",");
                return { code, text, read: read("z", text).selection };
            });
            const views = windows.map(([cx, cy, width]) => {
                const { view } = writeLink({ ...state, view: { cx, cy, width } });
                return { text: view, read: read("view", view).view };
            });
            return { back, views, theirs: texts.map((text) => read("z", text).selection?.code) };
        }""",
        [
            codes,
            list(windows()),
            keys.PLANE_URL,
            LATENT,
            [",".join(map(link.number_text, c)) for c in codes],
        ],
    )

    # A whole number comes over as an int, whose digits are those of its shortest text.
    def floats(values):
        return [float(value) for value in values]

    assert [floats(code) for code in found["theirs"]] == codes
    for place in found["back"]:
        assert floats(place["read"]["code"]) == link.numbers(place["text"], 3) == floats(place["code"])
    for (cx, cy, width), view in zip(windows(), found["views"], strict=True):
        assert link.fits_plane("view", view["text"], 10, 3, 3, 0), view
        assert floats(view["read"].values()) == link.numbers(view["text"], 3)
        assert view["read"] == pytest.approx({"cx": cx, "cy": cy, "width": width}, rel=1e-4, abs=1e-3 * width)
        assert abs(view["read"]["cx"] - cx) <= 1e-3 * width  # a pixel of a plane of a thousand


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ((0.11154321, -0.53881, 4.42791234), "0.1115,-0.5388,4.4279"),
        ((-0.00001, 12345.67891, 4.0), "0,12345.6789,4"),
        ((3.1e9, -1.04e8, 2.5e8), "3100000000,-104000000,250000000"),
    ],
)
def test_a_window_stands_in_the_address_with_the_digits_that_are_seen(modules, window, text):
    found = modules.evaluate(
        """async ([cx, cy, width]) => {
            const { writeLink } = await import("/latent_plane/frontend/url_state.js");
            const state = { axes: [0, 1], firstAxes: [0, 1], hidden: [], overlays: new Set() };
            return writeLink({ ...state, condition: null, view: { cx, cy, width } }).view;
        }""",
        window,
    )
    assert found == text


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-1.0, 1.0, ["−1.0", "−0.5", "0", "0.5", "1.0"]),
        (2.9e9, 3.1e9, ["2.90e9", "2.95e9", "3.00e9", "3.05e9", "3.10e9"]),
        (-2e-5, 2e-5, ["−2e−5", "−1e−5", "0", "1e−5", "2e−5"]),
        (1e9, 1e9 + 1e-7, []),
        (0.0, 0.0, []),
        (0.0, 5e-324, []),
        (-np.inf, 1.0, []),
    ],
)
def test_ticks_end_and_say_what_their_number_is(modules, low, high, expected):
    ask = """async ([low, high]) => {
        const { ticks } = await import("/lib/scatter/geometry.js");
        return ticks(low, high, 4).map((tick) => tick.label);
    }"""
    assert modules.evaluate(ask, [low, high]) == expected


def test_every_window_has_ticks_and_no_label_is_cut_or_touches_another(modules):
    found = modules.evaluate(
        """async (windows) => {
            const { GUTTER, INNER_GUTTER, tickLabels } = await import("/lib/scatter/axes.js");
            const { ticks } = await import("/lib/scatter/geometry.js");
            const pen = document.createElement("canvas").getContext("2d");
            pen.font = "12px sans-serif";
            const widthOf = (text) => pen.measureText(text).width;
            const sizes = [[GUTTER, 640, 480], [INNER_GUTTER, 330, 300], [INNER_GUTTER, 220, 200]];
            return windows.flatMap(([cx, cy, width]) => sizes.map(([gutter, w, h]) => {
                const view = { cx, cy, width }, size = { width: w, height: h };
                const { labels, nameAt } = tickLabels(view, size, ["z₁", "z₂"], gutter, widthOf);
                const boxes = labels.map((label) => {
                    const across = label.isTurned ? 12 : widthOf(label.text);
                    const up = label.isTurned ? widthOf(label.text) : 12;
                    const [x, y] = [label.x - across / 2, label.y - up / 2];
                    return { text: label.text, axis: label.axis, box: [x, y, x + across, y + up] };
                });
                const name = [2 - gutter.left, nameAt - 8, 16 - gutter.left, nameAt + 8];
                boxes.push({ text: "z₂", axis: 1, box: name });
                return { view: [cx, cy, width], gutter, size: [w, h], boxes };
            }));
        }""",
        list(windows()),
    )
    for plane in found:
        width, height = plane["size"]
        gutter = plane["gutter"]
        assert {label["axis"] for label in plane["boxes"][:-1]} == {0, 1}, plane
        for label in plane["boxes"]:
            left, top, right, bottom = label["box"]
            assert -gutter["left"] <= left <= right <= width + gutter["right"], (plane["view"], label)
            name_below = 13 if gutter["bottom"] else 0
            lowest = height + gutter["bottom"] - name_below
            assert -gutter["top"] <= top <= bottom <= lowest, (plane["view"], label)
        for one, other in itertools.combinations(plane["boxes"], 2):
            a, b = one["box"], other["box"]
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, (plane["view"], one, other)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((1, 1), None),
        ((9, 0), (188, 50, 0)),
        ((-9, 0), (12, 50, math.pi)),
        ((0, 40), (100, 12, -math.pi / 2)),
        ((0, -40), (100, 88, math.pi / 2)),
        ((20, 20), (138, 12, -math.pi / 4)),
    ],
)
def test_an_arrow_stands_at_the_edge_in_the_direction_of_what_lies_beyond_it(modules, place, expected):
    ask = """async ([x, y]) => {
        const { beyond } = await import("/lib/scatter/geometry.js");
        const found = beyond({ cx: 0, cy: 0, width: 10 }, { width: 200, height: 100 }, x, y);
        return found && [found.x, found.y, found.angle];
    }"""
    found = modules.evaluate(ask, list(place))
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_window_that_was_told_is_seen_whole_on_a_plane_of_any_shape(modules):
    ask = """async (size) => {
        const { asShown, asTold, visibleBox } = await import("/lib/scatter/geometry.js");
        const told = { cx: 1, cy: 2, width: 4 }, shown = asShown(told, size);
        return [visibleBox(shown, size), asTold(shown, size).width];
    }"""
    for width, height in [(100, 100), (200, 100), (100, 200)]:
        box, width_told = modules.evaluate(ask, {"width": width, "height": height})
        assert box["right"] - box["left"] >= 4
        assert box["top"] - box["bottom"] >= 4
        assert width_told == 4


@pytest.mark.parametrize("scale", [1.0, 3e9, 1e30, 3.4e38])
@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_codes_of_any_finite_size_are_drawn_where_they_lie(modules, scale, offset):
    """Four codes at the corners of a square, `offset` times the square's size away from the origin."""
    corners = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float64)
    codes = (corners / (1 + offset) + offset / (1 + offset)) * scale
    found = modules.evaluate(
        """async (codes) => {
            const { createPointRenderer } = await import("/lib/scatter/points.js");
            const { fitView, reach, toScreen } = await import("/lib/scatter/geometry.js");
            const positions = Float32Array.from(codes), size = { width: 200, height: 200, ratio: 1 };
            const view = fitView(...reach(positions).all, size);
            const canvas = document.createElement("canvas");
            const points = createPointRenderer(canvas, () => {});
            points.setPoints(positions, Int16Array.from([0, 0, 0, 0]));
            const style = { size: 9, opacity: 1, palette: [[1, 0, 0]], hidden: [0], context: [0, 0, 0] };
            const at = (k) => toScreen(view, size, positions[2 * k], positions[2 * k + 1]);
            const places = [0, 1, 2, 3].map(at);
            const drawn = (draw) => {
                draw();
                const copy = new OffscreenCanvas(200, 200).getContext("2d");
                copy.drawImage(canvas, 0, 0);
                return places.map(([x, y]) => copy.getImageData(Math.round(x), Math.round(y), 1, 1).data[3]);
            };
            const set = drawn(() => points.draw(view, size, style));
            points.movePoints(positions.slice());
            return { places, set, moved: drawn(() => points.draw(view, size, style)) };
        }""",
        codes.ravel().tolist(),
    )
    ranges = np.ptp(np.array(found["places"]), axis=0)
    assert ranges == pytest.approx([200 / 1.12] * 2, rel=1e-3)
    assert min(found["set"] + found["moved"]) > 200


def test_a_canvas_that_another_plane_is_done_with_is_blank_and_drawn_as_a_new_one(modules):
    found = modules.evaluate(
        """async () => {
            const { placePoints } = await import("/lib/scatter/points.js");
            const size = { width: 40, height: 40, ratio: 1 }, view = { cx: 0, cy: 0, width: 4 };
            const palette = [[1, 0, 0], [0, 0, 1]];
            const style = { size: 9, opacity: 1, palette, hidden: [0, 0], context: [0, 0, 0] };
            const opacity = (canvas, x) => {
                const copy = new OffscreenCanvas(40, 40).getContext("2d");
                copy.drawImage(canvas, 0, 0);
                return copy.getImageData(x, 20, 1, 1).data[3];
            };
            const places = [1, 2].map(() => document.createElement("div"));
            const first = placePoints(places[0], () => {});
            const { canvas } = first;
            first.setPoints(Float32Array.from([-1, 0]), Int16Array.from([0]));
            first.draw(view, size, style);
            const before = opacity(canvas, 10);
            first.dispose();
            const blank = opacity(canvas, 10);
            const second = placePoints(places[1], () => {});
            second.setPoints(Float32Array.from([1, 0]), Int16Array.from([1]));
            second.draw(view, size, style);
            const after = [opacity(canvas, 10), opacity(canvas, 30)];
            second.dispose();
            const isSame = second.canvas === canvas && canvas.parentNode === places[1];
            return { before, blank, after, isSame };
        }"""
    )
    assert found["before"] > 200
    assert found["blank"] == 0
    assert found["after"][0] == 0
    assert found["after"][1] > 200
    assert found["isSame"]


def test_a_worker_is_handed_on_and_answers_nobody_what_another_has_asked(modules):
    found = modules.evaluate(
        """async () => {
            const { DecoderClient } = await import("/lib/decoder/client.js");
            const source = `
                const later = (answer, ms) => setTimeout(() => postMessage(answer), ms);
                onmessage = ({ data }) => {
                    const { code, type } = data;
                    if (type === "live") later({ type, image: Float32Array.from(code) }, 60);
                    if (type === "rest") later({ type: "rested" }, 90);
                };`;
            const heard = [];
            const client = (name) => {
                const hear = ([number]) => heard.push(`${name} ${number}`);
                return new DecoderClient(source, { latentDim: 1 }, hear, () => {});
            };
            const wait = (ms) => new Promise((done) => setTimeout(done, ms));
            const first = client("first");
            first.decodeNow([1], null, 0);
            first.dispose();
            const second = client("second");
            second.decodeNow([2], null, 0);
            await wait(300);
            const third = client("third");
            third.decodeNow([3], null, 0);
            await wait(200);
            const workers = [second, third].map(({ worker }) => worker === first.worker);
            return { heard, workers };
        }"""
    )
    assert found == {"heard": ["second 2", "third 3"], "workers": [False, True]}


def test_a_worker_that_has_failed_or_does_not_finish_is_not_handed_on(modules):
    found = modules.evaluate(
        """async () => {
            const { DecoderClient } = await import("/lib/decoder/client.js");
            const wait = (ms) => new Promise((done) => setTimeout(done, ms));
            const made = async (source, ms) => {
                const client = () => new DecoderClient(source, { latentDim: 1 }, () => {}, () => {});
                const first = client();
                await wait(200);
                first.dispose();
                await wait(ms);
                return client().worker === first.worker;
            };
            const rests = "onmessage = ({ data }) => data.type === 'rest' && postMessage({ type: 'rested' })";
            const fails = `${rests}; setTimeout(() => { throw new Error("gone"); });`;
            return Promise.all([made(fails, 200), made("onmessage = () => {};", 1300), made(rests, 200)]);
        }"""
    )
    assert found == [False, False, True]


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
    colours = np.array(
        modules.evaluate("async () => (await import('/lib/scatter/palette.js')).classColours(10)")
    )
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen = oklab(linear @ np.array(SIGHT[sight]).T)
    closest = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert closest > 0.09  # 0.02 is the least difference that is noticed; Okabe-Ito's pairs start at 0.05


def test_the_first_window_leaves_out_the_farthest_codes_as_quantiles_do(modules):
    codes = RNG.standard_cauchy(size=(1000, 3)).astype(np.float32)
    low, high = modules.evaluate(
        """async (codes) => {
            const { columnSpread } = await import("/lib/scatter/geometry.js");
            return columnSpread(Float32Array.from(codes), 3, 1, 0.02);
        }""",
        codes.ravel().tolist(),
    )
    ordered = np.sort(codes[:, 1])
    assert [low, high] == pytest.approx([ordered[10], ordered[-11]])


@pytest.mark.parametrize(("height", "width"), [(2, 3), (6, 6), (12, 5)])
def test_a_thumbnail_is_resized_linearly_and_without_its_neighbours(modules, height, width):
    sheet = RNG.integers(0, 256, (8, 10, 4))
    box = sheet[1:5, 2:8, :3] / 255
    found = modules.evaluate(
        """async ([data, shape]) => {
            const { resized } = await import("/lib/ui/pixels.js");
            return Array.from(resized({ data, width: 10 }, { left: 2, top: 1, height: 4, width: 6 }, shape));
        }""",
        [sheet.ravel().tolist(), [height, width, 3]],
    )
    rows = np.clip((np.arange(height) + 0.5) * 4 / height - 0.5, 0, 3)
    columns = np.clip((np.arange(width) + 0.5) * 6 / width - 0.5, 0, 5)
    down = np.array([[np.interp(rows, range(4), box[:, x, k]) for x in range(6)] for k in range(3)])
    expected = [[np.interp(columns, range(6), down[k, :, y]) for y in range(height)] for k in range(3)]
    np.testing.assert_allclose(np.reshape(found, (3, height, width)), expected, atol=1e-6)


def test_a_scale_leaves_out_what_is_not_known_and_writes_years_as_years(modules):
    ends, nothing, colours, texts = modules.evaluate(
        """async () => {
            const { coloursOf, placedText, scaleEnds, UNKNOWN } = await import("/lib/scatter/scale.js");
            const ends = scaleEnds([NaN, 3, 1, NaN, 2]);
            const colours = Array.from(coloursOf([NaN, 1], ends, false).slice(0, 3)).concat(UNKNOWN);
            const text = (value, low, high) => placedText(value, { low, high });
            const texts = [text(1987, 1980, 2004), text(0.1234, 0, 1), text(Math.fround(0.1), 0, 0.2),
                text(359.7, 0, 360), text(5, 5, 5), text(-1e-7, -1e-7, 1e-7)];
            return [ends, scaleEnds([NaN, NaN]), colours, texts];
        }"""
    )
    assert ends == {"low": 1, "high": 3, "isCutBelow": False, "isCutAbove": False}
    assert nothing is None
    assert colours[:3] == colours[3:]
    assert texts == ["1987", "0.12", "0.1", "360", "5", "−1e-7"]
