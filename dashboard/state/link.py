"""A link from outside: the one door that every parameter of an address comes through. No Streamlit.

The browser reads by the same rules (`components/latent_plane/frontend/url_state.js`): what one of the two
writes, both read, as the same number. A number is written as JavaScript and Python write it, without the
plus of an exponent, which an address would turn into a space.
"""

import re
from collections.abc import Callable, Mapping, Sequence

NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,30})?(e[+-]?[0-9]{1,3})?")
WHOLE = re.compile(r"[0-9]{1,9}")
LARGEST = 1e40
"""Of a window's numbers: twice single precision's largest, with a margin."""
LARGEST_CODE = 3.4e38
"""Of a pinned position, which is decoded in single precision."""
NARROWEST = 1e-9
"""Width of a window beside the distance at which it stands, or beside 1: doubles tell its pixels apart."""
LONGEST = 4096
"""Characters of one parameter: 128 numbers of a position take half of them."""
LONGEST_SAID = 60
FOUND = re.compile(r"(worst|best|near|class)-([0-9]{1,9})")
"""Selected images that have something in common, in place of their numbers."""

SHARED_COLOURS = ("error", "kl", "density")
"""What the dots of linked planes are coloured by on one scale."""
COLOURS = (*SHARED_COLOURS, "predicted", "right")
CLUSTER, COLUMN = "cluster", "column-"
"""What dots can be coloured by besides: "cluster-8" for so many clusters of the codes, and "column-" with the
name of what else is known of the images."""
CLUSTERS = re.compile(r"cluster-([0-9]{1,2})")
FEWEST_CLUSTERS, MOST_CLUSTERS = 2, 50
OVERLAYS = ("lattice", "prior", "holes", "thumbnails")
LINKS = ("image", "position", "scaled")
WINDOWS = ("codes", "prior")
NO_OVERLAY, HOLES = "none", "holes"


def number_text(value: float) -> str:
    """The shortest text that reads back as the same number."""
    text = repr(float(value)).removesuffix(".0")
    return re.sub(r"e([+-])0*", lambda found: "e" + found[1].strip("+"), text)


def said(text: str) -> str:
    """A text of a link as a sentence quotes it, never long; `plain_text.as_text` shows the sentence."""
    return repr(text[:LONGEST_SAID] + "…" * (len(text) > LONGEST_SAID))


def whole(text: str, end: int) -> int | None:
    """The whole number from 0 to below `end` that a text stands for, or None."""
    return int(text) if WHOLE.fullmatch(text) and int(text) < end else None


def numbers(text: str, count: int, largest: float = LARGEST) -> list[float] | None:
    """So many comma-separated numbers up to `largest` in size, or None."""
    if len(text) > LONGEST:
        return None
    words = text.split(",")
    if len(words) != count or not all(NUMBER.fullmatch(word) for word in words):
        return None
    values = [float(word) for word in words]
    return values if all(abs(value) <= largest for value in values) else None


def value(
    text: str, default: str | float, allowed: Sequence[str] | tuple[float, float]
) -> str | float | None:
    """What the text of a setting stands for.

    Args:
        text: as the address has it.
        default: of the type that the value has.
        allowed: the names to choose from, or the lowest and highest number; unused for a switch.

    Returns:
        The value, of the default's type; None where it is not allowed.
    """
    if isinstance(default, bool):
        return {"True": True, "False": False}.get(text)
    if isinstance(default, str):
        return text if text in allowed else None
    found = numbers(text, 1)
    if found is None or (isinstance(default, int) and not WHOLE.fullmatch(text.removeprefix("-"))):
        return None
    low, high = map(float, allowed)
    return type(default)(found[0]) if low <= found[0] <= high else None


def clusters(text: str) -> int | None:
    """How many clusters dots are to be coloured by, or None where by something else."""
    found = CLUSTERS.fullmatch(text)
    count = int(found[1]) if found else 0
    return count if FEWEST_CLUSTERS <= count <= MOST_CLUSTERS else None


