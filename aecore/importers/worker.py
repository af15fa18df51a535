"""Pictures decoded in a process of its own, with little time for each and little memory for all.

    python -m aecore.importers.worker < request

The request is one JSON object: the source, what is wanted of each picture, and which pictures. For each
there comes a line of JSON, and where pixels are wanted, their bytes behind it. A picture that a decoder dies
of ends the process; who asked sees by the answers which one it was, and goes on behind it (`pool`).
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image, ImageOps

from aecore.errors import BadPicture
from aecore.images import files
from aecore.importers import preparation
from aecore.importers.source import FAULTS, Source

SECONDS = 2.0
"""Of computing, for one picture."""
TURNED = frozenset({5, 6, 7, 8})
"""EXIF orientations that lay a picture on its side."""
ORIENTATION = 0x0112


def main() -> int:
    """Answer the request on standard input."""
    request = json.loads(sys.stdin.buffer.read())
    answer = {"sizes": _size, "shades": _shade, "pixels": _pixels}[request["task"]]
    with Source.of(Path(request["path"]), request["column"]) as source:
        files.limit_memory()
        for name in request["names"]:
            files.limit_time(SECONDS)
            sys.stdout.buffer.write(_answered(answer, source, name, request["form"]))
            sys.stdout.buffer.flush()  # so that the answers tell which one it died of
    return 0


Answer = Callable[[bytes, dict[str, Any]], tuple[dict[str, Any], bytes]]


def _answered(answer: Answer, source: Source, name: Any, form: dict[str, Any]) -> bytes:
    """What one picture is answered with: a line, then bytes."""
    try:
        try:
            content = source.read(name, files.MOST_BYTES)
        except FAULTS as error:
            raise BadPicture(f"it cannot be read ({error})", "Save it again.") from error
        said, pixels = answer(content, form)
    except BadPicture as error:
        said, pixels = {"error": error.what}, b""
    except MemoryError:
        said, pixels = {"error": "decoding it takes too much memory"}, b""
    except Exception as error:  # a decoder may stumble over a bad file in any way
        said, pixels = {"error": f"the file is damaged ({str(error)[:120] or type(error).__name__})"}, b""
    return json.dumps(said).encode() + b"\n" + pixels


def _opened(content: bytes) -> Image.Image:
    return files.checked(content, first_frame_of=("GIF",))


def _size(content: bytes, form: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Its size as it will stand, and whether it is transparent, by its headers alone."""
    image = _opened(content)
    width, height = image.size
    if image.format in ("JPEG", "MPO", "WEBP", "TIFF") and image.getexif().get(ORIENTATION) in TURNED:
        width, height = height, width
    return {"size": [height, width], "is_transparent": _is_transparent(image)}, b""


def _is_transparent(image: Image.Image) -> bool:
    return bool({"A", "a"} & set(image.getbands())) or "transparency" in image.info


def _shade(content: bytes, form: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """How bright what is drawn on it is, 0 to 1, and which share of it is clear."""
    image = _opened(content)
    pixels = np.asarray(image.convert("RGBA"), np.float64) / 255
    opacity = pixels[..., 3]
    shade = (pixels[..., :3] @ preparation.LUMA * opacity).sum() / max(opacity.sum(), 1e-6)
    return {"shade": float(shade), "clear": float((opacity < 0.5).mean())}, b""


def _pixels(content: bytes, form: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """It as it will be kept; of deep greys also which value was taken for white."""
    image = _opened(content)
    sides = tuple(form["sides"])
    image.draft("RGB", (2 * max(sides), 2 * max(sides)))  # of a JPEG
    files.check_depth(image, content)
    ImageOps.exif_transpose(image, in_place=True)
    said: dict[str, Any] = {}
    if image.mode.startswith(("I", "F")):
        said["mode"] = image.mode
        image, said["white"] = _levelled(image, form["white"])
    elif _is_transparent(image):
        image = image.convert("RGBA")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    if form["channels"] == 1 and image.mode == "RGB":
        image = image.convert("L")
    ground = form["ground"] if image.mode != "L" else [preparation.luma(tuple(form["ground"]))]
    pixels = preparation.fitted(image, sides, form["fit"], tuple(ground))  # pyright: ignore[reportArgumentType]
    if form["channels"] == 3 and pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    elif form["channels"] == 1 and pixels.shape[2] == 3:
        pixels = np.rint(pixels @ preparation.LUMA).astype(np.uint8)
    return said, pixels.tobytes()


def _levelled(image: Image.Image, white: float | None) -> tuple[Image.Image, float]:
    """Greys of 16 or 32 bits or of floats in eight bits."""
    values = np.asarray(image.convert("F"), np.float32)
    if not np.isfinite(values).all():
        raise ValueError("values that are not finite")
    if values.min() < 0:
        raise BadPicture(f"its values begin at {values.min():g}, and 0 is black", "Save it from 0 on.")
    white = white or files.white_of(image.mode, float(values.max()))
    return Image.fromarray(np.rint(np.clip(values / white, 0, 1) * 255).astype(np.uint8)), white


def answers(stream: IO[bytes], count: int, extent: int) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What a worker says, read by whoever asked; it ends early where the worker did.

    Args:
        stream: its output.
        count: of pictures that it was asked for.
        extent: bytes of pixels behind each answer that is no error.

    Yields:
        tuple[dict[str, Any], bytes]: each answer.
    """
    for _ in range(count):
        line = stream.readline(2**16)
        if not line.endswith(b"\n"):
            return
        said = json.loads(line)
        pixels = stream.read(extent) if extent and "error" not in said else b""
        if extent and "error" not in said and len(pixels) < extent:
            return
        yield said, pixels


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # nobody wants the rest
        sys.exit(main())
