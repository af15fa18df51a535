"""How often pages look again: as usual for a few, seldom enough for many that the server keeps time."""

from types import SimpleNamespace

import pytest

from dashboard.services import refresh


@pytest.fixture
def session(monkeypatch):
    """Look as one of many sessions, at a moment."""
    monkeypatch.setattr(refresh, "_looks", {})

    def now(name: str, moment: float = 0.0) -> None:
        monkeypatch.setattr(refresh, "get_script_run_ctx", lambda: SimpleNamespace(session_id=name))
        monkeypatch.setattr(refresh.time, "monotonic", lambda: moment)

    return now


def test_a_few_sessions_look_as_usual(session):
    for number in range(refresh.AT_EASE):
        session(str(number))
        assert refresh.period(2.0) == 2.0


def test_many_sessions_share_the_looks_of_a_few(session):
    for number in range(40):
        session(str(number))
        found = refresh.period(1.0)
    assert found == pytest.approx(40 / refresh.AT_EASE)
    assert 40 / found == pytest.approx(refresh.AT_EASE)


def test_no_page_waits_longer_than_the_longest(session):
    for number in range(1000):
        session(str(number))
    assert refresh.period(1.0) <= refresh.LONGEST < refresh.REMEMBERED


def test_who_has_not_looked_for_a_while_is_not_counted_and_who_looks_is(session):
    for number in range(20):
        session(str(number), 0.0)
        refresh.look()
    session("0", refresh.REMEMBERED - 1)
    refresh.look()
    session("new", refresh.REMEMBERED + 1)
    assert refresh.look() == 2


def test_outside_of_a_session_there_is_nobody_to_count(monkeypatch):
    monkeypatch.setattr(refresh, "_looks", {})
    monkeypatch.setattr(refresh, "get_script_run_ctx", lambda: None)
    assert refresh.period(1.0) == 1.0