def column(text: str) -> str | None:
    """The name of the column that dots are to be coloured by, or None where by something else."""
    return text.removeprefix(COLUMN) if text.startswith(COLUMN) else None


def fits_plane(
    part: str,
    text: str,
    images: int,
    latent_dim: int,
    classes: int,
    conditions: int,
    columns: Sequence[str] = (),
) -> bool:
    """Whether one part of a plane's state can be followed.

    Args:
        part: of the state, as `packing.URL_PARTS` names it.
        text: as the address has it.
        images: how many test images there are.
        latent_dim: numbers in a latent code.
        classes: how many classes there are.
        conditions: how many classes the decoder can draw; 0 where it is given none.
        columns: names of what is known of each image beside its class.

    Returns:
        Whether the plane shows it.
    """
    words = text.split(",") if len(text) <= LONGEST else [""]
    whole_parts: dict[str, Callable[[], bool]] = {
        # Only a plane of two dimensions has a map of holes.
        "overlays": lambda: all(word in OVERLAYS and (word != HOLES or latent_dim == 2) for word in words),
        "position": lambda: numbers(text, latent_dim, LARGEST_CODE) is not None,
        "view": lambda: _is_window(text),
        "colour": lambda: _is_colour(text, images, columns),
        "subset": lambda: _is_subset(text, images, classes),
    }
    if part in whole_parts:
        return whole_parts[part]()
    ends = {"selection": images, "axes": latent_dim + 1, "hidden": classes, "condition": conditions}
    values = [whole(word, ends[part]) for word in words]
    if None in values:
        return False
    if part == "axes":
        return len(values) == 2 == len(set(values)) and 0 not in values
    return part == "hidden" or len(values) == 1


def _is_colour(text: str, images: int, columns: Sequence[str]) -> bool:
    return text in COLOURS or (clusters(text) or images + 1) <= images or column(text) in columns


def _is_window(text: str) -> bool:
    found = numbers(text, 3)
    if found is None:
        return False
    x, y, width = found
    # A hair narrower: it was rounded when it was written.
    return width >= 0.99 * NARROWEST * max(1.0, abs(x), abs(y))


def _is_subset(text: str, images: int, classes: int) -> bool:
    """Whether a text names some of the images: 3,7-12 in rising order, worst-50, near-12 or class-7."""
    if found := FOUND.fullmatch(text):
        kind, number = found[1], int(found[2])
        return number < classes if kind == "class" else 0 < number <= images
    before = -1
    for word in text.split(",") if len(text) <= LONGEST else [""]:
        ends = [whole(end, images) for end in word.split("-")]
        if len(ends) > 2 or None in ends:
            return False
        first, last = int(ends[0] or 0), int(ends[-1] or 0)
        if first <= before or (len(ends) == 2 and last <= first):
            return False
        before = last
    return True


def fits_group(
    part: str,
    text: str,
    images: int,
    latent_dims: Mapping[str, int],
    classes: int,
    source: str,
    columns: Sequence[str] = (),
) -> bool:
    """Whether one part of what linked planes share can be followed.

    Args:
        part: of the state, as `packing.SHARED_URL_PARTS` names it.
        text: as the address has it.
        images: how many test images there are.
        latent_dims: numbers in a latent code, by the run's id.
        classes: how many classes there are.
        source: the run on whose plane a position is pinned, or "".
        columns: names of what is known of each image beside its class.

    Returns:
        Whether the planes show it.
    """
    if part == "colour":
        return (text in SHARED_COLOURS or text not in COLOURS) and _is_colour(text, images, columns)
    if part == "source":
        return text in latent_dims
    if part == "link":
        return text in LINKS
    if part == "window":
        return text in WINDOWS
    if part == "overlays":
        return text == NO_OVERLAY or all(word in OVERLAYS for word in text.split(","))
    return fits_plane(part, text, images, latent_dims.get(source, 0), classes, classes)
