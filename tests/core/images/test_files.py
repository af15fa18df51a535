"""Uploaded files: every common kind opens alike, and whatever cannot be used is answered by a sentence."""

import io
import json
import os
import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aecore.errors import BadPicture
from aecore.images import files as image_files

ROOT = Path(__file__).resolve().parents[3]
HEIGHT, WIDTH = 12, 18
RAMP = np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))
GREY = Image.fromarray(RAMP)


def saved(image: Image.Image, kind: str = "PNG", **settings: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has no pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"")


ODD = {
    "1": (GREY.convert("1"), "PNG", None),
    "L": (GREY, "PNG", RAMP / 255),
    "LA": (GREY.convert("LA"), "PNG", RAMP / 255),
    "P": (GREY.convert("RGB").quantize(64), "PNG", RAMP / 255),
    "RGB": (GREY.convert("RGB"), "PNG", RAMP / 255),
    "RGBA": (GREY.convert("RGBA"), "WEBP", RAMP / 255),
    "CMYK": (GREY.convert("CMYK"), "TIFF", RAMP / 255),
    "YCbCr": (GREY.convert("YCbCr"), "TIFF", RAMP / 255),
    "I;16": (Image.fromarray(RAMP.astype(np.uint16) * 257), "PNG", RAMP / 255),
    "I": (Image.fromarray(RAMP.astype(np.int32) * 257), "TIFF", RAMP / 255),
    "F": (Image.fromarray(RAMP.astype(np.float32) / 255), "TIFF", RAMP / 255),
    "GIF": (GREY, "GIF", RAMP / 255),
    "BMP": (GREY, "BMP", RAMP / 255),
    "JPEG": (GREY, "JPEG", RAMP / 255),
}


@pytest.mark.parametrize("mode", ODD)
def test_every_mode_opens_as_the_colours_it_shows(mode):
    image, kind, expected = ODD[mode]
    settings = {"lossless": True} if kind == "WEBP" else {}
    found = image_files.decode(saved(image, kind, **settings))
    assert found.shape == (HEIGHT, WIDTH, 3)
    assert found.dtype == np.float32
    if expected is not None:
        np.testing.assert_allclose(found, np.repeat(expected[..., None], 3, -1), atol=0.03)


@pytest.mark.parametrize(("ink", "ground"), [(0, 1.0), (255, 0.0)])
@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
def test_what_is_transparent_lies_on_what_sets_it_off(ink, ground, mode):
    pixels = np.zeros((9, 9, 2), np.uint8)
    pixels[..., 0] = ink
    pixels[3:6, 3:6, 1] = 255
    image = Image.fromarray(pixels, "LA").convert("RGBA")
    if mode == "P":
        image = image.quantize(4)
    found = image_files.decode(saved(image if mode != "LA" else image.convert("LA")))
    assert found[0, 0] == pytest.approx([ground] * 3, abs=0.02)
    assert found[4, 4] == pytest.approx([ink / 255] * 3, abs=0.02)


def test_a_photo_is_turned_as_its_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter to see it upright
    found = image_files.decode(saved(GREY, "JPEG", exif=exif, quality=95))
    assert found.shape == (WIDTH, HEIGHT, 3)
    assert found[0].mean() < 0.1
    assert found[-1].mean() > 0.9


def test_a_large_picture_is_reduced_and_keeps_its_shape():
    found = image_files.read(saved(GREY.resize((2400, 1600))))
    assert found.shape == (373, 560, 3)
    np.testing.assert_allclose(found[5, :, 0], np.linspace(0, 1, 560), atol=0.04)


def test_a_phones_photo_with_a_preview_beside_it_opens():
    content = saved(GREY, "MPO", save_all=True, append_images=[GREY])
    assert image_files.read(content).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"no picture at all", "it is not in a format that is read (PNG, JPEG, WEBP, GIF, BMP and TIFF)"),
        (b"%PDF-1.7\n" + bytes(99), "it is not in a format that is read"),
        (saved(GREY)[:46], "the file is damaged (image file is truncated)"),
        (saved(GREY, "JPEG")[:300], "the file is damaged (truncated file read)"),
        (bytes(10 * 1024**2 + 1), "the file has 10.0 MB, and at most 10 MB are read"),
        (png_header(6000, 6000), "it has 6,000 × 6,000 pixels, and at most 25 million are read"),
        (png_header(60_000, 60_000), "it has more than 25 million pixels"),
        (png_header(10_000, 10_000), "million"),
        (saved(GREY, "GIF", save_all=True, append_images=[GREY.rotate(90)]), "a sequence of pictures"),
        (saved(GREY, "PNG", save_all=True, append_images=[GREY.rotate(90)]), "a sequence of pictures"),
        (saved(GREY, "TIFF", save_all=True, append_images=[GREY]), "a sequence of pictures"),
        (
            png_header(1, 25_000_000),
            "its longer side is 25,000,000 times the other, and at most 20 times are read",
        ),
        (png_header(20_100, 1_100), "its longer side has 20,100 pixels, and at most 20,000 are read"),
        (saved(Image.fromarray(np.full((3, 3), np.nan, np.float32)), "TIFF"), "not finite"),
    ],
)
def test_what_cannot_be_used_is_answered_by_a_sentence(content, sentence):
    with pytest.raises(BadPicture, match="This picture cannot be used: ") as caught:
        image_files.read(content)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith((".", "again."))


