r"""Cards: what a person should know of a variant, read from its file without importing it.

The docstring of a variant's file is its card. It has one form:

    r'''The NOUN: what it is in a sentence (source, year).

    Objective:
        $$ FORMULA $$
        what its symbols mean
    Architecture:
        ...
    Source:
        ...
    Use it:
        ...
    Fails:
        ...
    See it:
        ...
    Published:
        - a figure beside which ours are set, with where it was published
    Try:
        - one thing to try on the Explore page
        - another
    '''

Text is Markdown, formulas LaTeX. `[[mse]]` stands for the number of that name and reads as the label that
pages give it. Nothing here loads torch, since the file is parsed and never run.
"""

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from aecore import registry
from aecore.errors import UnknownName
from aecore.metrics import catalog
from aecore.models import own_variants

FOLDER = Path(__file__).resolve().parent / "variants"
SECTIONS = ("Objective", "Architecture", "Source", "Use it", "Fails", "See it", "Published", "Try")
LAST = 1000
"""The place of a variant whose file names none."""

_HEAD = re.compile(rf"^({'|'.join(SECTIONS)}):$", re.MULTILINE)
_NUMBER = re.compile(r"\[\[(\w+)\]\]")
_FORMULA = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)


@dataclass(frozen=True)
class Card:
    """What a person should know of a variant; every text is Markdown.

    Attributes:
        name: its file's name.
        title: what people call it, the file's TITLE.
        order: its place in a list for learners, the file's ORDER; else LAST.
        summary: what it is, in a sentence.
        formula: what it minimises, LaTeX without dollars.
        objective: what the formula's symbols mean.
        architecture: its networks.
        source: where it was published.
        use: when to choose it.
        fails: how it fails.
        see: how to see that in the dashboard.
        published: figures beside which ours are set, each with its source.
        try_: things to try on the Explore page.
    """

    name: str
    title: str
    order: int
    summary: str
    formula: str
    objective: str
    architecture: str
    source: str
    use: str
    fails: str
    see: str
    published: tuple[str, ...]
    try_: tuple[str, ...]


def names(folder: Path = FOLDER) -> list[str]:
    """The variants there are, by file name: those with an ORDER by it, then the rest by title.

    Args:
        folder: where the variants' files lie.

    Returns:
        The names.
    """
    heads = {name: _constants(_parsed(folder, name)) for name in _files(folder)}
    return sorted(heads, key=lambda name: (heads[name].get("ORDER", LAST), heads[name].get("TITLE", name)))


def title(name: str, folder: Path = FOLDER) -> str:
    """What people call a variant: its file's TITLE.

    Args:
        name: one of `names()`.
        folder: where the variants' files lie.

    Returns:
        The title, or the name where the file has none.
    """
    return _constants(_parsed(folder, name)).get("TITLE", name)


def is_class_free(name: str, folder: Path = FOLDER) -> bool:
    """Whether a variant's code is meant to be free of the class: its file's CLASS_FREE_CODE.

    Args:
        name: one of `names()`.
        folder: where the variants' files lie.

    Returns:
        False where the file says nothing.
    """
    return _constants(_parsed(folder, name)).get("CLASS_FREE_CODE", False)


def needs_labels(name: str, folder: Path = FOLDER) -> bool:
    """Whether a variant trains on labelled images only: its file's NEEDS_LABELS.

    Args:
        name: one of `names()`.
        folder: where the variants' files lie.

    Returns:
        False where the file says nothing.
    """
    return _constants(_parsed(folder, name)).get("NEEDS_LABELS", False)


def card(name: str, folder: Path = FOLDER) -> Card:
    """The card of a variant.

    Args:
        name: one of `names()`.
        folder: where the variants' files lie.

    Returns:
        The card.

    Raises:
        UnknownName: if there is no file of that name.
        ValueError: if the card lacks a part, or names a number that is none, said in the sentence.
    """
    module = _parsed(folder, name)
    constants = _constants(module)
    summary, sections = _read(_labelled(ast.get_docstring(module) or "", name))
    formulas = _FORMULA.findall(sections.get("Objective", ""))
    parts = {
        "summary": summary,
        **{head: sections.get(head, "") for head in SECTIONS},
        "TITLE": constants.get("TITLE", ""),
        "formula": "".join(formulas),
    }
    if missing := [part for part, text in parts.items() if not text]:
        raise ValueError(
            f"The card of {name} lacks {', '.join(missing)}: see the head of aecore/models/cards.py."
        )
    return Card(
        name=name,
        title=constants["TITLE"],
        order=constants.get("ORDER", LAST),
        summary=summary,
        formula=_gathered(formulas),
        objective=_paragraphs(_FORMULA.sub("", sections["Objective"])),
        architecture=_paragraphs(sections["Architecture"]),
        source=_paragraphs(sections["Source"]),
        use=_paragraphs(sections["Use it"]),
        fails=_paragraphs(sections["Fails"]),
        see=_paragraphs(sections["See it"]),
        published=_items(sections["Published"]),
        try_=_items(sections["Try"]),
    )


def _parsed(folder: Path, name: str) -> ast.Module:
    known = _files(folder)
    if name not in known:
        raise UnknownName("variant", name, known)
    return _tree(known[name], known[name].stat().st_mtime_ns)


def _files(folder: Path) -> dict[str, Path]:
    """The files of a folder by name; with those of the product also those of one's own."""
    found = registry.names([str(folder)])
    own = own_variants.files(found) if folder == FOLDER else {}
    return {name: folder / f"{name}.py" for name in found} | own


@lru_cache(maxsize=128)
def _tree(path: Path, changed: int) -> ast.Module:
    """The syntax tree of a file, parsed again only when it has changed."""
    try:
        return ast.parse(path.read_text("utf-8"))
    except (SyntaxError, ValueError):  # of somebody's own, who is writing it: it has no card yet
        return ast.Module([], [])


def _constants(module: ast.Module) -> dict[str, Any]:
    """What a file assigns to a name in capitals, where it is a plain text or number."""
    return {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }


def _labelled(docstring: str, name: str) -> str:
    """A docstring with every `[[name]]` of a number replaced by its label, in italics."""

    def label(found: re.Match[str]) -> str:
        if found[1] not in catalog():
            raise ValueError(
                f"The card of {name} names the number {found[1]}, and there is none of that name."
            )
        return f"*{catalog()[found[1]].title}*"

    return _NUMBER.sub(label, docstring)


def _read(docstring: str) -> tuple[str, dict[str, str]]:
    """The first paragraph of a docstring, and its sections by head."""
    summary, *parts = _HEAD.split(docstring)
    return _paragraphs(summary), dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))


def _gathered(formulas: list[str]) -> str:
    """Formulas on one line each, one below the other."""
    lines = [" ".join(formula.split()) for formula in formulas]
    if len(lines) == 1:
        return lines[0]
    below = r" \\ ".join(lines)
    return rf"\begin{{gathered}} {below} \end{{gathered}}"


def _paragraphs(text: str) -> str:
    """Text with its lines joined; an empty line still parts two paragraphs."""
    return "\n\n".join(joined for block in re.split(r"\n\s*\n", text) if (joined := " ".join(block.split())))


def _items(text: str) -> tuple[str, ...]:
    """The items of a list of `- ` lines, each of which may go on over several lines."""
    return tuple(" ".join(item.split()) for item in re.split(r"^\s*- ", text, flags=re.MULTILINE) if item)
