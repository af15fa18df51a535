"""Thirty people explore while one training runs: how soon a page answers, and what it takes of the server.

Thirty browsers are thirty machines in a classroom, but here they are on the server's own. So first most of
them are sessions that say what a browser says and draw nothing (`sessions`), with a few real pages among
them; then thirty real pages are opened, which shows what browsers and server take together.
"""

import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from aecore import jobs
from aecore.jobs import Job
from aecore.models import variants
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks import sessions, visitors
from benchmarks.harness.chromium import launched
from benchmarks.harness.server import served

SESSIONS = 30
REAL = 2
"""Real pages among the sessions."""
LASTS_S, WARM_S, ALONE_S, MOVE_S = 60.0, 12.0, 12.0, 3.0
WARM_EPOCHS, CALM_EPOCHS = 2, 8
QUICK_S = (0.5, 1.5)
SEED = 0
AIM_S = 0.3
EPOCHS = 5000
"""More than are trained in the time; the training is discarded in the end."""
GIVE_UP_S = 60.0

VARIANT, DATASET = "vae", "mnist"
Rows = list[dict[str, str]]
Answers = Sequence[sessions.Answer | visitors.Response]


@dataclass(frozen=True)
class Classroom:
    """What all of the measuring takes place in.

    Attributes:
        browser: to open real pages in.
        elsewhere: a process for the sessions that draw nothing, so that they and the browser's driver do
            not wait for one another.
        address: of the dashboard.
        server: its process.
        queries: what each session opens first, behind the question mark.
    """

    browser: Browser
    elsewhere: Executor
    address: str
    server: int
    queries: list[str]

    def explore(self, *arguments: Any) -> Future[list[sessions.Answer]]:
        """Begin `sessions.explore` on this classroom's server."""
        return self.elsewhere.submit(sessions.explore, self.address, *arguments)

    def urls(self, count: int) -> list[str]:
        """What so many real pages open first."""
        return [f"{self.address}/?{query}" for query in self.queries[:count]]


def rows() -> Rows:
    """One row per measure; the first three while nothing is trained, the others while something is."""
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as elsewhere,
    ):
        room = Classroom(browser, elsewhere, address, _listening(address), _queries(SESSIONS))
        alone = _alone(room)
        with _training(RunStore(Path(folder) / "runs", SHIPPED)) as job:
            return [*alone, *_of_sessions(room, job), *_of_pages(room, job)]


def _alone(room: Classroom) -> Rows:
    """What one person sees who has server and machine to themselves."""
    room.explore(room.queries[:3], WARM_S, SEED, QUICK_S, "none").result()  # the Train page loads PyTorch
    answers = room.explore(room.queries[:1], ALONE_S, SEED + 1, QUICK_S).result()
    page, *_ = visitors.opened(room.browser, room.urls(1))
    chance = random.Random(SEED)
    responses = [visitors.respond(page, action, chance) for action in 4 * visitors.ACTIONS]
    page.context.close()
    acted = [answer for answer in answers if answer.action != "opening"]
    found = [
        *_latencies("answer of the server", acted),
        *_by_action("click to picture in a real page", responses),
    ]
    return _under("one session, nothing trained", found)


def _of_sessions(room: Classroom, job: Job) -> Rows:
    """What holds while most of the sessions draw nothing."""
    calm = _calm_seconds(job)
    pages = visitors.opened(room.browser, room.urls(REAL))
    before, done = _megabytes(room.server), len(job.folder.read_history())
    others = room.explore(room.queries[REAL:], LASTS_S, SEED, sessions.THINK_S, job.run_id)
    responses, rates = _act(pages, others)
    after, under_way = _megabytes(room.server), _now(job)
    assert under_way, "the training did not last"
    assert under_way.progress, "it has begun"
    trainer = _megabytes(under_way.progress.pid)
    history, answers = job.folder.read_history()[done + 1 :], others.result()
    for page in pages:
        page.context.close()
    acted = [answer for answer in answers if answer.action in sessions.ACTIONS]
    opening, following = (
        [answer for answer in answers if answer.action == action] for action in ("opening", "following")
    )
    count = len(room.queries)
    found = [
        *_latencies("answer of the server", acted, AIM_S),
        *_by_action("of these", acted),
        *_latencies(f"opening the page, all within {sessions.THINK_S[1]:.0f} s", opening),
        *_latencies("one more page follows the training, looking each second", following),
        _row("actions a second in all together", f"{len(acted) / LASTS_S:.1f}"),
        *_by_action(f"click to picture in {REAL} real pages", responses, AIM_S),
        _row("decoded images per second, a real page dragged for 3 s", _span(rates)),
        _row("memory of the server, a few pages opened", f"{before:.0f} MB"),
        _row("memory of the server, all sessions over all shipped runs", f"{after:.0f} MB"),
        _row("more memory for each session", f"{(after - before) / (count - REAL):.1f} MB"),
        _row("memory of the training's process", f"{trainer:.0f} MB"),
        _row("an epoch, median; while nobody explores", f"{calm:.2f} s"),
        _row("an epoch, median", f"{_median_seconds(history):.2f} s"),
    ]
    return _under(f"{count} sessions, one training", found)


