"""Forty people press Train within three seconds, beside a queue that is shown, while sixty explore.

Each is a session that draws nothing (`sessions`), but looks again at whatever part of the page runs by
itself, as a browser does: those looks are what a press has to survive. A press is answered by a training of
its own or by a sentence on the page; what is neither is lost.
"""

import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from streamlit.proto.WidgetStates_pb2 import WidgetState

from aecore import jobs
from aecore.models import variants
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks import sessions
from benchmarks.harness.server import served
from benchmarks.sessions import GIVE_UP_S, Screen

PRESSING, EXPLORING = 40, 60
WITHIN_S, LOOKS_S, STAYS_S = 3.0, 60.0, 6.0
"""Seconds in which all press, for which each waits for an answer at most, and stays on the page after it."""
THINK_S, AT_ONCE, OPENS_S = (1.0, 3.0), 8, 300.0
"""Seconds between an answer and the next action of who explores; pages that open at a time, and the seconds
that one may take before anything is measured."""
SEED, FIRST_SEED = 0, 1000
VARIANT, DATASET = "vae", "digits"
LASTS = 20_000
"""Epochs of the training that is under way: it lasts."""
BUTTON = "Train"


@dataclass
class Press:
    """One press on Train and what came of it.

    Attributes:
        seed: of the training that is asked for, which tells it from the others.
        seconds: from the press to the page that shows the answer; None where none came.
        answer: "a training", "a sentence" or "nothing".
        failure: what the page showed in place of itself; empty for nothing.
    """

    seed: int
    seconds: float | None = None
    answer: str = "nothing"
    failure: str = ""


def rows() -> list[dict[str, str]]:
    """One row per measure."""
    with server() as (address, store):
        presses, failures = measured(address, store, PRESSING, EXPLORING)
    answers = Counter(press.answer for press in presses)
    waits = sorted(press.seconds for press in presses if press.seconds is not None)
    failures += [press.failure for press in presses if press.failure]
    found = {
        f"presses within {WITHIN_S:.0f} s": str(len(presses)),
        "became a training": str(answers["a training"]),
        "were answered by a sentence": str(answers["a sentence"]),
        "lost": str(answers["nothing"]),
        "seconds from press to answer, median / longest": f"{waits[len(waits) // 2]:.1f} / {waits[-1]:.1f}"
        if waits
        else "none",
        f"pages that failed, of {PRESSING + EXPLORING}": str(len(failures)),
    }
    for sentence in set(failures):
        print(sentence, file=sys.stderr)
    return [{"measure": name, "value": value} for name, value in found.items()]


def measured(
    address: str, store: RunStore, pressing: int, exploring: int, within: float = WITHIN_S
) -> tuple[list[Press], list[str]]:
    """Let many press at once.

    Args:
        address: of the dashboard.
        store: where its trainings lie.
        pressing: how many press Train, each with a seed of its own.
        exploring: how many act on the Explore page meanwhile.
        within: seconds in which all press.

    Returns:
        Every press, and what the pages of those who explore showed in place of themselves.
    """
    return asyncio.run(_crowd(address, store, pressing, exploring, within))


async def _crowd(
    address: str, store: RunStore, pressing: int, exploring: int, within: float
) -> tuple[list[Press], list[str]]:
    chance, few = random.Random(SEED), asyncio.Semaphore(AT_ONCE)
    async with contextlib.AsyncExitStack() as stack:
        pages = [_open(stack, address, FIRST_SEED + place, few) for place in range(pressing)]
        pages = await asyncio.gather(*pages)
        visits = [_explore(address, place, within + STAYS_S) for place in range(exploring)]
        presses = [_press(page, chance.uniform(0, within)) for page in pages]
        failures, *presses = await asyncio.gather(asyncio.gather(*visits, return_exceptions=True), *presses)
    trained = {job.config.seed for job in jobs.listing(store)}
    for press in presses:
        if press.seed in trained:
            press.answer = "a training"
    return presses, [repr(failure) for failure in failures if failure]


async def _explore(address: str, place: int, seconds: float) -> None:
    chance = random.Random(f"{SEED} {place}")
    run = chance.choice(RunStore(SHIPPED, SHIPPED).listing().runs)
    query = f"dataset={run.config.dataset}&variant={run.config.variant}&run={run.run_id}"
    await sessions.visit(address, query, chance, seconds, THINK_S, lambda _: None)


