"""The track of a run's kept epochs under its plane: small, and there before any of their codes.

It shows equal steps and the losses, and reports where it stands. Once it was touched, the page mounts a
rewind that stands in the plane's place (`components.rewind`); in the browser that takes the track over, so
that dragging and playing need no server. The two meet through the register of `lib/streamlit/bus.js`, by the
run's name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.components.v2 import component

from dashboard.components import BASE_STYLE
from dashboard.components.bundling import bundle

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

FRONTEND = Path(__file__).parent / "frontend"


def epoch_track(
    *,
    name: str,
    epochs: Sequence[int],
    losses: Sequence[float | None],
    loss_name: str,
    total: int,
    note: str,
    at: int | None,
    key: str,
    on_epoch: Callable[[], None],
) -> None:
    """Mount the track.

    Args:
        name: the run's id, by which its rewind finds the track.
        epochs: the kept epochs' numbers, ascending; 0 is the untrained model.
        losses: the test loss at each, None where it is not known.
        loss_name: what the losses are, with their unit.
        total: how many epochs the training has.
        note: what is kept, in a sentence.
        at: the epoch to stand at; None for the last.
        key: the widget key.
        on_epoch: called before the rerun in which `epoch` changed: the number of the epoch at rest.
    """
    known = [None if loss is None or not math.isfinite(loss) else float(loss) for loss in losses]
    about = {"name": name, "epochs": list(map(int, epochs)), "losses": known, "at": at}
    about |= {"loss_name": loss_name, "total": total, "note": note}
    _component()(key=key, data=about, on_epoch_change=on_epoch)


@cache
def _component() -> ComponentRenderer:
    return component(
        "epoch_track",
        html=(FRONTEND / "track.html").read_text("utf-8"),
        css=BASE_STYLE.read_text("utf-8") + (FRONTEND / "track.css").read_text("utf-8"),
        js=bundle(FRONTEND / "entry.js"),
    )
