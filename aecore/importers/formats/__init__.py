"""What images are brought in, one file each; they are asked in the order of their names.

A file of this folder offers `recognises(path)`, which looks at names and first bytes alone, `read(path,
settings, report)`, which gives what is there as `Given`, and TITLE, which says what it is. One of pictures
also offers `found(path, settings)`, which gives them undecoded.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from aecore import registry
from aecore.datasets import Images
from aecore.errors import BadImport
from aecore.importers.listing import Skipped
from aecore.importers.settings import Settings
from aecore.storage import bounded

Report = Callable[[int, int], None]
"""Called with (pictures done, pictures in all); what it raises ends the work, as a wish to stop does."""


class Given(NamedTuple):
    """What was read.

    Attributes:
        splits: images by "train", "validation" and "test", or all of them as "all".
        notes: what was inferred, a sentence each.
        skipped: what was left out.
        background: on which transparent pictures stand, where that was found and not asked for.
    """

    splits: dict[str, Images]
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    background: str | None = None


def read(path: Path, settings: Settings, report: Report | None = None) -> Given:
    """Read what somebody brings, whatever it is.

    Args:
        path: a folder or a file.
        settings: how pictures are brought to one form, and which labels are meant.
        report: called as pictures come.

    Returns:
        What was read.

    Raises:
        BadImport: if it is none of what is read, or damaged, too large or hostile.
    """
    return of(path).read(path, settings, report)


def of(path: Path) -> Any:
    """The format of what somebody brings.

    Args:
        path: a folder or a file.

    Returns:
        The module that reads it.

    Raises:
        BadImport: if there is none.
    """
    if not path.exists():
        raise BadImport(f"{path} is not there", "Name a folder or a file.")
    modules = [registry.load(__name__, __path__, "format", name) for name in registry.names(__path__)]
    for module in modules:
        if module.recognises(path):
            return module
    known = ", ".join(module.TITLE for module in modules)
    raise BadImport(f"{path.name} is nothing that is read", f"Bring {known}.")


def start_of(path: Path, count: int = 8) -> bytes:
    """The first bytes of a file; none of what is no regular file.

    Args:
        path: whatever is there.
        count: how many.

    Returns:
        At most so many.
    """
    try:
        with bounded.opened(path) as stream:
            return stream.read(count)
    except OSError:
        return b""
