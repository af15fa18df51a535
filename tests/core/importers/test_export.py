"""An exported data set is read back as the very same; others read MedMNIST's keys in it."""

import io

import numpy as np
import pytest

import aecore
from aecore.errors import BadImport, UnknownName
from aecore.importers import npz_keys
from aecore.importers.export import exported as export

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (150, 9, 8, 3), dtype=np.uint8)
COUNT = len(PIXELS)
CASES = {
    "words": {"labels": [["left", "right", "up"][k % 3] for k in range(COUNT)]},
    "numbers as words": {"labels": [["10", "9", "1"][k % 3] for k in range(COUNT)]},
    "classes in an order of their own": {"labels": [k % 3 for k in range(COUNT)], "classes": ("b", "1", "a")},
    "classes that are other numbers": {"labels": [k % 3 for k in range(COUNT)], "classes": ("2", "1", "0")},
    "none": {},
    "numbers that measure": {"labels": RNG.normal(size=COUNT)},
    "columns": {
        "labels": [k % 2 for k in range(COUNT)],
        "columns": {
            "age": [None if k % 7 == 0 else k / 2 for k in range(COUNT)],
            "place": [["", "far, away", "näh"][k % 3] for k in range(COUNT)],
        },
    },
    "no validation": {"labels": [k % 2 for k in range(COUNT)], "validation_share": 0.0},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_exported_comes_back_as_the_very_same(case, channels, tmp_path):
    review = aecore.add_images(PIXELS[..., :channels], name="set", **CASES[case])
    (tmp_path / "set.npz").write_bytes(export("set"))
    again = aecore.add_folder(tmp_path / "set.npz", name="set", is_dry=True)
    assert (again.name, again.is_new) == (review.name, False)
    assert (again.counts, again.classes, again.columns) == (review.counts, review.classes, review.columns)


def test_the_keys_are_those_of_medmnist():
    aecore.add_images(PIXELS[..., 0], [k % 2 for k in range(COUNT)], name="set", classes=("yes", "no"))
    with np.load(io.BytesIO(export("set"))) as file:
        assert set(file) == {
            *(f"{split}_{what}" for split in ("train", "val", "test") for what in ("images", "labels")),
            "class_names",
        }
        assert file["train_images"].shape[1:] == (9, 8)
        assert file["train_labels"].shape == (len(file["train_images"]), 1)
        assert file["class_names"].tolist() == ["yes", "no"]


def test_only_what_was_imported_is_exported():
    with pytest.raises(UnknownName, match="imported data set"):
        export("digits")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"class_names": np.array(["a"])}, "labels run from 0 to 1, for 1 class_names"),
        ({"class_names": np.array([1, 2])}, "class_names is no list of words"),
        ({"column_names": np.array([["a"]])}, "column_names is no list of words"),
        ({"column_names": np.array(["a"])}, "train_column_0 is not one value for each image"),
        ({"column_names": np.array(["a"]), "train_column_0": np.zeros(3)}, "train_column_0 is not one value"),
    ],
)
def test_names_and_columns_that_do_not_fit_are_refused(changes, what, tmp_path):
    arrays = {f"{split}_images": PIXELS[:40, :, :, 0] for split in npz_keys.KEYS.values()}
    arrays |= {f"{split}_labels": np.arange(40) % 2 for split in npz_keys.KEYS.values()}
    np.savez(tmp_path / "set.npz", **(arrays | changes))
    with pytest.raises(BadImport, match=what):
        aecore.add_folder(tmp_path / "set.npz", name="set")
