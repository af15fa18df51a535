"""What Explore's dots are coloured by: what is offered for a run, and a computation that was stopped."""

import numpy as np
import pytest

from aecore.analysis import clusters, per_image
from aecore.datasets import Column
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
    assert colour.names(run) == ("error", "kl", "density", "cluster")
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": False)
    assert colour.names(run) == ("error", "density", "cluster")


def test_with_the_shipped_classifier_classes_are_predicted_without_training_images(run, monkeypatch):
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": split == "test")
    assert colour.names(run) == ("error", "kl", "density", "predicted", "right", "cluster")


def test_what_was_computed_stays_offered(run, monkeypatch):
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": False)
    monkeypatch.setattr(per_image, "kept", lambda run, name, store=None: run.arrays["errors"])
    assert colour.names(run) == ("error", "kl", "density", "predicted", "right", "cluster")


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


# Clusters and columns


@pytest.fixture
def columns(run, monkeypatch):
    """Two columns of the run's test images, of words and of numbers, and one of other images."""
    count = run.test_images
    found = (
        Column("form", np.arange(count) % 2.0, ("round", "flat")),
        Column("size [cm]", np.linspace(0, 1, count)),
        Column("other", np.zeros(3)),
    )

    class Known:
        columns = found

    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": True)
    monkeypatch.setattr(cached_reads, "test_images", lambda dataset: Known)
    return found


@pytest.fixture
def handed(monkeypatch):
    """What the plane was handed, by name."""
    found = {}

    def take(group, *, values, words, key):
        found.update({name: (array, words.get(name)) for name, array in values.items()})

    monkeypatch.setattr(colour, "plane_marks", take)
    return found


def test_columns_of_the_images_are_offered_after_all_else(run, columns):
    assert colour.names(run)[-3:] == ("cluster", "column-form", "column-size [cm]")


@pytest.mark.parametrize(("k", "words"), [(0, ("round", "flat")), (1, None)])
def test_the_column_that_is_asked_for_is_handed_over_with_its_words(
    run, columns, handed, monkeypatch, k, words
):
    asked = f"column-{columns[k].name}"
    monkeypatch.setattr(plane, "asked_colour", lambda: asked)
    colour.bring(run)
    assert list(handed) == [asked]
    np.testing.assert_array_equal(handed[asked][0], columns[k].values)
    assert handed[asked][1] == words


def test_what_dots_are_coloured_by_is_said_and_a_name_is_shown_as_it_is(monkeypatch):
    for asked, said in (
        ("", ""),
        ("kl", "coloured by its KL"),
        ("column-size [cm]", r"coloured by size \[cm\], which the model never saw"),
        ("cluster-8", "coloured by which of 8 clusters its code lies in (k-means on the codes)"),
    ):
        monkeypatch.setattr(plane, "asked_colour", lambda asked=asked: asked)
        assert colour.words(2) == said
    assert "over all 32 dimensions" in colour.words(32)


def test_clusters_are_computed_beside_the_page_and_handed_over_once_they_are_there(
    run, handed, monkeypatch, tmp_path
):
    begun, jobs = [], background.Jobs()
    monkeypatch.setattr(background, "jobs", lambda: jobs)
    monkeypatch.setattr(background, "start", lambda key, title, work: begun.append(work))
    monkeypatch.setattr(plane, "asked_colour", lambda: "cluster-3")
    colour.bring(run)
    assert handed == {}
    assert clusters.kept(run, 3) is None
    found = begun[0](lambda share, note: None)
    colour.bring(run)
    assert len(begun) == 1
    np.testing.assert_array_equal(handed["cluster-3"][0], found)


def test_where_nothing_is_computed_clusters_are_offered_if_some_were(run, monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    assert "cluster" not in colour.names(run)
    monkeypatch.setattr(clusters, "is_any_kept", lambda run: True)
    assert "cluster" in colour.names(run)
