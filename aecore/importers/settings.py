"""How a data set is made of what somebody brings: settings with their bounds, checked once."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Literal, get_args

from aecore.config import PLAIN, is_text
from aecore.errors import BadImport, BadValue

Fit = Literal["pad", "crop", "stretch"]
"""An image of another shape: bars beside it, its middle alone, or out of its proportions."""
Colour = Literal["grey", "rgb"]
Split = Literal["given", "drawn"]
"""What is only measured on: images that were given for it, where there are any, or always drawn ones."""
Channels = Literal["last", "first"]
"""Where an array of images has its channels: (n, h, w, c) or (n, c, h, w)."""
Values = Literal["0..1", "0..255"]
"""What the numbers of an array run from and to: black and white."""
FITS, COLOURS, SPLITS = get_args(Fit), get_args(Colour), get_args(Split)
CHANNELS, VALUES = get_args(Channels), get_args(Values)
SMALLEST_SIDE, LARGEST_SIDE = 8, 128
"""Pixels of an image's side, as it is kept."""
MOST_CLASSES = 100
TEST_SHARE, VALIDATION_SHARE = 1 / 6, 0.1
"""Of the images, where no split was given: MNIST's, and as many again to choose recipes by, about."""
NO_LABELS = "none"
"""As `label`: labels that could be read are left out."""
GROUNDS = {"black": (0, 0, 0), "white": (255, 255, 255)}
_WORD = re.compile(r"[a-z][a-z0-9_]{0,27}")
_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


def most_images() -> int:
    """Images of a data set at most: AECORE_MOST_IMAGES, else 200,000."""
    return _count("AECORE_MOST_IMAGES", 200_000, 1_000_000)


def check_count(count: int) -> None:
    """See that a data set may have so many images.

    Args:
        count: of them.

    Raises:
        BadImport: if they are more than are kept.
    """
    if count > most_images():
        raise BadImport(
            f"there are {count:,} images, and at most {most_images():,} are kept",
            "Bring fewer, or raise AECORE_MOST_IMAGES.",
        )


def most_bytes() -> int:
    """Bytes of one data set at most: AECORE_MOST_DATASET_MB, else 4,096 MB."""
    return _count("AECORE_MOST_DATASET_MB", 4096, 1_000_000) * 10**6


def most_bytes_in_all() -> int:
    """Bytes of all imported data sets together at most: AECORE_MOST_DATASETS_MB, else 20,480 MB."""
    return _count("AECORE_MOST_DATASETS_MB", 20_480, 10_000_000) * 10**6


def _count(variable: str, usual: int, most: int) -> int:
    text = os.environ.get(variable, "").strip()
    if not text:
        return usual
    if not (text.isdecimal() and 1 <= int(text[:12]) <= most):
        raise BadValue(variable, text, f"a whole number from 1 to {most:,}")
    return int(text)


