"""Imported data sets are deleted, brought back and called something else; nothing else of them changes."""

import datetime
import json

import numpy as np
import pytest

import aecore
from aecore import datasets
from aecore.datasets import _imported
from aecore.errors import BadImport, BadValue, ReadOnly, UnknownName
from aecore.importers import removal
from aecore.maintenance import doctor
from aecore.storage import ownership, trash

PIXELS = np.random.default_rng(0).integers(0, 256, (150, 8, 8), dtype=np.uint8)


@pytest.fixture
def name() -> str:
    return aecore.add_images(PIXELS, name="dots", title="Dots").name


def test_what_is_deleted_is_brought_back_as_it_was(name):
    before = datasets.load_images(name)
    token = removal.delete("dots")
    assert name not in datasets.names()
    (found,) = removal.deleted()
    assert (found.token, found.name, found.title) == (token, name, "Dots")
    assert removal.undelete(token) == name
    assert datasets.load_images(name) == before
    assert removal.deleted() == []
    with pytest.raises(UnknownName, match="deleted data set"):
        removal.undelete(token)


def test_where_the_same_was_imported_meanwhile_that_one_stays(name):
    token = removal.delete(name)
    aecore.add_images(PIXELS, name="dots", title="Dots again")
    removal.undelete(token)
    assert datasets.title(name) == "Dots again"
    assert removal.deleted() == []


def test_what_is_brought_back_must_have_room(name, monkeypatch):
    token = removal.delete(name)
    monkeypatch.setattr(removal.library, "most_bytes_in_all", lambda: 1000)
    with pytest.raises(BadImport, match="of 0 MB for all data sets"):
        removal.undelete(token)
    assert [one.token for one in removal.deleted()] == [token]


def test_what_was_deleted_long_ago_is_removed_for_good_and_so_is_whose_it_was(name, monkeypatch):
    root = _imported.root()
    ownership.note(root, name, "0123456789abcdef")
    removal.delete(name)
    assert ownership.owner_of(root, name) == "0123456789abcdef"
    (entry,) = trash.entries(root, _imported.NAME)
    old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=31)
    entry.path.rename(entry.path.with_name(f"{name}~{old.strftime(trash.STAMP)}"))
    (case,) = doctor.examine()
    assert "a data set deleted more than 30 days ago" in case.what
    removal.purge()
    assert doctor.examine() == []
    assert removal.deleted() == []
    assert ownership.owner_of(root, name) == ""


def test_a_deleted_data_set_whose_manifest_is_damaged_goes_by_its_name(name):
    removal.delete(name)
    (entry,) = trash.entries(_imported.root(), _imported.NAME)
    (entry.path / _imported.MANIFEST).write_text(json.dumps({"title": "<b>"}))
    assert removal.deleted()[0].title == name


def test_another_title_is_all_that_changes(name):
    before = datasets.load_images(name)
    removal.rename("dots", "  Many dots ")
    assert datasets.title(name) == "Many dots"
    assert datasets.load_images(name) == before
    for title in ("", " ", "<b>", "two\nlines"):
        with pytest.raises(BadValue, match="title"):
            removal.rename(name, title)


def test_shipped_data_sets_are_neither_deleted_nor_renamed():
    with pytest.raises(UnknownName, match="imported data set"):
        removal.delete("digits")
    with pytest.raises(UnknownName, match="imported data set"):
        removal.rename("digits", "Mine")


def test_a_store_that_is_only_shown_stays_as_it_is(name, monkeypatch):
    token = removal.delete(aecore.add_images(PIXELS[:130], name="few").name)
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    for act in (
        lambda: removal.delete(name),
        lambda: removal.rename(name, "Other"),
        lambda: removal.undelete(token),
    ):
        with pytest.raises(ReadOnly):
            act()
    assert datasets.title(name) == "Dots"