def _of_pages(room: Classroom, job: Job) -> Rows:
    """What holds with as many real pages on the server's own machine."""
    done, chance = len(job.folder.read_history()), random.Random(SEED)
    started = time.perf_counter()
    pages = visitors.opened(room.browser, room.urls(len(room.queries)))
    opening = time.perf_counter() - started
    responses = [
        visitors.respond(page, visitors.ACTIONS[place % len(visitors.ACTIONS)], chance)
        for place, page in enumerate(pages)
    ]
    single = [visitors.drag(page, sent) for page, sent in list(pages.items())[:REAL]]
    rates = visitors.move_in_all(list(pages), MOVE_S)
    history = job.folder.read_history()[done + 1 :]
    together = f"median {statistics.median(rates):.0f}, slowest {min(rates):.0f}, together {sum(rates):.0f}"
    found = [
        _row("all opened at once, until the last has decoded", f"{opening:.0f} s"),
        *_by_action("click to picture, one after the other", responses),
        _row("decoded images per second, one dragged for 3 s", _span(single)),
        _row("decoded images per second, pointers moving in all at once", together),
        _row("an epoch, median", f"{_median_seconds(history):.2f} s"),
    ]
    return _under(f"{len(pages)} real pages on the server's machine, one training", found)


def _act(
    pages: visitors.Pages, others: Future[list[sessions.Answer]]
) -> tuple[list[visitors.Response], list[float]]:
    """Act in one real page after the other until the other sessions are through."""
    chance, responses, rates = random.Random(SEED), [], []
    while not others.done():
        for page, sent in pages.items():
            for action in 2 * visitors.ACTIONS:
                page.wait_for_timeout(1000 * chance.uniform(0.5, 1.5))
                responses.append(visitors.respond(page, action, chance))
            rates.append(visitors.drag(page, sent))
            if others.done():
                break
    return responses, rates


@contextmanager
def _training(store: RunStore) -> Iterator[Job]:
    """A training that a worker is at until the end."""
    job = jobs.submit(variants.configure(VARIANT, DATASET, epochs=EPOCHS), store)
    jobs.advance(store)
    try:
        wait_for(job.folder.read_history, "a first epoch")
        yield job
        now = _now(job)
        assert now, "the training did not last"
        assert now.state == "training", "the training did not last"
    finally:
        jobs.send_command(job, "discard")
        wait_for(lambda: _now(job) is None, "the end of the training")


def wait_for(is_there: Callable[[], object], what: str) -> None:
    """Wait until something is true, for GIVE_UP_S seconds at most."""
    deadline = time.monotonic() + GIVE_UP_S
    while not is_there():
        assert time.monotonic() < deadline, f"no {what} after {GIVE_UP_S:.0f} s"
        time.sleep(0.2)


def _now(job: Job) -> Job | None:
    """The same job as it is now; None where it is over."""
    return jobs.find(job.run_id, RunStore(job.folder.root, SHIPPED))


def _calm_seconds(job: Job) -> float:
    """Median seconds of an epoch while nothing else happens."""
    wait_for(lambda: len(job.folder.read_history()) > WARM_EPOCHS + CALM_EPOCHS, "epochs trained in peace")
    return _median_seconds(job.folder.read_history()[WARM_EPOCHS:])


def _median_seconds(history: Sequence[dict[str, Any]]) -> float:
    return statistics.median(record["seconds"] for record in history)


def _queries(count: int) -> list[str]:
    """What so many sessions open first, behind the question mark: shipped runs of every data set."""
    runs = RunStore(SHIPPED, SHIPPED).listing().runs
    chance = random.Random(SEED)
    chosen = [chance.choice(runs) for _ in range(count)]
    return [f"dataset={run.config.dataset}&variant={run.config.variant}&run={run.run_id}" for run in chosen]


def _listening(address: str) -> int:
    """The process of this one's children that serves an address."""
    port = address.rpartition(":")[2]
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        words = path.read_bytes().decode().split("\0")
        if "streamlit" in words and port in words:
            return int(path.parent.name)
    raise RuntimeError(f"No process serves {address}; this benchmark needs Linux's /proc.")


def _megabytes(process: int) -> float:
    """Memory that a process holds now, shared libraries included."""
    return resident(Path(f"/proc/{process}/status").read_text())


def resident(status: str) -> float:
    """MB (10^6 bytes) of resident memory, from what Linux tells of a process."""
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e6


def quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile, interpolated between what was measured."""
    if len(seconds) < 2:
        return seconds[0], seconds[0]
    return statistics.median(seconds), statistics.quantiles(seconds, n=20, method="inclusive")[18]


def _latencies(what: str, answers: Answers, aim: float | None = None) -> Rows:
    """A row of the median and the 95th percentile; none where there were no answers."""
    if not answers:
        return []
    middle, high = (1000 * seconds for seconds in quantiles([answer.seconds for answer in answers]))
    value = f"{middle:.0f} / {high:.0f} ms, {len(answers)} times"
    return [_row(f"{what}, median / 95th percentile", value, f"≤ {1000 * aim:.0f} ms" if aim else "")]


def _by_action(what: str, answers: Answers, aim: float | None = None) -> Rows:
    """The same for each kind of action."""
    kinds = sorted({answer.action for answer in answers})
    return [
        row
        for kind in kinds
        for row in _latencies(f"{what}, {kind}", [answer for answer in answers if answer.action == kind], aim)
    ]


def _span(rates: Sequence[float]) -> str:
    return f"{min(rates):.0f} to {max(rates):.0f}" if len(rates) > 1 else f"{rates[0]:.0f}"


def _under(situation: str, found: Rows) -> Rows:
    """Rows of one situation, named in the first of them."""
    return [{"situation": "" if place else situation} | row for place, row in enumerate(found)]


def _row(measure: str, value: str, aim: str = "") -> dict[str, str]:
    return {"measure": measure, "value": value, "aim": aim}