async def _open(stack: contextlib.AsyncExitStack, address: str, seed: int, few: asyncio.Semaphore) -> "_Page":
    """A Train page whose form asks for a seed, kept open until the stack ends."""
    query = f"dataset={DATASET}&variant={VARIANT}&preset=good&set.seed={seed}"
    async with few:
        socket = await stack.enter_async_context(sessions.connected(address))
        page = _Page(socket, Screen(query, name="train"), seed)
        listening = asyncio.create_task(page.listen())
        stack.callback(listening.cancel)
        await socket.send(page.screen.request())
        await page.wait_until(lambda: BUTTON in page.screen.buttons and page.runs, OPENS_S)
    return page


async def _press(page: "_Page", after: float) -> Press:
    """Press after so many seconds, and look at what comes."""
    await asyncio.sleep(after)
    press, before, begun = Press(page.seed), page.screen.query, time.perf_counter()
    key, fragment = page.screen.buttons[BUTTON]
    await page.socket.send(page.screen.request(WidgetState(id=key, trigger_value=True), fragment))
    with contextlib.suppress(TimeoutError):
        await page.wait_until(lambda: page.is_answered(before), LOOKS_S)
        press.answer = "a sentence" if page.screen.told else press.answer
        press.seconds = time.perf_counter() - begun
        await asyncio.sleep(STAYS_S)
    press.failure = page.failure
    return press


class _Page:
    """A page that listens while it acts, and runs by itself what a browser would."""

    def __init__(self, socket: sessions.ClientConnection, screen: Screen, seed: int) -> None:
        self.socket, self.screen, self.seed = socket, screen, seed
        self.runs, self.failure = 0, ""
        self._came = asyncio.Condition()
        self._timers: dict[str, asyncio.Task[None]] = {}

    async def listen(self) -> None:
        """Take in whatever comes, for as long as the page is open."""
        try:
            async for data in self.socket:
                assert isinstance(data, bytes), "Streamlit sends no text"
                message = sessions.ForwardMsg.FromString(data)
                kind = message.WhichOneof("type")
                if kind == "script_finished":
                    self.runs += self.screen.finish(message.script_finished)
                elif kind == "stop_auto_rerun":
                    for key in message.stop_auto_rerun.fragment_ids:
                        self._stop(key)
                else:
                    self.screen.take(message)
                    if kind == "auto_rerun":
                        self._follow(message.auto_rerun.fragment_id, message.auto_rerun.interval)
                async with self._came:
                    self._came.notify_all()
        except RuntimeError as error:
            self.failure = str(error)
        finally:
            for key in list(self._timers):
                self._stop(key)

    def _follow(self, fragment: str, interval: float) -> None:
        self._stop(fragment)
        self._timers[fragment] = asyncio.create_task(self._look(fragment, interval))

    def _stop(self, fragment: str) -> None:
        if timer := self._timers.pop(fragment, None):
            timer.cancel()

    async def _look(self, fragment: str, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await self.socket.send(self.screen.request(fragment=fragment, is_auto=True))

    def is_answered(self, before: str) -> bool:
        """Whether the page shows a training, or a sentence, that it did not show before."""
        return bool(self.screen.told) or "job=" in self.screen.query != before

    async def wait_until(self, is_there: Callable[[], object], seconds: float = GIVE_UP_S) -> None:
        """Wait for something to be shown; raises TimeoutError."""
        async with asyncio.timeout(seconds), self._came:
            await self._came.wait_for(is_there)


@contextlib.contextmanager
def server() -> Iterator[tuple[str, RunStore]]:
    """The dashboard over a store in which one training is under way and one waits."""
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        store = RunStore(runs, SHIPPED)
        with served(Path(folder) / "log", AECORE_RUNS=str(runs)) as address:
            for seed in (0, 1):
                jobs.submit(variants.configure(VARIANT, DATASET, epochs=LASTS, seed=seed), store)
            jobs.advance(store)
            try:
                yield address, store
            finally:
                discard_all(store)


def discard_all(store: RunStore) -> None:
    """Discard every training of a store, and wait until no worker is left."""
    deadline = time.monotonic() + GIVE_UP_S
    while (found := jobs.listing(store)) and time.monotonic() < deadline:
        for job in found:
            jobs.send_command(job, "discard")
        time.sleep(0.5)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for line in rows():
        print(f"{line['measure']}: {line['value']}")
