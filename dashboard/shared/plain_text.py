"""Text of people as text: names, notes, files, links and what errors quote of them, wherever they are shown.

Streamlit reads Markdown in nearly all that it shows, and after that once more in plain text: bare addresses
become links, `:red[...]`, `:material/...:` and `:smile:` colours, icons and pictures, `->` an arrow. A
backslash keeps the first reading off, a sign that prints nothing (U+2060) the second. Plotly reads a few HTML
tags. Lists to choose from (selectbox, multiselect), `st.html` with `html.escape` and the browser's components
show text as it is.
"""

import re
from collections.abc import Sequence

JOINER = "\u2060"
ANYWHERE = re.compile(r"[\\`*\[\]<>$~|&]|(?<![^\W_])_|_(?![^\W_])")
"""What means something anywhere in a line; _ only at the edge of a word (CommonMark 0.31, section 6.2)."""
AT_START = re.compile(r"^([-+#=:]|\d+(?=[.)](?:\s|$)))")
"""What makes a line a list, a heading or a directive."""
SECOND = re.compile(r"(?<=:)(?=\S)|(?<=@)|(?<=www)(?=\.)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)
"""Places inside what plain text is searched for: addresses, directives, icons and arrows."""


def as_text(text: object) -> str:
    """A text as Markdown that shows it as it is.

    Args:
        text: anything; lines stay lines. The `addresses` that an error of ours names, a data set's mirrors,
            stay links that can be followed and copied.

    Returns:
        Markdown for whatever Streamlit shows.
    """
    addresses = getattr(text, "addresses", ())
    return "  \n".join(_line(line, addresses) for line in str(text).splitlines())


def _line(line: str, addresses: Sequence[str]) -> str:
    longest_first = "|".join(re.escape(address) for address in sorted(addresses, key=len, reverse=True))
    parts = re.split(f"({longest_first})", line.strip()) if addresses else [line.strip()]
    escaped = (f"<{part}>" if part in addresses else _escaped(part) for part in parts)
    return AT_START.sub(JOINER + r"\g<0>", "".join(escaped))


def _escaped(text: str) -> str:
    return ANYWHERE.sub(r"\\\g<0>", SECOND.sub(JOINER, text))


def in_figure(text: object) -> str:
    """A text for a title, a legend or a tooltip of Plotly, whose tags it does not mean."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
