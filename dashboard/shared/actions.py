"""Presses: what a button is for is done before the page runs, and a refusal is told whatever runs then.

A page that runs ends at the next thing it shows once the browser asks for something else, or a part of it
asks for the whole: `if st.button(...)` further down is never reached, and the press is lost. A callback has
run by then. It may be ended likewise by `st.session_state`, `st.query_params` and all that is shown, so what
it is for comes first, and what it reads it reads from `session.now`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from aecore.errors import AecoreError
from dashboard.shared.plain_text import as_text
from dashboard.state import session


def press(do: Callable[..., object], *arguments: Any, whole_page: bool = False) -> dict[str, Any]:
    """What makes a button do something: `st.button("Delete", **press(delete, run))`.

    Args:
        do: what it is for; an `AecoreError` that it raises is told.
        *arguments: what it is called with, as they were when the button was shown.
        whole_page: whether all of the page runs afterwards, also where the button stands in a fragment.

    Returns:
        The button's callback with its arguments.
    """
    return {"on_click": _do, "args": (do, arguments, whole_page)}


def _do(do: Callable[..., object], arguments: tuple[Any, ...], whole_page: bool) -> None:
    try:
        do(*arguments)
    except AecoreError as error:
        session.tell(str(error))
        whole_page = True  # for `telling`
    if whole_page:
        st.rerun()


@contextmanager
def telling() -> Iterator[None]:
    """Around a page: what was told since the last is shown, once more where a page did not get to its end."""
    for sentence in session.told():
        st.toast(as_text(sentence), icon=":material/warning:", duration="long")
    yield
    session.forget_told()
