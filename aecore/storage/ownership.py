"""Owners: whose a training or run is on a server that several people use.

    <root>/.owners/<run_id>    who asked for the run or brought it in, as one word; a file for each

Who that is, the dashboard knows (`dashboard.services.visitors`); what a command line does is nobody's here.
A run and the training that becomes it have one id, and so one owner; a deleted run keeps it until it is gone
for good.
"""

import contextlib
import re
from pathlib import Path

from aecore.storage import atomic
from aecore.storage.trash import RUN_ID

FOLDER = ".owners"
OWNER = re.compile(r"[0-9a-f]{16}")


def claim(root: Path, run_id: str, owner: str) -> None:
    """Write down whose a run is, in place of whoever it was.

    Args:
        root: the folder of runs.
        run_id: of the run or of its training.
        owner: 16 hexadecimal digits; empty for nobody.

    Raises:
        StoreNotWritable: if the folder cannot be written.
    """
    assert RUN_ID.fullmatch(run_id), run_id
    assert not owner or OWNER.fullmatch(owner), owner
    with atomic.writing(root):
        if not owner:
            (root / FOLDER / run_id).unlink(missing_ok=True)
            return
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        atomic.write_whole(root / FOLDER / run_id, owner.encode())


def owner_of(root: Path, run_id: str) -> str:
    """Whose a run is; empty where it is nobody's.

    Args:
        root: the folder of runs.
        run_id: of the run or of its training.

    Returns:
        What `claim` wrote down.
    """
    with contextlib.suppress(OSError, ValueError):
        found = (root / FOLDER / run_id).read_text("ascii")
        return found if OWNER.fullmatch(found) else ""
    return ""


def forget(root: Path, known: set[str]) -> None:
    """Remove what is written down of runs that are none any more.

    Args:
        root: the folder of runs.
        known: ids of those that are there, wait, train, or were deleted and may come back.
    """
    with contextlib.suppress(OSError):
        for path in (root / FOLDER).iterdir():
            if path.name not in known:
                path.unlink(missing_ok=True)
