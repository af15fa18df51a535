"""Text of people is shown as it is: no Markdown, no link, no picture, no tag of Plotly's."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecore.errors import DataMissing
from dashboard.shared.plain_text import JOINER, as_text, in_figure

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = {
    "![](//host/p.png)": r"!\[\](//host/p.png)",
    "[click](http://host)": f"\\[click\\](http:{JOINER}//host)",
    "http://host/p": f"http:{JOINER}//host/p",
    "www.host.org": f"www{JOINER}.host.org",
    "me@host.org": f"me@{JOINER}host.org",
    ":red[x]": f"{JOINER}:{JOINER}red\\[x\\]",
    ":material/home:": f"{JOINER}:{JOINER}material/home:",
    "a :smile:": f"a :{JOINER}smile:",
    "$x^2$": r"\$x^2\$",
    "<b>": r"\<b\>",
    "&lt;": r"\&lt;",
    "`x` *y* _z_ ~w~ a|b": r"\`x\` \*y\* \_z\_ \~w\~ a\|b",
    "# x": f"{JOINER}# x",
    "1. x": f"{JOINER}1. x",
    "- x": f"{JOINER}- x",
    "a -> b": f"a -{JOINER}\\> b",
    "one\ntwo": "one  \ntwo",
    "x\n===": f"x  \n{JOINER}===",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_means_something_means_nothing(text):
    assert as_text(text) == HOSTILE[text]


def test_an_ordinary_sentence_stays_as_it_is():
    for text in (
        "The run digits-conditional_vae-z2 is damaged: its codes (1 of 599) are cut.",
        "1.5 % of it",
        "a",
    ):
        assert as_text(text) == text


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=40))
def test_what_is_read_is_what_was_written(text):
    """A reader of Markdown takes a backslash before punctuation away, and nobody sees the joiner."""
    written = "\n".join(line.strip() for line in text.splitlines())
    shown = as_text(text).replace("  \n", "\n").replace(JOINER, "")
    plain, at = [], 0
    while at < len(shown):
        at += shown[at] == "\\"
        plain.append(shown[at])
        at += 1
    assert "".join(plain) == written


def test_the_addresses_that_an_error_names_stay_links():
    error = DataMissing("MNIST", ["a_b"], ["https://one/", "https://one/two/"], Path("/data"), "no [network]")
    assert "no \\[network\\]. Try again, or fetch a_b from <https://one/> or <https://one/two/> yourself" in (
        as_text(error)
    )
    assert JOINER in as_text(str(error))  # the same words from anybody else


def test_plotly_sees_no_tag():
    assert in_figure('<a href="http://x">&') == '&lt;a href="http://x"&gt;&amp;'


SHOWN = {"error", "warning", "info", "success", "markdown", "caption", "toast"}


def unescaped(source: str) -> list[int]:
    """Lines of a file where an error is shown, or a name, without being made text first."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in SHOWN or not node.args:
            continue
        shown = ast.unparse(node.args[0])
        for words in (
            "str(error)",
            "title_of(job)",
            "annotation.name",
            "annotation.note",
            "job.note",
            "job.error",
        ):
            if words in shown and "as_text" not in shown:
                found.append(node.lineno)
    return found


def test_the_search_below_finds_what_it_looks_for():
    assert unescaped(
        "st.error(str(error))\nst.markdown(f'{run.annotation.name}')\nst.info(as_text(str(error)))"
    ) == [1, 2]


@pytest.mark.parametrize("path", sorted((ROOT / "dashboard").rglob("*.py")), ids=lambda path: path.name)
def test_no_file_shows_what_people_wrote_as_markdown(path):
    assert unescaped(path.read_text("utf-8")) == []
