"""What the Denoise page works on: an image, and the noise that spoils it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from aecore import corruptions
from aecore.corruptions import Draws
from aecore.datasets import Images
from aecore.images.preprocessing import Prepared
from dashboard.components.noise_canvas import noise_canvas, pack_noise
from dashboard.services import cached_reads
from dashboard.shared import image_input
from dashboard.state import inputs, keys, widgets

TEST = "test"
MOST_SEEDS = 10**6
GROUP = "denoise"
"""Whoever shares the noisy image in the page."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """An image to spoil.

    Attributes:
        image: pixels in [0, 1], float32 (h, w, c).
        source: where it is from, for people.
        prepared: how a picture of the person's own became it.
    """

    image: np.ndarray
    source: str
    prepared: Prepared | None = None


@dataclass(frozen=True, eq=False)
class Noisy:
    """A spoilt image: pixels in [0, 1], float32 (h, w, c), the kind of noise, its level and its draw."""

    image: np.ndarray
    kind: str
    level: float
    draws: Draws


def choose_image(dataset: str, shape: tuple[int, int, int]) -> Chosen | None:
    """A test image, a drawing or an upload.

    Args:
        dataset: its name.
        shape: (h, w, c) of its images.

    Returns:
        The image; None where there is none yet, and the page says what to do.
    """
    titles = {TEST: "Test image", **image_input.TITLES}
    usual = TEST if cached_reads.images_are_here(dataset) else image_input.DRAWN
    way = st.segmented_control(
        "Where the image is from",
        list(titles),
        format_func=titles.__getitem__,
        required=True,
        label_visibility="collapsed",
        **widgets.linked(keys.INPUT, usual, list(titles), "input"),
    )
    if way == TEST:
        return _test_image(dataset)
    prepared = image_input.choose(dataset, shape, way, image_input.is_fitted(dataset))
    if prepared is None:
        return None
    return Chosen(prepared.image, "drawing" if way == image_input.DRAWN else "upload", prepared)


def _test_image(dataset: str) -> Chosen | None:
    """One test image by its index or, where it has one, its class."""
    if not cached_reads.images_are_here(dataset):
        st.info("There is no test image to choose from. Draw an image or upload one.")
        return None
    images = cached_reads.test_images(dataset)
    count, labels = len(images), images.labels
    bound = widgets.linked(keys.IMAGE, 0, (0, count - 1), "test image")
    index = widgets.bound(keys.IMAGE)
    after = (index + 1) % count if labels is None else following(labels, index, int(labels[index]))
    with st.container(horizontal=True, gap="small", key="denoise-image"):
        by_index = st.container(width="stretch")
        if labels is not None:
            with st.container(width=120):
                _choose_class(dataset, images, index)
    st.button(
        "Next image" if labels is None else "Next image of this class",
        on_click=widgets.set_linked,
        args=(keys.IMAGE, after),
        width="stretch",
    )
    by_index.number_input(  # last: another class is another image
        "Test image", 0, count - 1, step=1, help=f"One of {count:,}, counted from 0.", **bound
    )
    return Chosen(images.pixels[index].astype(np.float32) / 255, f"test image {index}")


def _choose_class(dataset: str, images: Images, index: int) -> None:
    """The class of the image; another one leads to its next test image."""
    label = int(images.known_labels[index])
    asked = st.selectbox(
        "Class",
        range(len(images.classes)),
        index=label,
        format_func=lambda number: images.classes[number],
        # It follows the image, also when that is chosen otherwise.
        key=f"{keys.CLASS_OF_IMAGE}-{dataset}-{index}",
        help="Another class shows its next test image.",
    )
    if asked != label:
        widgets.set_linked(keys.IMAGE, following(images.known_labels, index, asked))
        st.rerun()


def following(labels: np.ndarray, index: int, label: int) -> int:
    """The next image of a class after an image, from the start again after the last.

    Args:
        labels: class of each image, (n,).
        index: an image.
        label: a class that some image has.

    Returns:
        An index; the image itself where it is the only one.
    """
    members = np.flatnonzero(labels == label)
    return int(members[np.searchsorted(members, index, side="right") % len(members)])


def _bind_kind() -> dict[str, Any]:
    return widgets.linked(keys.NOISE, "gaussian", corruptions.names(), "noise")


def noise_kind() -> str:
    """The kind of noise in question where there is no image to choose it for."""
    _bind_kind()
    return widgets.bound(keys.NOISE)


def choose_noise(dataset: str, chosen: Chosen) -> Noisy:
    """Kind, level and draw of the noise, with the image under it as the level moves.

    Args:
        dataset: its name.
        chosen: what is spoilt.

    Returns:
        The image at the level that was released last.
    """
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="denoise-kind"):
        kinds, draw = st.container(width="stretch"), st.container(width=120)
    bound = _bind_kind()
    kind = kinds.selectbox(
        "Noise",
        corruptions.names(),
        format_func=lambda name: corruptions.find(name).title,
        help=" ".join(f"*{one.title}*: {one.sentence}" for one in map(corruptions.find, corruptions.names())),
        **bound | {"on_change": inputs.change_noise, "args": ()},
    )
    meaning = corruptions.find(kind)
    widgets.linked(keys.LEVEL, meaning.reference, (meaning.minimum, meaning.maximum), "level of noise")
    for key in (keys.DOWN, keys.ACROSS):
        widgets.linked(key, 0.5, (0.0, 1.0), "place of the noise")
    widgets.linked(keys.DRAW, 0, (0, MOST_SEEDS), "draw of noise")
    level, seed = widgets.bound(keys.LEVEL), widgets.bound(keys.DRAW)
    centre = widgets.bound(keys.DOWN), widgets.bound(keys.ACROSS)
    draw.button(
        "New draw",
        on_click=widgets.set_linked,
        args=(keys.DRAW, (seed + 1) % (MOST_SEEDS + 1)),
        disabled=not meaning.is_random,
        help=f"Other random numbers: now seed {seed}. Until then the same noise grows and shrinks with the "
        "level. Some kinds have nothing random in them.",
        width="stretch",
    )
    draws = corruptions.draw(chosen.image.shape, seed, centre)
    packed = pack_noise(chosen.image, draws, kind, level, GROUP)
    noise_canvas(packed, key=keys.NOISE_CANVAS, on_noise=inputs.keep_noise)
    return Noisy(corruptions.corrupt(chosen.image, kind, level, draws), kind, level, draws)
