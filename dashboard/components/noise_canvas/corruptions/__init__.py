"""The corruptions in the browser: one JavaScript file each, by the name of its twin in `aecore.corruptions`.

A file exports `corrupt(image, shape, level, draws)`: `image` a Float32Array (h, w, c) of values in 0..1,
`shape` [h, w, c], `level` what the corruption's level counts, `draws` {normal, uniform, centre}, the first
two like the image and the last [y, x] in shares of height and width. It returns as many numbers, float64 and
not yet clipped. A test holds each to its twin.
"""

from pathlib import Path


def files() -> dict[str, Path]:
    """The files by the names of the corruptions."""
    found = (file for folder in __path__ for file in sorted(Path(folder).glob("*.js")))
    return {file.stem: file for file in found}
