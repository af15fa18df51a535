"""A rewind on an empty page, whose images are known; and the same by Streamlit, of a training on digits.

`PYTHONPATH=. streamlit run tests/browser/rewinding.py`, with the variable `REWIND_FRAMES` naming a file of
`trained_frames`, shows the kept epochs with every second decoder missing, so that the page asks for
them; with `?mode=live` one epoch after the other, as a training does.
"""

import base64
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from playwright.sync_api import Page

from aecore.decoder import Decoder
from aecore.storage.replay import kept_epochs
from benchmarks.harness.server import free_port, serving
from dashboard.components import bundling, latent_plane
from dashboard.components import rewind as component
from dashboard.components.rewind import pack_decoder, pack_rewind

ROOT = Path(__file__).resolve().parents[2]
SIDE = 4
CLASSES = ("circle", "square", "star")
EPOCHS = (0, 1, 2, 4, 8)
COUNT = 60
RNG = np.random.default_rng(0)
LABELS = np.arange(COUNT) % 3
# From a cloud at the centre outwards, each class to a side of its own.
_ENDS = RNG.normal(size=(COUNT, 2)) + 5 * np.array([[-1, 0], [1, 0], [0, 1]])[LABELS]
CODES = [(_ENDS * share).astype(np.float32) for share in (0.02, 0.2, 0.5, 0.8, 1)]
WEIGHTS = {epoch: RNG.normal(size=(SIDE * SIDE, 2)).astype(np.float32) / 3 for epoch in EPOCHS}
BIASES = {epoch: RNG.normal(size=SIDE * SIDE).astype(np.float32) for epoch in EPOCHS}
SHOWN = RNG.integers(0, 256, (len(EPOCHS), 3, SIDE, SIDE, 1), dtype=np.uint8)
ORIGINALS = RNG.integers(0, 256, (3, SIDE, SIDE, 1), dtype=np.uint8)
LAYERS = [
    {"type": "linear", "weight": "decoder.0.weight", "bias": "decoder.0.bias"},
    {"type": "sigmoid"},
    {"type": "unflatten", "shape": [1, SIDE, SIDE]},
]
NAME = "toy"


def decoder_of(weight: np.ndarray, bias: np.ndarray, *first: dict[str, Any]) -> Decoder:
    """A toy decoder, as `pack_rewind` takes it."""
    return Decoder([*first, *LAYERS], {"decoder.0.weight": weight, "decoder.0.bias": bias})


DECODERS = {epoch: decoder_of(WEIGHTS[epoch], BIASES[epoch]) for epoch in EPOCHS}

MOUNT = """async ([place, html, css, script, packed]) => {
    let parentElement = document.getElementById(place);
    if (!parentElement) {
        parentElement = document.body.appendChild(document.createElement("main"));
        parentElement.id = place;
        parentElement.innerHTML = `<style>${css}</style>${html}`;
    }
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    scripts[script] ??= (await import(url)).default;
    const data = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const setStateValue = (name, value) => states.push([name, value]);
    mounted[place] = scripts[script]({ parentElement, data, setStateValue });
}"""
START = """() => {
    Object.values(window.mounted ?? {}).forEach((unmount) => unmount());
    document.body.innerHTML = "";
    document.body.style.margin = "8px";
    window.scripts ??= {};  // a page imports each once
    Object.assign(window, { states: [], mounted: {} });
}"""


def packed(**changed: Any) -> bytes:
    """The toy training as it travels."""
    sound = {
        "epochs": EPOCHS,
        "codes": CODES,
        "labels": LABELS,
        "classes": CLASSES,
        "image_shape": (SIDE, SIDE, 1),
        "shown": SHOWN,
        "originals": ORIGINALS,
        "decoders": DECODERS,
        "title": "Toy",
        "split": "test",
        "images": [0, 1, 2],
        "name": NAME,
    }
    return pack_rewind(**sound | changed)


def packed_live(epoch: int, **changed: Any) -> bytes:
    """One epoch of the toy training, as a live one sends it."""
    f = EPOCHS.index(epoch)
    alone = {"epochs": [epoch], "codes": [CODES[f]], "shown": SHOWN[f : f + 1], "is_live": True}
    return packed(**alone | {"decoders": {epoch: DECODERS[epoch]}, "total_epochs": EPOCHS[-1]} | changed)


def start(page: Page, width: int = 1100) -> None:
    """Empty the page."""
    page.evaluate(START)
    page.set_viewport_size({"width": width, "height": 1100})


