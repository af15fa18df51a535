"""Workers that decode pictures beside one another, each within bounds; see `aecore.importers.worker`."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any, Literal

from aecore.errors import BadImport
from aecore.images import child_process
from aecore.importers import worker
from aecore.importers.worker import SECONDS

Report = Callable[[int, int], None]
"""Called with (pictures done, pictures in all); what it raises ends the work, as a wish to stop does."""
FEW = 256
"""Pictures for which one more worker does not pay."""
MOST_DEATHS = 20
"""Pictures that end a decoder; a source with more of them is no accident."""
_ENDED = object()


@dataclass(frozen=True)
class Task:
    """What is wanted of pictures.

    Attributes:
        kind: their "sizes", "shades" or "pixels".
        path: the folder, zip or Parquet file that they are in.
        column: of a Parquet file.
        form: sides, channels, fit, ground and white of "pixels".
    """

    kind: Literal["sizes", "shades", "pixels"]
    path: Path
    column: str
    form: dict[str, Any]

    @property
    def extent(self) -> int:
        """Bytes of pixels that come for each."""
        if self.kind != "pixels":
            return 0
        return self.form["sides"][0] * self.form["sides"][1] * self.form["channels"]


def asked(
    task: Task, names: Sequence[Any], report: Report | None = None
) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    """Have workers answer for every picture.

    Args:
        task: what is wanted of each.
        names: what the source calls them.
        report: called as they come.

    Yields:
        tuple[int, dict[str, Any], bytes]: which one, what is said of it, and its pixels; in any order.

    Raises:
        BadImport: if too many of them end their decoder.
    """
    crew = _Crew(task, names)
    try:
        for done, answer in enumerate(crew.answers(), 1):
            yield answer
            if report:
                report(done, len(names))
    finally:
        crew.end()


class _Crew:
    """The workers of one task."""

    def __init__(self, task: Task, names: Sequence[Any]) -> None:
        self._task, self._names = task, names
        self._found: Queue[Any] = Queue(maxsize=4096)
        self._deaths, self._is_over = 0, False
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        count = max(1, min(cores, 8, -(-len(names) // FEW)))
        edges = [len(names) * k // count for k in range(count + 1)]
        self._threads = [
            threading.Thread(target=self._follow, args=edges[k : k + 2], daemon=True) for k in range(count)
        ]

    def answers(self) -> Iterator[tuple[int, dict[str, Any], bytes]]:
        for thread in self._threads:
            thread.start()
        left = len(self._threads)
        while left:
            found = self._found.get()
            if isinstance(found, Exception):
                raise found
            if found is _ENDED:
                left -= 1
            else:
                yield found

    def end(self) -> None:
        """End what still runs; nobody wants the rest."""
        with self._lock:
            self._is_over = True
            running = list(self._running)
        for process in running:
            process.kill()
        while any(thread.is_alive() for thread in self._threads):
            with contextlib.suppress(Exception):
                self._found.get(timeout=0.05)

    def _follow(self, start: int, end: int) -> None:
        """Have a run of pictures answered, by a new worker behind each that one dies of."""
        try:
            while start < end and not self._is_over:
                start += self._work(start, end)
                if start < end and not self._is_over:
                    self._bury()
                    self._found.put((start, {"error": f"decoding it takes more than {SECONDS:g} s"}, b""))
                    start += 1
        except Exception as error:
            self._found.put(error)
        finally:
            self._found.put(_ENDED)

    def _bury(self) -> None:
        with self._lock:
            self._deaths += 1
        if self._deaths > MOST_DEATHS:
            raise BadImport(
                f"more than {MOST_DEATHS} pictures take more than {SECONDS:g} s each to decode",
                "Save them again as plain PNG or JPEG.",
            )

    def _work(self, start: int, end: int) -> int:
        """One worker, from its start to its end: how many pictures it answered for."""
        task, names = self._task, list(self._names[start:end])
        request = {"task": task.kind, "path": str(task.path), "column": task.column, "form": task.form}
        with self._lock:  # `end` sees this process, or this sees the end
            if self._is_over:
                return 0
            process = _started()
            self._running.add(process)
        assert process.stdin
        assert process.stdout
        answered = 0
        try:
            with contextlib.suppress(BrokenPipeError), process.stdin:
                process.stdin.write(json.dumps(request | {"names": names}).encode())
            for said, pixels in worker.answers(process.stdout, len(names), task.extent):
                self._found.put((start + answered, said, pixels))
                answered += 1
            code = process.wait()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            with self._lock:
                self._running.discard(process)
        if code > 0:
            raise BadImport(f"the process that decodes pictures stopped (code {code})", "Try it again.")
        return answered


def _started() -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            child_process.command("aecore.importers.worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_process.environment(),
        )
    except OSError as error:
        raise BadImport(f"no process could be started ({error})", "Try it again later.") from error
