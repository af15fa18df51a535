"""Widgets whose values stand in the address, or are kept by the session while they are out of sight."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.state import link
from dashboard.state.keys import DEPENDENTS, KEPT, MOST_RUNS, RUN
from dashboard.state.session import commit, current_address, kept_now, notice, now, refuse, settings_asked


def set_value(key: str, value: Any) -> None:
    """Set a field's value where it has another one: setting it would take away what is being typed."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def choose(
    label: str,
    key: str,
    options: Sequence[str],
    titles: Mapping[str, str],
    width: int,
    default: str = "",
    unfit: Collection[str] = (),
) -> str:
    """A selectbox that stands in the address by name.

    Streamlit's own binding would put the shown title into the address; a name stays when a title
    is reworded.

    Args:
        label: what is chosen.
        key: its session key and URL parameter.
        options: the names to choose from, at least one.
        titles: how to show a name.
        width: of the box, pixels.
        default: what stands there at first; the first option if this is none of them.
        unfit: names that stand there only where a link or a person asks for them here: one that comes from
            the page before is left behind, and is still chosen there.

    Returns:
        The chosen name.
    """
    here = current_address()
    if here.arrives(key) in unfit:
        here.replace(key, default)
    asked = here.get(key)
    if asked is not None and asked not in options:
        refuse(key, f"The link asks for the {label.lower()} {link.said(asked)}, which is not here.")
    st.session_state[key] = next((name for name in (asked, default) if name in options), options[0])
    chosen = st.selectbox(
        label,
        options,
        format_func=lambda name: titles.get(name, name),
        key=key,
        label_visibility="collapsed",
        width=width,
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
) -> list[str]:
    """A choice of several, at most MOST_RUNS, that stands in the address by name.

    Args:
        label: what is chosen.
        key: its session key and URL parameter.
        options: the names to choose from.
        titles: how to show a name.
        first: what is chosen at first.

    Returns:
        The chosen names, in the order in which they were chosen.
    """
    here = current_address()
    asked = here.get(key)
    names = list(dict.fromkeys(filter(None, (asked or "").split(","))))
    known = [name for name in names if name in options][:MOST_RUNS]
    if (missing := [name for name in names if name not in options]) and key in here.asked:
        notice(f"The link asks for {label.lower()} that are not here: {link.said(', '.join(missing))}.")
    st.session_state[key] = known if known or asked == "" else list(first)  # another data set has other runs
    chosen = st.multiselect(
        label,
        options,
        format_func=lambda name: titles.get(name, name),
        key=key,
        label_visibility="collapsed",
        max_selections=MOST_RUNS,
        on_change=_chosen_several,
        args=(key,),
    )
    if asked != ",".join(chosen):
        here.put({key: ",".join(chosen)})
    return chosen


def _chosen_several(key: str) -> None:
    commit({key: ",".join(now()[key])})


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
    here = current_address()
    asked = here.get(key)
    value = None if asked is None else link.value(asked, default, allowed)
    if asked is not None and value is None:
        refuse(
            key,
            f"The link asks for the {what} {link.said(asked)}, which does not fit here, so it is left out.",
        )
    # Always set: under another label or on another page it is another widget, which begins at its default.
    st.session_state[key] = default if value is None else value
    if value == default:
        here.leave_out(key)
    return {"key": key, "on_change": _keep_linked, "args": (key, default)}


def linked_choice(key: str, allowed: Sequence[str], what: str) -> dict[str, Any]:
    """`linked` for a choice of one name or, as at first, of none.

    Args:
        key: the widget's session key and URL parameter.
        allowed: the names to choose from.
        what: what is chosen, for the sentence about a link that cannot be followed.

    Returns:
        The widget's key and callback; its value is set already.
    """
    asked = current_address().get(key)
    if asked is not None and asked not in allowed:
        sentence = (
            f"The link asks for the {what} {link.said(asked)}, which does not fit here, so it is left out."
        )
        refuse(key, sentence)
        asked = None
    st.session_state[key] = asked
    return {"key": key, "on_change": _keep_linked, "args": (key, None)}


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
    here = current_address()
    asked = here.get(key)
    names = None if asked is None else list(dict.fromkeys(filter(None, asked.split(","))))
    if names is not None and (missing := [name for name in names if name not in allowed]):
        refuse(key, f"The link asks for {what} that are not here: {link.said(', '.join(missing))}.")
        names = [name for name in names if name in allowed] or None
    st.session_state[key] = list(default) if names is None else names
    here.put({key: None if st.session_state[key] == list(default) else ",".join(st.session_state[key])})
    return {"key": key, "on_change": _keep_linked_several, "args": (key, list(default))}


def _keep_linked_several(key: str, default: list[str]) -> None:
    chosen = now()[key]
    commit({key: None if chosen == default else ",".join(chosen)})


def remembered(key: str, default: Any) -> dict[str, Any]:
    """Keep a widget's value while it is out of sight, but not in the address.

    Args:
        key: the widget's session key.
        default: what stands there at first.

    Returns:
        The widget's key and callback; its value is set already.
    """
    set_value(key, held(key, default))
    return {"key": key, "on_change": _remember, "args": (key,)}


def _remember(key: str) -> None:
    kept_now()[key] = now()[key]


def close(key: str) -> None:
    """Shut the popover or expander of a key; before it is made."""
    st.session_state[key] = False


def forget(key: str) -> None:
    """Take a remembered value back to its default; as a callback."""
    kept_now().pop(key, None)


def held(key: str, default: Any) -> Any:
    """What a widget bound by one of the functions above stands at, shown or not; else the default."""
    asked = current_address().get(key)
    if asked is not None:
        return list(filter(None, asked.split(","))) if isinstance(default, list) else asked
    return st.session_state.get(KEPT, {}).get(key, default)


def bound(key: str) -> Any:
    """What `linked` has just set, of the default's type and within its bounds."""
    return st.session_state[key]


def _keep_linked(key: str, default: str | float | None) -> None:
    value = now()[key]
    commit({key: None if value is None or value == default else _text(value)})


def _text(value: str | float) -> str:
    return link.number_text(value) if isinstance(value, float) else str(value)


def set_linked(key: str, value: str | float) -> None:
    """Give a widget bound by `linked` another value; as a callback or before the widget is made."""
    commit({key: _text(value)})
    st.session_state[key] = value


def _chosen(key: str) -> None:
    """Another model has another plane; the selected image stays while the data set does."""
    stale = list(DEPENDENTS[key])
    if key != RUN:
        stale += settings_asked()  # another variant has another form
    commit({**dict.fromkeys(stale), key: now()[key]})
