"""Uploaded files: every common kind opens alike, and whatever cannot be used is answered by a sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aecore import pictures
from aecore.errors import BadPicture

HEIGHT, WIDTH = 12, 18
RAMP = np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))
GREY = Image.fromarray(RAMP)


def saved(image: Image.Image, kind: str = "PNG", **settings: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has no pixels."""
    content = b"\x89PNG\r\n\x1a\n"
    for chunk in (b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0), b"IDAT"):
        content += struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return content


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
    found = pictures.read(saved(image, kind, **settings))
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
    found = pictures.read(saved(image if mode != "LA" else image.convert("LA")))
    assert found[0, 0] == pytest.approx([ground] * 3, abs=0.02)
    assert found[4, 4] == pytest.approx([ink / 255] * 3, abs=0.02)


def test_a_photo_is_turned_as_its_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter to see it upright
    found = pictures.read(saved(GREY, "JPEG", exif=exif, quality=95))
    assert found.shape == (WIDTH, HEIGHT, 3)
    assert found[0].mean() < 0.1
    assert found[-1].mean() > 0.9


def test_a_large_picture_is_reduced_and_keeps_its_shape():
    found = pictures.read(saved(GREY.resize((2400, 1600))))
    assert found.shape == (373, 560, 3)
    np.testing.assert_allclose(found[5, :, 0], np.linspace(0, 1, 560), atol=0.04)


def test_a_phones_photo_with_a_preview_beside_it_opens():
    content = saved(GREY, "MPO", save_all=True, append_images=[GREY])
    assert pictures.read(content).shape == (HEIGHT, WIDTH, 3)


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
        (saved(GREY, "GIF", save_all=True, append_images=[GREY.rotate(90)]), "a sequence of 2 pictures"),
        (saved(GREY, "PNG", save_all=True, append_images=[GREY.rotate(90)]), "a sequence of 2 pictures"),
        (saved(GREY, "TIFF", save_all=True, append_images=[GREY]), "a sequence of 2 pictures"),
        (saved(Image.fromarray(np.full((3, 3), np.nan, np.float32)), "TIFF"), "not finite"),
    ],
)
def test_what_cannot_be_used_is_answered_by_a_sentence(content, sentence):
    with pytest.raises(BadPicture, match="This picture cannot be used: ") as caught:
        pictures.read(content)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith((".", "again."))


@given(st.data())
def test_a_file_with_altered_bytes_opens_or_is_refused(data):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"]))
    content = bytearray(saved(GREY, kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = pictures.read(bytes(content))
    except BadPicture:
        return
    assert found.shape[-1] == 3
    assert 0 <= found.min() <= found.max() <= 1
