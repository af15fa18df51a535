"""The latent plane: pick any latent code, on a dot or between dots, and see it decoded at once.

The plane runs in the browser (`frontend/`): pointer, drawing and the decoder's forward pass need
no server. Only a finished choice comes back, as two states:

- `selection`: `{"index": i}` for a code, `{"code": [...]}` for a position, `None` when cleared;
- `view`: `{"view": "cx,cy,width", "axes": "1,2", "hide": "3,5", "show": "lattice,prior",
  "condition": "7"}`, each empty where it is the default. `condition` is the class that a decoder
  which is given one draws; by default the selected image's own, else the first.

Nothing but the packed bytes goes to the browser. The plane reads its first state from the page's
address, under the names given to `pack`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.components.latent_plane.packing import pack

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult
    from streamlit.components.v2.types import ComponentRenderer

__all__ = ["latent_plane", "pack"]

FRONTEND = Path(__file__).parent / "frontend"
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.]+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)


def latent_plane(
    packed: bytes,
    *,
    key: str,
    on_selection: Callable[[], None],
    on_view: Callable[[], None],
) -> ComponentResult:
    """Mount the plane.

    Args:
        packed: what `pack` returned. Equal bytes cost nothing on a rerun.
        key: the widget key; one key per place on the page, whatever run is shown there.
        on_selection: called before the rerun in which `selection` changed.
        on_view: called before the rerun in which `view` changed.

    Returns:
        The component's result; its `selection` and `view` are as in the module's docstring, or
        None before the first change.
    """
    return _component()(
        key=key,
        data=packed,
        on_selection_change=on_selection,
        on_view_change=on_view,
    )


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "latent_plane",
        html=(FRONTEND / "plane.html").read_text("utf-8"),
        css=(FRONTEND / "plane.css").read_text("utf-8"),
        js=bundle(),
    )


def bundle(entry: str = "plane", worker: str = "worker") -> str:
    """The frontend's modules as one, because an inline component cannot import relative files.

    Args:
        entry: name of the module whose default export is the component.
        worker: name of the module that runs in the Web Worker; its bundle becomes the constant
            `WORKER_SOURCE`.

    Returns:
        JavaScript that begins with a newline: Streamlit takes a one-line string for a path.
    """
    return f"\nconst WORKER_SOURCE = {json.dumps(_linked(worker))};\n{_linked(entry)}"


def _linked(entry: str) -> str:
    modules: dict[str, str] = {}

    def visit(name: str) -> None:
        source = (FRONTEND / f"{name}.js").read_text("utf-8")
        for imported in IMPORT.finditer(source):
            if imported[2] not in modules:
                visit(imported[2])
        modules[name] = source

    visit(entry)
    return "\n".join(_scoped(name, source, name == entry) for name, source in modules.items())


def _scoped(name: str, source: str, is_entry: bool) -> str:
    # A scope per module: two modules may use one name without knowing of each other.
    body = IMPORT.sub(lambda m: f"const {{{m[1].replace(' as ', ': ')}}} = module_{m[2]};", source)
    if is_entry:
        return body
    exported = ", ".join(EXPORT.findall(body))
    return f"const module_{name} = (() => {{\n{EXPORT.sub('', body)}\nreturn {{ {exported} }};\n}})();"
