"""What is chosen: the only file that names session keys and URL parameters.

A view is a link. `dataset`, `variant` and `run` are choices of the sidebar; the rest is written
here when the latent plane reports a choice, and read by the plane itself when it opens:

    image   index of the selected test image       z      a pinned position, comma-separated
    view    cx,cy,width of the window, or "prior"  axes   latent dimensions shown, from 1
    hide    classes hidden, by index               show   overlays that are on
    class   the class that a conditional decoder draws, by index
    link    what linked planes share: the image (default), "position" or "scaled" position
    at      the run on whose plane z was pinned, or from which a position is shared
    input   where the image to denoise is from: "test" (default), "draw" or "upload"
    noise   kind of noise                          level  of noise, in the kind's own unit
    draw    seed of the noise                      down, across  centre of the masking square, 0 to 1
    beside  the shipped run that a training is held against, or "none"; losses  "log" or linear
    preset  what the training form is filled with       set.*  each setting that was changed in it
    job     the training, or the run it became, that the Train page shows
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import link
from dashboard.address import Address

DATASET, VARIANT, RUN = "dataset", "variant", "run"
RUNS, IMAGE, SECOND_IMAGE, SECTION = "runs", "image", "to", "section"
MOST_RUNS = 6
WHITENED = "whitened"
GENERATE_URL = {
    "source": "from",
    "image": IMAGE,
    "spread": "spread",
    "temperature": "temperature",
    "truncation": "truncation",
    "label": "drawn_as",
    "count": "count",
    "seed": "seed",
    "nearest": "nearest",
    "styles": "styles",
}
PRIOR_NOISE = "prior_noise"
MAPS, MAPS_BESIDE = "maps", "maps_beside"
MAP_METHOD, MAP_IMAGES, MAP_LOOK = "map_method", "map_images", "maps_as"
BESIDE, LOSS_SCALE = "beside", "losses"
PRESET, SETTING, JOB = "preset", "set.", "job"
TRAINING_NAME, TRAINING_NOTE = "training_name", "training_note"
LAST_SHOWN, PACE_ASKED = "last_shown", "pace_asked"
SAVED, DISCARD = "saved", "discard"
IMPORTED, SAID_OF_IMPORT = "imported_run", "said_of_import"
CLASS_OF_END, CLASS_OF_IMAGE = "class-of-end", "class-of-image"
DENOISER_MODELS, DENOISER_FILTERS = "models", "filters"
DENOISED_AS, DENOISED_VIEW = "bias", "as"
CURVE_COUNT, CURVE_IMAGES, TRAINED_ON = "averaged", "images", "trained"
INPUT, OWN_INPUT, ADAPTED = "input", "own", "fitted"
NOISE, LEVEL, DOWN, ACROSS, DRAW = "noise", "level", "down", "across", "draw"
NOISE_CANVAS, DRAW_PAD, UPLOAD = "noise_canvas", "draw_pad", "upload"
PLANE = "latent_plane"
NUMBERS = "numbers"
PIN, VIEW, AXES, HIDDEN, OVERLAYS, CONDITION = "z", "view", "axes", "hide", "show", "class"
PLANE_URL = {
    "selection": IMAGE,
    "position": PIN,
    "view": VIEW,
    "axes": AXES,
    "hidden": HIDDEN,
    "overlays": OVERLAYS,
    "condition": CONDITION,
}
SHARED_PLANES = "shared_planes"
SHARED_URL = {
    "selection": IMAGE,
    "position": PIN,
    "source": "at",
    "link": "link",
    "window": VIEW,
    "hidden": HIDDEN,
    "overlays": OVERLAYS,
    "condition": CONDITION,
}
_ON_THE_PLANE = tuple(PLANE_URL[part] for part in ("position", "view", "axes", "condition"))
_OF_THE_IMAGES = (IMAGE, SECOND_IMAGE, PLANE_URL["hidden"], PLANE_URL["overlays"], SHARED_URL["source"])
DEPENDENTS = {
    DATASET: (RUN, RUNS, *_ON_THE_PLANE, *_OF_THE_IMAGES, DENOISER_MODELS, CURVE_IMAGES, TRAINED_ON),
    VARIANT: (RUN, *_ON_THE_PLANE),
    RUN: _ON_THE_PLANE,
}
"""What loses its meaning when another data set, variant or run is chosen."""
ADDRESS, ADDRESS_BAR = "address", "address_bar"
_NOTICES, _KEPT = "notices", "kept"
_FILLED = "form_filled"
_DRAWING, _UPLOADED = "kept_drawing", "kept_upload"
_TOLD, _SHOWN = "told", "shown"


def now() -> dict[str, Any]:
    """What this session holds, the values of widgets too: for callbacks.

    `st.session_state` ends a callback where the browser asks for something else meanwhile; this does not.
    """
    return st.session_state.to_dict()


def _kept_now() -> dict[Any, Any]:
    """What this session keeps, to read and to write without being ended; likewise."""
    kept = now().get(_KEPT)
    if kept is None:
        st.session_state[_KEPT] = kept = {}
    return kept


def tell(sentence: str) -> None:
    """Tell something when the page runs next; as a callback."""
    _kept_now().setdefault(_TOLD, []).append(sentence)


def told() -> list[str]:
    """What is to be told now."""
    kept = _kept_now()
    kept[_SHOWN] = list(kept.get(_TOLD, []))
    return kept[_SHOWN]


def forget_told() -> None:
    """What `told` returned last has been shown; a page that was ended before has to show it again."""
    kept = _kept_now()
    shown = kept.pop(_SHOWN, [])
    kept[_TOLD] = kept.get(_TOLD, [])[len(shown) :]


def _held_address() -> Address:
    """The address as this session knows it; for callbacks, which nothing here ends."""
    here = now().get(ADDRESS)
    if here is None:
        st.session_state[ADDRESS] = here = Address(DEPENDENTS)
    return here


def _address() -> Address:
    """The same, with what the browser says of it."""
    here = _held_address()
    here.hear(st.query_params.to_dict())
    return here


def open_page(page: str) -> None:
    """A page runs from here on: take what its address says.

    Args:
        page: its name.
    """
    context = get_script_run_ctx()
    here = _held_address()
    here.open(page, st.query_params.to_dict(), bool(context and context.is_history_navigation))
    for name in [name for name, text in here.parts.items() if len(text) > link.LONGEST]:
        _refuse(name, f"The link's {name} has more than {link.LONGEST:,} characters, so it is left out.")


def shown_address() -> dict[str, Any]:
    """What the browser is to show once a page has run, in place of the entry that it shows."""
    here = _address()
    if not here.is_shown():
        here.wanted = {"turn": here.wanted.get("turn", 0) + 1, "page": here.page}
        here.wanted |= {"before": urlencode(here.shown), "query": urlencode(here.parts)}
        here.show()
    return here.wanted


def _choose(changes: Mapping[str, str | None], goes_on: str = "") -> None:
    """Write what a person chose into the address: one entry in the browser's history."""
    here = _held_address()
    if here.choose(changes, goes_on):  # taken now: what follows may be ended
        st.query_params.from_dict(here.parts)  # one message, where each item would be an entry
        here.show()


