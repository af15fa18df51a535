"""The data sets: one contract over every one found, and the IDX reader against torchvision's own."""

import gzip
import hashlib
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from aecore import datasets, runs
from aecore.datasets import _idx, sprites
from aecore.errors import BadDataset, BadValue, DataDamaged, UnknownName
from tests.conftest import idx_files, put, quick, stand_in_files

every_data_set = pytest.mark.parametrize("name", datasets.names())
every_split = pytest.mark.parametrize("split", ["train", "test"])
IDX_SETS = [name for name in datasets.names() if idx_files(name)]
NAMES = [f"{split}-{kind}-ubyte" for split in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]


@pytest.fixture(scope="module")
def loaded(image_root):
    """Both splits of a data set, read once."""
    kept = {}

    def load(name: str, split: str) -> datasets.Images:
        if (name, split) not in kept:
            kept[name, split] = datasets.load_images(name, split, image_root(name))
        return kept[name, split]

    return load


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A small data set in MNIST's format, and the folder of its files; nothing of it is shipped."""
    monkeypatch.setattr(_idx, "SHIPPED", tmp_path / "shipped")
    files = stand_in_files(NAMES, height=5, width=4)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    source = _idx.IdxFiles("Tiny", tuple("0123456789"), "MNIST", hashes)
    put(source.folder(tmp_path), files)
    return source, source.folder(tmp_path)


# The contract


@every_data_set
@every_split
def test_pixels_are_bytes_of_images_with_one_or_three_channels(loaded, name, split):
    pixels = loaded(name, split).pixels
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 4
    assert pixels.shape[-1] in (1, 3)


@every_data_set
def test_pixels_use_the_whole_range(loaded, name):
    pixels = loaded(name, "train").pixels
    brightest = max(map(max, sprites.COLOURS.values())) if name == "sprites" else 255
    assert (pixels.min(), pixels.max()) == (0, brightest)


@every_data_set
@every_split
def test_there_is_one_whole_numbered_label_for_each_image(loaded, name, split):
    images = loaded(name, split)
    assert images.labels.dtype == np.int64
    assert images.labels.shape == images.pixels.shape[:1]


@every_data_set
@every_split
def test_every_class_has_a_name_and_an_image(loaded, name, split):
    images = loaded(name, split)
    assert set(images.labels.tolist()) == set(range(len(images.classes)))
    assert len(set(images.classes)) == len(images.classes)


@every_data_set
def test_both_splits_have_the_same_classes_and_image_shape(loaded, name):
    train, test = loaded(name, "train"), loaded(name, "test")
    assert train.classes == test.classes == datasets.record(name).classes
    assert train.pixels.shape[1:] == test.pixels.shape[1:]


@every_data_set
def test_the_splits_are_two_sets_and_the_larger_one_is_for_training(loaded, name):
    train, test = loaded(name, "train"), loaded(name, "test")
    assert len(train.pixels) > len(test.pixels) > 0


@every_data_set
def test_the_test_split_holds_no_training_image(loaded, name):
    seen = {image.tobytes() for image in loaded(name, "train").pixels}
    shared = sum(image.tobytes() in seen for image in loaded(name, "test").pixels)
    # Fashion-MNIST is published with a handful of pictures in both splits.
    assert shared <= len(loaded(name, "test").pixels) // 1000


@every_data_set
@every_split
def test_reading_twice_gives_the_same_images_in_the_same_order(loaded, image_root, name, split):
    again = datasets.load_images(name, split, image_root(name))
    np.testing.assert_array_equal(again.pixels, loaded(name, split).pixels)
    np.testing.assert_array_equal(again.labels, loaded(name, split).labels)


@every_data_set
def test_a_data_set_has_a_title_and_a_training_budget(name):
    assert datasets.record(name).title
    assert datasets.record(name).epochs >= 1


@every_data_set
def test_a_data_set_whose_files_are_here_says_so(image_root, name):
    assert datasets.is_present(name, "train", image_root(name))
    assert datasets.is_present(name, "test", image_root(name))


@every_data_set
@pytest.mark.parametrize("split", ["validation", "", "Train", None, 0])
def test_a_split_that_does_not_exist_is_refused(name, split):
    with pytest.raises(BadValue, match=r"^split cannot be .*: it must be 'train' or 'test'\.$"):
        datasets.load_images(name, split)


