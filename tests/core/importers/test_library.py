"""Imported data sets on the disk: whole or not there, checked when read, trained on like any other."""

import json
import os

import numpy as np
import pytest

import aecore
from aecore import datasets, importers
from aecore.datasets import _imported
from aecore.errors import (
    AmbiguousName,
    BadImport,
    BadValue,
    DatasetDamaged,
    ReadOnly,
    StoreNotWritable,
    UnknownName,
)
from aecore.importers import library, removal
from aecore.maintenance import doctor
from aecore.storage import atomic
from tests.conftest import quick

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (120, 12, 10, 3), dtype=np.uint8)
LABELS = np.array(["left", "right", "up"])[np.arange(120) % 3]


def added(**settings) -> importers.Review:
    return aecore.add_images(PIXELS, LABELS, **{"name": "arrows", **settings})


def test_what_was_imported_is_a_data_set_like_any_other():
    review = added(title="Arrows")
    assert review.name in datasets.names()
    record = datasets.record(review.name)
    assert (record.title, record.classes, record.image_shape) == (
        "Arrows",
        ("left", "right", "up"),
        (12, 10, 3),
    )
    train, test = datasets.load_splits(review.name)
    assert (len(train), len(test)) == (review.counts["train"], review.counts["test"]) == (87, 21)
    assert datasets.extent(review.name) == ((12, 10, 3), 21)
    rest = _imported.load(review.name, "validation")
    assert {images.tobytes() for images in [*train.pixels, *rest.pixels, *test.pixels]} == {
        one.tobytes() for one in PIXELS
    }
    assert review.by_class["up"] == {"train": 29, "validation": 4, "test": 7}


def test_the_same_images_have_the_same_name_and_others_another():
    first = added()
    assert (first.is_new, added().is_new) == (True, False)
    assert added(seed=1).name != first.name
    assert added(is_dry=True, seed=2).name not in datasets.names()


def test_the_same_images_under_another_name_are_pointed_out():
    first = aecore.add_images(PIXELS, name="first")
    second = aecore.add_images(PIXELS, name="second")
    assert (first.equals, second.equals, second.is_new) == ((), (first.name,), True)
    assert aecore.add_images(PIXELS[:100], name="third").equals == ()


def test_a_short_name_means_the_one_of_it(tmp_path):
    review = added()
    assert datasets.find("arrows") == datasets.find(review.name) == review.name
    added(seed=1)
    with pytest.raises(AmbiguousName, match="More than one data set"):
        datasets.find("arrows")
    with pytest.raises(UnknownName):
        datasets.find("bows")


@pytest.mark.parametrize("variant", ["vae", "conv", "pca"])
def test_a_run_is_trained_on_it_and_names_its_very_images(variant):
    review = added()
    settings = quick(variant, 1)
    run = aecore.train(variant, "arrows", **settings)
    assert run.config.dataset == review.name
    assert run.config.dataset.endswith(_imported.manifest(review.name)["fingerprint"][:10])
    assert run.decode(np.zeros((1, 2), np.float32)).shape == (1, 12, 10, 3)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"name": "Arrows"}, BadValue),
        ({"name": "../a"}, BadValue),
        ({"name": "a" * 29}, BadValue),
        ({"title": "<b>"}, BadValue),
        ({"size": 4}, BadValue),
        ({"size": 129}, BadValue),
        ({"test_share": 0.0}, BadValue),
        ({"test_share": 0.9}, BadValue),
    ],
)
def test_a_setting_that_is_none_is_refused_and_nothing_is_kept(settings, error):
    with pytest.raises(error):
        added(**settings)
    assert _imported.names() == []


@pytest.mark.parametrize(
    ("pixels", "what"),
    [
        (np.zeros((120, 4, 9), np.uint8), "4 × 9 pixels"),
        (np.zeros((120, 200, 100), np.uint8), "200 × 100 pixels"),
    ],
)
def test_images_of_other_sizes_are_kept_only_where_a_size_is_given(pixels, what):
    pixels = pixels + RNG.integers(0, 200, pixels.shape, dtype=np.uint8)
    with pytest.raises(BadImport, match=what):
        aecore.add_images(pixels, name="odd")
    assert aecore.add_images(pixels, name="odd", size=16).shape == (16, 16, 1)


def test_too_many_images_or_classes_are_refused(monkeypatch):
    monkeypatch.setattr(importers, "MOST_CLASSES", 2)
    with pytest.raises(BadImport, match="3 classes"):
        added()
    monkeypatch.setenv("AECORE_MOST_IMAGES", "100")
    with pytest.raises(BadImport, match="120 images"):
        aecore.add_images(PIXELS, name="many")


