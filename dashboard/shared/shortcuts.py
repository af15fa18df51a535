"""Every key of the dashboard, once: what the sheet of keys and the help in the header say."""

from typing import NamedTuple


class Section(NamedTuple):
    """Keys that mean something in one place.

    Attributes:
        title: where.
        rows: the keys as people write them, and what they do, each in a few words.
    """

    title: str
    rows: tuple[tuple[str, str], ...]


ON_A_PLANE = Section(
    "On a plane",
    (
        ("move", "decode what lies there"),
        ("click, drag", "keep a dot or a position"),
        ("wheel, + and −", "zoom"),
        ("Shift and drag", "move the plane"),
        ("double-click, 0", "back to the first window"),
        ("arrows", "move the position; with Shift ten times as far"),
        ("Enter, Esc", "keep the nearest dot, let go"),
    ),
)
SECTIONS = (
    Section("Everywhere", (("?", "this sheet"), ("Tab, Shift + Tab", "to the next control, and back"))),
    ON_A_PLANE,
    Section(
        "Explore: select images",
        (
            ("B, L", "a box, a lasso; with Ctrl it adds, with Alt it takes away"),
            ("A", "every dot in this window"),
            ("S", "the class of the chosen or nearest dot"),
            ("N", "the nearest to the pin"),
            ("/", "search: 1234, worst 50, a class"),
            ("Ctrl + Z", "undo hiding, clearing, selecting"),
        ),
    ),
    Section(
        "Explore: the page",
        (("F", "full screen; Esc leads back"), ("M", "keep this place, or come back to one")),
    ),
    Section(
        "Among selected images",
        (("arrows, Home, End", "from image to image"), ("Enter, Space", "show it on the plane")),
    ),
    Section(
        "On the classes beside a plane",
        (("Enter, Space", "hide or show"), ("Shift + Enter", "show it alone")),
    ),
    Section(
        "Rewind, on the plane",
        (("Space", "play or pause"), ("Page Up, Page Down", "the next epoch, the one before")),
    ),
    Section("Drawing", (("arrows, Space", "move, pen up or down"), ("Ctrl + Z", "undo the last stroke"))),
)