@pytest.mark.parametrize("name", ["cats", "", "MNIST", "_idx", "../mnist", "__init__", None])
def test_a_data_set_that_does_not_exist_is_refused_with_the_known_ones(name):
    with pytest.raises(UnknownName) as caught:
        datasets.load_images(name)
    known = ", ".join(datasets.names())
    assert str(caught.value) == f"There is no data set called {name!r}. Known: {known}."


def test_images_are_looked_for_where_the_setting_says(monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    assert datasets.data_root() == tmp_path


def test_without_the_setting_images_lie_in_this_users_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("AECORE_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    assert datasets.data_root() == tmp_path / "aecore" / "data"


# Digits


def test_digits_keeps_scikit_learns_images_and_all_of_them(loaded):
    from sklearn.datasets import load_digits

    both = np.concatenate([loaded("digits", split).pixels for split in ("train", "test")])
    own = np.sort((both[..., 0].reshape(len(both), -1) / 255 * 16).round(), axis=0)
    np.testing.assert_array_equal(own, np.sort(load_digits().data, axis=0))


def test_digits_splits_every_class_in_the_same_shares(loaded):
    train, test = (np.bincount(loaded("digits", split).labels) for split in ("train", "test"))
    np.testing.assert_allclose(test / (train + test), 1 / 3, atol=0.01)


# The IDX reader


@pytest.mark.parametrize("name", IDX_SETS)
@every_split
def test_reading_equals_torchvisions_own_reading(loaded, image_root, name, split):
    source = getattr(_idx.import_torchvision().datasets, idx_files(name).torchvision_name)
    theirs = source(image_root(name), train=split == "train", download=False)
    np.testing.assert_array_equal(loaded(name, split).pixels[..., 0], theirs.data.numpy())
    np.testing.assert_array_equal(loaded(name, split).labels, theirs.targets.numpy())


@pytest.mark.parametrize("name", IDX_SETS)
def test_the_file_names_are_those_that_torchvision_fetches(name):
    files = idx_files(name)
    source = getattr(_idx.import_torchvision().datasets, files.torchvision_name)
    assert {packed.removesuffix(".gz") for packed, _ in source.resources} == set(files.sha256)


def test_an_image_that_is_not_square_keeps_its_height_and_width(tiny, tmp_path):
    assert tiny[0].load("test", tmp_path).pixels.shape == (20, 5, 4, 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:-1],
        lambda raw: b"",
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: raw + b"\0",
        lambda raw: b"<html>offline</html>",
    ],
    ids=["truncated", "empty", "altered", "longer", "a web page"],
)
def test_a_damaged_file_is_named_and_not_used(tiny, tmp_path, name, spoil):
    source, folder = tiny
    (folder / name).write_bytes(spoil((folder / name).read_bytes()))
    with pytest.raises(DataDamaged, match=rf"^{folder / name} is damaged .* Delete it"):
        source.load("train" if name.startswith("train") else "test", tmp_path)


def test_a_damaged_training_file_leaves_the_test_split_readable(tiny, tmp_path):
    source, folder = tiny
    (folder / NAMES[0]).write_bytes(b"")
    assert len(source.load("test", tmp_path).pixels) == 20


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_noticed(tiny, tmp_path, name):
    source, folder = tiny
    (folder / name).unlink()
    assert source.missing(tmp_path) == [name]
    split, other = ("train", "test") if name.startswith("train") else ("test", "train")
    assert not source.is_present(split, tmp_path)
    assert source.is_present(other, tmp_path)


