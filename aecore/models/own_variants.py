"""Variants of one's own: Python files that AECORE_VARIANTS names, one by one or as a folder of them.

They are found like the files of `models.variants`, and load from nowhere else: no page and no imported run
brings one. Several files and folders are set apart as on the system's own search path. No torch here.
"""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from aecore import registry
from aecore.config import NAME, UNTRAINED
from aecore.errors import BadValue, BadVariant
from aecore.storage.atomic import expanded

SETTING = "AECORE_VARIANTS"
PACKAGE = "aecore.models.variants"


def files(shipped: list[str]) -> dict[str, Path]:
    """The files of one's own variants, by name.

    Args:
        shipped: names that are taken.

    Returns:
        Absolute paths; none where the setting is not there.

    Raises:
        BadValue: if the setting names what is neither a folder nor a Python file.
        BadVariant: if a file has a name that no variant of one's own can have.
    """
    found: dict[str, Path] = {}
    for text in filter(None, map(str.strip, os.environ.get(SETTING, "").split(os.pathsep))):
        place = expanded(text, SETTING).absolute()
        if place.is_dir():
            found |= {name: place / f"{name}.py" for name in registry.names([str(place)])}
        elif place.is_file() and place.suffix == ".py":
            found[place.stem] = place
        else:
            raise BadValue(SETTING, text, "a folder, or a Python file")
    for name, path in found.items():
        if not NAME.fullmatch(name):
            raise BadVariant(path, ["its name is not of small letters, digits and _"])
        if name in (*shipped, *UNTRAINED):
            raise BadVariant(path, [f"there is a variant called {name} already, so it needs another name"])
    return found


def load(path: Path) -> ModuleType:
    """The module of a variant's file, imported once.

    Args:
        path: one of `files`.

    Returns:
        The module. Importing it loads torch.

    Raises:
        BadVariant: if it cannot be imported.
    """
    name = f"{PACKAGE}.{path.stem}"
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(path):
        return known
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec, "a Python file has a specification"
    assert spec.loader, "and a loader"
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    try:
        spec.loader.exec_module(made)
    except (Exception, SystemExit) as error:  # a file of somebody else's: anything may be wrong with it
        del sys.modules[name]
        what = f"it cannot be imported ({type(error).__name__}: {str(error)[:120]})"
        raise BadVariant(path, [what]) from error
    return made


def is_named(word: str) -> bool:
    """Whether a word of a command is the path of a file, and no variant's name."""
    return word.endswith(".py")


def add(path: Path) -> str:
    """Let this process, and those that it starts, find the variant of a file.

    Args:
        path: of the file.

    Returns:
        The variant's name.

    Raises:
        BadValue: if there is no such file.
    """
    if not path.is_file():
        raise BadValue("the file of a variant", str(path), "a Python file that is there")
    places = [os.environ.get(SETTING, ""), str(path.absolute())]
    os.environ[SETTING] = os.pathsep.join(filter(None, dict.fromkeys(places)))
    return path.stem