def mount(page: Page, sent: bytes) -> None:
    """Mount the rewind, or hand new data to the one that is mounted, and wait until it is drawn."""
    css = (latent_plane.FRONTEND / "plane.css").read_text("utf-8")
    css += (component.FRONTEND / "rewind.css").read_text("utf-8")
    html = (component.FRONTEND / "rewind.html").read_text("utf-8")
    page.evaluate(MOUNT, ["rewind", html, css, component.bundle(), base64.b64encode(sent).decode()])
    next_frames(page)


def bring(page: Page, sent: bytes) -> None:
    """Mount a decoder, as Python's answer does, in place of the one before."""
    html = (component.FRONTEND / "decoder.html").read_text("utf-8")
    script = bundling.bundle(component.FRONTEND / "decoder_entry.js")
    page.evaluate(MOUNT, ["bringing", html, "", script, base64.b64encode(sent).decode()])
    next_frames(page)


def next_frames(page: Page) -> None:
    """Let what was asked for be drawn: a frame to ask in, the worker's answer, and a frame to show it."""
    page.evaluate(
        """async () => {
            const frame = () => new Promise(requestAnimationFrame);
            for (let round = 0; round < 2; round++) {
                await frame();
                await pause(60);
                while (isDecoding()) await frame();
            }
        }"""
    )


def drawn(weight: np.ndarray, bias: np.ndarray, code: Any) -> np.ndarray:
    """What a toy decoder draws, in grey levels."""
    return 255 / (1 + np.exp(-(weight.astype(np.float64) @ np.asarray(code, np.float64) + bias)))


def decoded(epoch: int, code: Any) -> np.ndarray:
    """What the toy decoder of an epoch draws, in grey levels."""
    return drawn(WEIGHTS[epoch], BIASES[epoch], code)


def image(page: Page, selector: str = "[data-part=decoded]") -> np.ndarray:
    """The grey levels of a canvas."""
    return np.array(
        page.locator(selector).evaluate(
            "image => Array.from(image.getContext('2d').getImageData(0, 0, image.width, image.height).data)"
            ".filter((_, i) => i % 4 === 0)"
        )
    )


def place_of(page: Page, place: Any, codes: np.ndarray) -> tuple[float, float]:
    """Where a code stands on the page, by the window around `codes` with its margin of 6 %."""
    box = page.get_by_test_id("rewind-plane").bounding_box()
    low, high = codes.astype(float).min(0), codes.astype(float).max(0)
    span = (high - low) * 1.12
    width = max(span[0], span[1] * box["width"] / box["height"])
    x, y = (np.asarray(place, float) - (low + high) / 2) / width * box["width"]
    return box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 - y


def code_shown(page: Page) -> list[float]:
    """The code written beside the decoded image."""
    return [float(word) for word in page.get_by_test_id("rewind-position").inner_text().split(",")]


def epoch_shown(page: Page) -> int:
    """The epoch that the figure says it shows."""
    return int(page.get_by_test_id("rewind-epoch").inner_text().split()[1].strip(","))


def asked(page: Page) -> list[int]:
    """The epochs whose decoders were asked for, in order."""
    return [value for name, value in page.evaluate("states") if name == "epoch"]


# A training on digits


def trained_frames(file: Path, variant: str = "vae", epochs: int = 60, latent_dim: int = 2) -> None:
    """Train on digits and keep thirteen epochs as arrays, from the untrained model on.

    Args:
        file: where to write them, .npz.
        variant: what to train.
        epochs: how long.
        latent_dim: length of a code.
    """
    import torch

    from aecore import datasets
    from aecore.models import build, export, inference, variants
    from aecore.training import loop

    config = variants.configure(variant, "digits", latent_dim=latent_dim, epochs=epochs)
    images = datasets.load_images("digits", "test")
    model = build.build_model(config, images.pixels.shape[1:])
    cpu = torch.device("cpu")
    train, test = (inference.on_device(datasets.load_images("digits", s), cpu) for s in ("train", "test"))
    arrays = {"labels": images.labels, "pixels": images.pixels}
    chosen = [int(np.flatnonzero(images.labels == k)[0]) for k in range(8)]
    arrays["images"] = np.array(chosen)

    def keep(epoch: int) -> None:
        codes = inference.encode(model, test).mean.numpy()
        own = images.labels if model.is_conditional else None
        decoded = inference.decode(model, codes, own)
        arrays[f"{epoch}/codes"] = codes
        arrays[f"{epoch}/shown"] = (decoded[chosen] * 255).round().astype(np.uint8)
        arrays[f"{epoch}/error"] = np.float64(((decoded - images.pixels / 255) ** 2).mean())
        for name, tensor in model.state_dict().items():
            arrays[f"{epoch}/decoder/{name}"] = tensor.numpy().copy()

    keep(0)
    kept = kept_epochs(epochs, 13)
    for epoch in loop.train_epochs(model, config, train, test):
        if epoch.number in kept:
            keep(epoch.number)
    arrays["layers"] = np.frombuffer(json.dumps(export.decoder_layers(model)).encode(), np.uint8)
    arrays["is_conditional"] = np.array(model.is_conditional)
    np.savez(file, **arrays)


