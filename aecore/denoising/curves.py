"""Curves of PSNR against the level of noise: what one holds, and how its lines are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.corruptions import NoiseRange, find
from aecore.denoising import noisy_pairs, tuning
from aecore.denoising.denoisers import CLASSICAL
from aecore.denoising.intensity_maps import DEBIASES, RAW
from aecore.storage import cache
from aecore.storage.run import StoredRun

Denoiser = str | StoredRun
"""A name of `denoisers.CLASSICAL`, or a run."""


@dataclass(frozen=True)
class Line:
    """One denoiser's PSNR at every level.

    Attributes:
        title: what people call it.
        means: mean over the images of each image's PSNR, dB, shape (levels,), by the map that follows:
            "raw" for a model, each of `intensity_maps.DEBIASES` for a classical denoiser.
        sds: standard deviation over the images, dB, likewise.
        trained_on: the noise that it learnt to remove, for a model that did.
    """

    title: str
    means: dict[str, np.ndarray]
    sds: dict[str, np.ndarray]
    trained_on: NoiseRange | None = None

    def after(self, debias: str) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation after a map; a model's own, which needs none."""
        debias = debias if debias in self.means else RAW
        return self.means[debias], self.sds[debias]


@dataclass(frozen=True)
class Curve:
    """PSNR against level.

    Attributes:
        kind: the kind of noise, one of `corruptions.names()`.
        levels: its levels, shape (levels,).
        lines: one per denoiser, by its name or run id.
        count: how many test images were averaged: the first ones.
        images: the data set that they are of.
    """

    kind: str
    levels: np.ndarray
    lines: dict[str, Line]
    count: int
    images: str


def usual_levels(kind: str) -> tuple[float, ...]:
    """Levels for a curve: every other fitted one, without those where nothing happens."""
    fitted = find(kind).levels
    return fitted[::2] if fitted[0] else fitted[2::2]


def name(denoiser: Denoiser) -> str:
    """What a denoiser's line is called in a curve: a classical one's name, or a run id."""
    return denoiser.run_id if isinstance(denoiser, StoredRun) else denoiser


def title(denoiser: Denoiser) -> str:
    """What people call a denoiser."""
    if isinstance(denoiser, StoredRun):
        return f"{denoiser.manifest['title']}, z={denoiser.config.latent_dim}"
    return CLASSICAL[denoiser]


def line_name(
    dataset: str, kind: str, levels: Sequence[float], denoiser: Denoiser, count: int, images: str
) -> tuple[StoredRun | str, str, dict[str, Any]]:
    """What `storage.cache` keeps a line under: its owner, its kind and its settings."""
    fitted: list[Any] = []
    if not isinstance(denoiser, StoredRun):
        fitted = [tuning.SEARCHED, tuning.RIDGE_IMAGES, *DEBIASES]
    settings = {
        "noise": kind,
        "levels": [float(level) for level in levels],
        "images": [images, "test", count, noisy_pairs.TEST_SEED],
        "denoiser": "run" if isinstance(denoiser, StoredRun) else denoiser,
        "fitted to": fitted,
    }
    return (denoiser if isinstance(denoiser, StoredRun) else dataset), "denoising-curve", settings


def kept_line(
    dataset: str, kind: str, levels: Sequence[float], denoiser: Denoiser, count: int, images: str
) -> Line | None:
    """A line that was worked out before.

    Args:
        dataset: whose training images filters and ridge are fitted to.
        kind: the kind of noise.
        levels: its levels.
        denoiser: which one.
        count: how many test images were averaged.
        images: the data set that they are of.

    Returns:
        The line; None where there is none.
    """
    found = cache.read(*line_name(dataset, kind, levels, denoiser, count, images))
    return None if found is None else line(denoiser, found)


def column(debias: str, what: str) -> str:
    """What a line's "mean" or "sd" after a map is kept under."""
    return what if debias == RAW else f"{debias}_{what}"


def line(denoiser: Denoiser, arrays: dict[str, np.ndarray]) -> Line:
    """A line from the arrays that are kept of it: see `column`, and the noise a model learnt."""
    means, sds = (
        {debias: arrays[name] for debias in DEBIASES if (name := column(debias, what)) in arrays}
        for what in ("mean", "sd")
    )
    noise, learnt = arrays.get("trained_noise"), arrays.get("trained_levels")
    trained_on = None
    if noise is not None and learnt is not None:
        trained_on = NoiseRange(noise.tobytes().decode(), *map(float, learnt))
    return Line(title(denoiser), means, sds, trained_on)
