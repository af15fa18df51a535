"""Real images that samples are held against: the nearest to each, how near, and what is usual."""

import contextlib
from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.datasets import Images
from aecore.errors import AecoreError
from aecore.latent.sampling import Nearest, nearest_images
from aecore.storage.run import StoredRun
from dashboard.figures.numbers import plain
from dashboard.services import cached_reads, turns
from dashboard.shared.wording import with_article

REAL_SAMPLE = 500  # the first so many test images say what distance to the nearest real one is usual


@dataclass(frozen=True, eq=False)
class Real:
    """Real images that samples are held against: those of the training split where they can be read."""

    images: Images
    is_training: bool

    @property
    def kind(self) -> str:
        """Which images, for people."""
        return f"{'training' if self.is_training else 'test'} image"


def real_images(dataset: str) -> Real:
    """The training images, or, where they are not here or damaged, the test images."""
    if cached_reads.images_are_here(dataset, "train"):
        with contextlib.suppress(AecoreError):
            return Real(cached_reads.training_images(dataset), is_training=True)
    return Real(cached_reads.test_images(dataset), is_training=False)


@turns.rested
@st.cache_data(show_spinner="Looking through the real images …", max_entries=32)
def nearest(dataset: str, is_training: bool, drawn: np.ndarray, _pixels: np.ndarray) -> Nearest:
    """The real image nearest to each drawn one, kept: the next look is instant."""
    return nearest_images(drawn, _pixels)


@turns.rested
@st.cache_data(show_spinner="Measuring how far real images lie apart …", max_entries=4)
def usual_distance(dataset: str, is_training: bool, _pixels: np.ndarray) -> float:
    """Median distance from a test image to the nearest real one that is another, RMSE per pixel."""
    first = cached_reads.test_images(dataset).pixels[:REAL_SAMPLE].astype(np.float32) / 255
    column = 0 if is_training else 1  # among test images the first is the image itself
    return float(np.median(nearest_images(first, _pixels, k=column + 1).distances[:, column]))


def captions(run: StoredRun, known: Real, found: Nearest, drawn_as: list[str]) -> list[list[str]]:
    """Under each sample how far the nearest real image is, and its index and, if it has one, class.

    Args:
        run: the run.
        known: the real images.
        found: the nearest to each sample.
        drawn_as: what each was drawn as; empty where the decoder is given no class.

    Returns:
        Two lines each.
    """
    labels = known.images.labels
    lines = []
    for number, (index, distance) in enumerate(zip(found.indices[:, 0], found.distances[:, 0], strict=True)):
        of_class = "" if labels is None else f", {with_article(run.classes[labels[index]])}"
        first = f"{drawn_as[number]} · {distance:.3f}" if drawn_as else f"distance {distance:.3f}"
        lines.append([first, f"image {index}{of_class}"])
    return lines


def words(dataset: str, known: Real, found: Nearest) -> str:
    """How near the samples come to real images, what is usual, and whether a copy would show; Markdown."""
    distances = found.distances[:, 0]
    median, least = plain(float(np.median(distances))), plain(float(distances.min()))
    count, closest = len(known.images.pixels), int(distances.argmin())
    usual = plain(usual_distance(dataset, known.is_training, known.images.pixels))
    if known.is_training:
        shows = "**a copy would be at 0**"
        usually = f"A test image, which no model has seen, lies {usual} from the nearest training image"
    else:
        shows = (
            "**this is resemblance to test images: copies of training images, which cannot be read here, "
            "would not show**"
        )
        usually = f"A test image lies {usual} from the nearest other one"
    return (
        f"Left: generated. Right, orange frame: the most similar of all {count:,} {known.kind}s. Distances "
        f"are RMSE per pixel, 0 to 1; {shows}. Median {median}; nearest is sample {closest + 1}, "
        f"at {least}. {usually} (median of the first {REAL_SAMPLE})."
    )
