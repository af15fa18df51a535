"""Long work outside the pages' threads: one job per key, however many browsers ask for it."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import streamlit as st

from aecore.errors import AecoreError, ReadOnly, Unforeseen
from aecore.storage.settings import is_read_only
from dashboard.shared import error_message
from dashboard.shared.plain_text import as_text

Report = Callable[[float, str], None]
"""Called by the work with the share done, 0 to 1, and what it is at; raises `Stopped` when asked to."""

KEPT = 64
SETTLED = 0.03  # before this share is done, a guess of the time left is worth nothing


class Stopped(Exception):
    """Somebody pressed Stop."""


@dataclass
class Job:
    """One piece of work. Read from the pages, written by the thread that does it.

    Attributes:
        title: what it computes, for people.
        state: "waiting", "running", "done", "stopped" or "failed".
        share: how much is done, 0 to 1.
        note: what it is at.
        result: what the work returned.
        error: what happened, where it failed.
        started: `time.monotonic` when its turn came, then when the work first said how far it is: until
            then it loads what it needs.
        is_timed: whether the share done is one of the time; else no time left is guessed from it.
    """

    title: str
    state: str = "waiting"
    share: float = 0.0
    note: str = ""
    result: Any = None
    error: AecoreError | None = None
    started: float = 0.0
    is_timed: bool = True
    _has_said: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "stopped", "failed")

    @property
    def seconds_left(self) -> float | None:
        """A guess from the pace so far; None before there is one."""
        if not self.is_timed or self.state != "running" or self.share < SETTLED:
            return None
        return (time.monotonic() - self.started) * (1 - self.share) / self.share

    def stop(self) -> None:
        """Ask the work to end at its next report; a waiting job never begins."""
        self._stop.set()
        if self.state == "waiting":
            self.state = "stopped"

    def report(self, share: float, note: str = "") -> None:
        """What the work calls as it goes."""
        if self._stop.is_set():
            raise Stopped
        if self.state == "running" and not self._has_said:
            self._has_said = True
            self.started = self.started if share else time.monotonic()
        self.share, self.note = min(max(share, 0.0), 1.0), note or self.note

    def run(self, work: Callable[[Report], Any]) -> None:
        """Do the work and keep what came of it."""
        try:
            self.started = time.monotonic()
            self.report(0.0)
            self.state = "running"
            self.result = work(self.report)
            self.share, self.state = 1.0, "done"
        except Stopped:
            self.state = "stopped"
        except AecoreError as error:
            _let_go(error)
            self.error, self.state = error, "failed"
        except Exception as error:  # the page says what it was; the log has the rest
            logging.getLogger(__name__).exception("%s failed", self.title)
            self.error = Unforeseen(self.title, error, "the output of this server")
            _let_go(error)
            self.state = "failed"


def _let_go(error: BaseException | None) -> None:
    """Take the tracebacks from an error that is kept and its causes: their frames hold what was read."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


class Jobs:
    """All jobs of this server, by key; they run one after the other."""

    def __init__(self) -> None:
        """Start the thread that does the work; nothing is asked of it yet."""
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._queue: SimpleQueue[tuple[Job, Callable[[Report], Any]]] = SimpleQueue()
        # A daemon: a server that is told to end does not wait for long work, and what is kept is whole.
        threading.Thread(target=self._run, name="jobs", daemon=True).start()

    def get(self, key: str) -> Job | None:
        """The job of a key, also when it is over; None where there was none."""
        with self._lock:
            return self._jobs.get(key)

    def start(
        self,
        key: str,
        title: str,
        work: Callable[[Report], Any],
        is_kept: bool = True,
        is_timed: bool = True,
    ) -> Job:
        """Do some work, unless the same is under way already.

        Where what is stored is only shown, work whose result is kept is refused: it would be lost, and
        anybody could ask for it again and again.

        Args:
            key: names the result: what is computed, of which runs, with which settings.
            title: what to call it.
            work: does it, calling its argument as it goes.
            is_kept: whether the result lies on disk afterwards, for everybody.
            is_timed: whether the share that it reports is one of the time, not a count of unlike parts.

        Returns:
            The job, its own or the one that another browser started.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job and not job.is_over:
                return job
            job = Job(title, is_timed=is_timed)
            if is_kept and is_read_only():
                job.error = ReadOnly(f"computing what was not kept before ({title})")
                job.state = "failed"
            self._jobs.pop(key, None)
            self._jobs[key] = job
            over = [name for name, kept in self._jobs.items() if kept.is_over]
            for name in over[: max(len(self._jobs) - KEPT, 0)]:
                del self._jobs[name]
        if not job.is_over:
            self._queue.put((job, work))
        return job

    def _run(self) -> None:
        while True:
            job, work = self._queue.get()
            job.run(work)

    def waiting_before(self, job: Job) -> int:
        """How many jobs will run before this one's turn."""
        with self._lock:
            ahead = list(self._jobs.values())
        return sum(not other.is_over for other in ahead[: ahead.index(job)]) if job in ahead else 0


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The one register of this server."""
    return Jobs()


def start(
    key: str, title: str, work: Callable[[Report], Any], is_kept: bool = True, is_timed: bool = True
) -> None:
    """`Jobs.start` in the one register, as what a button does."""
    jobs().start(key, title, work, is_kept, is_timed)


def show(key: str) -> bool:
    """Show how far a job is, with a button that stops it; the page runs again when it is over.

    Args:
        key: the job's.

    Returns:
        Whether it is still under way.
    """
    job = jobs().get(key)
    if job is None:
        return False
    if job.is_over:
        if job.state == "failed":
            st.error(as_text(job.error))
        elif job.state == "stopped":
            st.info(f"{job.title} was stopped.")
        return False
    _show_progress(key, job)
    return True


@st.fragment(run_every=0.5)
@error_message.said
def _show_progress(key: str, job: Job) -> None:
    if job.is_over:
        st.rerun(scope="app")
    ahead = jobs().waiting_before(job)
    if job.state == "waiting":
        text = f"{job.title}: waiting, {ahead} before it" if ahead else f"{job.title}: starting"
    else:
        left = job.seconds_left
        parts = [f"{job.title}: {job.share:.0%}", "" if left is None else _time_left(left), job.note]
        text = ", ".join(filter(None, parts))
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(job.share, text)
    button.button("Stop", key=f"stop-{key}", width="stretch", on_click=job.stop)


def _time_left(seconds: float) -> str:
    if seconds < 90:
        return f"{max(round(seconds), 1)} s left"
    return f"{round(seconds / 60)} min left"
