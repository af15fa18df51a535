"""Owners: whose a training or run is on a server that several people use.

    <root>/.owners/<run_id>    who asked for the run or brought it in, as one word; a file for each
    <root>/.owners/<token>     whose a deleted run was, by its token in the trash

Who that is, the dashboard knows (`dashboard.services.visitors`); what a command line does is nobody's here.
A run and the training that becomes it have one id, and so one owner, as long as one of them is there. A
deleted run keeps its own until it is gone for good, whoever makes another of its id meanwhile.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from aecore.errors import NotYours
from aecore.storage import atomic, bounded
from aecore.storage.job_folder import JobFolder
from aecore.storage.staging import RunDirectory
from aecore.storage.trash import RUN_ID, TOKEN

FOLDER = ".owners"
OWNER = re.compile(r"[0-9a-f]{16}")


def claim(root: Path, run_id: str, owner: str) -> None:
    """Write down whose a run is, before it is there; what is there already stays whose it is.

    Args:
        root: the folder of runs.
        run_id: of the run or of its training.
        owner: 16 hexadecimal digits; empty for nobody, who takes nothing from anybody.

    Raises:
        NotYours: if a run or an unfinished training of this id is somebody else's.
        StoreNotWritable: if the folder cannot be written.
    """
    assert RUN_ID.fullmatch(run_id), run_id
    assert not owner or OWNER.fullmatch(owner), owner
    if owner == owner_of(root, run_id):
        return
    if not is_living(root, run_id):
        _write(root, run_id, owner)
    elif owner:
        raise NotYours(run_id)


def is_living(root: Path, run_id: str) -> bool:
    """Whether a run of this id is there, or a training of it that is not done.

    Args:
        root: the folder of runs.
        run_id: of the run or of its training.

    Returns:
        Whether it has an owner to respect.
    """
    place, job = RunDirectory(root, run_id), JobFolder.of(root, run_id)
    return place.final.exists() or place.is_vacant or (job.is_whole() and not job.result())


@contextlib.contextmanager
def kept(root: Path, run_id: str, token: str) -> Iterator[None]:
    """Write down whose a run is for as long as it is in the trash; move it there meanwhile.

    Killed at any point, its owner is written down under the name that it has then.

    Args:
        root: the folder of runs.
        run_id: of the run.
        token: what will name it in the trash.

    Yields:
        None: while both names have the owner.

    Raises:
        StoreNotWritable: if the folder cannot be written.
    """
    assert TOKEN.fullmatch(token), token
    own, deleted = root / FOLDER / run_id, root / FOLDER / token
    with atomic.writing(root), contextlib.suppress(FileNotFoundError):
        try:
            os.link(own, deleted)  # also where the disk is full
        except FileNotFoundError:
            raise  # nobody's
        except OSError:  # a file system without links
            _write(root, token, owner_of(root, run_id))
    yield
    if not is_living(root, run_id):  # else a training of its id goes on
        with atomic.writing(root):
            own.unlink(missing_ok=True)


def note(root: Path, name: str, owner: str) -> None:
    """Write down whose a data set is, whosever it was.

    Args:
        root: the folder of data sets.
        name: of one of them.
        owner: 16 hexadecimal digits; empty for nobody.

    Raises:
        StoreNotWritable: if the folder cannot be written.
    """
    assert not owner or OWNER.fullmatch(owner), owner
    _write(root, name, owner)


def _write(root: Path, name: str, owner: str) -> None:
    with atomic.writing(root):
        if not owner:
            (root / FOLDER / name).unlink(missing_ok=True)
            return
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        atomic.write_whole(root / FOLDER / name, owner.encode())


def owner_of(root: Path, name: str) -> str:
    """Whose a run is; empty where it is nobody's.

    Args:
        root: the folder of runs.
        name: id of the run or of its training, or the token of a deleted run.

    Returns:
        What was written down.
    """
    with contextlib.suppress(OSError, ValueError):
        found = bounded.read(root / FOLDER / name, 16).decode("ascii")
        return found if OWNER.fullmatch(found) else ""
    return ""


def forget(root: Path, known: Callable[[], set[str]]) -> None:
    """Remove what is written down of runs that are none any more.

    Args:
        root: the folder of runs.
        known: gives ids of those that are there, wait, train or are about to be stored, and tokens of those
            that may come back; asked once it is known what is written down, so that later claims stay.
    """
    with contextlib.suppress(OSError):
        written = list((root / FOLDER).iterdir())
        there = known()
        for path in written:
            if path.name not in there:
                path.unlink(missing_ok=True)
