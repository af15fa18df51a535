"""Jobs: one per key, one after the other, stopped when asked, and failures told as sentences."""

import threading
import time
from types import SimpleNamespace

import pytest

from aecore.analysis import projection
from aecore.errors import BadValue, Unforeseen
from dashboard.compare import projections
from dashboard.services import background
from dashboard.services.background import Job, Jobs


@pytest.fixture
def jobs():
    return Jobs()


def over(job: Job) -> Job:
    deadline = time.monotonic() + 60
    while not job.is_over and time.monotonic() < deadline:
        time.sleep(0.005)
    return job


def test_a_job_hands_over_what_its_work_returned(jobs):
    job = over(jobs.start("a", "Adding", lambda report: 1 + 1))
    assert (job.state, job.result, job.share) == ("done", 2, 1.0)


def test_two_who_ask_for_the_same_share_one_job(jobs):
    gate, calls = threading.Event(), []

    def work(report):
        calls.append(1)
        gate.wait(60)

    first = jobs.start("a", "Work", work)
    second = jobs.start("a", "Work", work)
    assert first is second
    gate.set()
    over(first)
    assert len(calls) == 1


def test_a_finished_job_can_be_started_again(jobs):
    first = over(jobs.start("a", "Work", lambda report: 1))
    second = over(jobs.start("a", "Work", lambda report: 2))
    assert (first.result, second.result) == (1, 2)
    assert jobs.get("a") is second


def test_jobs_run_one_after_the_other_and_say_how_many_are_before(jobs):
    gate, running = threading.Event(), []

    def work(report):
        running.append(1)
        assert gate.wait(60)

    first, second = jobs.start("a", "A", work), jobs.start("b", "B", work)
    while not running:
        time.sleep(0.005)
    assert len(running) == 1
    assert (jobs.waiting_before(first), jobs.waiting_before(second)) == (0, 1)
    gate.set()
    over(second)
    assert len(running) == 2


def test_stop_ends_the_work_at_its_next_report(jobs):
    begun, gate, after = threading.Event(), threading.Event(), []

    def work(report):
        begun.set()
        gate.wait(60)
        report(0.5, "half way")
        after.append(1)

    job = jobs.start("a", "Work", work)
    begun.wait(60)
    job.stop()
    gate.set()
    assert over(job).state == "stopped"
    assert after == []


def test_a_job_stopped_while_it_waits_never_begins(jobs):
    gate, ran = threading.Event(), []
    first = jobs.start("a", "A", lambda report: gate.wait(60))
    second = jobs.start("b", "B", lambda report: ran.append(1))
    second.stop()
    assert second.state == "stopped"  # at once, though the first is still at it
    gate.set()
    over(first)
    over(jobs.start("c", "C", lambda report: None))
    assert second.state == "stopped"
    assert ran == []


def test_an_error_of_ours_is_told_in_its_own_words(jobs):
    def work(report):
        raise BadValue("level", 3, "from 0 to 1")

    job = over(jobs.start("a", "Work", work))
    assert job.state == "failed"
    assert str(job.error) == str(BadValue("level", 3, "from 0 to 1"))


def test_any_other_error_is_told_in_our_words_and_logged_and_the_next_job_runs(jobs, caplog):
    def work(report):
        raise RuntimeError("no memory")

    job = over(jobs.start("a", "Mapping", work))
    assert str(job.error) == str(Unforeseen("Mapping", RuntimeError(), "the output of this server"))
    assert "no memory" in caplog.text
    assert over(jobs.start("b", "Next", lambda report: 1)).result == 1


def test_the_time_left_follows_the_pace_and_is_silent_before_there_is_one(monkeypatch):
    monkeypatch.setattr(background, "time", SimpleNamespace(monotonic=lambda: 110.0))
    job = Job("Work", state="running", share=0.25, started=100.0)
    assert job.seconds_left == pytest.approx(30)
    job.share = 0.0
    assert job.seconds_left is None


def test_no_time_left_is_said_where_the_share_done_is_none_of_the_time(jobs):
    gate, known = threading.Event(), threading.Event()

    def work(report):
        report(0.5, "part 5 of 10")
        known.set()
        gate.wait(10)

    job = jobs.start("a", "Measuring", work, is_timed=False)
    assert known.wait(10)
    job.started -= 10
    assert (job.share, job.seconds_left) == (0.5, None)
    gate.set()


@pytest.mark.parametrize(("method", "is_timed"), [("umap", False), ("tsne", True), ("pca", True)])
def test_a_map_says_how_long_it_takes_where_its_method_does(jobs, monkeypatch, method, is_timed):
    monkeypatch.setattr(background, "jobs", lambda: jobs)
    monkeypatch.setattr(projections.projection, "project", lambda config, report: None)
    projections.start("a map", projection.configure("digits", method=method, inputs="pixels"))
    assert [job.is_timed for job in jobs._jobs.values()] == [is_timed]


def test_what_is_loaded_before_the_work_says_how_far_it_is_is_no_part_of_its_pace():
    found = []

    def work(report):
        time.sleep(1.0)
        report(0.0, "one")
        time.sleep(0.1)
        report(0.5, "two")
        found.append(job.seconds_left)

    job = Job("Work")
    job.run(work)
    assert found[0] < 0.6


def test_old_jobs_are_forgotten_but_never_one_under_way(jobs):
    gate = threading.Event()
    under_way = jobs.start("slow", "Slow", lambda report: gate.wait(30))
    for number in range(100):
        jobs.start(str(number), "Quick", lambda report: None)
    assert jobs.get("slow") is under_way
    assert len(jobs._jobs) == 101
    gate.set()
    over(jobs.get("99"))
    jobs.start("last", "Last", lambda report: None)
    assert jobs.get("slow") is None
    assert len(jobs._jobs) == 64


def test_where_what_is_stored_is_only_shown_nothing_is_computed_that_would_be_kept(jobs, monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    refused = jobs.start("a", "A map", lambda report: pytest.fail("it was computed"))
    assert refused.state == "failed"
    assert "AECORE_READ_ONLY=1" in str(refused.error)
    assert over(jobs.start("b", "A filter", lambda report: 3, is_kept=False)).result == 3
