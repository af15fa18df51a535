"""What is wrong with imported data sets, looked at by the doctor."""

from collections.abc import Iterator

from aecore.datasets import _imported
from aecore.errors import DatasetDamaged
from aecore.importers import removal
from aecore.maintenance.findings import YOUNG, Case, entries, is_quiet
from aecore.storage import atomic, settings, trash
from aecore.storage.store import RunStore


def cases(store: RunStore) -> Iterator[Case]:
    """Data sets that cannot be read, and what imports that were killed have left.

    Args:
        store: of the runs; data sets lie apart from them, and are looked at with this user's own.

    Yields:
        Case: what to do about each.
    """
    if store.root != settings.user_root():
        return
    for path in entries(_imported.root()):
        if path.name.startswith(".") and path.name.endswith((atomic.PARTIAL, _imported.GOING)):
            if is_quiet(path, YOUNG):
                what = "left over from an import or a removal that was killed"
                yield Case(path, what, "removed", lambda path=path: atomic.remove(path))
        elif _imported.NAME.fullmatch(path.name):
            try:
                for split in _imported.manifest(path.name)["counts"]:
                    _imported.load(path.name, split)
            except DatasetDamaged as error:
                yield Case(path, error.what, remedy=f"python -m aecore data remove {path.name}")
    for path in removal.outdated():
        if not path.name.endswith(trash.GOING) or is_quiet(path, YOUNG):
            what = f"a data set deleted more than {trash.MOST_DAYS} days ago, or beyond the room for them"
            yield Case(path, what, "removed for good", lambda path=path: trash.remove(path))
