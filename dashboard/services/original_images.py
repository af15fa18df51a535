"""The test images of a data set, in parts that a browser asks for when it is to show one of them.

Where all of them together are much to send, each is a part of its own, and thumbnails stand for them until it
has come (`thumbnails`).
"""

import functools
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aecore import datasets
from aecore.errors import AecoreError
from dashboard.components.latent_plane.packing import Originals
from dashboard.services import thumbnails
from dashboard.services.immutable_responses import compressed, reads, respond

PATH = "originals"
PART_BYTES = 400_000
"""Of pixels in one part before it is compressed: 510 images of MNIST, which then take 80 kB."""
MOST_WHOLE = 5_000_000
"""Bytes of all parts up to which they travel whole: Fashion-MNIST's take 4.4 MB, MNIST's 1.6."""
KEPT_PARTS = 128


def originals(dataset: str) -> Originals | None:
    """Where a browser finds the test images of a data set.

    Args:
        dataset: its name.

    Returns:
        The address, how many images each part has and, where each has one, their thumbnails; None where
        they are not here or damaged.
    """
    if not reads().images_are_here(dataset):
        return None
    images = reads().test_images(dataset)
    address = f"{PATH}/{dataset}/{images.digest[:16]}"
    rows = max(1, PART_BYTES // max(1, images.pixels[:1].nbytes))
    if _whole_bytes(address, rows, dataset) <= MOST_WHOLE:
        return Originals(address, rows)
    return Originals(f"{address}-1", 1, thumbnails.sheets(dataset))


def _whole_bytes(address: str, rows: int, dataset: str) -> float:
    """What all parts together weigh when they travel, judged by the first."""
    count = len(reads().test_images(dataset))
    return len(_part(address, rows, dataset, 0)) * max(1, count / rows)


@functools.lru_cache(maxsize=KEPT_PARTS)
def _part(address: str, rows: int, dataset: str, number: int) -> bytes:
    """Part `number` of the images at an address, uint8 (rows, h, w, c), compressed."""
    pixels = reads().test_images(dataset).pixels[number * rows : (number + 1) * rows]
    return compressed(pixels.tobytes())


def _number(text: str) -> int:
    """A part's number; -1, which there is none of, for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else -1


def _found(dataset: str, version: str, number: int) -> bytes | None:
    try:
        known = originals(dataset) if dataset in datasets.names() else None
        if known is None or known.address != f"{PATH}/{dataset}/{version}":
            return None
        if not 0 <= number * known.rows < len(reads().test_images(dataset)):
            return None
        return _part(known.address, known.rows, dataset, number)
    except AecoreError:  # they went away a moment ago
        return None


async def _answer(request: Request) -> Response:
    """One part, or 404 where there is none such."""
    named = request.path_params
    return await respond(_found, named["dataset"], named["version"], _number(named["number"]))


def route(base: str = "") -> Route:
    """How the server answers for parts: by the data set's name, the images' hash and a number from 0.

    Args:
        base: path under which the server stands, "" or as "/lab".

    Returns:
        The route; it answers 404 for what there is no part of.
    """
    return Route(f"{base}/{PATH}/{{dataset}}/{{version}}/{{number}}", _answer)
