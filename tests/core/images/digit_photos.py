"""Pictures of digits as people bring them, drawn from strokes: `photos(kind)` gives files and their class.

Every digit is a few smooth strokes, bent, slanted and sized by a seed, so that everything here is the same
on every machine. A kind is a way of drawing, taking or storing: a pen, a sheet, a light, a file.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

EACH = 10
"""Pictures of each kind in the tests: every digit once."""
SIDE = 400
PEN = 1 / 12
"""Of the digit's height: a felt pen."""


def _arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float) -> list[tuple[float, float]]:
    """Part of an ellipse from one angle to another, in degrees, clockwise from the right, y down."""
    angles = np.radians(np.linspace(start, end, 24))
    return [(cx + rx * np.cos(a), cy + ry * np.sin(a)) for a in angles]


STROKES = {
    0: [_arc(0.5, 0.5, 0.32, 0.5, -90, 275)],
    1: [[(0.5, 0.0), (0.5, 1.0)]],
    2: [[*_arc(0.5, 0.27, 0.32, 0.27, 190, 390), (0.18, 1.0), (0.86, 0.98)]],
    3: [_arc(0.47, 0.25, 0.31, 0.25, 200, 450) + _arc(0.47, 0.74, 0.35, 0.26, -90, 160)],
    4: [[(0.34, 0.0), (0.16, 0.58), (0.86, 0.56)], [(0.68, 0.12), (0.64, 1.0)]],
    5: [[(0.8, 0.0), (0.3, 0.02), (0.25, 0.43), *_arc(0.45, 0.69, 0.36, 0.31, -120, 150)]],
    6: [[(0.68, 0.0), (0.4, 0.28), (0.24, 0.62), *_arc(0.5, 0.74, 0.28, 0.26, 180, 545)]],
    7: [[(0.14, 0.03), (0.84, 0.0), (0.42, 1.0)]],
    8: [_arc(0.5, 0.25, 0.26, 0.25, 90, 450), _arc(0.5, 0.74, 0.31, 0.25, -90, 275)],
    9: [[*_arc(0.48, 0.27, 0.28, 0.27, -20, 340), (0.75, 0.3), (0.66, 1.0)]],
}


@dataclass(frozen=True)
class Drawing:
    """One digit on its sheet: ink 0 to 1, (SIDE, SIDE), and the random numbers that go on from there."""

    digit: int
    ink: np.ndarray
    random: np.random.Generator = field(repr=False)


def drawn(
    digit: int, seed: int, pen: float = PEN, height: float = 0.55, x: float = 0.5, y: float = 0.5
) -> Drawing:
    """A digit around a place of the sheet; sizes are shares of the sheet's side, the pen's of the digit."""
    random = np.random.default_rng(1000 * digit + seed)
    slant, turn = random.uniform(-0.05, 0.3), np.radians(random.uniform(-6, 6))
    wide = random.uniform(0.85, 1.05)
    bends = random.normal(0, 0.012, (8, 2))
    image = Image.new("L", (2 * SIDE, 2 * SIDE))
    pencil = ImageDraw.Draw(image)
    width = max(2, round(2 * SIDE * height * pen))
    for stroke in STROKES[digit]:
        points = np.array(stroke, np.float64)
        along = np.linspace(0, 7, len(points))
        points += np.stack([np.interp(along, range(8), bends[:, axis]) for axis in (0, 1)], -1)
        points = (points - 0.5) * [wide * 0.8, 1]
        points[:, 0] -= slant * points[:, 1]
        points = points @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
        places = [tuple(place) for place in 2 * SIDE * (points * height + [x, y])]
        pencil.line(places, fill=255, width=width, joint="curve")
        for px, py in (places[0], places[-1]):
            pencil.ellipse([px - width / 2, py - width / 2, px + width / 2, py + width / 2], fill=255)
    small = image.resize((SIDE, SIDE), Image.Resampling.BOX)
    return Drawing(digit, np.asarray(small, np.float32) / 255, random)


