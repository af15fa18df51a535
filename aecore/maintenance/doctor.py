"""The doctor: looks at everything a folder of runs holds, and repairs what an accident has left.

Nothing that could be of worth is deleted: what is damaged is moved to `<root>/.damaged/`. What goes is
what a killed process left unfinished, what can be computed again, and what was deleted long ago.
"""

import contextlib
import functools
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import safetensors

from aecore.datasets import imported_root
from aecore.errors import AecoreError, RunChanged, RunDamaged, RunTooNew, StoreNotWritable
from aecore.maintenance import datasets, job_folders
from aecore.maintenance.findings import DAMAGED, YOUNG, Case, entries, is_quiet, set_aside
from aecore.storage import annotations, archive_validation, atomic, bounded, cache, locks, staging, trash
from aecore.storage.archives import Check
from aecore.storage.atomic import PARTIAL
from aecore.storage.descriptions import MALFORMED
from aecore.storage.job_folder import JobFolder
from aecore.storage.locks import CHANGE, LOCKS, is_held
from aecore.storage.manifests import OPTIONAL
from aecore.storage.run import StoredRun, is_whole, read_manifest
from aecore.storage.settings import check_writable
from aecore.storage.staging import ASIDE, RunDirectory
from aecore.storage.store import FILES, RunStore

SETTLED = 600.0
"""Seconds after which nobody is writing a file any more for which there is no lock."""

OUTSIDE = "a link leads here from the folder of runs: what lies outside is not touched; remove the link"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be.

    Attributes:
        path: where.
        what: what was found, as a sentence.
        remedy: what was done about it, or what to do.
        repaired: whether it is in order now.
    """

    path: Path
    what: str
    remedy: str
    repaired: bool


def examine(
    store: RunStore | None = None, repair: bool = False, check_model: Check | None = None
) -> list[Finding]:
    """Look at every file of every folder of a store; every hash is verified, and what pages rely on.

    Args:
        store: what to look at; your own runs and the shipped ones if not given, and with them your data
            sets. Only the folder that is written to is repaired.
        repair: whether to put in order what can be.
        check_model: `aecore.runs.check_model`, which needs PyTorch; without it nothing sees whether weights
            are those of their config.

    Returns:
        What was found, in the order in which it was looked at; nothing where all is in order.

    Raises:
        ReadOnly: if a repair is asked for where what is stored is only shown.
        StoreNotReadable: if a folder cannot be looked into.
    """
    if repair:
        check_writable("repairing")
    store, found = store or RunStore(), []
    store.there()
    # A case is made when its turn comes: what was repaired before is seen as it is now.
    runs = functools.partial(_runs, check_model=check_model)
    for look in (_leftovers, runs, job_folders.cases, _derived, _trash, _locks, datasets.cases):
        for case in look(store):
            found.append(
                _treated(case, store) if repair else Finding(case.path, case.what, case.remedy, False)
            )
    return found


def _treated(case: Case, store: RunStore) -> Finding:
    if case.act is None:
        return Finding(case.path, case.what, case.remedy, False)
    roots = (store.root, imported_root())
    if not any(case.path.parent.resolve().is_relative_to(root.resolve()) for root in roots):
        return Finding(case.path, case.what, OUTSIDE, False)
    try:
        with atomic.writing(store.root):
            case.act()
    except StoreNotWritable as error:
        return Finding(case.path, case.what, str(error), False)
    return Finding(case.path, case.what, case.done, True)


def _leftovers(store: RunStore) -> Iterator[Case]:
    """What lies beside a run since a writer was killed."""
    root = store.root
    names = [path.name for path in entries(root)]
    for run_id in sorted(staging.left_aside(names, ASIDE) | staging.left_aside(names, PARTIAL)):
        place = RunDirectory(root, run_id)
        if is_held(root / LOCKS / f"{run_id}{CHANGE}.lock"):
            continue  # a writer that lives
        if not place.needs_recovery:
            continue  # one that has ended since the folder was read

        def recover(place: RunDirectory = place) -> None:
            with store.changing(place.run_id):
                atomic.remove(place.partial)

        if place.final.exists():
            what, done = "left over from a write of this run that was killed", "removed; the run is whole"
        elif place.partial.exists() and is_whole(place.partial, run_id):
            what, done = "a run that was written whole, and killed before it got its name", "finished"
        elif place.aside.exists():
            what, done = "a run that was moved aside for a new one which never came", "brought back"
        else:
            what, done = "the beginning of a run whose writing was killed", "removed"
        yield Case(place.aside if done == "brought back" else place.partial, what, done, recover)


def _runs(store: RunStore, check_model: Check | None) -> Iterator[Case]:
    """Runs that are not what was written, in any of the folders."""
    for root in store.roots:
        for path in entries(root):
            if path.name.startswith(".") or not path.is_dir():
                continue
            # Twice: what was replaced or removed during the first look is not damaged.
            case = _damage(store, path, check_model) and _damage(store, path, check_model)
            if case and path.exists():
                yield case
            elif root == store.root:
                yield from _details(store, path)


def _damage(store: RunStore, path: Path, check_model: Check | None) -> Case | None:
    try:
        verify(run := read_manifest(path))
        if check_model:
            check_model(run)
    except RunChanged:
        return None  # another process works with it
    except RunTooNew as error:
        return Case(path, str(error), remedy="update aecore")
    except (AecoreError, *MALFORMED) as error:  # whatever one run does, the others are looked at
        if path.parent != store.root:
            return Case(path, str(error), remedy="get this folder anew; it is only read here")

        def act() -> None:
            with store.changing(path.name):
                set_aside(store.root, path)

        what = error.what if isinstance(error, RunDamaged) else f"{str(error) or type(error).__name__}"
        return Case(path, what, f"moved to {DAMAGED}; train or import it again", act)
    return None


def verify(run: StoredRun) -> None:
    """Read every byte of a run.

    Args:
        run: the run.

    Raises:
        RunDamaged: if a file is not what was written, cannot be understood, or cannot be shown.
    """
    for name in (*FILES, *OPTIONAL):
        if name in run.manifest["files"]:
            run.verify(name)
    archive_validation.check(run)


def _details(store: RunStore, path: Path) -> Iterator[Case]:
    """What lies in a run's folder beside the run itself."""
    label = path / annotations.FILE
    with contextlib.suppress(OSError):
        try:
            with bounded.opened(label) as stream:
                annotations.parse(stream.read(annotations.MOST_BYTES + 1))
        except ValueError as error:
            what, done = (
                f"the run's name and note cannot be read ({error})",
                f"moved to {DAMAGED}; name it again",
            )
            yield Case(label, what, done, lambda: set_aside(store.root, label))
    partials = [entry for entry in entries(path) if entry.match(f".*{PARTIAL}")]
    if partials and not is_held(store.root / LOCKS / f"{path.name}{CHANGE}.lock"):
        for partial in filter(Path.exists, partials):  # whose writer has not just ended
            what = "left over from giving the run a name, which was killed"
            yield Case(partial, what, "removed", lambda partial=partial: atomic.remove(partial))


