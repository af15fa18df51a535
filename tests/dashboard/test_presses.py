"""A press is taken before the page runs, so nothing that runs the page again loses it."""

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
BUTTONS = ("button", "form_submit_button")
IN_THE_PAGE = {"coverage.py"}
"""Where the page itself is what is asked for, a dialog: one sees that it did not come."""


def used_buttons(path: Path) -> list[int]:
    """Lines of a file at which the page acts on a button when it comes to it."""
    tree = ast.parse(path.read_text("utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in BUTTONS
        and id(node) not in alone
    ]


@pytest.mark.parametrize("path", sorted(DASHBOARD.rglob("*.py")), ids=lambda path: path.name)
def test_what_a_button_is_for_is_done_in_its_callback(path):
    assert path.name in IN_THE_PAGE or used_buttons(path) == []


def pressed(page) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60).run()
    return app.button[0].click().run()


def test_a_press_is_taken_where_the_page_runs_again_before_it_comes_to_the_button():
    def page() -> None:
        import streamlit as st

        from dashboard.shared.actions import press

        def count() -> None:
            st.session_state["pressed"] = st.session_state.get("pressed", 0) + 1

        if st.session_state.get("pressed") and not st.session_state.get("ran again"):
            st.session_state["ran again"] = True
            st.rerun()
        st.button("Count", **press(count))
        st.text(st.session_state.get("pressed", 0))

    assert [text.value for text in pressed(page).text] == ["1"]


def test_what_is_refused_is_told_once_though_the_page_is_ended_while_it_tells():
    def page() -> None:
        import streamlit as st

        from aecore.errors import FormChanged
        from dashboard.shared import actions

        def refuse() -> None:
            raise FormChanged

        with actions.telling():
            if st.session_state.setdefault("runs", 0) == 1:
                st.session_state["runs"] += 1
                st.rerun()
            st.session_state["runs"] += 1
            st.button("Refuse", **actions.press(refuse))

    app = pressed(page)
    assert [toast.value for toast in app.toast] == [
        "The form changed as you pressed Train, so nothing was started. Look at it, and press again."
    ]
    assert not app.run().toast