@dataclass(frozen=True)
class Settings:
    """How images are read, brought to one form and divided; what is None is found from the images.

    Attributes:
        size: (height, width) in pixels, or one number for both; None: as they are, where they are of one
            size that can be kept.
        fit: how an image of other proportions is brought to the size.
        colour: "grey" or "rgb"; None: grey where all are.
        background: "black", "white" or "#rrggbb", under what is transparent and beside what is padded; None:
            the one of black and white that sets off what is drawn, black where nothing is transparent.
        label: the column or folder level that names the class, or "none"; None: found by its name.
        left_out: names of classes whose images are left out.
        channels: of an array, "last" or "first"; None: last, unless only the first could be channels.
        values: of an array, "0..1" or "0..255"; None: 0..1 if all lie within it.
        split: "given" or "drawn"; what is given is put together then.
        test_share: of the images that are only measured on, where no test images are given.
        validation_share: of the images that recipes may be chosen by, likewise; 0 for none.
        seed: of that choice.

    Raises:
        BadValue: if one is none of those that are allowed.
    """

    size: int | tuple[int, int] | None = None
    fit: Fit = "pad"
    colour: Colour | None = None
    background: str | None = None
    label: str | None = None
    left_out: tuple[str, ...] = ()
    channels: Channels | None = None
    values: Values | None = None
    split: Split = "given"
    test_share: float = TEST_SHARE
    validation_share: float = VALIDATION_SHARE
    seed: int = 0

    def __post_init__(self) -> None:
        """See that each is one of those that are allowed."""
        if self.size is not None and not _are_sides(self.size):
            raise BadValue("size", self.size, f"whole numbers of pixels, {SMALLEST_SIDE} to {LARGEST_SIDE}")
        if self.fit not in FITS:
            raise BadValue("fit", self.fit, f"one of {', '.join(FITS)}")
        if self.colour is not None and self.colour not in COLOURS:
            raise BadValue("colour", self.colour, f"one of {', '.join(COLOURS)}")
        if self.background is not None and not (
            isinstance(self.background, str)
            and (self.background in GROUNDS or _HEX.fullmatch(self.background))
        ):
            raise BadValue("background", self.background, "black, white or #rrggbb")
        if self.label is not None and not (self.label and is_text(self.label)):
            raise BadValue("label", self.label, PLAIN)
        if not (isinstance(self.left_out, tuple) and all(isinstance(name, str) for name in self.left_out)):
            raise BadValue("left_out", self.left_out, "names of classes")
        for name, known, is_needed in (
            ("channels", CHANNELS, False),
            ("values", VALUES, False),
            ("split", SPLITS, True),
        ):
            value = getattr(self, name)
            if value not in known and (is_needed or value is not None):
                raise BadValue(name, value, f"one of {', '.join(known)}")
        if not (_is_number(self.test_share) and 0 < self.test_share <= 0.5):
            raise BadValue("test_share", self.test_share, "a number above 0 and at most 0.5")
        if not (_is_number(self.validation_share) and 0 <= self.validation_share <= 0.4):
            raise BadValue("validation_share", self.validation_share, "a number from 0 to 0.4")
        if not (type(self.seed) is int and 0 <= self.seed < 2**32):
            raise BadValue("seed", self.seed, "a whole number from 0 to 4294967295")

    @property
    def sides(self) -> tuple[int, int] | None:
        """Height and width in pixels, if they are given."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    @property
    def ground(self) -> tuple[int, int, int]:
        """Red, green and blue of the background, 0 to 255; black where none is given."""
        named = self.background or "black"
        if named in GROUNDS:
            return GROUNDS[named]
        return tuple(bytes.fromhex(named[1:]))  # pyright: ignore[reportReturnType]  three of them


def sides_of(text: str | None) -> int | tuple[int, int] | None:
    """A size as somebody writes it: 32, or 48x32, height first.

    Args:
        text: what was written; None for what was not.

    Returns:
        Pixels of both sides, or of each.

    Raises:
        BadValue: if it is neither.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,4})(?:\s*[x×]\s*(\d{1,4}))?", text.strip())
    if not match:
        raise BadValue("size", text, "a number of pixels such as 32, or height x width such as 48x32")
    return (int(match[1]), int(match[2])) if match[2] else int(match[1])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_sides(size: object) -> bool:
    sides = size if isinstance(size, tuple) and len(size) == 2 else (size,)
    return all(type(side) is int and SMALLEST_SIDE <= side <= LARGEST_SIDE for side in sides)


def check_name(name: str, title: str) -> None:
    """See that a data set can be called so.

    Args:
        name: what runs will call it, before its fingerprint.
        title: what people will call it; "" for the name.

    Raises:
        BadValue: if it cannot.
    """
    if not (isinstance(name, str) and _WORD.fullmatch(name)):
        raise BadValue("name", name, "lower-case letters, digits and _, at most 28, a letter first")
    if not is_text(title):
        raise BadValue("title", title, PLAIN)