def _refuse(name: str, sentence: str) -> None:
    """Leave a parameter out that cannot be followed, and say so where a link asked for it."""
    here = _address()
    if name in here.asked:
        _notice(sentence)
    here.put({name: None})


def address() -> dict[str, str]:
    """The parameters that stand in the address, by name."""
    return dict(_address().parts)


def _set(key: str, value: Any) -> None:
    """Set a field's value where it has another one: setting it would take away what is being typed."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


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
    here = _address()
    asked = here.get(key)
    if asked is not None and asked not in options:
        _refuse(key, f"The link asks for the {label.lower()} {link.said(asked)}, which is not here.")
    st.session_state[key] = next((name for name in (asked, default) if name in options), options[0])
    chosen = st.sidebar.selectbox(
        label,
        options,
        format_func=lambda name: titles.get(name, name),
        key=key,
        help=help,
        on_change=_chosen,
        args=(key,),
    )
    if asked != chosen:
        here.put({key: chosen})
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
    here = _address()
    asked = here.get(key)
    names = list(dict.fromkeys(filter(None, (asked or "").split(","))))
    known = [name for name in names if name in options][:MOST_RUNS]
    if (missing := [name for name in names if name not in options]) and key in here.asked:
        _notice(f"The link asks for {label.lower()} that are not here: {link.said(', '.join(missing))}.")
    st.session_state[key] = known if known or asked == "" else list(first)  # another data set has other runs
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
        here.put({key: ",".join(chosen)})
    return chosen


def _chosen_several(key: str) -> None:
    _choose({key: ",".join(now()[key])})


def run_on_other_pages() -> str:
    """The run, by its id, that a page with one run showed last; empty where there was none."""
    return _address().elsewhere.get(RUN, "")


def shared_image(images: int) -> int | None:
    """The test image, by index, that every part of a page shows, of so many; None before one is chosen."""
    return _index(IMAGE, images)


def second_image(images: int) -> int | None:
    """The test image, by index, that an interpolation ends at, likewise."""
    return _index(SECOND_IMAGE, images)


def choose_image(index: int, key: str = IMAGE) -> None:
    """Make a test image the shared one, or the second; as a callback or before the page runs again."""
    _choose({key: str(index)})


def _index(key: str, images: int) -> int | None:
    return link.whole(_address().get(key) or "", images)


def linked(
    key: str, default: str | float, allowed: Sequence[str] | tuple[float, float], what: str
) -> dict[str, Any]:
    """Bind a widget to the address; call it right before the widget is made.

    Args:
        key: the widget's session key and URL parameter.
        default: what stands there at first. It is left out of the address; its type is the value's.
        allowed: the names to choose from, or the lowest and highest number; (0, 1) for a switch.
        what: what is chosen, for the sentence about a link that cannot be followed.

    Returns:
        The widget's key and callback; its value is set already.
    """
    here = _address()
    asked = here.get(key)
    value = None if asked is None else link.value(asked, default, allowed)
    if asked is not None and value is None:
        _refuse(
            key,
            f"The link asks for the {what} {link.said(asked)}, which does not fit here, so it is left out.",
        )
    # Always set: under another label or on another page it is another widget, which begins at its default.
    st.session_state[key] = default if value is None else value
    if value == default:
        here.leave_out(key)
    return {"key": key, "on_change": _keep_linked, "args": (key, default)}


def linked_several(key: str, default: Sequence[str], allowed: Sequence[str], what: str) -> dict[str, Any]:
    """`linked` for a widget of several names.

    Args:
        key: the widget's session key and URL parameter.
        default: what is chosen at first, and where nothing of a choice is there any more.
        allowed: the names to choose from.
        what: what is chosen, for the sentence about a link that cannot be followed.

    Returns:
        The widget's key and callback; its value is set already.
    """
    here = _address()
    asked = here.get(key)
    names = None if asked is None else list(dict.fromkeys(filter(None, asked.split(","))))
    if names is not None and (missing := [name for name in names if name not in allowed]):
        _refuse(key, f"The link asks for {what} that are not here: {link.said(', '.join(missing))}.")
        names = [name for name in names if name in allowed] or None
    st.session_state[key] = list(default) if names is None else names
    here.put({key: None if st.session_state[key] == list(default) else ",".join(st.session_state[key])})
    return {"key": key, "on_change": _keep_linked_several, "args": (key, list(default))}


def _keep_linked_several(key: str, default: list[str]) -> None:
    chosen = now()[key]
    _choose({key: None if chosen == default else ",".join(chosen)})


def remembered(key: str, default: Any) -> dict[str, Any]:
    """Keep a widget's value while it is out of sight, but not in the address.

    Args:
        key: the widget's session key.
        default: what stands there at first.

    Returns:
        The widget's key and callback; its value is set already.
    """
    _set(key, held(key, default))
    return {"key": key, "on_change": _remember, "args": (key,)}


def _remember(key: str) -> None:
    _kept_now()[key] = now()[key]


def close(key: str) -> None:
    """Shut the popover or expander of a key; before it is made."""
    st.session_state[key] = False


def forget(key: str) -> None:
    """Take a remembered value back to its default; as a callback."""
    _kept_now().pop(key, None)


def held(key: str, default: Any) -> Any:
    """What a widget bound by one of the functions above stands at, shown or not; else the default."""
    asked = _address().get(key)
    if asked is not None:
        return list(filter(None, asked.split(","))) if isinstance(default, list) else asked
    return st.session_state.get(_KEPT, {}).get(key, default)


def bound(key: str) -> Any:
    """What `linked` has just set, of the default's type and within its bounds."""
    return st.session_state[key]


