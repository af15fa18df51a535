"""Arrays as people have them, read without trust: names, shapes, values, labels, bounds."""

import io
import zipfile

import numpy as np
import pytest

from aecore.errors import BadImport
from aecore.importers import formats
from aecore.importers.formats import arrays
from aecore.importers.settings import Settings

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (20, 9, 8, 3), dtype=np.uint8)
GREY = PIXELS[..., 0]
LABELS = np.arange(20) % 2


def read(path):
    return arrays.read(path, Settings(), None)


def saved(tmp_path, **named: np.ndarray):
    np.savez_compressed(tmp_path / "a.npz", allow_pickle=False, **named)
    return tmp_path / "a.npz"


def test_medmnist_is_read_with_its_three_splits_and_labels_in_a_column(tmp_path):
    found = read(
        saved(
            tmp_path,
            train_images=GREY[:10],
            train_labels=LABELS[:10, None],
            val_images=GREY[10:14],
            val_labels=LABELS[10:14, None],
            test_images=GREY[14:],
            test_labels=LABELS[14:, None],
        )
    )
    assert {split: len(images) for split, images in found.splits.items()} == {
        "train": 10,
        "validation": 4,
        "test": 6,
    }
    np.testing.assert_array_equal(found.splits["test"].pixels[..., 0], GREY[14:])
    np.testing.assert_array_equal(found.splits["validation"].labels, LABELS[10:14])


def test_where_channels_stand_can_be_said_where_both_ends_could_be_channels(tmp_path):
    both = RNG.integers(0, 256, (20, 3, 9, 3), dtype=np.uint8)
    path = saved(tmp_path, images=both)
    assert read(path).splits["all"].pixels.shape == (20, 3, 9, 3)
    found = arrays.read(path, Settings(channels="first"), None)
    np.testing.assert_array_equal(found.splits["all"].pixels, both.transpose(0, 2, 3, 1))
    with pytest.raises(BadImport, match=r"the shape \(20, 9, 8, 3\), channels first"):
        arrays.read(saved(tmp_path, images=PIXELS), Settings(channels="first"), None)


@pytest.mark.parametrize(
    ("given", "values", "expected"),
    [
        (np.array([0, 1], np.uint8), None, [0, 255]),
        (np.array([0, 1], np.int64), None, [0, 255]),
        (np.array([0, 0], np.uint8), None, [0, 0]),
        (np.array([0, 2], np.uint8), None, [0, 2]),
        (np.array([0, 1], np.uint8), "0..255", [0, 1]),
        (np.array([0, 1], np.uint8), "0..1", [0, 255]),
        (np.array([0, 1], np.int64), "0..1", [0, 255]),
        (np.array([0, 0.5]), None, [0, 128]),
        (np.array([0, 1.0]), "0..255", [0, 1]),
        (np.array([0, 200.0]), "0..255", [0, 200]),
    ],
)
def test_what_values_run_to_can_be_said(tmp_path, given, values, expected):
    path = saved(tmp_path, images=given.repeat(64).reshape(2, 8, 8))
    found = arrays.read(path, Settings(values=values), None).splits["all"].pixels
    assert list(found[:, 0, 0, 0]) == expected


def test_what_values_run_to_is_found_over_all_splits(tmp_path):
    dark, light = np.zeros((4, 8, 8), np.uint8), np.full((4, 8, 8), 200, np.uint8)
    dark[:, 0, 0] = 1
    for kind in (np.uint8, np.float32):
        found = read(saved(tmp_path, train_images=light.astype(kind), test_images=dark.astype(kind)))
        assert found.splits["test"].pixels.max() == 1


def test_values_beyond_what_was_said_are_refused(tmp_path):
    with pytest.raises(BadImport, match="values run from 0 to 255"):
        arrays.read(saved(tmp_path, images=GREY), Settings(values="0..1"), None)


def test_keras_names_are_known_and_an_index_means_the_same_class_in_both_splits(tmp_path):
    words = np.array(["cat", "dog", "eel"])
    found = read(
        saved(
            tmp_path, x_train=PIXELS, y_train=words[LABELS + 1], x_test=PIXELS[:4], y_test=words[LABELS[:4]]
        )
    )
    assert found.splits["train"].classes == found.splits["test"].classes == ("cat", "dog", "eel")
    assert list(found.splits["train"].known_labels[:2]) == [1, 2]
    assert list(found.splits["test"].known_labels[:2]) == [0, 1]


