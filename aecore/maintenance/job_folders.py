"""What an accident left of trainings: the folders below <root>/.training, looked at by the doctor."""

from collections.abc import Callable, Iterator
from pathlib import Path

from aecore.config import RunConfig
from aecore.jobs.queue import REMEMBERED
from aecore.maintenance.findings import DAMAGED, YOUNG, Case, entries, is_quiet, opens, set_aside
from aecore.storage import atomic, job_folder, trash
from aecore.storage.job_folder import JobFolder
from aecore.storage.run import is_whole
from aecore.storage.store import RunStore


def cases(store: RunStore) -> Iterator[Case]:
    """Jobs that cannot go on, and what is left of those that are over.

    Args:
        store: whose jobs.

    Yields:
        Case: what to do about each; jobs with a living worker are left alone.
    """
    for path in entries(store.root / job_folder.FOLDER):
        folder = JobFolder(path)
        if not path.is_dir() or folder.is_held():
            continue
        try:
            for case in _cases(store, folder):
                if case.path.exists() and not folder.is_held():  # nobody has begun or ended it meanwhile
                    yield case
        except FileNotFoundError:
            continue  # removed by another process meanwhile
        except PermissionError as error:
            what = f"a training whose folder cannot be looked into ({error.strerror})"
            yield Case(path, what, remedy="give yourself the right to read it")


def _cases(store: RunStore, folder: JobFolder) -> Iterator[Case]:
    """What is wrong with a job that no worker holds."""
    path = folder.path
    if path.name.startswith(".") or not folder.is_whole():
        if is_quiet(path, YOUNG):
            what = "left over from a training that was removed"
            yield Case(path, what, "removed", _removal(folder))
    elif not _is_job(folder):
        what = f"a training whose {folder.about.name} cannot be read"
        done = f"moved to {DAMAGED}; start it again"
        yield Case(path, what, done, lambda: set_aside(store.root, path))
    elif result := folder.result():
        yield from _finished(store, folder, result)
    else:
        yield from _parts(store.root, folder)


def _is_job(folder: JobFolder) -> bool:
    try:
        return RunConfig.from_json(folder.read_about()["config"]).run_id == folder.run_id
    except job_folder.UNREADABLE:
        return False


def _removal(folder: JobFolder) -> Callable[[], None]:
    def act() -> None:
        with folder.held(timeout=0):
            folder.remove()

    return act


def _finished(store: RunStore, folder: JobFolder, result: str) -> Iterator[Case]:
    """A training that is over; for a day it says which run it became, and that is in order."""
    is_kept = any(is_whole(root / result, result) for root in store.roots if trash.RUN_ID.fullmatch(result))
    is_kept = is_kept or result in {entry.run_id for entry in trash.entries(store.root)}
    has_state = folder.checkpoint.exists()
    if has_state and not is_kept:
        what = f"a training that says it is finished, but there is no whole run {result}"
        done = f"moved to {DAMAGED}; start it again"
        yield Case(folder.path, what, done, lambda: set_aside(store.root, folder.path))
    elif has_state or folder.seconds_quiet() > REMEMBERED:
        yield Case(folder.path, "left over from a training that is finished", "removed", _removal(folder))


def _parts(root: Path, folder: JobFolder) -> Iterator[Case]:
    """Files of a training that goes on, which a kill or a full disk has cut."""
    checkpoint = folder.checkpoint
    if checkpoint.exists() and not opens(checkpoint):
        what, done = "a checkpoint that cannot be read", f"moved to {DAMAGED}; the training begins anew"
        yield Case(checkpoint, what, done, lambda: set_aside(root, checkpoint))
    for path in (folder.progress, folder.control):
        if path.exists() and not job_folder.read_object(path):
            what = f"a training whose {path.name} cannot be read"
            done = f"moved to {DAMAGED}; it is written anew"
            yield Case(path, what, done, lambda path=path: set_aside(root, path))
    for frame in folder.frame_files():
        if not opens(frame):
            what = "an epoch of a training that cannot be shown"
            yield Case(frame, what, "removed", lambda frame=frame: atomic.remove(frame))
    for partial in folder.partials():
        what = "left over from a training that was killed"
        yield Case(partial, what, "removed", lambda partial=partial: atomic.remove(partial))
