"""Picture files from anywhere, read safely: bytes of an upload to pixels in [0, 1].

Nothing of the file is trusted. Its size in bytes and in pixels is looked at before any pixel is
decoded, only common formats are tried, and whatever a decoder stumbles over becomes one sentence.
"""

from io import BytesIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from aecore.errors import BadPicture

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MOST_BYTES = 10 * 1024**2
MOST_PIXELS = 25_000_000
"""Beyond the camera of most phones, and 75 MB once decoded."""
LONGEST_KEPT = 560
"""Pixels of the longer side of what is handed on: data sets are far smaller."""


def read(content: bytes) -> np.ndarray:
    """The pixels of a picture file, upright, in front of its likely background.

    Args:
        content: the file's bytes.

    Returns:
        Colours in [0, 1], float32 (h, w, 3), no side longer than `LONGEST_KEPT`.

    Raises:
        BadPicture: if it is no picture, too large, animated, cut off, or of an unknown kind.
    """
    if len(content) > MOST_BYTES:
        raise BadPicture(
            f"the file has {len(content) / 1024**2:.1f} MB, and at most {MOST_BYTES // 1024**2} MB are read",
            "Save it smaller.",
        )
    image = _opened(content)
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise BadPicture(
            f"it has {width:,} × {height:,} pixels, and at most {MOST_PIXELS // 10**6} million are read",
            "Save it smaller.",
        )
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":  # a phone keeps a preview or a depth map beside its photo
        raise BadPicture(f"it is a sequence of {frames} pictures", "Save one of them by itself.")
    try:
        image.draft("RGB", (2 * LONGEST_KEPT, 2 * LONGEST_KEPT))  # JPEG only: decodes no more than it must
        return _colours(ImageOps.exif_transpose(image))
    except Exception as error:  # a decoder may stumble over a bad file in any way
        raise _damaged(error) from error


def _damaged(error: Exception) -> BadPicture:
    reason = f"{error}".strip().lower()[:120] or type(error).__name__
    return BadPicture(f"the file is damaged ({reason})", "Save it again.")


def _opened(content: bytes) -> Image.Image:
    """What kind of picture it is; no pixel is decoded yet."""
    listed = f"{', '.join(FORMATS[:-1])} and {FORMATS[-1]}"
    if not content:
        raise BadPicture("the file is empty", "Choose another.")
    try:
        return Image.open(BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture(
            f"it has more than {MOST_PIXELS // 10**6} million pixels", "Save it smaller."
        ) from error
    except UnidentifiedImageError as error:
        raise BadPicture(f"it is not in a format that is read ({listed})", "Save it as PNG.") from error
    except Exception as error:
        raise _damaged(error) from error


def _colours(image: Image.Image) -> np.ndarray:
    """Any mode to colours in [0, 1], reduced; a transparent picture in front of what sets it off."""
    if image.mode.startswith(("I", "F")):  # deep greys, which Pillow would cut off at 255
        return np.repeat(_deep_greys(image)[..., None], 3, axis=-1)
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        rgba = np.asarray(_reduced(image.convert("RGBA").convert("RGBa")), np.float32) / 255
        drawn, opacity = rgba[..., :3], rgba[..., 3:]  # RGBa: colours times opacity, safe to average
        shown = drawn.sum() / max(3 * opacity.sum(), 1e-6)
        return drawn + (1 - opacity) * (shown < 0.5)
    return np.asarray(_reduced(image.convert("RGB")), np.float32) / 255


def _deep_greys(image: Image.Image) -> np.ndarray:
    """Greys of 16 or 32 bits or of floats, white at the first usual maximum that none exceeds."""
    usual = {"I;16": (65535.0,), "I": (255.0, 65535.0), "F": (1.0, 255.0, 65535.0)}
    whites = usual["I;16" if ";" in image.mode else image.mode]
    # as floats first: Pillow does not resize 16 bits in every byte order
    values = Image.fromarray(np.asarray(image).astype(np.float32))
    greys = np.asarray(_reduced(values), np.float32)
    if not np.isfinite(greys).all():
        raise ValueError("values that are not finite")
    white = next((most for most in whites if greys.max() <= most), float(greys.max()))
    return np.clip(greys / white, 0, 1)


def _reduced(image: Image.Image) -> Image.Image:
    image.load()
    scale = LONGEST_KEPT / max(image.size)
    if scale >= 1:
        return image
    size = [max(1, round(side * scale)) for side in image.size]
    return image.resize(size, Image.Resampling.BOX)
