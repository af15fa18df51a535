"""What Compare's dots are coloured by: what is offered, what the address keeps, what travels."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore.analysis import clusters, per_image
from aecore.datasets import Column
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.compare import colour
from dashboard.services import background, cached_reads
from dashboard.state import keys, link, plane, session
from dashboard.state.address import Address
from tests.addresses import address
from tests.dashboard.test_compare_planes import opened

RUNS = {run.name: run for run in RunStore(SHIPPED).listing().runs}
AE, VAE, DEEP = (RUNS[name] for name in ("mnist-ae-z2", "mnist-vae-z2", "mnist-vae-z32"))
COLUMNS = (
    Column("form", np.arange(AE.test_images) % 2.0, ("round", "flat")),
    Column("size [cm]", np.linspace(0, 1, AE.test_images)),
)


@pytest.fixture(autouse=True)
def own_store(monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path))


@pytest.fixture
def columns(monkeypatch):
    """Two columns of the test images, of words and of numbers."""

    class Known:
        columns = COLUMNS

    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": True)
    monkeypatch.setattr(cached_reads, "test_images", lambda dataset: Known)


@pytest.fixture
def handed(monkeypatch):
    """What the planes were handed, by the key of its place: values, words, whose they are."""
    found = {}

    def take(group, *, values, words=None, whose="", key):
        ((name, array),) = values.items()
        found[key] = name, np.asarray(array), (words or {}).get(name), whose

    monkeypatch.setattr(colour, "plane_marks", take)
    return found


@pytest.fixture
def begun(monkeypatch):
    """The titles and the work of jobs that were begun; none is done."""
    found, jobs = [], background.Jobs()
    monkeypatch.setattr(background, "jobs", lambda: jobs)
    monkeypatch.setattr(background, "start", lambda key, title, work: found.append((title, work)))
    return found


def asking(monkeypatch, text: str) -> None:
    monkeypatch.setattr(plane, "shared_colour", lambda: text)


# What is offered


def test_each_plane_names_what_its_run_has_and_all_name_clusters_and_columns(columns):
    every = ("cluster", "column-form", "column-size [cm]")
    assert colour.names(AE, AE) == ("error", *every)
    assert colour.names(VAE, AE) == ("error", "kl", "density", *every)
    assert colour.names(DEEP, AE) == ("error", "kl", "density", *every)


def test_where_nothing_is_computed_clusters_are_offered_if_the_first_run_has_some(monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    monkeypatch.setattr(clusters, "is_any_kept", lambda run: run is VAE)
    assert "cluster" in colour.names(AE, VAE)
    assert "cluster" not in colour.names(VAE, AE)


# What travels


@pytest.mark.parametrize("text", ["", "error", "density"])
def test_nothing_travels_and_nothing_is_computed_for_what_the_planes_have(handed, begun, monkeypatch, text):
    asking(monkeypatch, text)
    colour.bring([AE, VAE, DEEP])
    assert (handed, begun) == ({}, [])


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_travels_once_for_all_planes(columns, handed, begun, monkeypatch, column):
    asked = f"column-{column.name}"
    asking(monkeypatch, asked)
    colour.bring([AE, VAE, DEEP])
    assert list(handed) == ["colours"]
    name, values, words, whose = handed["colours"]
    assert (name, words, whose) == (asked, column.words or None, "")
    np.testing.assert_array_equal(values, column.values)
    assert begun == []


def test_the_clusters_of_the_first_run_travel_once_for_all_planes(handed, begun, monkeypatch):
    asking(monkeypatch, "cluster-3")
    colour.bring([VAE, AE])
    assert handed == {}
    ((title, work),) = begun
    assert title == "3 clusters of the codes"
    found = work(lambda share, note: None)
    colour.bring([VAE, AE])
    assert len(begun) == 1
    assert list(handed) == ["colours"]
    name, values, _, whose = handed["colours"]
    assert (name, whose) == ("cluster-3", "")
    np.testing.assert_array_equal(values, found)
    assert clusters.kept(VAE, 3) is not None
    assert clusters.kept(AE, 3) is None


def test_a_kl_that_a_run_does_not_store_is_computed_for_its_own_plane(handed, begun, monkeypatch):
    asking(monkeypatch, "kl")
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": True)
    colour.bring([AE, VAE, DEEP])
    (title,) = [title for title, _ in begun]
    assert title == "KL of every image of Variational autoencoder · z=32"
    assert handed == {}
    monkeypatch.setattr(per_image, "kept", lambda run, name, store=None: np.ones(run.test_images, np.float32))
    colour.bring([AE, VAE, DEEP])
    assert {key: (name, whose) for key, (name, _, _, whose) in handed.items()} == {
        f"colours-{DEEP.run_id}": ("kl", DEEP.run_id)
    }
    assert len(begun) == 1


# What is said


def test_what_the_dots_are_coloured_by_is_said_in_a_sentence(monkeypatch):
    for text, run, said in (
        ("", AE, ""),
        ("error", AE, " Each is coloured by its reconstruction error, on one scale for all planes."),
        ("column-size [cm]", AE, r" Each is coloured by size \[cm\], which no model saw."),
        ("cluster-8", AE, "which of 8 clusters its code of AE lies in (k-means on those codes)."),
        ("cluster-8", DEEP, "(k-means on all 32 dimensions of those codes)."),
    ):
        asking(monkeypatch, text)
        assert colour.words(run, "AE").endswith(said)


# The address


def test_a_colour_of_a_link_is_left_alone_and_said():
    app = opened(colour="error")
    assert not app.exception
    assert not app.warning
    assert address(app)["colour"] == "error"
    assert any("coloured by its reconstruction error, on one" in caption.value for caption in app.caption)


@pytest.mark.parametrize("text", ["predicted", "right", "cluster-99", "column-weight", "shade"])
def test_a_colour_that_planes_have_no_one_scale_for_is_named_and_left_out(text):
    app = opened(colour=text)
    assert any(f"colour='{text}'" in warning.value for warning in app.warning)
    assert "colour" not in address(app)


def test_planes_share_numbers_clusters_and_the_columns_there_are():
    def fits(text: str) -> bool:
        return link.fits_group("colour", text, 10, {}, 3, "", columns=["size, in cm"])

    assert all(map(fits, ("error", "kl", "density", "cluster-2", "cluster-10", "column-size, in cm")))
    assert not any(map(fits, ("", "predicted", "right", "class", "cluster-11", "column-size", "size, in cm")))


@pytest.mark.parametrize(
    ("chosen", "on_compare"),
    [("kl", "kl"), ("cluster-8", "cluster-8"), ("column-size", "column-size"), ("predicted", None)],
)
def test_what_one_plane_is_coloured_by_goes_along_to_several_and_back(monkeypatch, chosen, on_compare):
    here = Address({})
    monkeypatch.setattr(session, "current_address", lambda: here)
    monkeypatch.setattr(plane, "current_address", lambda: here)
    here.open("explore", {}, is_history=False)
    here.choose({"colour": chosen})
    here.open("compare", {}, is_history=False)
    for _ in range(2):  # the page runs again
        plane.check_shared_link(100, {}, 10, ["size"])
        assert here.parts.get("colour") == on_compare
        assert plane.shared_colour() == (on_compare or "")
        here.open("compare", {}, is_history=False)
    here.open("explore", {}, is_history=False)
    assert plane.asked_colour() == chosen


def test_what_is_chosen_stands_in_the_address():
    def keep() -> None:
        from dashboard.state import plane

        plane.keep_shared_view()

    app = AppTest.from_function(keep)
    app.session_state[keys.SHARED_PLANES] = {"view": {"colour": "cluster-8"}}
    app.run()
    assert not app.exception
    assert address(app) == {"colour": "cluster-8"}
