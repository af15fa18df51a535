"""Linked planes on an empty page: small linear decoders, whose images are known."""

import base64
from typing import Any

import numpy as np
from playwright.sync_api import Page, Route

from aecore.decoder import Decoder
from dashboard.components.latent_plane import FRONTEND, bundle
from dashboard.components.latent_plane.packing import Originals, pack
from dashboard.components.latent_plane.sharing import pack_images

SIDE = 4
CLASSES = ("circle", "square", "star")
LABELS = np.array([0, 1, 2, 1, 0])
# Far apart: the dots leave free places between them.
CODES = {"a": np.array([[-2, -2], [2, -2], [2, 2], [-2, 2], [1, -1]], np.float32)}
CODES["b"] = 3 * CODES["a"] + np.float32([5, -4])
CODES["c"] = CODES["a"][[3, 0, 4, 2, 1]]
RNG = np.random.default_rng(0)
WEIGHTS = {name: RNG.normal(size=(SIDE * SIDE, 2)).astype(np.float32) / 4 for name in CODES}
PIXELS = RNG.integers(0, 256, (len(LABELS), SIDE, SIDE, 1), dtype=np.uint8)
LAYERS = [
    {"type": "linear", "weight": "decoder.0.weight"},
    {"type": "sigmoid"},
    {"type": "unflatten", "shape": [1, SIDE, SIDE]},
]
URL = {
    "selection": "image",
    "position": "z",
    "source": "at",
    "link": "link",
    "window": "view",
    "hidden": "hide",
    "overlays": "show",
    "condition": "class",
    "colour": "colour",
}
GROUP = "compare"
ROWS = 2
ORIGINALS = Originals("originals/toy/1", ROWS)
MOUNT = """async ([key, html, css, script, packed]) => {
    let place = document.getElementById(key);
    if (!place) {
        place = document.getElementById("planes").appendChild(document.createElement("div"));
        place.id = key;
        place.innerHTML = `<style>${css}</style>${html}`;
    }
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    scripts[script] ??= (await import(url)).default;
    const data = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const setStateValue = (name, value) => states.push([name, value]);
    mounted[key] = scripts[script]({ parentElement: place, data, setStateValue });
}"""
START = """(search) => {
    history.replaceState(null, "", "/" + search);
    document.body.innerHTML = "<div id='planes' style='display: grid; gap: 8px; "
        + "grid-template-columns: 300px 300px 300px'></div>";
    window.scripts ??= {};  // a page imports each once
    Object.assign(window, { states: [], mounted: {} });
}"""
UNMOUNT = """(key) => {
    mounted[key]();
    document.getElementById(key).remove();
}"""


def start(page: Page, search: str = "") -> None:
    """Empty the page, whose address then ends in `search`."""
    page.evaluate("() => Object.values(window.mounted ?? {}).forEach((unmount) => unmount())")
    page.set_viewport_size({"width": 1000, "height": 1000})
    page.evaluate(START, search)


def mount(page: Page, key: str, page_name: str, packed: bytes) -> None:
    """Mount a component, or hand new data to the one that is mounted there."""
    html = (FRONTEND / f"{page_name}.html").read_text("utf-8")
    own = "linked" if page_name == "annotations" else page_name
    css = "".join((FRONTEND / f"{style}.css").read_text("utf-8") for style in ("plane", own))
    page.evaluate(MOUNT, [key, html, css, bundle(page_name), base64.b64encode(packed).decode()])


def unmount(page: Page, key: str) -> None:
    """Take a component off the page."""
    page.evaluate(UNMOUNT, key)


def mount_plane(page: Page, name: str, /, **changed: Any) -> None:
    """Mount the plane of a toy run."""
    mount(page, name, "linked", packed_plane(name, **changed))


def packed_plane(name: str, /, **changed: Any) -> bytes:
    """A toy run as it travels."""
    sound = {
        "codes": CODES[name],
        "labels": LABELS,
        "decoder": Decoder(LAYERS, {"decoder.0.weight": WEIGHTS[name]}),
        "image_shape": (SIDE, SIDE, 1),
        "classes": CLASSES,
        "title": f"Toy · {name}",
        "split": "test",
        "prior": "standard_normal",
        "group": GROUP,
        "name": name,
    }
    return pack(**sound | changed)


def serve_originals(page: Page, served: list[str]) -> None:
    """Answer for the originals of the toy runs, and note in `served` which parts were asked for."""

    def answer(route: Route) -> None:
        number = int(route.request.url.rpartition("/")[2])
        served.append(str(number))
        route.fulfill(body=PIXELS[number * ROWS : (number + 1) * ROWS].tobytes())

    page.route(f"**/{ORIGINALS.address}/*", answer)


def mount_conductor(page: Page, originals: Originals = ORIGINALS) -> None:
    """Mount what the toy runs share."""
    packed = pack_images(
        labels=LABELS,
        count=len(LABELS),
        classes=CLASSES,
        image_shape=(SIDE, SIDE, 1),
        split="test",
        group=GROUP,
        url_names=URL,
        originals=originals,
    )
    mount(page, "conductor", "toolbar", packed)


def decoded(name: str, code: Any) -> np.ndarray:
    """What a toy run's decoder draws, in grey levels."""
    return 255 / (1 + np.exp(-(WEIGHTS[name] @ np.asarray(code, np.float64))))


def shown(page: Page, name: str, part: str = "decoded") -> np.ndarray:
    """What stands on a canvas of a plane, in grey levels."""
    return canvas(page, f"#{name} [data-part={part}]")


def canvas(page: Page, selector: str) -> np.ndarray:
    """The grey levels of a canvas."""
    return np.array(
        page.locator(selector).evaluate(
            "image => Array.from(image.getContext('2d').getImageData(0, 0, image.width, image.height).data)"
            ".filter((_, i) => i % 4 === 0)"
        )
    )


def code_of(page: Page, name: str) -> list[float]:
    """The position written below a plane."""
    return [float(word) for word in page.locator(f"#{name} [data-part=position]").inner_text().split(",")]


def place_of(page: Page, name: str, code: Any, codes: np.ndarray | None = None) -> tuple[float, float]:
    """Where a code stands on the page, by the window that shows every code with a margin of 6 %."""
    box = page.locator(f"#{name} .plane").bounding_box()
    codes = (CODES[name] if codes is None else codes).astype(float)
    low, high = codes.min(0), codes.max(0)
    centre, width = (low + high) / 2, (high - low).max() * 1.12
    x, y = (np.asarray(code, float) - centre) / width
    return box["x"] + box["width"] * (0.5 + x), box["y"] + box["height"] * (0.5 - y)


def marker_of(page: Page, name: str, part: str) -> tuple[float, float] | None:
    """The middle of a plane's marker on the page; None where it is hidden."""
    box = page.locator(f"#{name} [data-part={part}]").bounding_box()
    return box and (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def states(page: Page, name: str) -> list[Any]:
    """What the conductor told Python, in order."""
    return [value for key, value in page.evaluate("() => states") if key == name]
