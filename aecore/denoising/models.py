"""Trained models as denoisers, and the curve of PSNR against the level of noise for all denoisers."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial

import numpy as np
import torch

from aecore import corruptions, datasets
from aecore.denoising import curves, denoisers, noisy_pairs, timing, tuning
from aecore.denoising.curves import Curve
from aecore.denoising.denoisers import Denoise
from aecore.denoising.filters import FILTERS
from aecore.denoising.intensity_maps import RAW
from aecore.errors import BadValue, StoreNotWritable, WrongShape
from aecore.evaluation import sample_classifier
from aecore.metrics.reconstruction import SMALLEST_ERROR, squared_errors
from aecore.models import inference
from aecore.models.base import Autoencoder, Batch
from aecore.runs import Run
from aecore.storage import cache
from aecore.storage.run import StoredRun

Report = Callable[[float, str], None]


def by_run(run: Run) -> Denoise:
    """A model as a denoiser: the noisy image through encoder and decoder, codes at the posterior's mean.

    Args:
        run: a finished run, of any variant.

    Returns:
        The denoiser. A decoder that is given a class gets the one that the model itself sees in the
        noisy image, or, where it cannot tell, the one that the data set's judge sees there. It raises
        WrongShape where the images are not of the run's size.
    """

    def denoise(noisy: np.ndarray) -> np.ndarray:
        if noisy.shape[1:] != run.stored.image_shape:
            raise WrongShape("images", noisy.shape, f"(n, *{run.stored.image_shape})")
        return _reconstructed(run.model, noisy, _classes(run, noisy))

    return denoise


@torch.no_grad()
def _reconstructed(model: Autoencoder, noisy: np.ndarray, classes: np.ndarray | None) -> np.ndarray:
    device = next(model.parameters()).device
    images = torch.tensor(noisy, dtype=torch.float32).permute(0, 3, 1, 2).contiguous().to(device)
    labels = None if classes is None else torch.tensor(classes, dtype=torch.int64).to(device)
    parts = [
        model.decode(model.posterior(batch.images).mean, model.conditions(batch)).cpu()
        for batch in Batch(images, labels).parts(inference.EVALUATION_BATCH)
    ]
    return torch.cat(parts).permute(0, 2, 3, 1).contiguous().numpy()


def _classes(run: Run, noisy: np.ndarray) -> np.ndarray | None:
    """The class to decode each image with, where the model asks for it."""
    if not asks_judge(run):
        return None
    return sample_classifier.probabilities(run.config.dataset, noisy).argmax(1)


def asks_judge(run: Run) -> bool:
    """Whether a run decodes with the class that the judge of its data set sees in a noisy image."""
    has_own_rule = type(run.model).conditions is not Autoencoder.conditions
    return run.model.is_conditional and not has_own_rule


def curve(
    dataset: str,
    kind: str,
    levels: Sequence[float],
    chosen: Sequence[str | StoredRun],
    count: int,
    report: Report | None = None,
    images: str | None = None,
) -> Curve:
    """PSNR against the level of noise for several denoisers; each is kept, so that a second look is instant.

    Args:
        dataset: whose training images filters and ridge are fitted to.
        kind: the kind of noise, one of `corruptions.names()`.
        levels: its levels, of those at which denoisers are fitted to it.
        chosen: names of `denoisers.CLASSICAL`, and runs.
        count: the first so many test images are averaged.
        report: called with the share done and what it is at.
        images: the data set that the test images are of, the same if not given.

    Returns:
        The curve, a line per denoiser.

    Raises:
        BadValue: if there are not that many test images, or one of the levels is no fitted one.
    """
    images, fitted = images or dataset, corruptions.find(kind).levels
    for level in levels:
        if level not in fitted:
            raise BadValue("level", level, f"one of {', '.join(f'{one:g}' for one in fitted)}")
    available = len(_test_pixels(images))
    if not 1 <= count <= available:
        raise BadValue("count", count, f"from 1 to {available}, the test images there are")
    pixels, lines = _test_pixels(images)[:count], {}
    for one in chosen:
        if kept := curves.kept_line(dataset, kind, levels, one, count, images):
            lines[curves.name(one)] = kept
    todo = {curves.name(one): one for one in chosen if curves.name(one) not in lines}
    clock = _clock(dataset, kind, levels, list(todo.values()), count) if report else None
    for place, (name, one) in enumerate(todo.items()):

        def tell(number: int, first: int = place * len(levels), title: str = curves.title(one)) -> None:
            if report and clock:
                report(clock.begin(first + number), title)

        found = _measured(dataset, kind, levels, one, pixels, tell)
        with suppress(StoreNotWritable):  # then it is worked out again, and nothing is lost
            cache.write(*curves.line_name(dataset, kind, levels, one, count, images), found)
        lines[name] = curves.line(one, found)
    lines = {name: lines[name] for name in map(curves.name, chosen)}
    return Curve(kind, np.array(levels, np.float64), lines, count, images)


def _clock(
    dataset: str, kind: str, levels: Sequence[float], todo: Sequence[str | StoredRun], count: int
) -> timing.Clock:
    """What share of the time of a curve is over: a part for each level of each line."""
    filters = [one for one in todo if isinstance(one, str) and one in FILTERS]
    parts = []
    for one in map(curves.name, todo):
        for level in levels:
            units = 1.0
            if one in filters:  # it runs once for each map that wants another parameter: one, two or three
                units = tuning.images_to_search(dataset, kind, level, one) + 2 * count
            parts.append((one, units))
    clock = timing.Clock(parts)
    if filters:
        noisy = noisy_pairs.training_pair(dataset, kind, levels[len(levels) // 2], tuning.SEARCHED)[1]
        clock.give({name: timing.filter_pace(name, noisy) for name in filters})
    return clock


def _measured(
    dataset: str,
    kind: str,
    levels: Sequence[float],
    one: str | StoredRun,
    pixels: np.ndarray,
    tell: Callable[[int], None],
) -> dict[str, np.ndarray]:
    """One denoiser's line, as it is kept."""
    clean, images_of = pixels.astype(np.float32) / 255, _images_of(dataset, kind, one)
    columns: dict[str, list[float]] = defaultdict(list)
    for number, level in enumerate(levels):
        tell(number)
        noisy = noisy_pairs.corrupt_batch(clean, kind, level, noisy_pairs.TEST_SEED)
        for debias, denoised in images_of(level, noisy).items():
            ratios = -10 * np.log10(np.maximum(squared_errors(clean, denoised), SMALLEST_ERROR))
            columns[curves.column(debias, "mean")].append(float(ratios.mean()))
            columns[curves.column(debias, "sd")].append(float(ratios.std()))
    found = {name: np.array(values) for name, values in columns.items()}
    learnt = Run(one).model.noise if isinstance(one, StoredRun) else None
    if learnt:
        found["trained_noise"] = np.frombuffer(learnt.kind.encode(), np.uint8)
        found["trained_levels"] = np.array([learnt.lowest, learnt.highest])
    return found


def _images_of(
    dataset: str, kind: str, one: str | StoredRun
) -> Callable[[float, np.ndarray], dict[str, np.ndarray]]:
    """(a level, noisy images) to what a denoiser makes of them, by the map that follows."""
    if isinstance(one, StoredRun):
        denoise = by_run(Run(one))
        return lambda _, noisy: {RAW: denoise(noisy)}
    return partial(denoisers.by_classical, one, dataset, kind)


@lru_cache(maxsize=2)
def _test_pixels(dataset: str) -> np.ndarray:
    return datasets.load_images(dataset, "test").pixels
