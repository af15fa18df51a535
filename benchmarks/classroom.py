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
from pathlib import Path

from playwright.sync_api import Browser, Page

from aecore import jobs, variants
from aecore.jobs import Job
from aecore.store import SHIPPED, RunStore
from benchmarks import sessions, visitors
from tests.browser.app import served
from tests.browser.chromium import launched

SESSIONS = 30
REAL = 2
"""Real pages among the sessions."""
LASTS_S, WARM_S, ALONE_S, MOVE_S = 60.0, 10.0, 15.0, 3.0
WARM_EPOCHS, CALM_EPOCHS = 2, 8
QUICK_S = (0.5, 1.5)
SEED = 0
AIM_S = 0.3
EPOCHS = 5000
"""More than are trained in the time; the training is discarded in the end."""
GIVE_UP_S = 60.0

Rows = list[dict[str, str]]


def rows() -> Rows:
    """One row per measure; everything but the first two while a training runs."""
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as elsewhere,
    ):
        server, queries = _listening(address), _queries(SESSIONS)
        elsewhere.submit(sessions.explore, address, queries[:3], WARM_S, SEED, QUICK_S).result()
        alone = elsewhere.submit(sessions.explore, address, queries[:1], ALONE_S, SEED + 1, QUICK_S).result()
        with _training(RunStore(Path(folder) / "runs", SHIPPED)) as job:
            calm = _calm_seconds(job)
            return [
                *_latencies("one session, nothing trained: answer of the server", alone[1:]),
                *_of_sessions(browser, elsewhere, address, server, queries, job, calm),
                *_of_pages(browser, address, queries, job),
            ]


def _of_sessions(
    browser: Browser,
    elsewhere: Executor,
    address: str,
    server: int,
    queries: Sequence[str],
    job: Job,
    calm: float,
) -> Rows:
    """What holds while most of the thirty draw nothing."""
    pages = visitors.opened(browser, [f"{address}/?{query}" for query in queries[:REAL]])
    before, done = _megabytes(server), len(jobs.read_history(job.path))
    others = elsewhere.submit(
        sessions.explore, address, queries[REAL:], LASTS_S, SEED, sessions.THINK_S, job.run_id
    )
    responses, rates = _act(pages, others)
    memory, trainer = _megabytes(server), _megabytes(jobs.find(job.run_id, _store(job)).progress.pid)
    answers = others.result()
    history = jobs.read_history(job.path)[done + 1 :]
    assert history, "nothing was trained meanwhile"
    for page in pages:
        page.context.close()
    by_action: dict[str, list[sessions.Answer]] = {}
    for answer in answers:
        by_action.setdefault(answer.action, []).append(answer)
    opening, following = by_action.pop("opening"), by_action.pop("following")
    acted = [answer for own in by_action.values() for answer in own]
    count = len(queries)
    what = f"{count} sessions, one training: "
    table = _latencies(f"{what}answer of the server", acted, AIM_S)
    for action, own in by_action.items():
        table += _latencies(f"of these, {action}", own)
    table += _latencies("opening the page, all within 9 s", opening)
    table += _latencies("one more page that follows the training, each second", following)
    for action in ("another run", "a tab"):
        own = [response for response in responses if response.action == action]
        table += _latencies(f"{what}click to picture in {REAL} real pages, {action}", own)
    each = (memory - before) / (count - REAL)
    rate = len(acted) / LASTS_S
    return [
        *table,
        _row("actions a second in all sessions together", f"{rate:.1f}"),
        _row(f"{what}decoded images per second, a real page dragged for 3 s", _span(rates), "≥ 55"),
        _row("memory of the server with one visitor's caches", f"{before:.0f} MB"),
        _row(f"the same after {count} sessions over all shipped runs", f"{memory:.0f} MB"),
        _row("that is for each session", f"{each:.1f} MB"),
        _row("memory of the training's process", f"{trainer:.0f} MB"),
        _row("an epoch of MNIST's VAE, nobody exploring, median", f"{calm:.2f} s"),
        _row(f"the same, {count} sessions exploring", f"{_median_seconds(history):.2f} s"),
    ]


