"""Thumbnails of a data set's test images on sheets, for a browser that does not have the images yet."""

import functools
import io
import math
import re
from typing import NamedTuple

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aecore import datasets
from aecore.errors import AecoreError
from dashboard.components.latent_plane.packing import Sheets
from dashboard.services.immutable_responses import compressed, reads, respond

PATH = "thumbnails"
MOST_BYTES = 4_000_000
"""Of all sheets of a data set together."""
COLUMNS, ROWS = 32, 32
"""Of thumbnails on a sheet."""
SIDES = (64, 48, 32, 24, 16, 12, 8)
BYTES_PER_PIXEL = 0.25
"""What a thumbnail is given room for: noise takes 0.38 at QUALITIES[1], pictures a third of that."""
QUALITIES = (80, 60, 40, 20, 0)
METHOD = 0
"""Of WebP's efforts the quickest: the others take up to three times as long and save a tenth."""
KEPT = 128


class Plan(NamedTuple):
    """How large thumbnails are, in pixels, and how many there are."""

    height: int
    width: int
    images: int

    @property
    def bytes_of_sheet(self) -> int:
        """What one whole sheet may weigh."""
        return MOST_BYTES * COLUMNS * ROWS // max(self.images, COLUMNS * ROWS)


def plan(count: int, height: int, width: int) -> Plan:
    """How large thumbnails are so that all of them weigh no more than MOST_BYTES.

    Args:
        count: how many images there are.
        height: of an image in pixels.
        width: likewise.

    Returns:
        Their size in the images' proportions, never larger than the images.
    """
    longest = max(height, width)
    room = math.sqrt(MOST_BYTES / max(count, 1) / BYTES_PER_PIXEL)
    side = min(longest, next((side for side in SIDES if side <= room), SIDES[-1]))
    return Plan(max(1, round(height * side / longest)), max(1, round(width * side / longest)), count)


def sheet(pixels: np.ndarray, planned: Plan) -> bytes:
    """Some images as thumbnails on one sheet, row by row from the upper left.

    Args:
        pixels: uint8 (n, h, w, c), n at most COLUMNS * ROWS, c of 1 or 3.
        planned: how large they are.

    Returns:
        A WebP picture of the least loss that is within the plan's bytes; black where there are no images.
    """
    height, width = planned.height, planned.width
    laid = Image.new("RGB", (COLUMNS * width, math.ceil(len(pixels) / COLUMNS) * height))
    for k, image in enumerate(pixels):
        small = Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)
        small = small.resize((width, height), Image.Resampling.BOX)
        laid.paste(small, (k % COLUMNS * width, k // COLUMNS * height))
    share = len(pixels) / (COLUMNS * ROWS)
    content = b""
    for quality in QUALITIES:
        stream = io.BytesIO()
        laid.save(stream, "WEBP", quality=quality, method=METHOD)
        content = stream.getvalue()
        if len(content) <= share * planned.bytes_of_sheet:
            break
    return content


def sheets(dataset: str) -> Sheets:
    """Where a browser finds the thumbnails of a data set.

    Args:
        dataset: its name; its test images must be here.

    Returns:
        The address, which names the images and the thumbnails' size, and how they are laid out.
    """
    images = reads().test_images(dataset)
    height, width, count = plan(*images.pixels.shape[:3])
    address = f"{PATH}/{dataset}/{images.digest[:16]}-{height}x{width}"
    return Sheets(address, min(count, COLUMNS * ROWS), COLUMNS, height, width)


@functools.lru_cache(maxsize=KEPT)
def _sheet(address: str, dataset: str, number: int) -> bytes:
    pixels = reads().test_images(dataset).pixels
    start = number * COLUMNS * ROWS
    return compressed(sheet(pixels[start : start + COLUMNS * ROWS], plan(*pixels.shape[:3])), 1)


def _found(dataset: str, version: str, number: int) -> bytes | None:
    try:
        if dataset not in datasets.names() or not reads().images_are_here(dataset):
            return None
        known = sheets(dataset)
        is_there = 0 <= number * COLUMNS * ROWS < len(reads().test_images(dataset))
        is_asked = known.address == f"{PATH}/{dataset}/{version}"
        return _sheet(known.address, dataset, number) if is_asked and is_there else None
    except AecoreError:  # they went away a moment ago
        return None


async def _answer(request: Request) -> Response:
    """One sheet, or 404 where there is none such."""
    named = request.path_params
    text = named["number"]
    number = int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else -1
    return await respond(_found, named["dataset"], named["version"], number, media_type="image/webp")


def route(base: str = "") -> Route:
    """How the server answers for sheets: by the data set's name, what they are of, and a number from 0.

    Args:
        base: path under which the server stands, "" or as "/lab".

    Returns:
        The route; it answers 404 for what there is no sheet of.
    """
    return Route(f"{base}/{PATH}/{{dataset}}/{{version}}/{{number}}", _answer)
