"""A preview shows what the import will keep, and sheets show some of each class and its mean."""

import numpy as np
import pytest
from PIL import Image

from aecore import importers
from aecore.datasets import Images
from aecore.errors import BadImport
from aecore.importers import preview, sheets
from aecore.importers.settings import Settings

RNG = np.random.default_rng(0)


@pytest.fixture
def folder(tmp_path):
    for k in range(120):
        pixels = RNG.integers(0, 256, (10, 16, 4), dtype=np.uint8)
        Image.fromarray(pixels, "RGBA").save(tmp_path / f"{k:03}.png")
    return tmp_path


def every(prepared: importers.Prepared) -> set[bytes]:
    return {image.tobytes() for images in prepared.parts.values() for image in images.pixels}


@pytest.mark.parametrize(
    "settings",
    [
        Settings(size=12, fit="crop", background="#ff8000"),
        Settings(size=(8, 20), fit="stretch", colour="grey", background="white"),
        Settings(size=24, background="black"),
    ],
)
def test_the_preview_is_of_the_images_that_will_be_kept(folder, settings):
    shown = preview.previewed(preview.sample(folder), settings)
    assert len(shown) == preview.COUNT
    assert {image.tobytes() for image in shown} <= every(importers.prepared(folder, settings))


def test_the_preview_of_arrays_is_as_well(tmp_path):
    np.save(tmp_path / "some.npy", RNG.integers(0, 256, (120, 20, 16), dtype=np.uint8))
    settings = Settings(size=8, colour="rgb", fit="crop")
    seen = []
    kept = importers.prepared(tmp_path / "some.npy", settings, on_read=seen.append)
    shown = preview.previewed(preview.sample_of(*seen, 5), settings)
    assert shown.shape == (5, 8, 8, 3)
    assert {image.tobytes() for image in shown} <= every(kept)
    assert preview.is_read_whole(tmp_path / "some.npy")


def test_a_broken_picture_is_left_out_of_the_preview(folder):
    (folder / "000.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    settings = Settings(size=8)
    assert len(preview.previewed(preview.sample(folder), settings)) == preview.COUNT - 1


def test_what_is_nothing_has_no_preview(tmp_path):
    (tmp_path / "a.txt").write_text("none")
    with pytest.raises(BadImport, match="no pictures"):
        preview.previewed(preview.sample(tmp_path), Settings())
    with pytest.raises(BadImport, match="nothing that is read"):
        preview.sample(tmp_path / "a.txt")


IMAGES = Images(
    RNG.integers(0, 256, (50, 4, 5, 3), dtype=np.uint8),
    (np.arange(50) % 3).astype(np.int64),
    ("a", "b", "c", "d"),
)


def test_rows_of_a_class_are_spread_over_it_and_no_more_than_there_are():
    rows = sheets.shown_rows(IMAGES, 1, 5)
    assert (IMAGES.labels[rows] == 1).all()
    assert (rows[0], rows[-1], len(rows)) == (1, 49, 5)
    assert len(sheets.shown_rows(IMAGES, 0, 100)) == 17
    assert len(sheets.shown_rows(IMAGES, 3, 100)) == 0
    assert sheets.shown_rows(IMAGES, None, 3).tolist() == [0, 24, 49]


def test_the_mean_is_numpy_s():
    own = IMAGES.pixels[IMAGES.labels == 2]
    np.testing.assert_array_equal(sheets.mean_image(IMAGES, 2), np.rint(own.mean(axis=0)))
    np.testing.assert_array_equal(sheets.mean_image(IMAGES, None), np.rint(IMAGES.pixels.mean(axis=0)))
    assert sheets.mean_image(IMAGES, 3) is None


def test_a_sheet_has_each_image_in_its_place():
    pixels = IMAGES.pixels[:7]
    found = sheets.sheet(pixels, 3)
    assert found.shape == (3 * 4, 3 * 5, 3)
    np.testing.assert_array_equal(found[4:8, 5:10], pixels[4])
    assert (found[8:, 5:] == 255).all()
    assert sheets.sheet(pixels[:2], 9).shape == (4, 10, 3)