def _keep_linked(key: str, default: str | float | None) -> None:
    value = now()[key]
    _choose({key: None if value is None or value == default else _text(value)})


def _text(value: str | float) -> str:
    return link.number_text(value) if isinstance(value, float) else str(value)


def set_linked(key: str, value: str | float) -> None:
    """Give a widget bound by `linked` another value; as a callback or before the widget is made."""
    _choose({key: _text(value)})
    st.session_state[key] = value


def _chosen(key: str) -> None:
    """Another model has another plane; the selected image stays while the data set does."""
    stale = list(DEPENDENTS[key])
    if key != RUN:
        stale += _settings_asked()  # another variant has another form
    _choose({**dict.fromkeys(stale), key: now()[key]})


def settings(form: str, known: Sequence[str]) -> dict[str, str]:
    """What was changed in a form of settings, as text by the setting's name.

    Args:
        form: which form; another one has settings of its own.
        known: the names that it has.

    Returns:
        What the address says; where it says nothing, what was changed on an earlier visit.
    """
    here = _address()
    asked = {name.removeprefix(SETTING): here.parts[name] for name in _settings_asked()}
    for name in [name for name in asked if name not in known]:
        text = link.said(asked.pop(name))
        _refuse(
            SETTING + name, f"The link's {SETTING}{link.said(name)}={text} is no setting of this variant."
        )
    kept = st.session_state.setdefault(_KEPT, {})
    texts = asked if asked or here.is_restored else kept.get((SETTING, form), {})
    kept[SETTING, form] = dict(texts)
    here.put({SETTING + name: texts[name] for name in texts.keys() - asked.keys()})
    return dict(texts)


