"""Picture files from anywhere, read safely: bytes of an upload to pixels in [0, 1].

Nothing of the file is trusted. Its headers are looked at before any pixel is decoded, and all of that
happens in a process of its own with little time and memory: whatever a decoder makes of a hostile file,
a moment later it is over, and becomes one sentence.
"""

import io
import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from aecore.errors import BadPicture
from aecore.images import child_process

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MOST_BYTES = 10 * 1024**2
MOST_PIXELS = 25_000_000
"""Beyond the camera of most phones, and 100 MB once decoded."""
LONGEST_SIDE = 20_000
MOST_ASPECT = 20
"""Longer side by shorter; the 1 of a thin pen, cut out, has about 12."""
MOST_SCANS = 40
"""Of a progressive JPEG, each a walk over all pixels; usual encoders write 10, careful ones up to 20."""
LONGEST_KEPT = 560
"""Pixels of the longer side of what is handed on: data sets are far smaller."""

SECONDS = 2.0
"""Of computing; 25 million pixels take half of it."""
PATIENCE = 20.0
"""Seconds in all, also on a machine that computes something else."""
MOST_MEMORY = 300 * 1024**2
"""Above what the process has before it opens the file."""
REFUSED = 3
"""Exit code of the process where it has a sentence about the file."""
_turns = threading.BoundedSemaphore(2)
"""However many people upload at once, no more than two files are decoded."""

WHITES = {"I": (255, 1023, 4095, 16383, 65535), "F": (1, 255, 65535)}
"""White of deep greys: files of 16 bits often hold 8, 10, 12 or 14 of a camera or a scanner."""
_JPEG_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
"""Neither a stuffed zero nor a restart: these stand inside of a scan."""


def read(content: bytes) -> np.ndarray:
    """The pixels of a picture file, upright, in front of its likely background.

    Args:
        content: the file's bytes.

    Returns:
        Colours in [0, 1], float32 (h, w, 3), no side longer than `LONGEST_KEPT`.

    Raises:
        BadPicture: if it is no picture, too large, animated, cut off, of an unknown kind, or takes more
            than `SECONDS` or `MOST_MEMORY` to decode.
    """
    if len(content) > MOST_BYTES:
        raise BadPicture(
            f"the file has {len(content) / 1024**2:.1f} MB, and at most {MOST_BYTES // 1024**2} MB are read",
            "Save it smaller.",
        )
    try:
        with _turns:
            ended = subprocess.run(
                child_process.command("aecore.images.files", str(SECONDS)),
                input=content,
                capture_output=True,
                check=False,
                timeout=PATIENCE,
                env=child_process.environment(),
            )
    except subprocess.TimeoutExpired as error:
        raise _too_long(f"{PATIENCE:.0f} seconds") from error
    except OSError as error:  # no memory or no process left on this machine
        raise BadPicture(
            f"no process could be started to decode it ({error})", "Try it again later."
        ) from error
    return _answer(ended)


def _answer(ended: subprocess.CompletedProcess[bytes]) -> np.ndarray:
    """What the process said: pixels, a sentence, or nothing, since it was ended."""
    if ended.returncode == REFUSED:
        raise BadPicture(*json.loads(ended.stdout))
    if ended.returncode == 0:
        return np.load(io.BytesIO(ended.stdout), allow_pickle=False)
    if ended.returncode == -getattr(signal, "SIGPROF", 0):
        raise _too_long(f"{SECONDS:g} seconds of computing")
    raise _damaged(RuntimeError(f"its decoder stopped with code {ended.returncode}"))


def _too_long(how_long: str) -> BadPicture:
    return BadPicture(f"decoding it takes more than {how_long}", "Save it again as a plain PNG or JPEG.")


def main(seconds: str) -> int:
    """Decode what comes on standard input, within limits; pixels or a sentence go to standard output."""
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    limit_time(float(seconds))
    limit_memory()
    try:
        pixels = decode(content)
    except BadPicture as error:
        sys.stdout.write(json.dumps((error.what, error.remedy)))
        return REFUSED
    np.save(sys.stdout.buffer, pixels, allow_pickle=False)
    return 0


