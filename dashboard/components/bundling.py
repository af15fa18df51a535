"""A component's JavaScript modules as one string: an inline component cannot import relative files.

Modules may lie in several folders and share one another: `from "../../lib/ui/dom.js"`.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[\w./]+\.js)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)


def bundle(entry: Path, **found: Mapping[str, Path]) -> str:
    """A module and all that it imports, each once, in order.

    Args:
        entry: the file whose default export is the component.
        **found: modules that nobody imports by name, by the constant that holds them by theirs: with
            `LAYERS={"tanh": file}` a module reads `LAYERS.tanh`.

    Returns:
        JavaScript that begins with a newline: Streamlit takes a one-line string for a path.
    """
    modules: dict[Path, str] = {}

    def visit(file: Path) -> None:
        source = file.read_text("utf-8")
        for imported in IMPORT.finditer(source):
            other = _resolved(file, imported[2])
            if other not in modules:
                visit(other)
        modules[file] = source

    for file in (file for files in found.values() for file in files.values()):
        visit(file.resolve())
    visit(entry.resolve())
    names = {file: f"module_{number}_{file.stem}" for number, file in enumerate(modules)}
    *scoped, body = (_scoped(file, source, names) for file, source in modules.items())
    constants = (_constant(name, files, names) for name, files in found.items())
    return "\n" + "\n".join([*scoped, *constants, body])


def _constant(name: str, files: Mapping[str, Path], names: Mapping[Path, str]) -> str:
    members = ", ".join(f"{key}: {names[file.resolve()]}" for key, file in files.items())
    return f"const {name} = {{ {members} }};"


def _resolved(file: Path, relative: str) -> Path:
    return Path(os.path.normpath(file.parent / relative))


def _scoped(file: Path, source: str, names: dict[Path, str]) -> str:
    # A scope per module: two modules may use one name without knowing of each other.
    body = IMPORT.sub(
        lambda m: f"const {{{m[1].replace(' as ', ': ')}}} = {names[_resolved(file, m[2])]};", source
    )
    if file == list(names)[-1]:
        return body
    exported = ", ".join(EXPORT.findall(body))
    return f"const {names[file]} = (() => {{\n{EXPORT.sub('', body)}\nreturn {{ {exported} }};\n}})();"
