"""RunDirectory: where one run lies in a folder of runs, and how it is replaced without ever being lost.

    <root>/<run_id>/            the run, whole
    <root>/.<run_id>.partial/   a new one while it is written; its manifest comes last
    <root>/.<run_id>.aside/     the old one while the new one takes its name

Killed at any point, one of the three is a whole run, and `RunDirectory.recover` puts it back in its place.

Files named by their content and one replaced manifest would leave no moment in between, but need a collector
of files that no manifest names, which must know who still reads. A folder with fixed names can be copied,
packed and read by anybody.
"""

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from aecore.storage import atomic
from aecore.storage.atomic import PARTIAL

ASIDE = ".aside"


class RunDirectory:
    """One run's place, and what lies beside it while it is replaced."""

    def __init__(self, root: Path, run_id: str) -> None:
        """Name the folders; nothing is read or made."""
        self.root = root
        self.run_id = run_id
        self.final = root / run_id
        self.partial = root / f".{run_id}{PARTIAL}"
        self.aside = root / f".{run_id}{ASIDE}"

    @property
    def is_vacant(self) -> bool:
        """Whether the run's name is free while its old folder lies aside: it is being replaced, or was."""
        return not self.final.exists() and self.aside.exists() and not self.final.exists()

    @property
    def needs_recovery(self) -> bool:
        """Whether something lies beside the run: it is being written, or a writer was killed."""
        return self.partial.exists() or self.aside.exists()

    def recover(self, is_whole: Callable[[Path], bool]) -> None:
        """Bring back what a killed process left half-way; call it under the lock.

        Args:
            is_whole: whether a folder holds this very run, every byte of it.

        Raises:
            OSError: what the disk answered.
        """
        if not self.final.exists():
            if self.partial.is_dir() and is_whole(self.partial):
                atomic.move(self.partial, self.final)  # only the renaming was missing
            elif self.aside.exists():
                atomic.move(self.aside, self.final)
            atomic.touch(self.root)
        if self.final.exists():
            atomic.remove(self.aside)
            atomic.remove(self.partial)  # else it would take the run's place when that is deleted

    def begin(self) -> Path:
        """An empty folder to write a new run to; call it under the lock."""
        atomic.remove(self.partial)
        self.partial.mkdir(parents=True)
        return self.partial

    def commit(self) -> None:
        """Let what was written take the run's name; call it under the lock.

        Raises:
            OSError: what the disk answered; the old run is in its place then.
        """
        atomic.sync_folder(self.partial)
        try:
            if self.final.exists() or self.final.is_symlink():
                atomic.remove(self.aside)
                os.replace(self.final, self.aside)
            os.replace(self.partial, self.final)
        except BaseException:
            if self.is_vacant:
                with contextlib.suppress(OSError):
                    os.replace(self.aside, self.final)
            raise
        atomic.sync_folder(self.root)
        atomic.remove(self.aside)
        atomic.touch(self.root)


def left_aside(names: Iterable[str], ending: str = ASIDE) -> set[str]:
    """Ids of the runs beside which something lies.

    Args:
        names: what a folder of runs holds.
        ending: `ASIDE` or `PARTIAL`.

    Returns:
        Run ids.
    """
    return {name[1 : -len(ending)] for name in names if name.startswith(".") and name.endswith(ending)}
