"""The job listing: one read of the queue serves every session that asks within a moment."""

import threading
import time

import pytest

from aecore import jobs
from aecore.models import variants
from dashboard.services import job_listing


def submit(seed: int) -> str:
    config = variants.configure("ae", "digits", epochs=2, hidden=[8], seed=seed)
    return jobs.submit(config).run_id


def ids(found) -> list[str]:
    return [job.run_id for job in found]


@pytest.fixture
def reads(monkeypatch):
    """How often all jobs were read; a read takes a while, as that of many jobs does."""
    counted, own = [], jobs.listing

    def slow(*given):
        counted.append(1)
        time.sleep(0.1)
        return own(*given)

    monkeypatch.setattr(jobs, "listing", slow)
    return counted


def test_what_is_asked_for_now_holds_what_was_handed_in_before(monkeypatch):
    monkeypatch.setattr(job_listing, "RECENT", 60.0)  # however busy the machine
    one = submit(1)
    assert ids(job_listing.now()) == [one]
    two = submit(2)
    assert ids(job_listing.recent()) == [one]  # a moment old
    assert ids(job_listing.now()) == [one, two]
    assert ids(job_listing.recent()) == [one, two]


def test_a_look_is_no_older_than_half_a_second(monkeypatch):
    job_listing.now()
    submit(1)
    monkeypatch.setattr(job_listing, "RECENT", 0.0)
    assert len(job_listing.recent()) == 1


def test_forty_sessions_that_look_at_once_read_the_jobs_a_few_times(reads):
    started = threading.Barrier(40)

    def look() -> None:
        started.wait()
        job_listing.recent()
        job_listing.now()

    sessions = [threading.Thread(target=look) for _ in range(40)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    assert len(reads) < 10


def test_another_store_is_another_listing(monkeypatch, tmp_path):
    submit(1)
    assert len(job_listing.now()) == 1
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path / "other"))
    assert job_listing.recent() == []


def test_sessions_that_look_at_once_begin_what_waits_once(monkeypatch):
    begun = []
    monkeypatch.setattr(job_listing, "RECENT", 60.0)  # however busy the machine
    monkeypatch.setattr(jobs, "advance", lambda: begun.append(1))
    for _ in range(40):
        job_listing.advance()
    assert len(begun) == 1
