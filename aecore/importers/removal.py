"""Imported data sets that are deleted, brought back for a while, and given another title."""

from __future__ import annotations

import contextlib
import datetime
import json
from dataclasses import dataclass
from pathlib import Path

from aecore.config import PLAIN, is_text
from aecore.datasets import _imported
from aecore.errors import BadValue, UnknownName
from aecore.importers import library
from aecore.importers.settings import most_bytes
from aecore.storage import atomic, bounded, locks, ownership, trash
from aecore.storage.settings import check_writable


@dataclass(frozen=True)
class Deleted:
    """A data set that can be brought back.

    Attributes:
        token: what names it for `undelete`.
        name: that it had.
        title: what people called it.
        when: it was deleted, in UTC.
    """

    token: str
    name: str
    title: str
    when: datetime.datetime


def rename(word: str, title: str) -> None:
    """Give an imported data set another title; its name, which runs know it by, stays.

    Args:
        word: its name, or the one that was given.
        title: what people will call it.

    Raises:
        BadValue: if it cannot be called so.
        UnknownName: if none of that name was imported.
        AmbiguousName: if several were.
        StoreNotWritable: if the folder cannot be written; it is called as before then.
        ReadOnly: where what is stored is only shown.
    """
    check_writable("naming data sets")
    title = title.strip()
    if not (title and is_text(title)):
        raise BadValue("title", title, PLAIN)
    name = library.imported(word)
    root = _imported.root()
    with atomic.writing(root, "Data sets"), locks.held(root, name):
        about = _imported.manifest(name) | {"title": title}
        atomic.write_whole(root / name / _imported.MANIFEST, json.dumps(about, indent=1).encode())
        atomic.touch(root)


def delete(word: str) -> str:
    """Delete an imported data set; for a while `undelete` brings it back.

    Args:
        word: its name, or the one that was given.

    Returns:
        A token for `undelete`.

    Raises:
        UnknownName: if none of that name was imported.
        AmbiguousName: if several were.
        StoreNotWritable: if the folder cannot be written.
        ReadOnly: where what is stored is only shown.
    """
    check_writable("deleting data sets")
    name = library.imported(word)
    root = _imported.root()
    with atomic.writing(root, "Data sets"), locks.held(root, name):
        token = trash.token_of(name)
        trash.put(root, name, token)
    purge()
    return token


def undelete(token: str) -> str:
    """Bring a deleted data set back; where the same was imported meanwhile, that one stays.

    Args:
        token: what `delete` returned, or a name: the last that was deleted.

    Returns:
        Its name.

    Raises:
        UnknownName: if nothing of that name was deleted, or it is gone for good.
        BadImport: if all data sets together would take more than may be kept.
        StoreNotWritable: if the folder cannot be written.
        ReadOnly: where what is stored is only shown.
    """
    check_writable("bringing deleted data sets back")
    root = _imported.root()
    kept = trash.entries(root, _imported.NAME)
    named = (entry for entry in kept if token in (entry.token, entry.run_id, entry.run_id.rpartition("_")[0]))
    entry = next(named, None)
    if entry is None:
        raise UnknownName("deleted data set", token, {entry.token for entry in kept})
    with atomic.writing(root, "Data sets"), locks.held(root, entry.run_id):
        if (root / entry.run_id).exists():
            trash.remove(entry.path)
        else:
            library.check_room(atomic.size_of(entry.path))
            atomic.move(entry.path, root / entry.run_id)
        atomic.touch(root)
    return entry.run_id


def deleted() -> list[Deleted]:
    """What can be brought back, the newest first."""
    return [
        Deleted(entry.token, entry.run_id, _title(entry), entry.when)
        for entry in trash.entries(_imported.root(), _imported.NAME)
    ]


def _title(entry: trash.Entry) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        title = json.loads(bounded.read(entry.path / _imported.MANIFEST, _imported.MOST_BYTES))["title"]
        if isinstance(title, str) and is_text(title):
            return title
    return entry.run_id


def purge() -> None:
    """Remove for good what was deleted long ago, or is more than is kept; and whose they were.

    Raises:
        StoreNotWritable: if the folder cannot be written.
    """
    root = _imported.root()
    with atomic.writing(root, "Data sets"):
        for path in outdated():
            with contextlib.suppress(FileNotFoundError):  # another process is at it
                trash.remove(path)
    ownership.forget(root, lambda: {*_imported.names(), *(one.name for one in deleted())})


def outdated() -> list[Path]:
    """What `purge` removes: older than 30 days, or beyond what two of the largest data sets take."""
    most = max(trash.MOST_BYTES, 2 * most_bytes())
    return trash.outdated(_imported.root(), names=_imported.NAME, most=most)
