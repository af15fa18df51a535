"""Writes docs/corruptions.md: `make cards`. Everything in it is what the corruptions' files say."""

import inspect
from pathlib import Path

from aecore import corruptions

PAGE = Path(__file__).with_name("corruptions.md")
HEAD = """# Corruptions

Written by `make cards` from the files in `aecore/corruptions/`; do not edit. Every result is clipped to
[0, 1]. *normal* and *uniform* are drawn once for every pixel, before any level: one draw serves every level.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(text(), "utf-8")
    print(PAGE.name)  # noqa: T201  what a script did


def text() -> str:
    """The page, in Markdown."""
    return "\n\n".join([HEAD.rstrip("\n"), *map(_section, corruptions.names())]) + "\n"


def _section(name: str) -> str:
    found = corruptions.find(name)
    formula = (inspect.getdoc(found.formula) or "").partition("\n")[0]
    trained = "can" if found.takes_tensors else "cannot"
    facts = [
        f"Level: {found.level}, {found.minimum:g} to {found.maximum:g}",
        f"denoisers are compared at {found.reference:g} and fitted at {len(found.levels)} levels",
        f"a denoising variant {trained} be trained on it",
    ]
    return f"## {found.title}\n\n`{name}`. {found.sentence} {formula}\n\n{'; '.join(facts)}."


if __name__ == "__main__":
    main()