def test_reading_changes_nothing_on_disk_so_the_root_may_be_read_only(tiny, tmp_path):
    source, folder = tiny
    folder.chmod(0o555)

    def state() -> list:
        return sorted((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in tmp_path.rglob("*"))

    before = state()
    source.load("train", tmp_path)
    assert state() == before


# Test images that come with the product


def pack(source, folder, names=NAMES[2:]):
    """Move files of a data set to where those lie that came with the product."""
    for name in names:
        put(source.folder(_idx.SHIPPED), {f"{name}.gz": gzip.compress((folder / name).read_bytes())})
        (folder / name).unlink()


def test_a_file_that_is_not_below_the_root_is_the_one_that_came_with_the_product(tiny, tmp_path):
    source, folder = tiny
    before = source.load("test", tmp_path)
    pack(source, folder)
    assert source.is_present("test", tmp_path)
    assert source.load("test", tmp_path) == before


def test_a_file_below_the_root_goes_before_the_one_that_came_with_the_product(tiny, tmp_path):
    source, folder = tiny
    raw = (folder / NAMES[2]).read_bytes()
    pack(source, folder)
    (folder / NAMES[2]).write_bytes(raw[:-1])
    with pytest.raises(DataDamaged, match=str(folder / NAMES[2])):
        source.load("test", tmp_path)


def test_training_images_that_are_missing_are_no_matter_to_the_test_images(tiny, tmp_path):
    source, folder = tiny
    pack(source, folder)
    for name in NAMES[:2]:
        (folder / name).unlink()
    assert source.missing(tmp_path) == NAMES[:2]
    assert not source.is_present("train", tmp_path)
    assert len(source.load("test", tmp_path).pixels) == 20


@pytest.mark.parametrize(
    "spoil",
    [lambda raw: raw[:-9], lambda raw: b"", lambda raw: b"PK" + raw, lambda raw: gzip.compress(b"else")],
    ids=["truncated", "empty", "no gzip", "others"],
)
def test_a_packed_file_that_is_damaged_is_named_and_not_used(tiny, tmp_path, spoil):
    source, folder = tiny
    pack(source, folder)
    packed = source.folder(_idx.SHIPPED) / f"{NAMES[2]}.gz"
    packed.write_bytes(spoil(packed.read_bytes()))
    with pytest.raises(DataDamaged, match=rf"^{packed} is damaged .* Delete it"):
        source.load("test", tmp_path)


def test_of_a_packed_file_no_more_is_unpacked_than_any_has(tiny, tmp_path, monkeypatch):
    """64 MB of nothing in 64 kB, which would be in memory as a whole before anything is known of it."""
    source, folder = tiny
    pack(source, folder)
    packed = source.folder(_idx.SHIPPED) / f"{NAMES[2]}.gz"
    packed.write_bytes(gzip.compress(bytes(1 << 26)))
    monkeypatch.setattr(_idx, "LARGEST_FILE", 1 << 20)
    tracemalloc.start()
    with pytest.raises(DataDamaged, match=rf"^{packed} is damaged \(it has more than the 1,048,576 bytes"):
        source.load("test", tmp_path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 23


def test_a_file_that_cannot_be_read_is_named_like_a_damaged_one(tiny, tmp_path, monkeypatch):
    source, _ = tiny

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(_idx.bounded, "opened", refuse)
    with pytest.raises(DataDamaged, match=r"it cannot be read: Permission denied"):
        source.load("test", tmp_path)


# torchvision beside a CPU-only torch


@pytest.fixture
def broken_torchvision(monkeypatch, tmp_path):
    """Make `import torchvision` fail with a message of our own."""

    def break_with(message: str) -> None:
        (tmp_path / "torchvision").mkdir()
        (tmp_path / "torchvision" / "__init__.py").write_text(f"raise RuntimeError({message!r})")
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.syspath_prepend(tmp_path)

    return break_with


def test_only_the_one_known_failure_of_torchvision_is_repaired(broken_torchvision):
    broken_torchvision("something else")
    with pytest.raises(RuntimeError, match="something else"):
        _idx.import_torchvision()


def test_torchvision_comes_with_its_data_sets():
    assert Path(_idx.import_torchvision().datasets.__file__).is_file()


# A new data set is one new file


def test_a_file_dropped_into_the_folder_is_found(made_data_set):
    made_data_set("stripes", title="Stripes")
    assert "stripes" in datasets.names()
    assert datasets.record("stripes").title == "Stripes"
    assert datasets.load_images("stripes", "test").pixels.shape == (60, 8, 8, 1)


def test_a_file_with_an_underscore_is_none(monkeypatch, tmp_path):
    (tmp_path / "_helper.py").write_text("")
    monkeypatch.setattr(datasets, "__path__", [*datasets.__path__, str(tmp_path)])
    assert "_helper" not in datasets.names()


# What a file offers is checked once, where it is loaded


BROKEN = {
    "labels from 1": ({"first_label": 1}, "labels run from 1 to 10, not from 0 to 9; subtract 1"),
    "labels below": ({"first_label": -1}, "labels run from -1 to 8, not from 0 to 9"),
    "four channels": ({"shape": (8, 8, 4)}, "images have 4 channels, not 1 or 3"),
    "ten images": ({"count": 10}, "there are 10 images, and measuring needs at least 16"),
    "an empty split": ({"count": 0}, "there are 0 images, and measuring needs at least 16"),
    "large images": ({"shape": (2000, 1, 1)}, "images have 2000 × 1 pixels, not 1 to 1,024 a side"),
    "fewer labels": ({"labels": 55}, "there are 55 labels for 60 images"),
    "a class of none": ({"classes": 61}, "no image has the class '60'"),
    "floats": ({"dtype": "float32"}, "pixels are float32 (60, 8, 8, 1), not uint8 (n, h, w, c)"),
    "no channels": ({"shape": (8, 8)}, "pixels are uint8 (60, 8, 8), not uint8 (n, h, w, c)"),
    "names alike": ({"names": ["a"] * 10}, "class names are not all different, non-empty strings"),
    "names that are markup": (
        {"classes": 2, "names": ["<5", "≥5"]},
        "the name of a class '<5' is not a line of at most 200 letters that can be printed, without <",
    ),
    "names that turn the line": (
        {"classes": 2, "names": ["a", "\u202eb"]},
        "the name of a class '\\u202eb' is",
    ),
    "classes without labels": ({"has_labels": False}, "they have classes and no labels"),
    "labels without classes": (
        {"classes": 0, "has_labels": True},
        "they have labels and its record names no classes",
    ),
    "1,001 classes": ({"classes": 1001, "count": 1001}, "there are 1,001 classes, more than 1,000"),
    "other names": ({"own_names": ["a", "b"]}, "the 2 classes of the images are not the 10 of its record"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_data_set_is_refused_where_it_is_loaded(made_data_set, kind):
    settings, sentence = BROKEN[kind]
    made_data_set("broken", **settings)
    with pytest.raises(BadDataset) as caught:
        datasets.load_images("broken", "test")
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("The test images of the data set broken cannot be used: ")


def test_all_faults_are_told_at_once(made_data_set):
    made_data_set("broken", count=10, shape=(8, 8, 4), first_label=1)
    with pytest.raises(BadDataset, match=r"10 images.*; images have 4 channels.*; labels run from 1 to 10"):
        datasets.load_images("broken", "train")


def test_splits_of_different_sizes_are_no_data_set(made_data_set):
    made_data_set("broken", test_shape=(9, 8, 1))
    with pytest.raises(BadDataset, match="they are 8×8×1 for training and 9×8×1 for testing"):
        datasets.load_splits("broken")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("TITLE = 'No more'", "its file offers no DATASET, a Dataset record"),
        ("DATASET = 'No more'", "its file offers no DATASET, a Dataset record"),
        (
            "from aecore.datasets import Dataset\nDATASET = Dataset(title='No more', epochs=1)",
            "its file cannot be imported (TypeError: ",
        ),
        (
            "from aecore.datasets import Dataset\n"
            "DATASET = Dataset(title='Digits [mine]', epochs=1, load=0, is_present=0, download=0)",
            "its title 'Digits [mine]' is not a line",
        ),
        (
            "from aecore.datasets import Dataset\n"
            "DATASET = Dataset(title='Mine', epochs='9', load=0, is_present=0, download=0, classes=None)",
            "its epochs are '9', not a whole number from 1; its classes are None, not a tuple of names",
        ),
        ("import nothing_of_this_name", "its file cannot be imported (ModuleNotFoundError: "),
        ("TITLE = (", "its file cannot be imported (SyntaxError: "),
    ],
)
def test_a_file_that_is_no_data_set_is_an_error_of_ours_and_has_a_title(made_data_set, code, sentence):
    made_data_set("broken", code=code)
    with pytest.raises(BadDataset) as caught:
        datasets.load_images("broken")
    assert sentence in str(caught.value)
    assert datasets.title("broken") == "broken"
    assert datasets.title("gone") == "gone"


def test_what_a_file_raises_is_an_error_of_ours(made_data_set):
    made_data_set("broken", fails="KeyError('x')")
    with pytest.raises(BadDataset, match=r"they cannot be loaded \(KeyError: 'x'\)"):
        datasets.load_images("broken")


def test_a_training_of_a_broken_data_set_ends_before_its_first_epoch(made_data_set):
    made_data_set("broken", test_shape=(8, 8, 4))
    with pytest.raises(BadDataset, match="images have 4 channels"):
        runs.train("ae", "broken", epochs=1, hidden=(8,), on_epoch=lambda epoch: pytest.fail("it trained"))


def test_47_classes_train_and_are_measured(made_data_set):
    made_data_set("many", classes=47, count=188)
    run = runs.train("conditional_vae", "many", **quick("conditional_vae", 1))
    assert len(run.stored.classes) == 47
    assert set(run.stored.arrays["labels"].tolist()) == set(range(47))
