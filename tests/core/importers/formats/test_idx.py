"""IDX files: MNIST's layout under the names of its kin, plain or packed."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from aecore.errors import BadImport
from aecore.importers import formats
from aecore.importers.formats import idx as idx_files
from aecore.importers.settings import Settings

PIXELS = np.random.default_rng(0).integers(0, 256, (30, 12, 9), dtype=np.uint8)
LABELS = np.arange(30) % 3


def idx(values: np.ndarray) -> bytes:
    kind = {"u": 0x08, "i": 0x0C}[values.dtype.kind]
    sizes = struct.pack(f">{values.ndim}I", *values.shape)
    return (
        bytes([0, 0, kind, values.ndim])
        + sizes
        + values.astype(f">{values.dtype.kind}{values.itemsize}").tobytes()
    )


def kmnist(folder: Path) -> Path:
    for prefix, rows in (("train", slice(0, 20)), ("t10k", slice(20, 30))):
        (folder / f"{prefix}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(PIXELS[rows])))
        (folder / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(idx(LABELS[rows].astype(np.uint8)))
        )
    return folder


def read(path: Path, **settings) -> formats.Given:
    return formats.read(path, Settings(**settings))


def test_a_set_like_kmnist_has_its_two_splits(tmp_path):
    given = read(kmnist(tmp_path))
    assert {split: len(images) for split, images in given.splits.items()} == {"train": 20, "test": 10}
    np.testing.assert_array_equal(given.splits["test"].pixels[..., 0], PIXELS[20:])
    np.testing.assert_array_equal(given.splits["test"].labels, LABELS[20:])
    assert given.splits["train"].classes == ("0", "1", "2")
    assert read(tmp_path, label="none").splits["train"].labels is None


def test_one_of_the_files_stands_for_its_set(tmp_path):
    given = read(kmnist(tmp_path) / "train-images-idx3-ubyte.gz")
    assert set(given.splits) == {"train", "test"}


def test_emnist_is_turned_upright_and_its_classes_have_their_characters(tmp_path):
    (tmp_path / "emnist-letters-train-images-idx3-ubyte").write_bytes(idx(PIXELS.swapaxes(1, 2)))
    (tmp_path / "emnist-letters-train-labels-idx1-ubyte").write_bytes(idx((LABELS + 1).astype(np.uint8)))
    (tmp_path / "emnist-letters-mapping.txt").write_text("1 65 97\n2 66 98\n3 67 99\n")
    given = read(tmp_path)
    np.testing.assert_array_equal(given.splits["all"].pixels[..., 0], PIXELS)
    assert given.splits["all"].classes == ("A", "B", "C")
    assert any("turned upright" in note for note in given.notes)


def test_of_qmnist_the_first_of_eight_numbers_is_the_label(tmp_path):
    table = np.zeros((30, 8), np.int32)
    table[:, 0], table[:, 1] = LABELS, 7
    (tmp_path / "qmnist-train-images-idx3-ubyte").write_bytes(idx(PIXELS))
    (tmp_path / "qmnist-train-labels-idx2-int").write_bytes(idx(table))
    np.testing.assert_array_equal(read(tmp_path).splits["all"].labels, LABELS)


def test_a_folder_of_several_sets_asks_which(tmp_path):
    for name in ("emnist-letters-", "emnist-digits-"):
        (tmp_path / f"{name}train-images-idx3-ubyte").write_bytes(idx(PIXELS))
    with pytest.raises(BadImport, match="several sets in it: emnist-digits-, emnist-letters-"):
        read(tmp_path)
    assert len(read(tmp_path / "emnist-digits-train-images-idx3-ubyte").splits["all"]) == 30


@pytest.mark.parametrize(
    ("images", "labels", "what"),
    [
        (b"", None, "no IDX file"),
        (idx(PIXELS)[:-1], None, "cut off"),
        (idx(PIXELS)[:4], None, "cut off"),
        (idx(PIXELS)[:9], None, "cannot be read|cut off"),
        (idx(PIXELS) + b"x", None, "longer than it says"),
        (idx(PIXELS[0]), None, "holds uint8"),
        (bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**32 - 1, 2**32 - 1, 2**32 - 1), None, "GB"),
        (bytes([0, 0, 8, 3]) + struct.pack(">3I", 60_000, 28, 28), None, "cut off"),
        (gzip.compress(idx(PIXELS))[:-9], None, "cannot be read|cut off"),
        (idx(PIXELS), idx(LABELS[:9].astype(np.uint8)), "9 labels for 30 images"),
        (idx(PIXELS[:0]), idx(LABELS[:0].astype(np.uint8)), "there are no images in it"),
    ],
)
def test_what_is_damaged_is_refused(tmp_path, images, labels, what):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(images)
    if labels:
        (tmp_path / "train-labels-idx1-ubyte").write_bytes(labels)
    with pytest.raises(BadImport, match=what):
        read(tmp_path)


def test_too_many_images_are_refused_before_their_labels_become_objects(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_MOST_IMAGES", "29")
    monkeypatch.setattr(idx_files, "_labels", lambda *_: pytest.fail("labels were read"))
    with pytest.raises(BadImport, match="there are 30 images, and at most 29"):
        read(kmnist(tmp_path))


def test_labels_without_images_say_so(tmp_path):
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(idx(LABELS.astype(np.uint8)))
    with pytest.raises(BadImport, match="holds labels, and no images lie beside it"):
        read(path)


def test_too_many_images_are_refused_by_their_header(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_MOST_IMAGES", "29")
    head = b"\0\0\x08\x03" + np.array([30, 8, 8], ">u4").tobytes()
    (tmp_path / "train-images-idx3-ubyte").write_bytes(head)  # were more asked for, it would be cut off
    with pytest.raises(BadImport, match="there are 30 images, and at most 29"):
        read(tmp_path)
