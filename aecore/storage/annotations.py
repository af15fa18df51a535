"""Annotation: the name and the note that a person gives a run, kept beside it in label.json."""

import json
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aecore.errors import BadValue

FILE = "label.json"
LONGEST_NAME, LONGEST_NOTE = 60, 1000
MOST_BYTES = 16_384
"""More than any label takes: what is larger is none."""
JOINER = "\u200d"  # of several pictures to one; it prints nothing itself


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
        """The label as the bytes of its file."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()


def parse(content: bytes) -> Annotation:
    """The label in the bytes of a file.

    Args:
        content: what `Annotation.to_bytes` made.

    Returns:
        The label.

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
    """The label of the run in a folder; an empty one where there is none that can be read."""
    try:
        with (folder / FILE).open("rb") as stream:
            return parse(stream.read(MOST_BYTES + 1))
    except (OSError, ValueError):
        return Annotation()


def fitted(name: str, note: str) -> Annotation:
    """The label nearest to two texts that may be none: for what was handed in before it was checked.

    Args:
        name: what stands there; marks that print nothing are left out, and what is too long is cut.
        note: likewise.

    Returns:
        The label.
    """
    pairs = ((name, LONGEST_NAME), (note, LONGEST_NOTE))
    return Annotation(*("".join(filter(_is_printed, _normal(text)))[:longest] for text, longest in pairs))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _is_printed(one: str) -> bool:
    return one.isprintable() or one.isspace() or one == JOINER


def _plain(what: str, text: object, longest: int) -> str:
    allowed = f"plain text of at most {longest} characters, without marks that print nothing"
    if not isinstance(text, str) or len(text) > 4 * longest:  # before any work on it
        raise BadValue(what, text if not isinstance(text, str) else text[:longest] + " …", allowed)
    text = _normal(text)
    if len(text) > longest or not all(map(_is_printed, text)):
        raise BadValue(what, text[:longest] + " …" * (len(text) > longest), allowed)
    return text