def saved(pixels: np.ndarray, form: str = "PNG", **settings: object) -> bytes:
    file = io.BytesIO()
    bytes_ = np.rint(pixels.clip(0, 1) * 255).astype(np.uint8)
    Image.fromarray(bytes_).save(file, form, **settings)
    return file.getvalue()


def on_paper(ink: np.ndarray, paper: float = 0.95, dark: float = 0.1) -> np.ndarray:
    return paper + (dark - paper) * ink


def photographed(pixels: np.ndarray, random: np.random.Generator, noise: float = 0.02) -> bytes:
    """With a lens that is not quite sharp, a sensor's noise, and as JPEG."""
    soft = Image.fromarray((pixels.clip(0, 1) * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
    taken = np.asarray(soft, np.float32) / 255
    return saved(taken + noise * random.standard_normal(taken.shape), "JPEG", quality=85)


def _plain(d: Drawing) -> bytes:
    return saved(on_paper(d.ink))


def _pen(share: float) -> Callable[[int, int], bytes]:
    return lambda digit, seed: _plain(drawn(digit, seed, share))


def _framed(digit: int, seed: int) -> bytes:
    pixels, width = on_paper(drawn(digit, seed).ink), 3 + 3 * (seed % 2)
    inset = 0 if digit % 2 else 12
    frame = np.zeros_like(pixels)
    frame[inset : SIDE - inset, inset : SIDE - inset] = 1
    frame[inset + width : SIDE - inset - width, inset + width : SIDE - inset - width] = 0
    return saved(np.where(frame > 0, 0.0, pixels))


def _black_edge(digit: int, seed: int) -> bytes:
    pixels = on_paper(drawn(digit, seed).ink)
    width = (12, 40)[seed % 2]
    side = digit % 4  # the picture is turned under the edge and back
    turned = np.rot90(pixels, -side)[:, width:]
    return saved(np.rot90(np.hstack([np.full((SIDE, width), 0.02), turned]), side))


def _cropped(digit: int, seed: int) -> bytes:
    """A tight cut that takes a little of the stroke with it, on one side or on two."""
    d = drawn(digit, seed, height=0.8)
    rows, columns = np.flatnonzero(d.ink.any(1)), np.flatnonzero(d.ink.any(0))
    into, margin = 5, 25
    top, bottom, left, right = rows[0] - margin, rows[-1] + margin, columns[0] - margin, columns[-1] + margin
    side = (digit + seed) % 4
    if side == 0:
        top = rows[0] + into
    elif side == 1:
        bottom = rows[-1] - into
    elif side == 2:
        left = columns[0] + into
    else:
        right = columns[-1] - into
    return saved(on_paper(d.ink)[max(top, 0) : bottom, max(left, 0) : right])


def _ruled(squares: bool) -> Callable[[int, int], bytes]:
    def make(digit: int, seed: int) -> bytes:
        d = drawn(digit, seed)
        paper = np.full((SIDE, SIDE, 3), 0.95, np.float32)
        lines = np.zeros((SIDE, SIDE), bool)
        for at in range(20, SIDE, 24 if squares else 45):
            lines[at : at + 2] = True
            if squares:
                lines[:, at : at + 2] = True
        paper[lines] = (0.62, 0.74, 0.9)
        return photographed(paper + (0.12 - paper) * d.ink[..., None], d.random, 0.015)

    return make


def _on_desk(digit: int, seed: int) -> bytes:
    """A sheet, a little turned, on a dark desk that shows on all sides or on two."""
    d = drawn(digit, seed)
    sheet = Image.fromarray((on_paper(d.ink) * 255).astype(np.uint8)).resize((300, 300))
    random = d.random
    desk = (0.16 + 0.03 * random.standard_normal((SIDE, SIDE))).clip(0, 1)
    image = Image.fromarray((desk * 255).astype(np.uint8))
    turned = sheet.convert("LA").rotate(random.uniform(-9, 9), Image.Resampling.BICUBIC, expand=True)
    place = (35, 35) if seed % 2 else (SIDE - 290, SIDE - 300)
    image.paste(turned.getchannel("L"), place, turned.getchannel("A"))
    return photographed(np.asarray(image, np.float32) / 255, random)


def _shadow(digit: int, seed: int) -> bytes:
    d = drawn(digit, seed)
    rows, columns = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    slope = d.random.uniform(-0.6, 0.6)
    across = columns + slope * (rows - 0.5) - d.random.uniform(0.35, 0.65)
    light = 0.85 - 0.35 / (1 + np.exp(-across / (0.02 + 0.05 * (seed % 2)))) - 0.1 * rows
    return photographed(light * on_paper(d.ink, 1.0, 0.2), d.random)


def _ink(digit: int, seed: int) -> bytes:
    d = drawn(digit, seed)
    colour = ((0.1, 0.2, 0.75), (0.8, 0.1, 0.1), (0.1, 0.5, 0.2), (0.45, 0.15, 0.55), (0.9, 0.45, 0.05))[
        (digit + seed) % 5
    ]
    paper = np.array((0.96, 0.95, 0.9))
    return photographed(paper + (colour - paper) * d.ink[..., None], d.random)


def _coloured_paper(digit: int, seed: int) -> bytes:
    d = drawn(digit, seed)
    paper = np.array(((0.98, 0.9, 0.35), (0.6, 0.85, 0.95), (0.98, 0.7, 0.75))[(digit + seed) % 3])
    return photographed(paper + (0.12 - paper) * d.ink[..., None], d.random)


def _chalk(digit: int, seed: int) -> bytes:
    d = drawn(digit, seed)
    board = np.array((0.12, 0.22, 0.17)) * d.random.uniform(0.8, 1.3)
    dusty = d.ink * (0.75 + 0.25 * d.random.random(d.ink.shape))
    return photographed(board + (0.9 - board) * dusty[..., None], d.random)


def _deep(most: int) -> Callable[[int, int], bytes]:
    def make(digit: int, seed: int) -> bytes:
        file = io.BytesIO()
        values = np.rint(on_paper(drawn(digit, seed).ink) * most).astype(np.uint16)
        Image.fromarray(values).save(file, "PNG")
        return file.getvalue()

    return make


def _few_bits(digit: int, seed: int) -> bytes:
    file = io.BytesIO()
    grey = Image.fromarray((on_paper(drawn(digit, seed).ink) * 255).astype(np.uint8))
    image = grey.convert("1") if seed % 2 else grey.quantize((4, 16)[digit % 2])
    image.save(file, "PNG")
    return file.getvalue()


def _transparent(digit: int, seed: int) -> bytes:
    d = drawn(digit, seed)
    colour = np.full((SIDE, SIDE, 3), 0.05 if seed % 2 else 0.97)
    return saved(np.concatenate([colour, d.ink[..., None]], -1))


def _small(digit: int, seed: int) -> bytes:
    """A small digit on a large sheet, off the middle."""
    random = np.random.default_rng(digit + 77 * seed)
    x, y = random.uniform(0.25, 0.75, 2)
    d = drawn(digit, seed, height=0.3, x=x, y=y)
    return photographed(on_paper(d.ink, 0.85), d.random)


KINDS: dict[str, Callable[[int, int], bytes]] = {
    "plain": _pen(PEN),
    "thin pen, 1/60": _pen(1 / 60),
    "thin pen, 1/30": _pen(1 / 30),
    "thick pen, 1/6": _pen(1 / 6),
    "thin black frame": _framed,
    "black edge": _black_edge,
    "cropped at an edge": _cropped,
    "ruled paper": _ruled(squares=False),
    "squared paper": _ruled(squares=True),
    "sheet on a dark desk": _on_desk,
    "shadow": _shadow,
    "coloured ink": _ink,
    "coloured paper": _coloured_paper,
    "chalk on a board": _chalk,
    "small, off the middle": _small,
    "16 bits that hold 8": _deep(255),
    "16 bits that hold 12": _deep(4095),
    "16 bits": _deep(65535),
    "1 to 4 bits": _few_bits,
    "transparent": _transparent,
}


def photos(kind: str, each: int = EACH) -> Iterator[tuple[int, bytes]]:
    """Class and file of the pictures of a kind, every digit in turn."""
    for number in range(each):
        digit, seed = number % 10, number // 10 + number % 2
        yield digit, KINDS[kind](digit, seed)
