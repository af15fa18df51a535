"""Test images are drawn by class, always the same, and no image stands on both sides."""

import numpy as np
import pytest

from aecore.datasets import Images
from aecore.errors import BadImport
from aecore.importers import splits
from aecore.importers.settings import Settings

RNG = np.random.default_rng(0)


def images(count: int, classes: int = 0, seed: int = 0) -> Images:
    chance = np.random.default_rng(seed)
    pixels = chance.integers(0, 256, (count, 16, 16, 1), dtype=np.uint8)
    names = tuple(f"class {k}" for k in range(classes))
    return Images(pixels, np.arange(count) % classes if classes else None, names)


def settings(share: float, seed: int = 0, validation: float = 0) -> Settings:
    return Settings(test_share=share, validation_share=validation, seed=seed)


def drawn(given: Images, share: float, seed: int) -> np.ndarray:
    return splits.drawn(given, splits.groups(given.pixels), share, seed)


@pytest.mark.parametrize("share", [0.1, 1 / 6, 0.5])
def test_of_every_class_a_share_is_drawn(share):
    found, duplicates, _ = splits.completed({"all": images(600, 3)}, settings(share))
    assert duplicates == 0
    assert len(found["train"]) + len(found["test"]) == 600
    np.testing.assert_allclose(np.bincount(found["test"].known_labels), 200 * share, atol=1)


@pytest.mark.parametrize(("classes", "how"), [(0, "with seed 0"), (3, "by class and with seed 0")])
def test_how_they_were_drawn_is_said(classes, how):
    _, _, notes = splits.completed({"all": images(600, classes)}, settings(1 / 6))
    assert f"of 600 images were drawn as test images, {how};" in notes[0]


def test_a_draw_is_the_same_again_and_another_with_another_seed():
    given = images(60)
    assert (drawn(given, 0.2, 1) == drawn(given, 0.2, 1)).all()
    assert not np.array_equal(drawn(given, 0.2, 1), drawn(given, 0.2, 2))


@pytest.mark.parametrize("seed", range(5))
def test_equal_and_near_images_stay_on_one_side(seed):
    given = images(40, seed=seed).pixels // 2 * 2
    lighter = given // 2 + np.uint8(60)  # grows where the other grows
    all_of_them = Images(np.concatenate([given, given, lighter]))
    test = set(drawn(all_of_them, 0.3, seed) % 40)
    train = {row % 40 for row in range(120)} - test
    found, duplicates, notes = splits.completed({"all": all_of_them}, settings(0.3, seed))
    assert duplicates == 40
    assert "40 images have an equal one before them." in notes
    assert len(found["test"]) == 3 * len(test)
    assert len(found["train"]) == 3 * len(train)


@pytest.mark.parametrize("validation", [0.1, 0.25])
def test_validation_images_are_drawn_from_what_is_not_measured_on(validation):
    given = images(600, 3)
    twice = given[np.concatenate([np.arange(600), np.arange(0, 600, 7)])]
    found, _, notes = splits.completed({"all": twice}, settings(0.2, validation=validation))
    parts = [{one.tobytes() for one in found[split].pixels} for split in ("train", "validation", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 600
    np.testing.assert_allclose(len(found["validation"]), validation * len(twice), atol=6)
    assert any("validation images" in note for note in notes)
    bare, _, _ = splits.completed({"all": twice}, settings(0.2))
    assert set(bare) == {"train", "test"}


def test_blank_images_are_groups_of_their_own_only_where_they_are_equal():
    blank = np.repeat(np.arange(0, 200, 10, dtype=np.uint8), 256).reshape(20, 16, 16, 1)
    assert len(set(splits.groups(blank))) == 20
    assert len(set(splits.groups(np.concatenate([blank, blank])))) == 20


def test_a_class_that_cannot_be_divided_is_named():
    given = images(10, 2)
    alone = Images(given.pixels, np.array([0] * 9 + [1]), ("many", "one"))
    with pytest.raises(BadImport, match="the class 'one' has 1 images"):
        splits.completed({"all": alone}, settings(0.2))


def test_splits_that_were_given_stay_and_what_is_in_both_is_said():
    given = images(50)
    found, _, notes = splits.completed({"train": given[:40], "test": given[35:]}, settings(0.2))
    assert (len(found["train"]), len(found["test"])) == (40, 15)
    assert notes == ["5 of 15 test images are among the training images as well, as given."]


def test_splits_that_were_given_can_be_drawn_anew():
    given = images(60, 3)
    parts = {"train": given[:20], "validation": given[20:30], "test": given[30:]}
    anew = Settings(test_share=0.2, validation_share=0.1, split="drawn")
    found, _, notes = splits.completed(parts, anew)
    assert {split: len(part) for split, part in found.items()} == {"train": 42, "validation": 6, "test": 12}
    assert notes[0] == "The splits that were given were put together."
    alone, _, _ = splits.completed({"all": given}, anew)
    for split, part in found.items():
        np.testing.assert_array_equal(part.pixels, alone[split].pixels)
        np.testing.assert_array_equal(part.labels, alone[split].labels)
    assert len(splits.completed({"test": given}, anew)[0]["train"]) == 42


def test_test_images_alone_are_refused():
    with pytest.raises(BadImport, match="none to learn from"):
        splits.completed({"test": images(9)}, settings(0.2))


def test_a_difference_hash_says_where_an_image_grows_to_the_right():
    rising = np.broadcast_to(np.arange(0, 144, 9, dtype=np.uint8), (16, 16))[None, ..., None]
    assert int(splits.difference_hashes(rising)[0]) == 2**64 - 1
    assert int(splits.difference_hashes(rising[:, :, ::-1])[0]) == 0
    small = RNG.integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    assert len(set(splits.difference_hashes(small))) == 5