def settings_now(form: str) -> dict[str, str]:
    """What `settings` returned last, and what was changed since; as a callback."""
    return dict(_kept_now().get((SETTING, form), {}))


def _settings_asked() -> list[str]:
    return [name for name in _held_address().parts if name.startswith(SETTING)]


def setting(form: str, name: str, value: Any, text: Callable[[Any], str], default: str) -> dict[str, Any]:
    """Bind a widget of a form of settings to the address; call it right before the widget is made.

    Args:
        form: which form.
        name: the setting.
        value: what stands there now.
        text: a value as it stands in the address.
        default: the text that is left out of the address.

    Returns:
        The widget's key and callback; its value is set already.
    """
    # A browser that refreshes a part of the page may still send what stood there before: a form that is
    # filled anew, or whose default is another one, has other widgets.
    key = f"{SETTING}{form}.{name}:{default}.{_kept_now().get(_FILLED, 0)}"
    _set(key, value)
    return {"key": key, "on_change": _keep_setting, "args": (key, form, name, text, default)}


def _keep_setting(key: str, form: str, name: str, text: Callable[[Any], str], default: str) -> None:
    value = now().get(key)
    said = default if value is None else text(value)
    if said == default:
        drop_setting(form, name)
        return
    _kept_now().setdefault((SETTING, form), {})[name] = said
    _choose({SETTING + name: said})


def drop_setting(form: str, name: str, sentence: str = "") -> None:
    """Take one setting of a form back to what it was at first, and say why, if there is a reason."""
    _kept_now().get((SETTING, form), {}).pop(name, None)
    if sentence:
        _notice(sentence)
        _address().put({SETTING + name: None})
    else:
        _choose({SETTING + name: None})


def forget_settings(form: str, **also: str | None) -> None:
    """Take a whole form back; as a callback.

    Args:
        form: which one.
        **also: what else is chosen with that, for the address.
    """
    _kept_now().pop((SETTING, form), None)
    _fill_anew()
    _choose({**dict.fromkeys(_settings_asked()), **also})


def _fill_anew() -> None:
    kept = _kept_now()
    kept[_FILLED] = kept.get(_FILLED, 0) + 1


def choose_preset(form: str, default: str) -> None:
    """Another preset was chosen: it fills the whole form; called when the choice changes."""
    chosen = now()[PRESET]
    forget_settings(form, **{PRESET: None if chosen in (None, default) else chosen})


def fill_form(parameters: Mapping[str, str]) -> None:
    """Fill the training form as a link would, in place of what stands there; as a callback."""
    _fill_anew()
    _choose({**dict.fromkeys([DATASET, VARIANT, PRESET, *_settings_asked()]), **parameters})


def chosen_job() -> str:
    """The training, by its run's id, that the address asks for; empty where it asks for none."""
    return _address().parts.get(JOB, "")


def choose_job(run_id: str) -> None:
    """Show a training, or none; as a callback or before the page runs again."""
    _choose({JOB: run_id or None})


def kept(key: str) -> Any:
    """What `exchange` keeps under a key now, if anything."""
    return _kept_now().get(key)


def exchange(key: str, value: Any) -> Any:
    """Keep something of this session under a key, and return what was kept there before, if anything."""
    kept = _kept_now()
    before = kept.get(key)
    kept[key] = value
    return before


def _notice(sentence: str) -> None:
    st.session_state.setdefault(_NOTICES, []).append(sentence)


