"""The latent plane over the epochs of a training: a scrubber, a player, and a decoder for each epoch.

Everything runs in the browser (`frontend/`): scrubbing, playing and pointing need no server. Only one
thing comes back, as the state `epoch`: the number of an epoch at rest, or next when playing, whose
decoder the browser lacks. Python answers by mounting `rewind_decoder`; the browser keeps what it got.
The two meet in the page through the register of `lib/streamlit/bus.js`, by their `name`.

    result = rewind(packed, key="rewind")
    if result.epoch is not None:
        rewind_decoder(pack_decoder(result.epoch, decoder, name), key="rewind-decoder")

A live training is packed with `is_live=True`, its newest epoch alone, and mounted again under the same
key at each epoch: what the person does there is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.components.v2 import component

from dashboard.components import bundling, latent_plane
from dashboard.components.rewind.packing import pack_decoder, pack_rewind

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult
    from streamlit.components.v2.types import ComponentRenderer

__all__ = ["pack_decoder", "pack_rewind", "rewind", "rewind_decoder"]

FRONTEND = Path(__file__).parent / "frontend"


def rewind(
    packed: bytes, *, key: str, on_epoch: Callable[[], None] | None = None, in_place: bool = False
) -> ComponentResult:
    """Mount the plane of a training, or hand newer data to the one that is mounted.

    Args:
        packed: what `pack_rewind` returned. Equal bytes cost nothing on a rerun.
        key: the widget key; one key per place on the page.
        on_epoch: called before the rerun in which `epoch` changed.
        in_place: whether it was packed to stand in another plane's place.

    Returns:
        The component's result; its `epoch` is the number of an epoch whose decoder the browser asks
        for, or None before it has asked for any.
    """
    return _component(in_place)(key=key, data=packed, on_epoch_change=on_epoch or _nothing)


def rewind_decoder(packed_decoder: bytes, *, key: str) -> None:
    """Bring one more epoch's decoder; nothing is shown at this place itself.

    Args:
        packed_decoder: what `pack_decoder` returned.
        key: the widget key; one key serves one epoch after another.
    """
    _bringer()(key=key, data=packed_decoder)


def _nothing() -> None:
    """A component's state is handed out only where a change of it has a callback."""


@cache
def _component(in_place: bool) -> ComponentRenderer:
    plane, own = latent_plane.FRONTEND, FRONTEND / "rewind.css"
    styles = [plane / "plane.css", own]
    if in_place:
        styles = [plane / "plane.css", plane / "full.css", own, FRONTEND / "in_place.css"]
    return component(
        "rewind_in_place" if in_place else "rewind",
        html=(FRONTEND / "rewind.html").read_text("utf-8"),
        css="\n".join(style.read_text("utf-8") for style in styles),
        js=bundling.imported(bundle()),
    )


@cache
def _bringer() -> ComponentRenderer:
    return component(
        "rewind_decoder",
        html=(FRONTEND / "decoder.html").read_text("utf-8"),
        js=bundling.bundle(FRONTEND / "decoder_entry.js"),
    )


def bundle() -> str:
    """The frontend's modules as one, with those of the latent plane and its worker.

    Returns:
        JavaScript that begins with a newline: Streamlit takes a one-line string for a path.
    """
    worker = bundling.bundle(latent_plane.WORKER)
    return f"\nconst WORKER_SOURCE = {json.dumps(worker)};{bundling.bundle(FRONTEND / 'rewind.js')}"
