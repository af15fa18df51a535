"""What is known of each test image by itself: a number or a class for every code of a run.

| name | what it is |
| --- | --- |
| error | reconstruction error, MSE per pixel |
| kl | KL divergence from the image's posterior q(z|x) to N(0, I), in nats |
| density | log p(z), the log density of the run's own prior at the image's code, in nats |
| predicted | the class that the judge of `evaluation.sample_classifier` sees in the reconstruction |

The first three follow from what a run stores, except for kl where it stores no posterior variances. What
has to be computed is kept through `storage.cache` as kind "per_image": one array (n,) by name, kl f32 and
predicted i16.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from aecore import datasets
from aecore.latent import priors
from aecore.metrics.posterior import kl_per_image
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.store import RunStore

if TYPE_CHECKING:
    from aecore.runs import Run

Report = Callable[[float, str], None]
KIND, FORMAT = "per_image", 1
BATCH = 512
LEAST_DENSITY = 1e-300
"""Below it a density is nothing but rounding."""


def stored_names(run: StoredRun) -> list[str]:
    """The names of what `stored` gives, without working it out."""
    has = run.arrays
    return [
        *["error"] * ("errors" in has),
        *["density"] * bool(run.manifest["prior"]),
        *["kl"] * ("log_var" in has),
    ]


def stored(run: StoredRun) -> dict[str, np.ndarray]:
    """What follows from the arrays that a run stores.

    Args:
        run: a stored run.

    Returns:
        By name, float32 (n,): error where the run has a decoder and images; density where it has a prior;
        kl where it stores the variances of its posteriors.
    """
    arrays, prior = run.arrays, run.manifest["prior"]
    found = {"error": arrays["errors"].astype(np.float32)} if "errors" in arrays else {}
    codes = arrays["codes"].astype(np.float64)
    if prior and priors.is_standard_normal(prior):
        log_density = -0.5 * (np.square(codes).sum(1) + codes.shape[1] * np.log(2 * np.pi))
        found["density"] = log_density.astype(np.float32)
    elif prior:
        density = np.maximum(priors.density(prior, codes), LEAST_DENSITY)
        found["density"] = np.log(density).astype(np.float32)
    if "log_var" in arrays:
        found["kl"] = kl_per_image(codes, arrays["log_var"]).astype(np.float32)
    return found


def lacking(run: StoredRun) -> list[str]:
    """What a run does not store and its model can compute, where the images that it takes are there.

    Args:
        run: a stored run.

    Returns:
        Names, in the order of the table above.
    """
    has_posterior = "kl" in run.arrays and "log_var" not in run.arrays
    return [*["kl"] * has_posterior, *["predicted"] * bool(run.classes and run.has_decoder)]


def kept(run: StoredRun, name: str, store: RunStore | None = None) -> np.ndarray | None:
    """What was computed earlier.

    Args:
        run: a stored run.
        name: kl or predicted.
        store: where to look; your own runs and the shipped ones if not given.

    Returns:
        (n,), kl as float32 and never negative, predicted as int16 indices into the run's classes; None where
        it was not computed or the file was altered.
    """
    array = (cache.read(run, KIND, _settings(name), store) or {}).get(name)
    if array is None or array.shape != (run.test_images,):
        return None
    if name == "kl":
        return array if array.dtype == np.float32 and np.isfinite(array).all() and array.min() >= 0 else None
    is_class = array.dtype == np.int16 and 0 <= array.min() <= array.max() < len(run.classes)
    return array if is_class else None


def computed(
    run: "Run", name: str, report: Report | None = None, store: RunStore | None = None
) -> np.ndarray:
    """Compute what a run does not store, and keep it.

    Args:
        run: a finished run.
        name: one of `lacking`.
        report: called with the share done, 0 to 1, and what is being done.
        store: where to keep it; your own runs if not given.

    Returns:
        As `kept` gives it.

    Raises:
        ImagesNeeded: for kl without the test images, for predicted where the judge was never trained and the
            training images are not here.
        LabelsNeeded: for predicted where the images have no labels.
        ReadOnly: where what is stored is only shown.
    """
    found = _posterior_kl(run, report) if name == "kl" else _predicted(run, report, store)
    cache.write(run.stored, KIND, _settings(name), {name: found}, store)
    return found


def _settings(name: str) -> dict[str, object]:
    return {"name": name, "format": FORMAT}


def _batches(count: int, report: Report | None, words: str, start: float = 0.0) -> Iterator[slice]:
    """So many rows in parts; asking for the next one reports how far the work is."""
    for first in range(0, count, BATCH):
        if report:
            report(start + (1 - start) * first / count, words)
        yield slice(first, first + BATCH)


def _posterior_kl(run: "Run", report: Report | None) -> np.ndarray:
    pixels = datasets.load_images(run.config.dataset, "test").pixels
    found = []
    for rows in _batches(len(pixels), report, "encoding the test images"):
        mean, deviation = run.posterior(pixels[rows])
        assert deviation is not None, "only a posterior with a spread has a KL divergence"
        found.append(kl_per_image(mean, 2 * np.log(deviation.astype(np.float64))))
    return np.maximum(np.concatenate(found), 0).astype(np.float32)


def _predicted(run: "Run", report: Report | None, store: RunStore | None) -> np.ndarray:
    from aecore.evaluation import sample_classifier

    def trained(share: float, note: str) -> None:
        if report:
            report(0.5 * share, note)

    dataset = run.config.dataset
    was_kept = sample_classifier.is_kept(dataset, store)
    sample_classifier.judge(dataset, trained, store)
    conditions, found = run.stored.arrays.get("conditions"), []
    start = 0.0 if was_kept else 0.5
    for rows in _batches(len(run.codes), report, "decoding the codes and judging what comes of them", start):
        given = None if conditions is None else conditions[rows]
        drawn = run.decode(run.codes[rows], given)
        found.append(sample_classifier.probabilities(dataset, drawn, store=store).argmax(1))
    return np.concatenate(found).astype(np.int16)