def notice(sentence: str) -> None:
    """Tell something when the page runs next: what a callback could not do."""
    _notice(sentence)


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
    here = _address()
    here.get(IMAGE)  # it travels
    for part, name in PLANE_URL.items():
        text = here.parts.get(name)
        if text is not None and not link.fits_plane(part, text, images, latent_dim, classes, conditions):
            _refuse(name, f"The link's {name}={link.said(text)} does not fit this run, so it is left out.")


def keep_selection() -> None:
    """Write the plane's selection into the address, with the class it is drawn as; called when it changes."""
    chosen = now()[PLANE].get("selection") or {}
    _choose(_selected(chosen) | {PLANE_URL["condition"]: chosen.get("condition") or None})


def _selected(chosen: Mapping[str, Any]) -> dict[str, str | None]:
    position = ",".join(map(link.number_text, chosen.get("code", ())))
    image = str(chosen["index"]) if "index" in chosen else None
    return {PLANE_URL["selection"]: image, PLANE_URL["position"]: position or None}


def keep_view() -> None:
    """Write the plane's window, axes, hidden classes, overlays and class into the address; likewise."""
    view = now()[PLANE].get("view") or {}
    names = {"view": "view", "axes": "axes", "hidden": "hide", "overlays": "show", "condition": "condition"}
    _choose({PLANE_URL[part]: view.get(name) or None for part, name in names.items()}, PLANE_URL["view"])


def check_shared_link(images: int, latent_dims: Mapping[str, int], classes: int) -> None:
    """Drop what the address says about linked planes and cannot be followed, and say so.

    Args:
        images: how many test images there are.
        latent_dims: numbers in a latent code, by the run's id.
        classes: how many classes there are.
    """
    here = _address()
    here.get(IMAGE)  # it travels
    source = here.parts.get(SHARED_URL["source"], "")
    if source and source not in latent_dims:
        sentence = f"The link's at={link.said(source)} is none of the runs shown, so no position is pinned."
        _refuse(SHARED_URL["source"], sentence)
        here.put({SHARED_URL["position"]: None})
    for part, name in SHARED_URL.items():
        text = here.parts.get(name)
        if text is not None and not link.fits_group(part, text, images, latent_dims, classes, source):
            _refuse(name, f"The link's {name}={link.said(text)} does not fit these runs, so it is left out.")


def keep_shared_selection() -> None:
    """Write what is chosen on the linked planes into the address; called when it changes."""
    chosen = now()[SHARED_PLANES].get("selection") or {}
    _choose(_selected(chosen) | {SHARED_URL["source"]: chosen.get("plane")})


def keep_shared_view() -> None:
    """Write the planes' link, hidden classes, overlays and class into the address; likewise."""
    view = now()[SHARED_PLANES].get("view") or {}
    names = {"link": "link", "window": "window", "hidden": "hide", "overlays": "show"}
    names["condition"] = "condition"
    _choose({SHARED_URL[part]: view.get(name) or None for part, name in names.items()})


def change_noise() -> None:
    """Another kind of noise was chosen: its level begins anew, since it counts something else."""
    _choose({**dict.fromkeys((LEVEL, DOWN, ACROSS)), NOISE: now()[NOISE]})


def keep_noise() -> None:
    """Write the level and the square's centre into the address; called when the canvas reports them."""
    chosen = now()[NOISE_CANVAS].get("noise") or {}
    texts = {part: link.number_text(n) for part, n in chosen.items() if isinstance(n, int | float)}
    names = {"level": LEVEL, "y": DOWN, "x": ACROSS}
    usual = {DOWN: "0.5", ACROSS: "0.5"}
    named = {names[part]: text for part, text in texts.items() if part in names}
    _choose({name: None if usual.get(name) == text else text for name, text in named.items()})


def keep_drawing() -> None:
    """Remember what is drawn for every page; called when the pad reports it."""
    st.session_state[_DRAWING] = st.session_state[DRAW_PAD].get("drawing")


def kept_drawing() -> str | None:
    """What was drawn last, as the pad sent it."""
    return st.session_state.get(_DRAWING)


def keep_upload() -> None:
    """Remember the file that is uploaded for every page; called when it changes."""
    file = st.session_state[UPLOAD]
    st.session_state[_UPLOADED] = (file.name, file.getvalue()) if file else None


def kept_upload() -> tuple[str, bytes] | None:
    """Name and bytes of the file that was uploaded last."""
    return st.session_state.get(_UPLOADED)
