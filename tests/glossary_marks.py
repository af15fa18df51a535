"""Sentences without the marks of the glossary."""

import re

MARK = re.compile(r'<span class="term" tabindex="0">([^<]*)<span class="meaning">([^<]*)</span></span>')


def unmarked(text: str) -> str:
    """The text as a person reads it who asks for no meaning."""
    return MARK.sub(r"\1", text)