def limit_time(seconds: float) -> None:
    """Bound what this process may still compute, where the system can: not on Windows.

    Args:
        seconds: of computing, until it is ended.
    """
    if hasattr(signal, "setitimer"):  # elsewhere `PATIENCE` ends it
        signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory() -> None:
    """Bound what this process may still hold, `MOST_MEMORY`, where the system can: on Linux."""
    held = Path("/proc/self/statm")
    if held.exists():  # elsewhere the limits on what is decoded have to do
        import resource

        most = int(held.read_text().split()[0]) * resource.getpagesize() + MOST_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def decode(content: bytes) -> np.ndarray:
    """What `read` does, in this process and without its bounds on time and memory.

    Args:
        content: the file's bytes.

    Returns:
        Colours in [0, 1], float32 (h, w, 3).

    Raises:
        BadPicture: as `read` does.
    """
    image = checked(content)
    try:
        longest = max(image.size)
        width, height = (-(-2 * LONGEST_KEPT * side // longest) for side in image.size)
        image.draft("RGB", (width, height))  # of a JPEG
        check_depth(image, content)
        return _colours(image)
    except BadPicture:
        raise
    except MemoryError as error:
        raise BadPicture(
            "decoding it takes too much memory", "Save it again as a plain PNG or JPEG."
        ) from error
    except Exception as error:  # a decoder may stumble over a bad file in any way
        raise _damaged(error) from error


def checked(content: bytes, first_frame_of: tuple[str, ...] = ()) -> Image.Image:
    """A picture whose headers say nothing against decoding it; no pixel is decoded yet.

    Args:
        content: the file's bytes.
        first_frame_of: formats of which a sequence is taken for its first picture.

    Returns:
        The picture.

    Raises:
        BadPicture: if it is none, too large, a sequence, or damaged.
    """
    image = _opened(content)
    try:
        _check(image, content, first_frame_of)
    except BadPicture:
        raise
    except Exception as error:
        raise _damaged(error) from error
    return image


def _damaged(error: Exception) -> BadPicture:
    reason = f"{error}".strip().lower()[:120] or type(error).__name__
    return BadPicture(f"the file is damaged ({reason})", "Save it again.")


def _opened(content: bytes) -> Image.Image:
    """What kind of picture it is; no pixel is decoded yet."""
    listed = f"{', '.join(FORMATS[:-1])} and {FORMATS[-1]}"
    if not content:
        raise BadPicture("the file is empty", "Choose another.")
    try:
        return Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture(
            f"it has more than {MOST_PIXELS // 10**6} million pixels", "Save it smaller."
        ) from error
    except UnidentifiedImageError as error:
        raise BadPicture(f"it is not in a format that is read ({listed})", "Save it as PNG.") from error
    except Exception as error:
        raise _damaged(error) from error


def _check(image: Image.Image, content: bytes, first_frame_of: tuple[str, ...]) -> None:
    """All that the headers say against decoding it, in one sentence."""
    width, height = image.size
    shorter, longer = sorted(image.size)
    aspect = longer / max(shorter, 1)
    scans = _scans(content) if image.format in ("JPEG", "MPO") else 1
    # a phone keeps a preview or a depth map beside its photo; how many pages there are takes long to count
    is_sequence = image.format not in ("MPO", *first_frame_of) and getattr(image, "is_animated", False)
    faults = [
        (
            width * height > MOST_PIXELS,
            f"it has {width:,} × {height:,} pixels",
            f"{MOST_PIXELS // 10**6} million",
        ),
        (longer > LONGEST_SIDE, f"its longer side has {longer:,} pixels", f"{LONGEST_SIDE:,}"),
        (aspect > MOST_ASPECT, f"its longer side is {aspect:,.0f} times the other", f"{MOST_ASPECT} times"),
        (scans > MOST_SCANS, f"it has {scans:,} scans or more", f"{MOST_SCANS}"),
    ]
    found = [f"{fault}, and at most {most} are read" for is_so, fault, most in faults if is_so]
    found += ["it is a sequence of pictures"] * is_sequence
    if found:
        remedy = "Save one of them by itself." if is_sequence else "Save it anew, smaller, as PNG or JPEG."
        raise BadPicture("; ".join(found), remedy)


def check_depth(image: Image.Image, content: bytes) -> None:
    """Refuse deep colours in the lowest bits: Pillow keeps the upper eight, in which there is nothing."""
    depths = {"PNG": content[24:25], "TIFF": getattr(image, "tag_v2", {}).get(258, (8,))}
    colours = [band for band in image.getbands() if band not in ("A", "I", "F")]
    if max(depths.get(image.format or "", (8,)), default=8) <= 8 or not colours:
        return
    brightest = max(image.getchannel(band).getextrema()[1] for band in colours)
    if brightest < 16:  # pyright: ignore[reportOperatorIssue]  of one band: a number, not a pair
        raise BadPicture("it has 16 bits a colour and uses only the lowest of them", "Save it with 8 bits.")


def _scans(content: bytes) -> int:
    """How many scans a JPEG has: its start-of-scan markers, wherever they stand outside of a segment."""
    scans, place = 0, 0
    while marker := _JPEG_MARKER.search(content, place):
        code, place = marker[1][0], marker.end()
        scans += code == 0xDA
        if code == 0xD9 or scans > MOST_SCANS:
            break
        if code not in (0x01, 0xD8):  # a segment, whose length stands before its content
            place += int.from_bytes(content[place : place + 2])
    return scans


def _colours(image: Image.Image) -> np.ndarray:
    """Any mode to colours in [0, 1], reduced; a transparent picture in front of what sets it off."""
    if image.mode.startswith(("I", "F")):  # deep greys, which Pillow would cut off at 255
        return np.repeat(_deep_greys(image)[..., None], 3, axis=-1)
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        rgba = np.asarray(_reduced(image.convert("RGBA").convert("RGBa")), np.float32) / 255
        drawn, opacity = rgba[..., :3], rgba[..., 3:]  # RGBa: colours times opacity, safe to average
        shown = drawn.sum() / max(3 * opacity.sum(), 1e-6)
        return np.clip(drawn + (1 - opacity) * (shown < 0.5), 0, 1)
    return np.asarray(_reduced(image.convert("RGB")), np.float32) / 255


def _deep_greys(image: Image.Image) -> np.ndarray:
    """Greys of 16 or 32 bits or of floats, white at the first usual maximum that none exceeds."""
    # as floats first: Pillow does not resize 16 bits in every byte order
    greys = np.asarray(_reduced(image.convert("F")), np.float32)
    if not np.isfinite(greys).all():
        raise ValueError("values that are not finite")
    return np.clip(greys / white_of(image.mode, float(greys.max())), 0, 1)


def white_of(mode: str, brightest: float) -> float:
    """The value of white in deep greys: the first usual maximum that the brightest does not exceed."""
    return next((most for most in WHITES[mode[0]] if brightest <= most), brightest)


def _reduced(image: Image.Image) -> Image.Image:
    """No side longer than is kept, and upright as its camera was held."""
    image.load()
    scale = LONGEST_KEPT / max(image.size)
    if scale < 1:
        image = image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.BOX)
    return ImageOps.exif_transpose(image)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
