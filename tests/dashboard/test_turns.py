"""A server runs a few pages at a time, and collects their garbage for all of them."""

import gc
import threading
import time
import weakref

import pytest

from dashboard.services import turns
from dashboard.services.garbage import Collector

MANY = 12


def test_turns_go_to_a_few_pages_at_a_time():
    running, most, lock, together = 0, 0, threading.Lock(), threading.Event()

    def page():
        nonlocal running, most
        with turns.turn():
            with lock:
                running += 1
                most = max(most, running)
                if running == turns.AT_A_TIME:
                    together.set()
            together.wait(60)
            with lock:
                running -= 1

    pages = [threading.Thread(target=page) for _ in range(MANY)]
    for each in pages:
        each.start()
    for each in pages:
        each.join(60)
    assert most == turns.AT_A_TIME
    assert running == 0


def test_turns_of_parts_are_their_pages():
    with turns.turn(), turns.turn(), turns.turn():  # more than there are: it would wait for itself
        pass


@pytest.mark.parametrize("times", [turns.AT_A_TIME + 1])
def test_turns_come_back_when_a_page_ends_early(times):
    for _ in range(times):
        with pytest.raises(ValueError, match="ended"), turns.turn():
            raise ValueError("ended")
    with turns.turn():
        pass


def test_turns_are_for_others_while_a_page_works_for_long():
    working, done = threading.Barrier(turns.AT_A_TIME + 1), threading.Event()

    @turns.rested
    def work():
        working.wait(60)
        done.wait(60)

    def page():
        with turns.turn():
            work()
            running.append(1)

    running: list[int] = []
    pages = [threading.Thread(target=page) for _ in range(turns.AT_A_TIME)]
    for each in pages:
        each.start()
    working.wait(60)  # every turn that there is was taken, and all are at work
    with turns.turn():
        assert running == []
    done.set()
    for each in pages:
        each.join(60)
    assert running == [1] * turns.AT_A_TIME


def test_turns_never_wait_for_one_another():
    """A page rests within what others wait for: they have the turns, and it has what they need."""
    wanted = threading.Lock()
    begun, waiting = threading.Event(), threading.Barrier(turns.AT_A_TIME + 1)

    def first():
        with turns.turn(), wanted, turns.rest():
            begun.set()
            waiting.wait(60)
            time.sleep(0.1)  # they stand before the lock by now

    def other():
        begun.wait(60)
        with turns.turn():
            waiting.wait(60)
            with wanted:
                pass

    pages = [threading.Thread(target=work, daemon=True) for work in (first, *[other] * turns.AT_A_TIME)]
    for each in pages:
        each.start()
    for each in pages:
        each.join(60)
    assert not any(each.is_alive() for each in pages)


def test_work_outside_a_page_needs_no_turn():
    assert turns.rested(lambda number: number + 1)(1) == 2


def test_garbage_is_collected_once_a_period():
    class Ring:
        """Something that only the collector frees."""

    def ring() -> weakref.ref:
        made = Ring()
        made.self = made
        return weakref.ref(made)

    collector = Collector()
    gc.disable()
    try:
        first = ring()
        collector.collect()
        second = ring()
        collector.collect()
        assert (first(), second() is None) == (None, False)
    finally:
        gc.enable()
