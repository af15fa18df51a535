"""The noise canvas: an image whose noise follows a slider in the browser, with its PSNR.

The clean image and a draw of noise travel once; the browser applies the level (`corruptions/`, the formulas
of `aecore.corruptions`). Only a release comes back, as the state
`noise`: `{"level": 0.5, "y": 0.5, "x": 0.5}`, with the centre of what covers a place in shares of the
image's height and width.

The packed bytes are safetensors: `image`, `normal` and `uniform`, float32 (h, w, c); the metadata has
one key, `noise`, holding JSON: `kind`, `name` of what the level counts, `minimum`, `maximum`, `step`,
`is_placed`, `start`, the state to begin with, `group`, where others of the page hear of the noisy image as it
moves (`lib/streamlit/bus.js`), and `token`, which names image and draw.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save
from streamlit.components.v2 import component

from aecore.corruptions import Draws, find
from dashboard.components import BASE_STYLE
from dashboard.components.bundling import bundle

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FRONTEND = Path(__file__).parent / "frontend"


def noise_canvas(packed: bytes, *, key: str, on_noise: Callable[[], None]) -> None:
    """Mount the canvas.

    Args:
        packed: what `pack_noise` returned.
        key: the widget key.
        on_noise: called before the rerun in which the level or the centre changed.
    """
    _component()(key=key, data=packed, on_noise_change=on_noise)


def pack_noise(image: np.ndarray, draws: Draws, kind: str, level: float, group: str = "") -> bytes:
    """An image and a draw of noise for the browser. Pure: equal arguments give equal bytes.

    Args:
        image: pixels in [0, 1], shape (h, w, c), c 1 or 3.
        draws: of the image's shape, with one centre.
        kind: the kind of noise, one of `aecore.corruptions.names()`.
        level: where the slider stands.
        group: whoever else of the page is to hear of the noisy image; nobody if empty.

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if the shapes contradict one another.
    """
    arrays = {"image": image, "normal": draws.normal, "uniform": draws.uniform}
    if image.ndim != 3 or image.shape[-1] not in (1, 3):
        raise ValueError(f"image must have shape (h, w, 1 or 3), not {image.shape}.")
    if wrong := [name for name, array in arrays.items() if array.shape != image.shape]:
        raise ValueError(f"{', '.join(wrong)} must have the image's shape {image.shape}.")
    meaning, (y, x) = find(kind), draws.centre
    noise = {
        "kind": kind,
        "name": meaning.level[:1].upper() + meaning.level[1:],
        "minimum": meaning.minimum,
        "maximum": meaning.maximum,
        "step": meaning.step,
        "is_placed": meaning.is_placed,
        "start": {"level": level, "y": y, "x": x},
        "group": group,
        "token": token(image, draws),
    }
    floats = {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}
    return save(floats, metadata={"noise": json.dumps(noise)})


def token(image: np.ndarray, draws: Draws) -> str:
    """A name for an image and a draw of noise, which tells them from others."""
    digest = hashlib.blake2b(digest_size=8)
    for array in (image, draws.normal, draws.uniform):
        digest.update(np.ascontiguousarray(array, np.float32).tobytes())
    return digest.hexdigest()


@cache
def _component() -> ComponentRenderer:
    return component(
        "noise_canvas",
        html=(FRONTEND / "noise.html").read_text("utf-8"),
        css=BASE_STYLE.read_text("utf-8") + (FRONTEND / "noise.css").read_text("utf-8"),
        js=bundle(FRONTEND / "noise.js"),
    )
