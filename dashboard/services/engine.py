"""The only file of the dashboard that may load torch, and only when something is asked of it."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from aecore import datasets
from aecore.config import RunConfig
from aecore.corruptions import NoiseRange
from aecore.decoder import Decoder
from aecore.denoising.curves import Curve, Denoiser
from aecore.denoising.denoisers import Denoised
from aecore.jobs.pace import Pace
from aecore.storage.archives import Received
from dashboard.services import visitors

STYLES = 8
"""Rows of a style-by-class grid."""


def download(dataset: str, progress: Callable[[int, int], None]) -> None:
    """Fetch and verify the images of a data set.

    Args:
        dataset: its name.
        progress: called with (bytes done, bytes in all).
    """
    datasets.download(dataset, progress)


def style_by_class(path: Path) -> np.ndarray:
    """Styles drawn from the prior, each decoded as every class: a row per style, a column per class.

    Args:
        path: the folder of a run whose decoder is given a class.

    Returns:
        One image, float32 (STYLES * h, classes * w, c) in [0, 1].
    """
    from aecore import runs
    from aecore.latent import priors
    from aecore.storage.run import read_manifest

    run = runs.Run(read_manifest(path))
    height, width, channels = run.stored.image_shape
    classes = len(run.stored.classes)
    prior = priors.held_against(run.stored.manifest["prior"])
    styles = priors.sample(prior, STYLES, run.config.latent_dim, np.random.default_rng(0))
    drawn = run.decode(np.repeat(styles, classes, 0), np.tile(np.arange(classes), STYLES))
    grid = drawn.reshape(STYLES, classes, height, width, channels).swapaxes(1, 2)
    return grid.reshape(STYLES * height, classes * width, channels)


def import_archive(file: BinaryIO) -> Received:
    """Bring the run of an archive into the store, as the visitor's; see `archives.import_archive`.

    Args:
        file: the archive.

    Returns:
        The run, and whether it existed.
    """
    from aecore import runs
    from aecore.storage import archives

    return archives.import_archive(file, check_model=runs.check_model, owner=visitors.owner_to_be)


def remeasure(path: Path) -> None:
    """Measure a run of the user's own again, and keep the numbers; see `aecore.runs.remeasure`.

    Args:
        path: the run's folder.
    """
    from aecore import runs

    runs.remeasure(_opened(path))


def measure(path: Path, name: str, report: Callable[[float, str], None] | None = None) -> None:
    """A number that a run was stored without, measured and kept beside it; see `aecore.runs.measure`.

    Args:
        path: the run's folder.
        name: of the number.
        report: called with the share done, 0 to 1, and what comes next.
    """
    from aecore import runs
    from aecore.storage.run import read_manifest

    runs.measure(runs.Run(read_manifest(path)), [name], report=report)


def coverage(path: Path, report: Callable[[float, str], None] | None = None) -> dict[str, np.ndarray]:
    """How a run's codes fill the prior, measured and kept beside it; see `aecore.runs.measure_coverage`.

    Args:
        path: the run's folder.
        report: called with the share done, 0 to 1, and what comes next.

    Returns:
        Numbers and cells by name.
    """
    from aecore import runs
    from aecore.storage.run import read_manifest

    return runs.measure_coverage(runs.Run(read_manifest(path)), report=report)


def per_image(path: Path, name: str, report: Callable[[float, str], None] | None = None) -> np.ndarray:
    """A number or class per test image, computed and kept; see `aecore.analysis.per_image.computed`.

    Args:
        path: the run's folder.
        name: what of it.
        report: called with the share done, 0 to 1, and what is being done.

    Returns:
        (n,).
    """
    from aecore.analysis import per_image as values

    return values.computed(_opened(path), name, report)


def clusters(path: Path, count: int, report: Callable[[float, str], None] | None = None) -> np.ndarray:
    """The clusters of a run's codes, computed and kept; see `aecore.analysis.clusters.computed`. No torch.

    Args:
        path: the run's folder.
        count: how many.
        report: called with the share done, 0 to 1, and what is being done.

    Returns:
        (n,).
    """
    from aecore.analysis import clusters as found
    from aecore.storage.run import read_manifest

    return found.computed(read_manifest(path), count, report)


def holes(path: Path, report: Callable[[float, str], None] | None = None) -> dict[str, np.ndarray]:
    """The map of a run's holes, kept beside the run once it is computed.

    Args:
        path: the folder of a run with two latent dimensions.
        report: called with the share done, 0 to 1, and what is being done.

    Returns:
        The attributes of `aecore.analysis.hole_map.HolesMap` by name; those of the finer map, where there is
        one, begin with near_.
    """
    from aecore.analysis import hole_map
    from aecore.analysis.holes import kept_or_computed

    return hole_map.as_arrays(kept_or_computed(_opened(path), report))


def decode(path: Path, codes: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """Images of latent codes; see `aecore.runs.Run.decode`.

    Args:
        path: the run's folder.
        codes: (n, latent_dim).
        labels: the class to draw each code as, (n,), where the decoder is given one.

    Returns:
        float32 (n, h, w, c) in [0, 1].
    """
    return _opened(path).decode(codes, labels)


def encode(path: Path, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """q(z|x) of images.

    Args:
        path: the run's folder.
        pixels: uint8 (n, h, w, c).

    Returns:
        Means float32 (n, latent_dim), and standard deviations of that shape where the posterior has a
        spread.
    """
    return _opened(path).posterior(pixels)


def judge_probabilities(
    dataset: str, images: np.ndarray, report: Callable[[float, str], None] | None = None
) -> np.ndarray:
    """What a small classifier makes of images; it is trained and kept the first time.

    Args:
        dataset: name of the data set whose classes it knows.
        images: (n, h, w, c) in [0, 1].
        report: called with the share of the training done, 0 to 1, and a note; never where it is kept.

    Returns:
        Class probabilities, float32 (n, classes).
    """
    from aecore.evaluation import sample_classifier

    return sample_classifier.probabilities(dataset, images, report)


def train_judge(dataset: str, report: Callable[[float, str], None]) -> None:
    """Train the classifier of a data set and keep it, unless it is kept already.

    Args:
        dataset: its name.
        report: called with the share done, 0 to 1, and a note.
    """
    from aecore.evaluation import sample_classifier

    sample_classifier.judge(dataset, report)


def has_judge(dataset: str) -> bool:
    """Whether the classifier of a data set is trained."""
    from aecore.evaluation import sample_classifier

    return sample_classifier.is_kept(dataset)


def denoise(path: Path, clean: np.ndarray, noisy: np.ndarray) -> Denoised:
    """One image through a run; see `aecore.denoising.models.by_run`.

    Args:
        path: the run's folder.
        clean: pixels in [0, 1], shape (h, w, c).
        noisy: the same with noise, likewise.

    Returns:
        What the run made of it, and how close that came.
    """
    from aecore.denoising import denoisers
    from aecore.denoising import models as denoising_models

    return denoisers.measure(clean, noisy, denoising_models.by_run(_opened(path)))


def network(path: Path) -> Decoder:
    """All of a run for the browser, from an image to its reconstruction; see `aecore.models.export`.

    Args:
        path: the run's folder.

    Returns:
        Its layers and their tensors.
    """
    from aecore.models import export

    return export.reconstruction(_opened(path).model)


def judge_network(dataset: str) -> Decoder:
    """The classifier of a data set for the browser, from an image to log-odds; see `has_judge`.

    Args:
        dataset: its name.

    Returns:
        Its layers and their tensors.
    """
    from aecore.evaluation import sample_classifier
    from aecore.models import export

    return export.classifier(sample_classifier.judge(dataset))


def judge_path(dataset: str) -> Path | None:
    """Where the classifier of a data set lies; None where it is not trained."""
    from aecore.evaluation import sample_classifier

    return sample_classifier.kept_path(dataset)


def asks_judge(path: Path) -> bool:
    """Whether a run needs the classifier of its data set to denoise; see `has_judge`."""
    from aecore.denoising import models as denoising_models

    return denoising_models.asks_judge(_opened(path))


def trained_on(path: Path) -> NoiseRange | None:
    """What noise the run in a folder was trained on; None where it saw clean images only."""
    return _opened(path).model.noise


def denoising_curve(
    dataset: str,
    kind: str,
    levels: Sequence[float],
    chosen: Sequence[Denoiser],
    count: int,
    images: str,
    report: Callable[[float, str], None],
) -> Curve:
    """Work out and keep the lines of a curve that are not there yet; see `aecore.denoising.models.curve`.

    Args:
        dataset: whose training images filters and ridge are fitted to.
        kind: the kind of noise.
        levels: its levels.
        chosen: names of classical denoisers, and runs.
        count: the first so many test images are averaged.
        images: the data set that they are of.
        report: called with the share done and what it is at.

    Returns:
        The whole curve.
    """
    from aecore.denoising import models as denoising_models

    return denoising_models.curve(dataset, kind, levels, chosen, count, report, images)


def place(config: Any, pixels: np.ndarray) -> np.ndarray | None:
    """Where new images lie on a map that is kept; codes come from the run's encoder.

    Args:
        config: the map's, an `aecore.analysis.projection.ProjectionConfig`.
        pixels: uint8 (k, h, w, c).

    Returns:
        float32 (k, 2); None where the map was not computed yet.
    """
    from aecore.analysis import projection

    found = projection.kept(config)
    if found is None:
        return None
    new = encode(config.owner.path, pixels)[0] if config.inputs == "codes" else pixels
    return projection.place(config, found, new)


def _opened(path: Path) -> Any:
    """The run in a folder, its model built once; read again where the folder has changed."""
    from aecore.storage.store import MANIFEST

    return _run(path, (path / MANIFEST).stat().st_mtime_ns if (path / MANIFEST).is_file() else 0)


@lru_cache(maxsize=12)
def _run(path: Path, changed: int) -> Any:
    from aecore import runs
    from aecore.storage.run import read_manifest

    return runs.Run(read_manifest(path))


def option_fields(variant: str) -> tuple[Any, ...]:
    """The options of a variant, as dataclass fields whose metadata says what each may be.

    Args:
        variant: its name.

    Returns:
        One field per option, in order; see `aecore.config.option`.
    """
    import dataclasses

    from aecore.models import variants

    return dataclasses.fields(variants.module(variant).Options)


def is_closed_form(variant: str) -> bool:
    """Whether a variant is fitted at once and has no epochs."""
    from aecore.models import variants

    return getattr(variants.module(variant), "IS_CLOSED_FORM", False)


def configure(variant: str, dataset: str, settings: Mapping[str, Any]) -> RunConfig:
    """The config of a run, checked; see `aecore.models.variants.configure`.

    Args:
        variant: its name.
        dataset: name of the data set.
        settings: fields of RunConfig and options of the variant, by name.

    Returns:
        The config.
    """
    from aecore.models import variants

    return variants.configure(variant, dataset, **settings)


def least_epochs(config: RunConfig, images: int) -> int:
    """How many epochs a training takes to learn something; see `aecore.models.variants.least_epochs`."""
    from aecore.models import variants

    return variants.least_epochs(config, images)


def preview(config: RunConfig, image_shape: tuple[int, int, int]) -> Any:
    """What a config would train: an `aecore.jobs.estimate.Preview`.

    Args:
        config: from `configure`.
        image_shape: (h, w, c) of the data set.

    Returns:
        Its parameters and networks.
    """
    from aecore.jobs import estimate

    return estimate.preview(config, image_shape)


def known_pace(config: RunConfig, parameters: int) -> Pace | None:
    """How fast a config of so many parameters trains here; None where nothing like it was trained."""
    from aecore.jobs import estimate

    return estimate.known_pace(config, parameters)


def guess_quick(image_shape: tuple[int, int, int], images: int) -> tuple[float, int, str] | None:
    """How long a quick training on new images takes here; see `aecore.jobs.estimate.quick`."""
    from aecore.jobs import estimate

    return estimate.quick(image_shape, images)
