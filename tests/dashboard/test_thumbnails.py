"""Thumbnails of many or large test images on sheets, and the one original that a browser asks for."""

import gzip
import io

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from aecore import datasets
from dashboard.services import original_images, thumbnails
from tests.asgi import ask, run

APP = Starlette(routes=[original_images.route(), thumbnails.route()])
RNG = np.random.default_rng(0)


def asked(address: str) -> tuple:
    return run(ask(APP, f"/{address}"))


@pytest.fixture
def digits(monkeypatch):
    """The originals of digits as if they were too many to be had all at once."""
    monkeypatch.setattr(original_images, "MOST_WHOLE", 1000)
    found = original_images.originals("digits")
    assert found is not None
    return found


def test_images_that_are_little_to_send_travel_whole_and_have_no_thumbnails():
    assert original_images.originals("digits").sheets is None
    if datasets.is_present("mnist", "test"):
        assert original_images.originals("mnist").sheets is None


def test_of_much_to_send_one_original_at_a_time_is_to_be_had_bit_for_bit(digits):
    images = datasets.load_images("digits", "test").pixels
    assert digits.rows == 1
    status, headers, body = asked(f"{digits.address}/7")
    assert status == 200
    assert "immutable" in headers["cache-control"]
    np.testing.assert_array_equal(np.frombuffer(gzip.decompress(body), np.uint8), images[7].ravel())
    assert asked(f"{digits.address}/{len(images)}")[0] == 404


def test_an_address_of_single_originals_is_none_of_parts(digits, monkeypatch):
    monkeypatch.undo()
    assert original_images.originals("digits").address != digits.address


def test_a_thumbnail_stands_where_its_number_says(digits):
    images = datasets.load_images("digits", "test").pixels
    sheets = digits.sheets
    status, headers, body = asked(f"{sheets.address}/0")
    assert (status, headers["content-type"]) == (200, "image/webp")
    assert "immutable" in headers["cache-control"]
    picture = np.array(Image.open(io.BytesIO(gzip.decompress(body))).convert("L"))
    assert picture.shape[1] == sheets.columns * sheets.width
    for k in (0, 5, 40, len(images) - 1):
        top, left = k // sheets.columns * sheets.height, k % sheets.columns * sheets.width
        thumbnail = picture[top : top + sheets.height, left : left + sheets.width]
        near = np.corrcoef(thumbnail.ravel(), images[k].ravel())[0, 1]
        assert near > 0.97


@pytest.mark.parametrize(
    "address",
    [
        "thumbnails/digits/{version}/1",
        "thumbnails/digits/{version}/-1",
        "thumbnails/digits/{version}/a",
        "thumbnails/digits/0123456789abcdef-8x8/0",
        "thumbnails/letters/{version}/0",
        "thumbnails/../{version}/0",
    ],
)
def test_what_there_is_no_sheet_of_is_not_found(digits, address):
    version = digits.sheets.address.rpartition("/")[2]
    assert asked(f"thumbnails/digits/{version}/0")[0] == 200
    assert asked(address.format(version=version))[0] == 404


@pytest.mark.parametrize("count", [1000, 10_000, 100_000])
def test_all_sheets_of_noise_stay_within_four_megabytes(count):
    planned = thumbnails.plan(count, 64, 64)
    noise = RNG.integers(0, 256, (thumbnails.COLUMNS * thumbnails.ROWS, 64, 64, 3), dtype=np.uint8)
    some = noise[: min(count, len(noise))]
    assert len(thumbnails.sheet(some, planned)) * count / len(some) <= 4_000_000


def test_a_last_sheet_of_few_has_only_their_share():
    planned = thumbnails.plan(10_000, 64, 64)
    noise = RNG.integers(0, 256, (33, 64, 64, 3), dtype=np.uint8)
    content = thumbnails.sheet(noise, planned)
    assert len(content) <= 33 * 400
    assert Image.open(io.BytesIO(content)).size == (32 * planned.width, 2 * planned.height)


def test_thumbnails_keep_the_images_proportions_and_never_grow():
    assert thumbnails.plan(10_000, 96, 64)[:2] == (32, 21)
    assert thumbnails.plan(100, 16, 16)[:2] == (16, 16)
    assert thumbnails.plan(200_000, 64, 64)[:2] == (8, 8)
    assert thumbnails.plan(10_000, 1, 1000)[:2] == (1, 32)