def _derived(store: RunStore) -> Iterator[Case]:
    """Derived results of no run, of weights that are gone, or that cannot be read."""
    root = store.root
    deleted = {entry.run_id for entry in trash.entries(root)}
    for folder in entries(root / cache.FOLDER):
        owners = [place / folder.name for place in store.roots if (place / folder.name).is_dir()]
        if trash.RUN_ID.fullmatch(folder.name) and not owners and folder.name not in deleted:
            what = "results derived from a run that is no longer there"
            yield Case(folder, what, "removed", lambda folder=folder: atomic.remove(folder))
            continue
        weights = _weights(owners[0]) if owners else ""
        for path in entries(folder):
            if what := _staleness(path, weights):
                yield Case(path, what, "removed; it is computed again", lambda path=path: atomic.remove(path))


def _staleness(path: Path, weights: str) -> str:
    """Why a derived result is of no use; "" where it is of use."""
    if path.name.startswith(".") and path.name.endswith(PARTIAL):
        return "a derived result whose writing was killed" if is_quiet(path, SETTLED) else ""
    try:
        bounded.check_regular(path)
        with safetensors.safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {})["derived"])
        found = about.get("weights", weights)
    except (OSError, ValueError, KeyError, AttributeError, RecursionError, safetensors.SafetensorError):
        return "a derived result that cannot be read" if path.exists() else ""
    return "a result derived from weights that the run no longer has" if weights and found != weights else ""


def _weights(folder: Path) -> str:
    """What names the weights of a run; "" where it does not open."""
    try:
        return read_manifest(folder).manifest["files"]["weights.safetensors"]["sha256"]
    except AecoreError:
        return ""


def _trash(store: RunStore) -> Iterator[Case]:
    """Deleted runs beyond their time."""
    for path in trash.outdated(store.root):
        if path.name.endswith(trash.GOING) and not is_quiet(path, YOUNG):
            continue  # another process is at it
        what = f"a run deleted more than {trash.MOST_DAYS} days ago, or beyond the room for deleted runs"
        yield Case(path, what, "removed for good", lambda path=path: trash.remove(path))


def _locks(store: RunStore) -> Iterator[Case]:
    """Locks that nobody holds and that belong to nothing."""
    root = store.root
    known = {entry.run_id for entry in trash.entries(root)}
    for lock in entries(root / LOCKS):
        run_id = lock.name.removesuffix(".lock").removesuffix(CHANGE)
        if not trash.RUN_ID.fullmatch(run_id):
            continue  # none of the store's
        try:
            mode = lock.lstat().st_mode
        except OSError:
            continue  # released since the folder was read
        if not stat.S_ISREG(mode):
            what = "something that is no lock stands in a lock's place, and the run cannot be trained"
            yield Case(lock, what, f"moved to {DAMAGED}", lambda lock=lock: set_aside(root, lock))
            continue
        here = [
            root / run_id,
            JobFolder.of(root, run_id).path,
            root / f".{run_id}{PARTIAL}",
            root / f".{run_id}{ASIDE}",
        ]
        if run_id in known or any(path.exists() for path in here) or is_held(lock):
            continue
        if not is_quiet(lock, YOUNG) or any(path.exists() for path in here):
            continue  # somebody is about to hold it, or has ended since
        what = "a lock that nobody holds, of a run that is not there"
        yield Case(lock, what, "removed", lambda lock=lock: locks.drop(lock))
