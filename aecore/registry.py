"""Discovery by file name: what a folder offers is its modules that do not begin with an underscore."""

import os
import pkgutil
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from types import ModuleType

from aecore.errors import UnknownName


def names(folder: Iterable[str]) -> list[str]:
    """The names there are.

    Args:
        folder: the `__path__` of a package.

    Returns:
        Names of its modules, in order.
    """
    return sorted({name for path in folder for name in _listed(path, os.stat(path).st_mtime_ns)})


@lru_cache(maxsize=32)
def _listed(path: str, changed: int) -> tuple[str, ...]:
    """The names in one folder, listed again only when it has changed: a page asks forty times."""
    found = (module.name for module in pkgutil.iter_modules([path]))
    return tuple(name for name in found if not name.startswith("_"))


def load(package: str, folder: Iterable[str], kind: str, name: str) -> ModuleType:
    """The module of a name.

    Args:
        package: the package's full name.
        folder: its `__path__`.
        kind: what the names stand for, for the error.
        name: one of `names(folder)`; it is looked up there, never joined to a path.

    Returns:
        The module, imported.

    Raises:
        UnknownName: if there is none of that name.
    """
    known = names(folder)
    if name not in known:
        raise UnknownName(kind, name, known)
    return import_module(f"{package}.{name}")
