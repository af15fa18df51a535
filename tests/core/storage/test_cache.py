"""Derived results: kept by what they were computed with, never stale, never in the way."""

import hashlib
import os

import numpy as np
import pytest

from aecore.errors import BadValue, StoreNotWritable
from aecore.storage import cache
from aecore.storage.store import RunStore

SETTINGS = {"size": 64, "seed": 0}
ARRAYS = {"map": np.arange(6, dtype=np.float32).reshape(2, 3), "ids": np.array([3, 1], np.int16)}


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "own")


def test_what_was_kept_is_read_back_the_same(store):
    cache.write("mnist", "holes", SETTINGS, ARRAYS, store)
    found = cache.read("mnist", "holes", SETTINGS, store)
    assert set(found) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_nothing_kept_is_none(store):
    assert cache.read("mnist", "holes", SETTINGS, store) is None


def test_other_settings_another_kind_or_owner_find_nothing(store):
    cache.write("mnist", "holes", SETTINGS, ARRAYS, store)
    assert cache.read("mnist", "holes", SETTINGS | {"seed": 1}, store) is None
    assert cache.read("mnist", "tsne", SETTINGS, store) is None
    assert cache.read("digits", "holes", SETTINGS, store) is None


def test_a_result_of_a_kind_is_there_whatever_it_was_computed_with(store):
    assert not cache.is_any_kept("mnist", "holes", store)
    cache.write("mnist", "holes", SETTINGS, ARRAYS, store)
    assert cache.is_any_kept("mnist", "holes", store)
    assert not cache.is_any_kept("mnist", "hole", store)
    assert not cache.is_any_kept("digits", "holes", store)
    with pytest.raises(BadValue):
        cache.is_any_kept("../mnist", "holes", store)


def test_the_order_of_settings_does_not_matter(store):
    cache.write("mnist", "holes", SETTINGS, ARRAYS, store)
    assert cache.read("mnist", "holes", dict(reversed(SETTINGS.items())), store) is not None


def test_a_run_trained_anew_under_its_old_name_finds_nothing_stale(store, finished_run):
    run = finished_run("vae").stored
    cache.write(run, "holes", SETTINGS, ARRAYS, store)
    assert cache.read(run, "holes", SETTINGS, store) is not None
    digest = hashlib.sha256(b"other weights").hexdigest()
    files = run.manifest["files"] | {"weights.safetensors": {"bytes": 1, "sha256": digest}}
    again = type(run)(run.path, run.manifest | {"files": files}, run.config)
    assert cache.read(again, "holes", SETTINGS, store) is None


def test_what_lies_in_a_further_folder_is_found_and_what_is_new_goes_to_the_first(tmp_path):
    shipped, own = RunStore(tmp_path / "shipped"), RunStore(tmp_path / "own", tmp_path / "shipped")
    cache.write("mnist", "holes", SETTINGS, ARRAYS, shipped)
    assert cache.read("mnist", "holes", SETTINGS, own) is not None
    path = cache.write("mnist", "holes", SETTINGS | {"seed": 1}, ARRAYS, own)
    assert path.is_relative_to(tmp_path / "own")


def test_a_file_cut_anywhere_counts_as_not_there(store):
    path = cache.write("mnist", "holes", SETTINGS, ARRAYS, store)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert cache.read("mnist", "holes", SETTINGS, store) is None


def test_a_file_under_a_wrong_name_counts_as_not_there(store):
    path = cache.write("mnist", "holes", SETTINGS, ARRAYS, store)
    other = cache.write("mnist", "holes", SETTINGS | {"seed": 1}, ARRAYS, store)
    os.replace(path, other)
    assert cache.read("mnist", "holes", SETTINGS | {"seed": 1}, store) is None


@pytest.mark.parametrize("name", ["../mnist", "a/b", "", ".hidden", "A", "x" * 200])
def test_a_name_is_never_a_path(store, name):
    with pytest.raises(BadValue, match="a plain name"):
        cache.write(name, "holes", SETTINGS, ARRAYS, store)
    with pytest.raises(BadValue, match="a plain name"):
        cache.read("mnist", name, SETTINGS, store)


def test_a_folder_that_cannot_be_written_is_said_and_nothing_stays(tmp_path, monkeypatch):
    store = RunStore(tmp_path / "own")
    monkeypatch.setattr(
        os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(StoreNotWritable, match="No space left on device"):
        cache.write("mnist", "holes", SETTINGS, ARRAYS, store)
    assert [path for path in (tmp_path / "own").rglob("*") if path.is_file()] == []


def test_derived_results_are_no_runs(store):
    cache.write("mnist", "holes", SETTINGS, ARRAYS, store)
    listing = store.listing()
    assert (listing.runs, listing.damaged) == ([], [])