def _of_pages(browser: Browser, address: str, queries: Sequence[str], job: Job) -> Rows:
    """What holds with thirty real pages on the server's own machine."""
    done, chance = len(jobs.read_history(job.path)), random.Random(SEED)
    started = time.perf_counter()
    pages = visitors.opened(browser, [f"{address}/?{query}" for query in queries])
    opening = time.perf_counter() - started
    responses = [
        visitors.respond(page, ("another run", "a tab")[place % 2], chance)
        for place, page in enumerate(pages)
    ]
    single = [visitors.drag(page) for page in pages[:REAL]]
    rates = visitors.move_in_all(pages, MOVE_S)
    history = jobs.read_history(job.path)[done + 1 :]
    assert history, "nothing was trained meanwhile"
    what = f"{len(pages)} real pages on the server's machine: "
    together = f"median {statistics.median(rates):.0f}, slowest {min(rates):.0f}, together {sum(rates):.0f}"
    table = []
    for action in ("another run", "a tab"):
        own = [response for response in responses if response.action == action]
        table += _latencies(f"{what}click to picture, one after the other, {action}", own)
    return [
        _row(f"{what}all opened at once, until the last has decoded", f"{opening:.0f} s"),
        *table,
        _row(f"{what}decoded images per second, one dragged for 3 s", _span(single), "≥ 55"),
        _row(f"{what}decoded images per second, pointers moving in all at once", together),
        _row(f"an epoch of MNIST's VAE, {len(pages)} real pages", f"{_median_seconds(history):.2f} s"),
    ]


def _act(pages: Sequence[Page], others: Future) -> tuple[list[visitors.Response], list[float]]:
    """Act in one real page after the other until the other sessions are through."""
    chance, responses, rates = random.Random(SEED), [], []
    while not others.done():
        for page in pages:
            for action in ("another run", "a tab", "a tab", "another run"):
                page.wait_for_timeout(1000 * chance.uniform(0.5, 1.5))
                responses.append(visitors.respond(page, action, chance))
            rates.append(visitors.drag(page))
            if others.done():
                break
    return responses, rates


@contextmanager
def _training(store: RunStore) -> Iterator[Job]:
    """A training that a worker is at until the end."""
    job = jobs.submit(variants.configure("vae", "mnist", epochs=EPOCHS), store)
    jobs.advance(store)
    try:
        wait_for(lambda: jobs.read_history(job.path), "a first epoch")
        yield job
        assert jobs.find(job.run_id, store).state == "training", "the training did not last"
    finally:
        jobs.ask(job, "discard")
        wait_for(lambda: jobs.find(job.run_id, store) is None, "the end of the training")


def wait_for(is_there: Callable[[], object], what: str) -> None:
    """Wait until something is true, for GIVE_UP_S seconds at most."""
    deadline = time.monotonic() + GIVE_UP_S
    while not is_there():
        assert time.monotonic() < deadline, f"no {what} after {GIVE_UP_S:.0f} s"
        time.sleep(0.2)


def _store(job: Job) -> RunStore:
    return RunStore(job.path.parent.parent, SHIPPED)


def _calm_seconds(job: Job) -> float:
    """Median seconds of an epoch while nothing else happens."""
    wait_for(lambda: len(jobs.read_history(job.path)) > WARM_EPOCHS + CALM_EPOCHS, "epochs trained in peace")
    return _median_seconds(jobs.read_history(job.path)[WARM_EPOCHS:])


def _median_seconds(history: Sequence[dict]) -> float:
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


def _latencies(
    what: str, answers: Sequence[sessions.Answer | visitors.Response], aim: float | None = None
) -> Rows:
    """A row of the median and the 95th percentile; none where there were no answers."""
    if not answers:
        return []
    middle, high = (1000 * seconds for seconds in quantiles([answer.seconds for answer in answers]))
    value = f"{middle:.0f} / {high:.0f} ms, {len(answers)} actions"
    return [_row(f"{what}, median / 95th percentile", value, f"≤ {1000 * aim:.0f} ms" if aim else "")]


def _span(rates: Sequence[float]) -> str:
    return f"{min(rates):.0f} to {max(rates):.0f}" if len(rates) > 1 else f"{rates[0]:.0f}"


def _row(measure: str, value: str, aim: str = "") -> dict[str, str]:
    return {"measure": measure, "value": value, "aim": aim}
