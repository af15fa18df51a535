"""Annotation: the name and the note that a person gives a run, kept beside it in label.json."""

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aecore.errors import BadValue
from aecore.storage import bounded

FILE = "label.json"
LONGEST_NAME, LONGEST_NOTE = 60, 1000
MOST_BYTES = 16_384
"""More than any annotation takes: what is larger is none."""
JOINER = "\u200d"
"""Joins pictures to one and letters of a few scripts; it prints nothing itself."""
EMPTY = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Signs that print nothing themselves (Default_Ignorable_Code_Point, Unicode 16)."""
BLANK = "\u2800"
"""A sign of Braille without a dot: it is a letter, and shows nothing."""
EMPTY_SIGN = re.compile(f"[{EMPTY}]")
SELECTORS = "\ufe0e\ufe0f"
"""What says whether the sign before it is drawn as text or as a picture."""
SYMBOLS = ("So", "Sk", "Sm", "Po", "Pd", "Nd")
"""Categories of the signs that can be drawn as a picture, tones of skin among them."""
VIRAMA = 9
"""The combining class of what takes a letter its vowel; a joiner behind it is part of how it is written."""
MOST_MARKS = 4
"""Accents on one letter; more of them cover the lines around it."""


@dataclass(frozen=True)
class Annotation:
    """What a person calls a run: a name of one line, a note of several; "" where there is none.

    Raises:
        BadValue: if one is too long or no plain text.
    """

    name: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Bring both to plain text; see the class."""
        object.__setattr__(self, "name", " ".join(_plain("name", self.name, LONGEST_NAME).split()))
        lines = (" ".join(line.split()) for line in _plain("note", self.note, LONGEST_NOTE).splitlines())
        object.__setattr__(self, "note", "\n".join(lines).strip())

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return bool(self.name or self.note)

    def to_bytes(self) -> bytes:
        """The annotation as the bytes of its file."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()


def parse(content: bytes) -> Annotation:
    """The annotation in the bytes of a file.

    Args:
        content: what `Annotation.to_bytes` made.

    Returns:
        The annotation.

    Raises:
        BadValue: if it is none.
    """
    try:
        found: Any = json.loads(content) if len(content) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or set(found) != {"name", "note"}:
        raise BadValue("label", content[:60], f"a name and a note as JSON of at most {MOST_BYTES:,} bytes")
    return Annotation(**found)


def read(folder: Path) -> Annotation:
    """The annotation of the run in a folder; an empty one where there is none that can be read."""
    try:
        with bounded.opened(folder / FILE) as stream:
            return parse(stream.read(MOST_BYTES + 1))
    except (OSError, ValueError):
        return Annotation()


def fitted(name: str, note: str) -> Annotation:
    """The annotation nearest to two texts that may be none: for what was handed in before it was checked.

    Args:
        name: what stands there; signs that print nothing are left out, and what is too long is cut.
        note: likewise.

    Returns:
        The annotation.
    """
    pairs = ((name[: 4 * LONGEST_NAME], LONGEST_NAME), (note[: 4 * LONGEST_NOTE], LONGEST_NOTE))
    cut = (_normal("".join(filter(_is_printed, _normal(text))))[:longest] for text, longest in pairs)
    return Annotation(*(text if _is_seen(text) else "" for text in cut))


def _normal(text: str) -> str:
    """A text without what shows nothing in it, and with as many accents as a letter can bear."""
    text, kept, marks = unicodedata.normalize("NFC", text).strip(), "", 0
    for place, one in enumerate(text):
        marks = marks + 1 if unicodedata.category(one) in ("Mn", "Me") else 0
        is_idle = EMPTY_SIGN.fullmatch(one) and _is_printed(one)  # others are refused
        if marks <= MOST_MARKS and not (is_idle and not _is_needed(one, kept, text[place + 1 : place + 2])):
            kept += one
    return unicodedata.normalize("NFC", kept).strip()


def _is_needed(one: str, before: str, after: str) -> bool:
    """Whether a sign that prints nothing changes what its neighbours print."""
    last = before.rstrip(SELECTORS)[-1:]
    if one in SELECTORS:  # as a picture or as text
        return bool(last) and last == before[-1:] and unicodedata.category(last) in SYMBOLS
    if one != JOINER or not last or not after:
        return False
    are_pictures = unicodedata.category(last) in SYMBOLS and unicodedata.category(after) in SYMBOLS
    return are_pictures or (unicodedata.combining(last) == VIRAMA and after.isalpha())


def _is_printed(one: str) -> bool:
    return one.isprintable() or one.isspace() or one == JOINER


def _is_seen(text: str) -> bool:
    """Whether anything in a text can be seen, unless there is nothing in it."""
    return not text or any(one != BLANK and unicodedata.category(one)[0] in "LNPS" for one in text)


def _plain(what: str, text: object, longest: int) -> str:
    allowed = f"plain text of at most {longest} characters, without marks that print nothing"
    if not isinstance(text, str) or len(text) > 4 * longest:  # before any work on it
        raise BadValue(what, text if not isinstance(text, str) else text[:longest] + " …", allowed)
    given, text = text, _normal(text)
    is_seen = _is_seen(text) and bool(text) == bool(given.strip())
    if len(text) > longest or not all(map(_is_printed, text)) or not is_seen:
        raise BadValue(what, given[:longest] + " …" * (len(given) > longest), allowed)
    return text
