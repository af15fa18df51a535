"""Hostile picture files by the thousand: `python -m tests.core.images.picture_mutations COUNT [SEED]`.

Each is a file of every format and mode that is read, altered, and decoded in a child of its own under
the product's limits. What happened is printed as JSON: by format how many opened, how many were refused
in a sentence, how many ran out of time, in how many a decoder died; what escaped as a foreign exception;
the most time and memory that one of them took. POSIX only, for its `fork`.
"""

import collections
import io
import json
import os
import resource
import signal
import sys
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from aecore.errors import BadPicture
from aecore.images import files as image_files

OPENED, REFUSED, FOREIGN = 0, 3, 4
BORDERS = (0, 1, 2, 0x7F, 0x80, 0xFF)


def seeds() -> dict[str, list[bytes]]:
    """Good files of every format, by format: all modes, compressions and extras that Pillow writes."""
    rows, columns = np.mgrid[0:40, 0:60]
    grey = Image.fromarray(((rows * 7 + columns * 3) % 256).astype(np.uint8))
    rgb = Image.merge("RGB", [grey, grey.rotate(180), grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    modes = {mode: rgb.convert(mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F")}
    modes["LA"].putalpha(grey)
    modes["RGBA"].putalpha(grey)
    modes["I;16"] = Image.fromarray(np.asarray(grey).astype(np.uint16) * 200)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    more = {"save_all": True}
    wanted = {
        "PNG": [(modes[m], {}) for m in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
        + [(modes["P"], {"transparency": 3}), (grey, more), (rgb, {"exif": exif, "dpi": (72, 72)})],
        "JPEG": [(modes[m], {}) for m in ("L", "RGB", "CMYK")]
        + [(rgb, {"progressive": True}), (rgb, {"exif": exif}), (rgb, {"restart_marker_rows": 1})],
        "MPO": [(grey, more)],
        "GIF": [(modes[m], {}) for m in ("1", "L", "RGB")]
        + [(grey, more), (grey, {"comment": b"hello" * 99})],
        "BMP": [(modes[m], {}) for m in ("1", "L", "P", "RGB", "RGBA")],
        "WEBP": [
            (rgb, {}),
            (rgb, {"lossless": True}),
            (modes["RGBA"], {}),
            (grey, more),
            (rgb, {"exif": exif}),
        ],
        "TIFF": [(modes[m], {}) for m in ("1", "L", "P", "RGB", "RGBA", "CMYK", "I", "F", "I;16")]
        + [
            (rgb, {"compression": c})
            for c in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg", "zstd", "lzma")
        ]
        + [(modes["1"], {"compression": "group4"}), (grey, more), (rgb, {"exif": exif})],
    }
    return {kind: [_saved(image, kind, **s) for image, s in images] for kind, images in wanted.items()}


def _saved(image: Image.Image, kind: str, **settings: object) -> bytes:
    file = io.BytesIO()
    if "save_all" in settings:
        settings |= {"append_images": [image.rotate(9), image.rotate(99)]}
    image.copy().save(file, kind, **settings)  # a copy: Pillow leaves an encoder's settings behind
    return file.getvalue()


def mutations(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Format and bytes of altered files, the formats in turn."""
    known, random = seeds(), np.random.default_rng(seed)
    kinds = list(known)
    everything = [content for files in known.values() for content in files]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        content = bytearray(known[kind][random.integers(len(known[kind]))])
        for _ in range(random.integers(5)):  # none at times: what is whole must open
            content = altered(content, random, everything)
        is_summed = kind == "PNG" and random.random() < 0.8  # else almost none gets past its checksums
        yield kind, _summed(content) if is_summed else bytes(content)


def _summed(content: bytearray) -> bytes:
    """A PNG whose chunks have the checksums of what they hold."""
    place = 8
    while place + 12 <= len(content):
        end = place + 8 + int.from_bytes(content[place : place + 4])
        if end + 4 > len(content):
            break
        content[end : end + 4] = zlib.crc32(content[place + 4 : end]).to_bytes(4)
        place = end + 4
    return bytes(content)


def altered(content: bytearray, random: np.random.Generator, others: list[bytes]) -> bytearray:
    """One change: of bytes or whole numbers, mostly near the head, or of the order and length."""
    size = max(len(content), 1)
    place = int(size * random.random() ** random.choice([1, 4]))
    length = int(random.integers(1, 65))
    what = random.integers(7)
    if what <= 1 and content:
        content[place] = random.integers(256)
    elif what == 2:
        width = random.choice([2, 4])
        content[place : place + width] = bytes([random.choice(BORDERS)]) * width
    elif what == 3:
        return content[:place]
    elif what == 4:
        del content[place : place + length]
    elif what == 5:  # a part again, up to thousands of times
        content[place:place] = content[place : place + length] * int(random.choice([1, 9, 3000]))
    else:
        other = others[random.integers(len(others))]
        start = random.integers(len(other))
        content[place : place + length] = other[start : start + length]
    return content


def outcome(content: bytes) -> tuple[int, float, float]:
    """Exit code or minus the signal, seconds of computing and megabytes beyond the start, of a child."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = os.fork()
    if child == 0:
        os._exit(_decoded(content))
    _, status, used = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, (used.ru_maxrss - before) / 1024


def _decoded(content: bytes) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # native decoders complain there
    image_files.limit_time(image_files.SECONDS)
    image_files.limit_memory()
    try:
        found = image_files.decode(content)
    except BadPicture as error:
        return REFUSED if str(error).startswith("This picture cannot be used: ") else FOREIGN
    except BaseException:
        return FOREIGN
    is_sound = found.ndim == 3 and found.shape[2] == 3 and 0 <= found.min() <= found.max() <= 1
    return OPENED if is_sound else FOREIGN


def run(count: int, seed: int = 0) -> dict[str, object]:
    """Decode `count` altered files.

    Args:
        count: how many, over all formats.
        seed: of the changes.

    Returns:
        `by_format`, `foreign` (of the first few the number in the order), `seconds` and `megabytes`.
    """
    words = {OPENED: "opened", REFUSED: "refused", FOREIGN: "foreign", -signal.SIGPROF: "out of time"}
    by_format, foreign, seconds, megabytes = {}, [], 0.0, 0.0
    for number, (kind, content) in enumerate(mutations(count, seed)):
        code, took, held = outcome(content)
        by_format.setdefault(kind, collections.Counter())[words.get(code, f"ended with {code}")] += 1
        if code == FOREIGN:
            foreign.append(number)
        seconds, megabytes = max(seconds, took), max(megabytes, held)
    return {"by_format": by_format, "foreign": foreign[:20], "seconds": seconds, "megabytes": megabytes}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(*map(int, sys.argv[1:])), indent=1))