def with_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    content = saved(GREY.resize((5000, 5000)), "JPEG", progressive=True, quality=20)
    last, end = content.rfind(b"\xff\xda"), content.rfind(b"\xff\xd9")
    return content[:end] + content[last:end] * count + content[end:]


def with_pages(count: int) -> bytes:
    """A TIFF of many directories, each of a picture of four by four."""
    tags = [(256, 4), (257, 4), (258, 8), (259, 1), (262, 1), (273, 8), (278, 4), (279, 16)]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", t, 4, 1, v) for t, v in tags)
    size = len(directory) + 4
    following = [*(8 + size * (k + 1) for k in range(count - 1)), 0]
    return b"II*\0" + struct.pack("<I", 8) + b"".join(directory + struct.pack("<I", f) for f in following)


def test_every_fault_that_the_headers_show_is_said_at_once():
    with pytest.raises(
        BadPicture,
        match=r"30,000,000 × 2 pixels.*; its longer side has.*; its longer side is 15,000,000 times",
    ):
        image_files.decode(png_header(30_000_000, 2))


def test_the_scans_of_a_jpeg_are_counted_before_they_are_decoded():
    assert image_files.decode(with_scans(3)).shape == (560, 560, 3)
    with pytest.raises(BadPicture, match="it has 41 scans or more, and at most 40 are read"):
        image_files.decode(with_scans(300))


def test_a_thumbnail_inside_a_segment_is_no_scan():
    exif = Image.Exif()
    exif[0x010E] = "".join("\xff\xda" for _ in range(99))
    assert image_files.decode(saved(GREY, "JPEG", exif=exif)).shape == (HEIGHT, WIDTH, 3)


def test_pages_are_not_counted_and_the_second_is_not_opened():
    for content in (with_pages(90_000), with_pages(2)[:-6]):
        with pytest.raises(BadPicture, match="a sequence of pictures"):
            image_files.decode(content)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no limit on computing there")
def test_what_takes_long_to_decode_is_ended_and_said(monkeypatch):
    empty = chunk(b"tEXt", b"") * 800_000  # Pillow reads all of them
    header, rest = png_header(9, 9)[:33], chunk(b"IDAT", zlib.compress(bytes(90)))
    monkeypatch.setattr(image_files, "SECONDS", 0.5)
    with pytest.raises(BadPicture, match=r"decoding it takes more than 0\.5 seconds of computing"):
        image_files.read(header + empty + rest)
    monkeypatch.setattr(image_files, "PATIENCE", 0.001)
    with pytest.raises(BadPicture, match="decoding it takes more than 0 seconds"):
        image_files.read(saved(GREY))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no limit on memory there")
def test_what_takes_much_memory_to_decode_is_answered_by_a_sentence():
    large = saved(GREY.convert("RGB").resize((5000, 5000)), "WEBP", method=0)
    with pytest.raises(BadPicture, match="decoding it takes too much memory"):
        image_files.read(large)


def test_a_decoder_that_dies_takes_nothing_with_it():
    ended = subprocess.CompletedProcess([], -signal.SIGTERM, b"", b"")
    with pytest.raises(BadPicture, match="its decoder stopped with code -15"):
        image_files._answer(ended)


def test_read_gives_what_decode_gives():
    content = saved(GREY, "JPEG")
    np.testing.assert_array_equal(image_files.read(content), image_files.decode(content))


@pytest.mark.parametrize("most", [255, 1023, 4095, 65535])
def test_white_of_16_bits_is_what_their_camera_calls_white(most):
    deep = Image.fromarray(np.rint(RAMP / 255 * most).astype(np.uint16))
    np.testing.assert_allclose(image_files.decode(saved(deep))[..., 0], RAMP / 255, atol=0.003)


def test_colours_of_16_bits_that_hold_12_are_not_taken_for_black():
    rows = np.repeat(RAMP.astype(np.uint16) * 16, 3, axis=1).astype(">u2")
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 2, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    with pytest.raises(BadPicture, match="16 bits a colour and uses only the lowest of them"):
        image_files.decode(content)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the mutations run in forks")
def test_altered_files_open_or_are_refused_within_time_and_memory():
    """AECORE_MUTATIONS=14000 tries that many; 210 otherwise."""
    count = int(os.environ.get("AECORE_MUTATIONS", "210"))
    command = [sys.executable, "-m", "tests.core.images.picture_mutations", str(count)]
    found = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    assert found["foreign"] == []
    assert found["seconds"] < image_files.SECONDS + 0.5
    assert found["megabytes"] < 300
    assert len(found["by_format"]) == 7
    for kind, outcomes in found["by_format"].items():
        assert outcomes.get("opened"), kind
        assert outcomes.get("refused"), kind


@given(st.data())
def test_a_file_with_altered_bytes_opens_or_is_refused(data):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"]))
    content = bytearray(saved(GREY, kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = image_files.decode(bytes(content))
    except BadPicture:
        return
    assert found.shape[-1] == 3
    assert 0 <= found.min() <= found.max() <= 1