def test_nothing_is_kept_of_an_import_that_fails(monkeypatch):
    write = atomic.write_whole

    def full(path, content):
        if path.name == _imported.MANIFEST:
            raise OSError("no space left")
        write(path, content)

    monkeypatch.setattr(library.atomic, "write_whole", full)
    with pytest.raises(OSError, match="no space left"):
        added()
    assert [path.name for path in _imported.root().iterdir() if path.name != ".locks"] == []
    monkeypatch.undo()


def test_a_store_that_is_only_shown_takes_no_images(monkeypatch):
    review = added()
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    for act in (added, lambda: removal.delete(review.name)):
        with pytest.raises(ReadOnly):
            act()
    assert added(is_dry=True).is_new is False


def test_what_is_removed_is_gone_and_shipped_data_sets_stay():
    added()
    removal.delete("arrows")
    assert _imported.names() == []
    with pytest.raises(UnknownName):
        removal.delete("digits")
    assert added().is_new


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("format", 2), ("title", ""), ("title", "<b>"), ("classes", ["a", 1]), ("classes", "ab")],
        *[("image_shape", [12, 10]), ("image_shape", [12, 10, 4]), ("image_shape", [10**9, 10, 3])],
        *[("fingerprint", "f" * 64), ("fingerprint", 7), ("counts", {"train": 9}), ("counts", None)],
        *[("counts", {"train": -1, "test": 2}), ("files", {}), ("files", {"train": 1, "test": 2})],
        *[("notes", [1]), ("notes", None)],
    ],
)
def test_a_manifest_that_says_what_no_import_writes_is_named(key, value):
    review = added()
    path = _imported.root() / review.name / _imported.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(DatasetDamaged, match="python -m aecore data remove"):
        datasets.record(review.name)


@pytest.mark.parametrize("how", ["altered", "cut", "gone"])
def test_a_file_that_is_not_what_was_written_is_named_also_by_the_doctor(how):
    review = added()
    path = _imported.root() / review.name / "train.safetensors"
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-9] if how == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DatasetDamaged):
        datasets.load_images(review.name, "train")
    (found,) = doctor.examine()
    assert found.path == path.parent
    assert "data remove" in found.remedy


@pytest.mark.parametrize("how", ["altered", "gone", "manifest"])
def test_the_same_images_mend_a_damaged_data_set(how):
    review = added()
    folder = _imported.root() / review.name
    path = folder / ("manifest.json" if how == "manifest" else "train.safetensors")
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert added().is_new
    assert path.read_bytes() == content
    assert len(datasets.load_images(review.name, "train")) == review.counts["train"]
    assert not added().is_new


def test_a_file_in_place_of_another_that_is_as_old_and_as_long_is_looked_at_anew():
    review = added()
    path = _imported.root() / review.name / "train.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, (1, 1))
    with pytest.raises(DatasetDamaged, match="was altered"):
        datasets.load_images(review.name, "train")
    assert added().is_new
    os.utime(path, (1, 1))
    assert len(datasets.load_images(review.name, "train")) == review.counts["train"]


def test_what_a_killed_import_left_is_removed_by_the_doctor_and_a_living_one_is_left_alone():
    added()
    left = _imported.root() / ".arrows_0123456789.partial"
    left.mkdir()
    (left / "train.safetensors").write_bytes(b"half")
    assert doctor.examine() == []
    os.utime(left, (0, 0))
    (found,) = doctor.examine(repair=True)
    assert (found.path, found.repaired) == (left, True)
    assert doctor.examine() == []


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"pixels": [[1], [2, 3]]}, "images are no array"),
        ({"pixels": PIXELS, "labels": [[1], [2, 3]]}, "labels are no array"),
        ({"pixels": PIXELS, "columns": {"a": [[1], [2, 3]]}}, "the values of 'a' are no array"),
        ({"pixels": PIXELS, "labels": np.arange(120) % 2, "classes": [1, 2]}, "a class is called 1"),
        ({"pixels": PIXELS, "columns": {"a": np.array(1)}}, "the column 'a' has 1 values, for 120 images"),
    ],
)
def test_lists_that_are_no_arrays_are_refused(given, what):
    with pytest.raises(BadImport, match=what):
        aecore.add_images(**given, name="odd")


def test_a_folder_that_cannot_be_written_is_named_with_its_own_setting(monkeypatch, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("AECORE_DATASETS", str(tmp_path / "file"))
    with pytest.raises(StoreNotWritable, match=r"Data sets cannot be stored in .*Set AECORE_DATASETS"):
        added()


def test_a_column_may_be_called_by_a_number():
    assert aecore.add_images(PIXELS, columns={3: np.arange(120)}, name="odd", is_dry=True).columns == ("3",)