def read_frames(file: Path) -> dict[str, Any]:
    """What `trained_frames` wrote, as `pack_rewind` takes it, with the decoders of all epochs."""
    with np.load(file) as stored:
        found = {name: stored[name] for name in stored.files}
    epochs = sorted(int(name.partition("/")[0]) for name in found if name.endswith("/codes"))
    layers = json.loads(found["layers"].tobytes())
    weights = {
        epoch: {
            name.removeprefix(f"{epoch}/decoder/"): array
            for name, array in found.items()
            if name.startswith(f"{epoch}/decoder/")
        }
        for epoch in epochs
    }
    return {
        "epochs": epochs,
        "codes": [found[f"{epoch}/codes"] for epoch in epochs],
        "labels": found["labels"],
        "classes": [str(k) for k in range(10)],
        "image_shape": found["pixels"].shape[1:],
        "shown": np.stack([found[f"{epoch}/shown"] for epoch in epochs]),
        "originals": found["pixels"][found["images"]],
        "decoders": {epoch: Decoder(layers, weights[epoch]) for epoch in epochs},
        "title": "Digits · VAE",
        "split": "test",
        "images": found["images"].tolist(),
        "test_losses": [float(found[f"{epoch}/error"]) for epoch in epochs],
        "loss_name": "test MSE per pixel",
        "conditions": found["labels"] if found["is_conditional"] else None,
        "name": "digits",
    }


@contextmanager
def served(log: Path, frames: Path, port: int | None = None) -> Iterator[str]:
    """Serve this file by Streamlit.

    Args:
        log: file for what the server prints.
        frames: a file of `trained_frames`.
        port: a free one if not given.

    Yields:
        str: its address.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", __file__]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port), "--server.headless", "true"]
    # Streamlit puts the script's own folder on the path, not the repository's root.
    environment = os.environ | {"REWIND_FRAMES": str(frames), "PYTHONPATH": str(ROOT)}
    folder = ROOT / "dashboard"  # whose settings count here too
    with serving(command, port, log, folder, environment) as address:
        yield address


def show() -> None:
    """The Streamlit page."""
    st.set_page_config(layout="wide")
    frames = read_frames(Path(os.environ["REWIND_FRAMES"]))
    if st.query_params.get("mode") == "live":
        show_live(frames)
    else:
        show_rewind(frames)


def show_rewind(frames: dict[str, Any]) -> None:
    """The kept epochs, the decoders of odd ones on request; what was asked for is written below."""
    decoders = frames["decoders"]
    early = {epoch: decoder for epoch, decoder in decoders.items() if epoch % 2 == 0}
    error = [0.004 if epoch % 2 else None for epoch in frames["epochs"]]
    packed_frames = pack_rewind(**frames | {"decoders": early, "decoder_error": error})
    asked = component.rewind(packed_frames, key="rewind").epoch
    if asked is not None:
        component.rewind_decoder(pack_decoder(asked, decoders[asked], frames["name"]), key="decoder")
    st.text(f"asked: {asked}")


@st.fragment
def show_live(frames: dict[str, Any]) -> None:
    """The newest epoch; the button is the training."""
    f = st.session_state.setdefault("f", 0)
    last = len(frames["epochs"]) - 1
    if st.button("Next epoch") and f < last:
        f = st.session_state["f"] = f + 1
    epoch = frames["epochs"][f]
    alone = {part: frames[part][f : f + 1] for part in ("epochs", "codes", "shown", "test_losses")}
    newest = {
        "decoders": {epoch: frames["decoders"][epoch]},
        "is_live": True,
        "total_epochs": frames["epochs"][-1],
    }
    component.rewind(pack_rewind(**frames | alone | newest), key="live")


if __name__ == "__main__":
    show()
