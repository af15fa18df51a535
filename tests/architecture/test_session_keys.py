"""Every session key and address parameter is declared once, in dashboard/state/keys.py: by syntax tree."""

import ast
from collections import Counter, defaultdict
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
STATE = DASHBOARD / "state"
FILES = [path for path in sorted(DASHBOARD.rglob("*.py")) if path.parent != STATE]
MODULES = {path.stem for path in STATE.glob("*.py")}
WITHOUT_VALUE = {"button", "download_button", "form_submit_button", "plotly_chart", "container", "page_link"}
"""Widgets that hold nothing: another of the same key on another page cannot take it away."""
BINDING = {
    *("choose", "choose_several", "linked", "linked_several", "remembered", "held", "bound", "set_linked"),
    *("exchange", "kept", "forget", "close"),
}
NOT_WIDGETS = {"sorted", "min", "max", "sort"}


def literal(node: ast.expr, constants: dict[str, str]) -> str | None:
    """The text that a key is, or begins with, where it is written here; None where it is not."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and node.values:
        return literal(node.values[0], {})
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    return None


def assigned(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    """Each name that a module assigns at its top, with its value."""
    pairs = []
    for node in tree.body:
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            is_several = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            pairs += zip(target.elts, node.value.elts, strict=True) if is_several else [(target, node.value)]
    return [(target.id, value) for target, value in pairs if isinstance(target, ast.Name)]


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def keys(source: str) -> list[tuple[int, str, str]]:
    """Line, called function and text of every key that a file writes itself."""
    tree = ast.parse(source)
    constants = {name: value.value for name, value in assigned(tree) if isinstance(value, ast.Constant)}
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or called(node) in NOT_WIDGETS:
            continue
        asked = [keyword.value for keyword in node.keywords if keyword.arg == "key"]
        if called(node) in ("choose", "choose_several"):
            asked += node.args[1:2]
        elif called(node) in BINDING and isinstance(node.func, ast.Attribute):
            asked += node.args[:1] * (getattr(node.func.value, "id", "") in MODULES)
        found += [(node.lineno, called(node), text) for key in asked if (text := literal(key, constants))]
    return found


def test_no_file_but_state_writes_the_key_of_something_that_is_kept():
    values = {"selectbox", "multiselect", "number_input", "slider", "toggle", "checkbox", "radio", "tabs"}
    values |= {
        "segmented_control",
        "text_input",
        "text_area",
        "popover",
        "file_uploader",
        "expander",
        *BINDING,
    }
    found = {path: [key for key in keys(path.read_text("utf-8")) if key[1] in values] for path in FILES}
    assert {path.relative_to(DASHBOARD): written for path, written in found.items() if written} == {}


def test_no_two_files_write_one_key():
    """Of buttons, charts and components, which hold no value: a key, or what keys begin with."""
    places = defaultdict(set)
    for path in FILES:
        for _, _, text in keys(path.read_text("utf-8")):
            places[text].add(path.relative_to(DASHBOARD).as_posix())
    assert {text: files for text, files in places.items() if len(files) > 1} == {}


def test_no_key_is_declared_twice():
    declared = []
    for name, value in assigned(ast.parse((STATE / "keys.py").read_text("utf-8"))):
        if name.isupper() or name.startswith("_"):
            texts = value.values if isinstance(value, ast.Dict) else [value]
            declared += [text.value for text in texts if isinstance(text, ast.Constant)]
    assert len(declared) > 50
    assert [text for text, count in Counter(declared).items() if count > 1 and isinstance(text, str)] == []


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('st.selectbox("A", [1], key="noise")', "noise"),
        ('st.number_input("A", key=f"class-{index}")', "class-"),
        ('KEY = "noise"\nwidgets.linked(KEY, 0, (0, 1), "noise")', "noise"),
        ('A, B = "noise", "draw"\nwidgets.remembered(B, "")', "draw"),
        ('widgets.choose("A", "run", [], {}, "")', "run"),
    ],
)
def test_the_checker_sees_a_key_however_it_is_written(source, text):
    assert [found[2] for found in keys(source)] == [text]


def test_the_checker_lets_a_declared_key_pass():
    assert (
        keys('st.selectbox("A", key=f"{keys.CLASS}-{index}")\nwidgets.linked(keys.NOISE, 0, (0, 1), "x")')
        == []
    )
