"""What is chosen: the only file that names session keys and URL parameters.

A view is a link. `dataset`, `variant` and `run` are choices of the sidebar; the rest is written
here when the latent plane reports a choice, and read by the plane itself when it opens:

    image   index of the selected test image       z      a pinned position, comma-separated
    view    cx,cy,width of the window              axes   latent dimensions shown, from 1
    hide    classes hidden, by index               show   overlays that are on
    class   the class that a conditional decoder draws, by index
"""

import re
from collections.abc import Mapping, Sequence

import streamlit as st

DATASET, VARIANT, RUN = "dataset", "variant", "run"
RUNS, IMAGE, SECOND_IMAGE, SECTION = "runs", "image", "to", "section"
MOST_RUNS = 6
PLANE = "latent_plane"
NUMBERS = "numbers"
PLANE_URL = {
    "selection": "image",
    "position": "z",
    "view": "view",
    "axes": "axes",
    "hidden": "hide",
    "overlays": "show",
    "condition": "class",
}
OVERLAYS = ("lattice", "prior", "thumbnails")
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,12})?(e-?[0-9]{1,2})?")
_NOTICES, _KEPT = "notices", "kept"


def choose(
    label: str, key: str, options: Sequence[str], titles: Mapping[str, str], help: str, default: str = ""
) -> str:
    """A selectbox in the sidebar that stands in the address by name.

    Streamlit's own binding would put the shown title into the address; a name stays when a title
    is reworded.

    Args:
        label: what is chosen.
        key: its session key and URL parameter.
        options: the names to choose from, at least one.
        titles: how to show a name.
        help: a sentence on hover.
        default: what stands there at first; the first option if this is none of them.

    Returns:
        The chosen name.
    """
    asked = st.query_params.get(key)
    if asked in options:
        st.session_state[key] = asked  # a link, or the browser's back button
    elif asked is not None:
        _notice(f"The link asks for the {label.lower()} {asked[:60]!r}, which is not here.")
    if st.session_state.get(key) not in options:
        kept = st.session_state.get(_KEPT, {}).get(key)  # as it was on the page one comes from
        st.session_state[key] = next((name for name in (kept, default) if name in options), options[0])
    chosen = st.sidebar.selectbox(
        label,
        options,
        format_func=lambda name: titles.get(name, name),
        key=key,
        help=help,
        on_change=_chosen,
        args=(key,),
    )
    st.session_state.setdefault(_KEPT, {})[key] = chosen
    if asked != chosen:
        st.query_params[key] = chosen
    return chosen


def choose_several(
    label: str,
    key: str,
    options: Sequence[str],
    titles: Mapping[str, str],
    first: Sequence[str],
    help: str,
) -> list[str]:
    """A choice of several in the sidebar, at most MOST_RUNS, that stands in the address by name.

    Args:
        label: what is chosen.
        key: its session key and URL parameter.
        options: the names to choose from.
        titles: how to show a name.
        first: what is chosen at first.
        help: a sentence on hover.

    Returns:
        The chosen names, in the order in which they were chosen.
    """
    asked = st.query_params.get(key)
    if asked:
        names = list(dict.fromkeys(asked.split(",")))
        known = [name for name in names if name in options][:MOST_RUNS]
        if missing := [name for name in names if name not in options]:
            _notice(f"The link asks for {label.lower()} that are not here: {', '.join(missing)[:120]!r}.")
        if known:
            st.session_state[key] = known
    before = st.session_state.get(key, first if asked is None else [])
    here = [name for name in before if name in options]
    st.session_state[key] = here if here or not before else list(first)  # another data set has other runs
    chosen = st.sidebar.multiselect(
        label,
        options,
        format_func=lambda name: titles.get(name, name),
        key=key,
        help=help,
        max_selections=MOST_RUNS,
        on_change=_chosen_several,
        args=(key,),
    )
    if asked != ",".join(chosen):
        st.query_params[key] = ",".join(chosen)
    return chosen


