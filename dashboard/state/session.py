"""What one session holds: its address, what it keeps between runs of a page, and what it is to be told."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.state import link
from dashboard.state.address import Address
from dashboard.state.keys import ADDRESS, DEPENDENTS, IN_VIEW, KEPT, NOTICES, RUN, SETTING, SHOWN, TOLD


def now() -> dict[str, Any]:
    """What this session holds, the values of widgets too: for callbacks.

    `st.session_state` ends a callback where the browser asks for something else meanwhile; this does not.
    """
    return st.session_state.to_dict()


def kept_now() -> dict[Any, Any]:
    """What this session keeps, to read and to write without being ended; likewise."""
    kept = now().get(KEPT)
    if kept is None:
        st.session_state[KEPT] = kept = {}
    return kept


def tell(sentence: str) -> None:
    """Tell something when the page runs next; as a callback."""
    kept_now().setdefault(TOLD, []).append(sentence)


def told() -> list[str]:
    """What is to be told now."""
    kept = kept_now()
    kept[SHOWN] = list(kept.get(TOLD, []))
    return kept[SHOWN]


def forget_told() -> None:
    """What `told` returned last has been shown; a page that was ended before has to show it again."""
    kept = kept_now()
    shown = kept.pop(SHOWN, [])
    kept[TOLD] = kept.get(TOLD, [])[len(shown) :]


def held_address() -> Address:
    """The address as this session knows it; for callbacks, which nothing here ends."""
    here = now().get(ADDRESS)
    if here is None:
        st.session_state[ADDRESS] = here = Address(DEPENDENTS)
    return here


def current_address() -> Address:
    """The same, with what the browser says of it."""
    here = held_address()
    here.hear(st.query_params.to_dict())
    return here


def open_page(page: str) -> None:
    """A page runs from here on: take what its address says.

    Args:
        page: its name.
    """
    context = get_script_run_ctx()
    here = held_address()
    here.open(page, st.query_params.to_dict(), bool(context and context.is_history_navigation))
    for name in [name for name, text in here.parts.items() if len(text) > link.LONGEST]:
        refuse(name, f"The link's {name} has more than {link.LONGEST:,} characters, so it is left out.")


def shown_address() -> dict[str, Any]:
    """What the browser is to show once a page has run, in place of the entry it shows, and that entry."""
    here = current_address()
    heard = {"at": here.page, "heard": urlencode(here.shown)}
    if not here.is_shown():
        here.wanted = {"turn": here.wanted.get("turn", 0) + 1, "page": here.page}
        here.wanted |= {"before": urlencode(here.shown), "query": urlencode(here.parts)}
        here.show()
    return here.wanted | heard


def bring_into_view(anchor: str) -> None:
    """Let the browser scroll to a heading once the page has run; as a callback.

    Args:
        anchor: the heading's.
    """
    exchange(IN_VIEW, {"turn": in_view().get("turn", 0) + 1, "anchor": anchor})


def in_view() -> dict[str, Any]:
    """Where the browser was last told to scroll; `turn` is another one each time, and missing at first."""
    return kept(IN_VIEW) or {}


def commit(changes: Mapping[str, str | None], goes_on: str = "") -> None:
    """Write what a person chose into the address: one entry in the browser's history."""
    here = held_address()
    if here.choose(changes, goes_on):  # taken now: what follows may be ended
        st.query_params.from_dict(here.parts)  # one message, where each item would be an entry
        here.show()


def refuse(name: str, sentence: str) -> None:
    """Leave a parameter out that cannot be followed, and say so where a link asked for it."""
    here = current_address()
    if name in here.asked:
        notice(sentence)
    here.put({name: None})


def ask(name: str) -> None:
    """Ask the page for something, as a link with the parameter would; as a callback."""
    held_address().put({name: "1"})


def take(name: str) -> bool:
    """Whether the address has a parameter, which is then gone: it asks for something once."""
    here = current_address()
    is_there = name in here.parts
    here.put({name: None})
    return is_there


def address() -> dict[str, str]:
    """The parameters that stand in the address, by name."""
    return dict(current_address().parts)


def run_on_other_pages() -> str:
    """The run, by its id, that a page with one run showed last; empty where there was none."""
    return current_address().elsewhere.get(RUN, "")


def kept(key: str) -> Any:
    """What `exchange` keeps under a key now, if anything."""
    return kept_now().get(key)


def exchange(key: str, value: Any) -> Any:
    """Keep something of this session under a key, and return what was kept there before, if anything."""
    kept = kept_now()
    before = kept.get(key)
    kept[key] = value
    return before


def notice(sentence: str) -> None:
    """Tell something when the page runs next: what a callback or a link could not do."""
    st.session_state.setdefault(NOTICES, []).append(sentence)


def take_notices() -> list[str]:
    """What to tell about a link that could not be followed, once per session and sentence."""
    return st.session_state.pop(NOTICES, [])


def settings_asked() -> list[str]:
    """The parameters of the address that are settings of a form."""
    return [name for name in held_address().parts if name.startswith(SETTING)]
