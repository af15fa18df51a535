"""The latent plane: pick any latent code, on a dot or between dots, and see it decoded at once.

The plane runs in the browser (`frontend/`): pointer, drawing and the decoder's forward pass need
no server. Only a finished choice comes back, as two states:

- `selection`: `{"index": i}` for a code, `{"code": [...]}` for a position, `None` when cleared;
- `view`: `{"view": "cx,cy,width", "axes": "1,2", "hide": "3,5", "show": "lattice,prior",
  "condition": "7"}`, each empty where it is the default. `condition` is the class that a decoder
  which is given one draws; by default the selected image's own, else the first.

Several small planes of one `group` are linked: one pointer, all decode. They are mounted by
`linked_plane`, one for each run, so that another run sends only its own bytes; what they share by
`plane_conductor`, once; marks and maps of holes by `plane_marks`, anywhere on the page. In the page
they meet through a register (`lib/streamlit/bus.js`), whatever comes first. Only the conductor reports:

- `selection`: `{"index": i}` or `{"code": [...], "plane": name}`, with `plane` beside an index where
  positions are linked; `None` when cleared;
- `view`: `{"link": "position", "window": "prior", "hide": "3,5", "show": "prior,holes",
  "condition": "7", "colour": "cluster-8"}`, likewise.

Nothing but the packed bytes goes to the browser. The plane reads its first state from the page's
address, under the names given to `pack`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamlit.components.v2 import component

from dashboard.components import LIB, bundling
from dashboard.components.latent_plane.packing import Remote, pack
from dashboard.components.latent_plane.sharing import UNASKED, Mark, Way, pack_images, pack_marks

if TYPE_CHECKING:
    import numpy as np
    from streamlit.components.v2.bidi_component import ComponentResult
    from streamlit.components.v2.types import ComponentRenderer

__all__ = [
    "Mark",
    "Remote",
    "Way",
    "latent_plane",
    "linked_plane",
    "pack",
    "pack_images",
    "plane_conductor",
    "plane_marks",
]

FRONTEND = Path(__file__).parent / "frontend"
WORKER = LIB / "decoder" / "worker.js"


def latent_plane(
    packed: bytes | Remote,
    *,
    key: str,
    on_selection: Callable[[], None],
    on_view: Callable[[], None],
) -> ComponentResult:
    """Mount the plane.

    Args:
        packed: what `pack` returned, or where the browser fetches that: then its bytes do not travel with
            the page, and it keeps them.
        key: the widget key; one key per place on the page, whatever run is shown there.
        on_selection: called before the rerun in which `selection` changed.
        on_view: called before the rerun in which `view` changed.

    Returns:
        The component's result; its `selection` and `view` are as in the module's docstring, or
        None before the first change.
    """
    return _component()(
        key=key,
        data=_sent(packed),
        on_selection_change=on_selection,
        on_view_change=on_view,
    )


def _sent(packed: bytes | Remote) -> bytes | dict[str, Any]:
    return packed._asdict() if isinstance(packed, Remote) else packed


def linked_plane(packed: bytes | Remote, *, key: str) -> None:
    """Mount a small plane, or a projection, of a group.

    Args:
        packed: as of `latent_plane`, with a group and a name.
        key: the widget key.
    """
    _component("linked_plane", "linked", ("plane", "linked"))(key=key, data=_sent(packed))


def plane_conductor(
    packed_images: bytes,
    *,
    key: str,
    on_selection: Callable[[], None],
    on_view: Callable[[], None],
) -> ComponentResult:
    """Mount what the planes of a group share: toolbar, legend, the original of the image in question.

    Args:
        packed_images: what `pack_images` returned.
        key: the widget key.
        on_selection: called before the rerun in which `selection` changed.
        on_view: called before the rerun in which `view` changed.

    Returns:
        The component's result; its `selection` and `view` are as in the module's docstring, or
        None before the first change.
    """
    mount = _component("plane_conductor", "toolbar", ("plane", "toolbar"))
    return mount(key=key, data=packed_images, on_selection_change=on_selection, on_view_change=on_view)


def plane_marks(
    group: str,
    *,
    marks: Sequence[Mark] = (),
    holes: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    image: int | None = UNASKED,
    values: Mapping[str, np.ndarray] | None = None,
    words: Mapping[str, Sequence[str]] | None = None,
    ways: Sequence[Way] = (),
    whose: str = "",
    clusters_of: str = "",
    key: str,
) -> None:
    """Lay marks and maps of holes over the planes of a group; nothing is shown at this place itself.

    Several mounts add up.

    Args:
        group: the group's name.
        marks: each a star, decoded in the panel of its plane, and the ellipse of its posterior.
        holes: maps of holes by the plane's name, with the arrays of `aecore.analysis.holes.HolesMap`.
        image: the test image that the group is to choose, as in `pack_marks`.
        values: what dots can be coloured by, likewise.
        words: what values stand for that are indices, likewise.
        ways: each a line through codes, from a ring to a ring.
        whose: the plane that alone the values are of, likewise.
        clusters_of: what the run is called whose codes' clusters all planes show.
        key: the widget key.
    """
    packed = pack_marks(group, marks, holes, image, values, ways, words, whose, clusters_of)
    _component("plane_marks", "annotations", ())(key=key, data=packed)


@cache
def _component(
    name: str = "latent_plane", page: str = "plane", styles: tuple[str, ...] = ("plane", "full", "drawer")
) -> ComponentRenderer:
    return component(
        name,
        html=(FRONTEND / f"{page}.html").read_text("utf-8"),
        css="\n".join((FRONTEND / f"{style}.css").read_text("utf-8") for style in styles),
        js=bundling.imported(bundle(page)),
    )


def bundle(page: str = "plane") -> str:
    """The frontend's modules as one; that of the Web Worker becomes the constant `WORKER_SOURCE`.

    Args:
        page: "plane", "linked", "toolbar" or "annotations": whose entry module it starts from.

    Returns:
        JavaScript that begins with a newline: Streamlit takes a one-line string for a path.
    """
    source = bundling.bundle(FRONTEND / f"{page}_entry.js")
    if "WORKER_SOURCE" not in source:
        return source
    return f"\nconst WORKER_SOURCE = {json.dumps(bundling.bundle(WORKER))};{source}"
