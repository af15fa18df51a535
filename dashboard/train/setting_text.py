"""The value of a setting as text: in the address, in a list that people write, and for them to read."""

import dataclasses
import re
from typing import Any

from aecore.config import allowed
from aecore.errors import BadValue

NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,15})?(e[+-]?[0-9]{1,3})?")
LONGEST = 60
"""Characters of a list of widths: more would be no network that anybody trains here."""


def parsed(field: dataclasses.Field[Any], text: str) -> Any:
    """The value of a setting from its text in the address.

    Args:
        field: the setting.
        text: what stands there.

    Returns:
        A value that its widget can show; a list may still hold what is no number, for the form to tell.

    Raises:
        BadValue: if it is not of the setting's kind or outside its range.
    """
    default, rule = field.default, field.metadata
    if isinstance(default, bool):
        value = {"true": True, "false": False}.get(text)
    elif isinstance(default, str):
        value = text if text in rule["choices"] else None
    elif isinstance(default, tuple):
        return widths(text[:LONGEST])
    else:
        value = _number(text, type(default))
        if value is not None and not rule["minimum"] <= value <= rule["maximum"]:
            value = None
    if value is None:
        raise BadValue(field.name, text[:LONGEST], allowed(field))
    return value


def _number(text: str, kind: type) -> int | float | None:
    if not NUMBER.fullmatch(text) or (kind is int and not text.lstrip("-").isdecimal()):
        return None
    return kind(text)


def widths(text: str) -> tuple[int | str, ...]:
    """A list of whole numbers as people write it: "512, 256", "512 256"; what is no number stays text."""
    words = [word for word in re.split(r"[\s,;]+", text.strip().strip("[]()")) if word != "none"]
    return tuple(int(word) if word.isascii() and word.isdecimal() else word for word in filter(None, words))


def text_of(value: Any) -> str:
    """A value as it stands in the address; the inverse of `parsed`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "none"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def plain(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return text_of(value).replace("_", " ")