def _chosen_several(key: str) -> None:
    st.query_params[key] = ",".join(st.session_state[key])


def shared_image(images: int) -> int | None:
    """The test image, by index, that every part of a page shows, of so many; None before one is chosen."""
    return _index(IMAGE, images)


def second_image(images: int) -> int | None:
    """The test image, by index, that an interpolation ends at, likewise."""
    return _index(SECOND_IMAGE, images)


def choose_image(index: int, key: str = IMAGE) -> None:
    """Make a test image the shared one, or the second; as a callback or before the page runs again."""
    st.query_params[key] = str(index)


def _index(key: str, images: int) -> int | None:
    text = st.query_params.get(key, "")
    return int(text) if text.isdecimal() and len(text) < 10 and int(text) < images else None


def _chosen(key: str) -> None:
    """Another model has another plane; the selected image stays while the data set does."""
    st.query_params[key] = st.session_state[key]
    stale = [PLANE_URL[part] for part in ("position", "view", "axes", "condition")]
    if key != RUN:
        stale.append(RUN)
    if key == DATASET:
        stale += [PLANE_URL[part] for part in ("selection", "hidden", "overlays")]
    for name in stale:
        st.query_params.pop(name, None)


def _notice(sentence: str) -> None:
    st.session_state.setdefault(_NOTICES, []).append(sentence)


def take_notices() -> list[str]:
    """What to tell about a link that could not be followed, once per session and sentence."""
    return st.session_state.pop(_NOTICES, [])


def check_plane_link(images: int, latent_dim: int, classes: int, is_conditional: bool) -> None:
    """Drop what the address says about the plane and cannot be followed, and say so.

    Args:
        images: how many test images there are.
        latent_dim: numbers in a latent code.
        classes: how many classes there are.
        is_conditional: whether the decoder is given a class.
    """
    conditions = classes if is_conditional else 0
    for part, name in PLANE_URL.items():
        text = st.query_params.get(name)
        if text is not None and not _is_valid(part, text, images, latent_dim, classes, conditions):
            _notice(f"The link's {name}={text[:60]!r} does not fit this run, so it is left out.")
            del st.query_params[name]


def _is_valid(part: str, text: str, images: int, latent_dim: int, classes: int, conditions: int) -> bool:
    words = text.split(",")
    if part == "overlays":
        return all(word in OVERLAYS for word in words)
    if not all(NUMBER.fullmatch(word) for word in words):
        return False
    numbers = [float(word) for word in words]
    are_whole = all(word.isdecimal() for word in words)
    return {
        "selection": are_whole and len(numbers) == 1 and numbers[0] < images,
        "position": len(numbers) == latent_dim,
        "view": len(numbers) == 3 and numbers[2] > 0,
        "axes": are_whole
        and len(set(numbers)) == 2 == len(numbers)
        and max(numbers) <= latent_dim
        and min(numbers) >= 1,
        "hidden": are_whole and all(label < classes for label in numbers),
        "condition": are_whole and len(numbers) == 1 and numbers[0] < conditions,
    }[part]


def keep_selection() -> None:
    """Write the plane's selection into the address; called when it changes."""
    chosen = st.session_state[PLANE].get("selection") or {}
    _write("selection", str(chosen["index"]) if "index" in chosen else "")
    _write("position", ",".join(f"{value:.6g}" for value in chosen.get("code", ())))


def keep_view() -> None:
    """Write the plane's window, axes, hidden classes, overlays and class into the address; likewise."""
    view = st.session_state[PLANE].get("view") or {}
    names = {"view": "view", "axes": "axes", "hidden": "hide", "overlays": "show", "condition": "condition"}
    for part, name in names.items():
        _write(part, str(view.get(name, "")))


def _write(part: str, text: str) -> None:
    if text:
        st.query_params[PLANE_URL[part]] = text
    else:
        st.query_params.pop(PLANE_URL[part], None)
