"""What Explore's dots are coloured by: what is offered for a run, and a computation that was stopped."""

import pytest

from aecore.analysis import per_image
from aecore.storage import cache
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.explore import colour
from dashboard.services import background, cached_reads
from dashboard.state import plane


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path))
    return next(run for run in RunStore(SHIPPED).listing().runs if run.name == "mnist-vae-z32")


def test_what_needs_images_that_are_not_here_is_left_out(run, monkeypatch):
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": split == "test")
    monkeypatch.setattr(cache, "is_any_kept", lambda owner, kind: False)
    assert colour.names(run) == ("error", "kl", "density")
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": False)
    assert colour.names(run) == ("error", "density")


def test_with_the_shipped_classifier_classes_are_predicted_without_training_images(run, monkeypatch):
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": split == "test")
    assert colour.names(run) == ("error", "kl", "density", "predicted", "right")


def test_what_was_computed_stays_offered(run, monkeypatch):
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": False)
    monkeypatch.setattr(per_image, "kept", lambda run, name, store=None: run.arrays["errors"])
    assert colour.names(run) == ("error", "kl", "density", "predicted", "right")


def test_a_computation_that_was_stopped_is_not_begun_again_by_itself(run, monkeypatch):
    begun, jobs = [], background.Jobs()
    monkeypatch.setattr(background, "jobs", lambda: jobs)
    monkeypatch.setattr(background, "start", lambda key, title, work: begun.append((key, title)))
    monkeypatch.setattr(plane, "asked_colour", lambda: "kl")
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": True)
    colour.bring(run)
    assert begun == [(f"per-image/{run.path}/kl", "KL of every image")]
    jobs._jobs[begun[0][0]] = background.Job("KL of every image", state="stopped")
    colour.bring(run)
    assert len(begun) == 1