def test_an_npy_file_has_no_labels(tmp_path):
    np.save(tmp_path / "a.npy", GREY)
    found = read(tmp_path / "a.npy")
    assert found.splits["all"].labels is None
    np.testing.assert_array_equal(found.splits["all"].pixels[..., 0], GREY)


@pytest.mark.parametrize(
    ("given", "expected", "note"),
    [
        (GREY, GREY[..., None], "one channel"),
        (PIXELS, PIXELS, "(n, height, width, 3)"),
        (np.moveaxis(PIXELS, 3, 1), PIXELS, "channels first"),
        (PIXELS.astype(np.float32) / 255, PIXELS, "floats from 0 to 1"),
        (PIXELS.astype(np.float64), PIXELS, "numbers from 0 to 255"),
        (PIXELS.astype(np.int32), PIXELS, "numbers from 0 to 255"),
        (GREY > 99, np.where(GREY > 99, 255, 0)[..., None], "true and false"),
        (np.asfortranarray(GREY), GREY[..., None], "one channel"),
    ],
)
def test_shapes_and_values_are_read_as_they_are_meant_and_it_is_said_how(tmp_path, given, expected, note):
    np.save(tmp_path / "a.npy", given)
    found = read(tmp_path / "a.npy")
    assert found.splits["all"].pixels.dtype == np.uint8
    np.testing.assert_array_equal(found.splits["all"].pixels, expected)
    assert note in " ".join(found.notes)


@pytest.mark.parametrize(
    ("pixels", "labels", "what"),
    [
        (PIXELS[0, 0, 0], None, "the shape (3,)"),
        (np.zeros((5, 9, 8, 4)), None, "the shape (5, 9, 8, 4)"),
        (GREY.astype(str), None, "no numbers"),
        (GREY[:0], None, "there are no images"),
        (GREY - 1.0, None, "values run from -1"),
        (GREY * 2.0, None, "values run from 0 to"),
        (np.where(GREY > 9, np.nan, GREY), None, "not finite"),
        (GREY, LABELS[:5], "labels have the shape (5,)"),
        (GREY, np.where(LABELS > 0, np.nan, 1), "labels hold values that are not finite"),
        (GREY, np.array(["<b>", "‹b›"] * 10), "a class is called"),
    ],
)
def test_what_is_no_set_of_images_is_refused_and_it_is_said_why(pixels, labels, what):
    with pytest.raises(BadImport, match="Nothing was imported") as refused:
        arrays.given({"all": (pixels, labels)})
    assert what in refused.value.what


def test_labels_that_measure_become_a_column_and_none_are_wanted_where_it_is_said(tmp_path):
    path = saved(tmp_path, images=GREY, labels=LABELS + 0.5)
    found = read(path).splits["all"]
    assert (found.labels, found.classes, found.columns[0].name) == (None, (), "label")
    np.testing.assert_array_equal(found.columns[0].values, LABELS + 0.5)
    bare = arrays.read(path, Settings(label="none"), None).splits["all"]
    assert (bare.labels, bare.columns) == (None, ())


@pytest.mark.parametrize(
    ("labels", "classes", "what"),
    [
        ([0, 1, 2], ("a", "b"), "labels run from 0 to 2, for 2 classes"),
        (["a", "c", "b"], ("a", "b"), "neither classes nor their numbers"),
        ([0, 1, 1], ("a", "<b>"), "a class is called"),
        (["a", "", "b"], (), "an empty label"),
    ],
)
def test_labels_that_do_not_suit_their_classes_are_refused(labels, classes, what):
    with pytest.raises(BadImport, match="Nothing was imported") as refused:
        arrays.given({"all": (GREY[:3], np.array(labels))}, classes)
    assert what in refused.value.what


def test_nothing_is_unpickled(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.array([{"a": 1}], dtype=object))
    with pytest.raises(BadImport, match="only numbers and words"):
        read(tmp_path / "a.npz")


