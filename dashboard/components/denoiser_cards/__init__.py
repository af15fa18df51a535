"""The denoiser cards: what each denoiser makes of the noisy image, while the noise follows the slider.

Models run in the browser, in a Web Worker (`lib/decoder`), and so does the classifier that says what is seen
in an image. Classical filters are shown from a grid of levels that Python worked out. The noisy image comes
from the noise canvas of the same group; they meet through a register in the page (`lib/streamlit/bus.js`).

- `pack_cards`: what Python made of the level that was released last: the cards in order, best first. While
  the noise is another one, a card whose denoiser cannot follow is marked as stale.
- `pack_network`: a model, or the classifier, from image to output. The browser fetches it from the address
  that stands in the cards, once they are painted, and keeps it.
- `pack_grid`: what filters make of the image at a few levels; brought by `denoiser_grid`, after the cards.

All are safetensors; the metadata has one key, `cards`, `network` or `grid`, holding JSON. Only a filter's
parameter comes back, as the state `parameter`: `{"name": "median", "value": 5}`, `null` for the usual one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save
from streamlit.components.v2 import component

from dashboard.components import BASE_STYLE, bundling

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

    from aecore.decoder import Decoder

FRONTEND = Path(__file__).parent / "frontend"
JUDGE = "judge"
"""What the classifier is called among the networks."""


def denoiser_cards(packed: bytes, *, key: str, on_parameter: Callable[[], None]) -> None:
    """Mount the cards.

    Args:
        packed: what `pack_cards` returned.
        key: the widget key.
        on_parameter: called before the rerun in which a filter's parameter was moved.
    """
    _cards()(key=key, data=packed, on_parameter_change=on_parameter)


def denoiser_grid(packed: bytes, *, key: str) -> None:
    """Bring a grid; nothing is shown at this place itself.

    Args:
        packed: what `pack_grid` returned.
        key: the widget key.
    """
    _grid()(key=key, data=packed)


def pack_cards(
    *,
    group: str,
    token: str,
    noise: Mapping[str, Any],
    classes: Sequence[str],
    cards: Sequence[Mapping[str, Any]],
    images: np.ndarray,
    networks: Mapping[str, str],
) -> bytes:
    """Cards for the browser. Pure: equal arguments give equal bytes.

    Args:
        group: the group's name.
        token: names the clean image and the draw of noise, as in `noise_canvas.pack_noise`.
        noise: what was denoised: `kind`, `level`, and `y` and `x` of what covers a place.
        classes: names of the classes that the classifier knows; none where there is no classifier.
        cards: one record each, best first: `name`, `title`, `note`, `role` ("model" or "filter"), `psnr`,
            `ssim`, `milliseconds`, `seen`, `best`, `waits` where its setting is not fitted to this noise yet,
            and `parameter` where a filter has one.
        images: theirs, pixels in [0, 1], shape (n, h, w, c).
        networks: addresses of what `pack_network` returned, by the name of the card, or JUDGE.

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if there are not as many images as cards.
    """
    if images.ndim != 4 or len(images) != len(cards):
        raise ValueError(f"images must have shape ({len(cards)}, h, w, c), not {images.shape}.")
    about = {
        "group": group,
        "token": token,
        "noise": dict(noise),
        "shape": list(images.shape[1:]),
        "classes": list(classes),
        "cards": [dict(card) for card in cards],
        "networks": dict(networks),
    }
    return save({"images": grey_levels(images)}, metadata={"cards": json.dumps(about)})


def pack_network(network: Decoder, *, shape: Sequence[int]) -> bytes:
    """A network for the browser: each tensor in half precision where that loses nothing.

    Args:
        network: its layers and their tensors.
        shape: (c, h, w) of the images that it takes.

    Returns:
        The safetensors buffer. Pure: equal arguments give equal bytes.
    """
    about = {"shape": list(shape), "layers": list(network.layers)}
    tensors = {key: _narrowed(tensor) for key, tensor in network.tensors.items()}
    return save(tensors, metadata={"network": json.dumps(about)})


def pack_grid(
    *,
    group: str,
    token: str,
    noise: Mapping[str, Any],
    levels: Sequence[float],
    names: Sequence[str],
    images: np.ndarray,
) -> bytes:
    """What denoisers make of an image at some levels. Pure: equal arguments give equal bytes.

    Args:
        group: the group's name.
        token: as in `pack_cards`.
        noise: `kind`, and `y` and `x` of what covers a place.
        levels: rising.
        names: of the cards.
        images: pixels in [0, 1], shape (levels, names, h, w, c).

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if there are not as many images as levels and names.
    """
    if images.shape[:2] != (len(levels), len(names)):
        raise ValueError(
            f"images must have shape ({len(levels)}, {len(names)}, h, w, c), not {images.shape}."
        )
    about = {
        "group": group,
        "token": token,
        "noise": dict(noise),
        "levels": list(levels),
        "names": list(names),
    }
    return save({"images": grey_levels(images)}, metadata={"grid": json.dumps(about)})


def grey_levels(images: np.ndarray) -> np.ndarray:
    """Pixels in [0, 1] in 256 steps, uint8, of the same shape; what is no number is black."""
    return np.rint(255 * np.clip(np.nan_to_num(images), 0, 1)).astype(np.uint8)


def _narrowed(tensor: np.ndarray) -> np.ndarray:
    whole = np.ascontiguousarray(tensor, np.float32)
    with np.errstate(over="ignore"):
        half = whole.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), whole) else whole


@cache
def _cards() -> ComponentRenderer:
    return component(
        "denoiser_cards",
        html=(FRONTEND / "cards.html").read_text("utf-8"),
        css=BASE_STYLE.read_text("utf-8") + (FRONTEND / "cards.css").read_text("utf-8"),
        js=bundling.imported(bundle()),
    )


def bundle() -> str:
    """The cards' modules as one; that of the Web Worker becomes the constant `WORKER_SOURCE`."""
    worker = bundling.bundle(FRONTEND / "worker.js")
    return f"\nconst WORKER_SOURCE = {json.dumps(worker)};{bundling.bundle(FRONTEND / 'cards.js')}"


@cache
def _grid() -> ComponentRenderer:
    return component(
        "denoiser_grid",
        html=(FRONTEND / "grid.html").read_text("utf-8"),
        js=bundling.bundle(FRONTEND / "grid.js"),
    )
