"""The test images in parts, as a browser asks for them."""

import gzip

import numpy as np
import pytest
from starlette.applications import Starlette

from aecore import datasets
from dashboard.services import cached_reads, original_images
from tests.asgi import ask, run

APP = Starlette(routes=[original_images.route()])


def asked(address: str) -> tuple:
    return run(ask(APP, f"/{address}"))


def test_all_parts_together_are_the_images_bit_for_bit(monkeypatch):
    monkeypatch.setattr(original_images, "PART_BYTES", 64 * 100)
    images = datasets.load_images("digits", "test").pixels
    address, rows, _ = original_images.originals("digits")
    assert rows == 100
    parts = [asked(f"{address}/{k}") for k in range(-(-len(images) // rows))]
    assert [status for status, *_ in parts] == [200] * len(parts)
    sent = b"".join(gzip.decompress(body) for *_, body in parts)
    np.testing.assert_array_equal(np.frombuffer(sent, np.uint8), images.ravel())


def test_a_browser_may_keep_a_part_for_good_since_its_address_names_its_content():
    address = original_images.originals("digits").address
    _, headers, _ = asked(f"{address}/0")
    assert "immutable" in headers["cache-control"]
    assert headers["content-encoding"] == "gzip"
    assert datasets.load_images("digits", "test").digest[:16] in address


def test_under_a_path_of_its_own_the_parts_are_there():
    address = original_images.originals("digits").address
    app = Starlette(routes=[original_images.route("/lab")])
    assert run(ask(app, f"/lab/{address}/0"))[0] == 200


@pytest.mark.parametrize(
    "address",
    [
        "originals/digits/0123456789abcdef/0",
        "originals/letters/{version}/0",
        "originals/digits/{version}/1",
        "originals/digits/{version}/99999999999999999999999999",
        "originals/digits/{version}/" + 5000 * "9",
        "originals/digits/{version}/-1",
        "originals/digits/{version}/a",
        "originals/../{version}/0",
        "originals/digits%00/{version}/0",
    ],
)
def test_what_there_is_no_part_of_is_not_found(address):
    version = original_images.originals("digits").address.rpartition("/")[2]
    assert asked(address.format(version=version))[0] == 404


def test_images_that_are_damaged_are_nowhere(monkeypatch):
    address = original_images.originals("digits").address
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset: False)
    assert original_images.originals("digits") is None
    assert asked(f"{address}/0")[0] == 404