def test_what_an_array_takes_is_known_before_it_is_read(tmp_path):
    head = io.BytesIO()
    about = {"descr": "|u1", "fortran_order": False, "shape": (2**40, 28, 28)}
    np.lib.format.write_array_header_1_0(head, about)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("images.npy", head.getvalue())
    with pytest.raises(BadImport, match=r"and at most 3\.8 are read"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("descr", "shape", "what"),
    [
        *[("|u1", (-4, 8, 8), "which no array has"), ("|u1", (-4, -8, 8), "which no array has")],
        *[("<U0", (20,), "which no array has"), ("|S0", (2**60,), "which no array has")],
        *[("|u1", (1,) * 70, "which no array has"), ("|u1", (0, 2**70, 8), "is empty")],
    ],
)
def test_a_header_that_no_array_has_is_refused(tmp_path, descr, shape, what):
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": descr, "fortran_order": False, "shape": shape})
    (tmp_path / "a.npy").write_bytes(head.getvalue() + bytes(999))
    with pytest.raises(BadImport, match=what):
        read(tmp_path / "a.npy")


def test_too_many_images_are_refused_before_their_labels_become_objects(monkeypatch):
    monkeypatch.setenv("AECORE_MOST_IMAGES", "19")
    monkeypatch.setattr(arrays, "_values", lambda *_: pytest.fail("a label was read"))
    with pytest.raises(BadImport, match="there are 20 images, and at most 19"):
        arrays.given({"train": (GREY[:10], LABELS[:10]), "test": (GREY[10:], LABELS[10:])})


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"\x93NUMPY", b"hello", b"\x93NUMPY\x01\x00\xff\xff{", b"\x93NUMPY\x01\x00\x04\x00{(\n\n"],
)
def test_a_file_of_another_kind_or_cut_off_is_refused(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(BadImport):
        formats.read(tmp_path / "a.npz", Settings())


@pytest.mark.parametrize("place", ["before the array", "in the directory"])
def test_an_archive_whose_names_are_no_text_is_refused(tmp_path, place):
    path = saved(tmp_path, images=GREY)
    content = bytearray(path.read_bytes())
    directory = content.rfind(b"PK\x01\x02")
    content[7] = content[directory + 9] = 0x08  # names are UTF-8
    content[30 if place == "before the array" else directory + 46] = 0x88
    path.write_bytes(content)
    with pytest.raises(BadImport, match="Nothing was imported"):
        arrays.read(path, Settings(), None)


def test_an_archive_without_known_names_says_what_it_holds(tmp_path):
    with pytest.raises(BadImport, match="it holds faces, hands"):
        read(saved(tmp_path, faces=GREY, hands=GREY))


@pytest.mark.parametrize("seed", range(300))
def test_a_mutated_archive_is_read_or_refused(tmp_path, seed):
    chance = np.random.default_rng(seed)
    content = bytearray(saved(tmp_path, images=GREY[:4], labels=LABELS[:4]).read_bytes())
    for place in chance.integers(0, len(content), int(chance.integers(1, 8))):
        content[place] = chance.integers(0, 256)
    (tmp_path / "b.npz").write_bytes(bytes(content[: int(chance.integers(1, len(content) + 1))]))
    try:
        found = read(tmp_path / "b.npz")
    except BadImport:
        return
    assert all(images.pixels.dtype == np.uint8 for images in found.splits.values())


def test_too_many_images_are_refused_by_their_header(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_MOST_IMAGES", "19")
    head = io.BytesIO()
    form = {"descr": "|u1", "fortran_order": False, "shape": (20, 8, 8)}
    np.lib.format.write_array_header_1_0(head, form)
    (tmp_path / "a.npy").write_bytes(head.getvalue())  # were more of it asked for, it would be cut off
    with pytest.raises(BadImport, match="there are 20 images, and at most 19"):
        read(tmp_path / "a.npy")


def test_labels_of_a_file_are_told_in_a_sentence(tmp_path):
    np.savez(tmp_path / "a.npz", images=GREY, labels=LABELS)
    assert "Labels are those that were given." in read(tmp_path / "a.npz").notes
