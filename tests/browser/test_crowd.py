"""Many press Train at once beside a queue that is shown: every press is a training, and no page fails."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks import crowd

PRESSING, EXPLORING, WITHIN_S = 8, 2, 1.0


def _measured(address, store):
    """In a process of its own: the browser's driver has this one's event loop."""
    arguments = (address, store, PRESSING, EXPLORING, WITHIN_S)
    with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
        return elsewhere.submit(crowd.measured, *arguments).result()


def test_no_press_is_lost_however_many_press_at_once():
    with crowd.server() as (address, store):
        presses, failures = _measured(address, store)
    assert [press.answer for press in presses] == ["a training"] * PRESSING
    assert failures + [press.failure for press in presses if press.failure] == []
