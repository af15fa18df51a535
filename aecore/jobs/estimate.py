"""What a training will be, and how long it takes by what was learned of others on this machine.

Nothing is tried out for it: every training teaches what it took, as it goes. That is kept through
`storage.cache` under the data set's name, for this machine:

    pace      for a variant and batch size a row for each size of the networks, see ROW
    closing   seconds of the closing measurement beside each model's own share

How long, how fast or from which seed one trains changes no pace, and other options of a variant hardly
where its networks stay as large.
"""

import contextlib
import dataclasses
import math
import platform
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from statistics import median, median_low
from typing import Any

import numpy as np
import torch

from aecore import datasets
from aecore.config import RunConfig
from aecore.datasets import Images
from aecore.errors import AecoreError
from aecore.evaluation import baselines
from aecore.jobs import closing
from aecore.jobs.pace import Pace
from aecore.models import build, devices, summary, variants
from aecore.models.base import Autoencoder
from aecore.storage import cache
from aecore.storage.manifests import MOST_PARAMETERS, MOST_SECONDS, is_duration
from aecore.storage.store import RunStore

PACE, CLOSING = "pace", "closing"
ROW = ("parameters", "seconds_to_start", "seconds_per_epoch", "own_seconds_after")
MOST_ROWS = 32
LEAST_EPOCH = 1e-6
"""Seconds below which no pass over the training images ends."""
RANGES = np.array([(1, MOST_PARAMETERS), (0, MOST_SECONDS), (LEAST_EPOCH, MOST_SECONDS), (0, MOST_SECONDS)])
"""The least and the most of each entry of a row; the file may hold anything."""
ALIKE = 1.25
"""Networks whose parameters differ by no more than this factor train at about one pace."""
FAR = 8.0
"""Beyond this factor a training on other images says nothing of these."""
LARGEST_DRAWN = 30_000_000
"""Parameters up to which a model is built to see its shapes; beyond, its layers are only counted."""


@dataclasses.dataclass(frozen=True)
class Preview:
    """What a config would train.

    Attributes:
        parameters: how many numbers are learned.
        networks: layers by network, as in `summary.networks`; without shapes where it is very large.
        stages: names of the stretches of its training; none where it is fitted in closed form.
    """

    parameters: int
    networks: dict[str, list[dict[str, Any]]]
    stages: tuple[str, ...]


def preview(config: RunConfig, image_shape: tuple[int, int, int]) -> Preview:
    """The networks of a config, before anything is trained.

    Args:
        config: from `variants.configure`.
        image_shape: (h, w, c) of the data set.

    Returns:
        What it would be. A model of more than LARGEST_DRAWN parameters is never built.

    Raises:
        BadValue: if the options do not fit the images.
    """
    with torch.device("meta"):  # takes no memory, whatever widths somebody asks for
        model = build.build_model(config, image_shape)
    parameters = count_parameters(model)
    if parameters <= LARGEST_DRAWN:
        model = build.build_model(config, image_shape)
    networks = summary.networks(model, config.latent_dim)
    return Preview(parameters, networks, tuple(stage.name for stage in model.stages))


def count_parameters(model: Autoencoder) -> int:
    """How many numbers a model is made of."""
    return sum(tensor.numel() for tensor in model.state_dict().values())


def known_pace(config: RunConfig, parameters: int, store: RunStore | None = None) -> Pace | None:
    """How fast a config trains on this machine, by the training whose networks were most like it.

    Args:
        config: its variant, data set and batch size count.
        parameters: of its networks.
        store: where to look; your own runs and the shipped ones if not given.

    Returns:
        The pace; None where nothing like it was trained, or where all its epochs would take longer than a
        training can. Until a training on its data set was measured nothing is known of `seconds_after`.
    """
    rows = _rows(config, store)
    apart = np.abs(np.log(rows[:, 0] / parameters))
    if not len(rows) or apart.min() > math.log(ALIKE):
        return None
    _, start, each, own = map(float, rows[apart.argmin()])
    shared = _known_closing(config.dataset, store)
    pace = Pace(start, each, None if shared is None else shared + own, device_words())
    return pace if is_duration(pace.seconds(config.epochs)) else None


def pace_by_others(
    config: RunConfig, parameters: int, images: int, store: RunStore | None = None
) -> tuple[Pace, str] | None:
    """How fast a config would train on images that nothing was trained on, by a training on others.

    A rough guess: an epoch is taken to last as long as its images and its parameters are many.

    Args:
        config: its variant and batch size count.
        parameters: of its networks.
        images: training images.
        store: where to look; your own runs and the shipped ones if not given.

    Returns:
        The pace, without the closing measurement, and the data set that it is taken from: the one whose
        networks were most like it. None where nothing was trained within a factor of `FAR`.
    """
    nearest = None
    for other in datasets.names():
        rows = _rows(dataclasses.replace(config, dataset=other), store)
        apart = np.abs(np.log(rows[:, 0] / parameters))
        if len(rows) and apart.min() <= math.log(FAR) and (nearest is None or apart.min() < nearest[0]):
            nearest = float(apart.min()), other, rows[apart.argmin()]
    if nearest is None or not datasets.is_present(nearest[1], "train"):
        return None
    _, other, (size, start, each, _) = nearest
    share = images / len(datasets.load_images(other, "train")) * parameters / float(size)
    return Pace(float(start), max(float(each) * share, LEAST_EPOCH), None, device_words()), other


def quick(image_shape: Sequence[int], images: int) -> tuple[float, int, str] | None:
    """How long a quick training of a VAE on new images takes here, roughly.

    Args:
        image_shape: (h, w, c) of the images.
        images: training images.

    Returns:
        Seconds, epochs, and the title of the data set that it is taken from; None where no training here
        was like it.
    """
    config = variants.configure("vae", "digits", **variants.sized("vae", image_shape))  # any data set will do
    height, width, channels = image_shape
    found = pace_by_others(config, preview(config, (height, width, channels)).parameters, images)
    if found is None:
        return None
    epochs = variants.least_epochs(config, images)
    return found[0].seconds(epochs), epochs, datasets.title(found[1])


def learn_pace(
    config: RunConfig,
    model: Autoencoder,
    start: float,
    epochs: Mapping[str, Sequence[float]],
    own: float,
    store: RunStore,
) -> None:
    """Keep how fast a config trains; a disk that refuses costs no more than not knowing it.

    Args:
        config: what is trained.
        model: its model.
        start: seconds until the first epoch began.
        epochs: seconds of whole epochs, by stage; nothing is learned before every stage was seen. Their
            median counts, of two the shorter: a first epoch takes what no later one does.
        own: seconds of the model's own share of the closing measurement.
        store: where to keep it.
    """
    planned = {stage.name: count for stage, count in build.stage_epochs(model.stages, config.epochs)}
    planned = planned or dict.fromkeys(epochs, 1)  # fitted in closed form
    if not planned.keys() <= epochs.keys():
        return
    each = sum(median_low(epochs[name]) * count for name, count in planned.items()) / sum(planned.values())
    row = np.array([[count_parameters(model), start, each, own]])
    others = _rows(config, store)
    rows = np.concatenate([others[others[:, 0] != row[0, 0]], row])[-MOST_ROWS:]
    with contextlib.suppress(AecoreError):
        cache.write(config.dataset, PACE, _settings(config), {"rows": rows}, store)


def steady_seconds(seconds: float, begun: Sequence[float]) -> float:
    """How long an epoch would have taken had each of its steps taken what most of them did.

    Args:
        seconds: that it took.
        begun: when each of its steps began, in seconds, rising.

    Returns:
        Seconds, no more than it took.
    """
    steps = np.diff(begun)
    if not len(steps):
        return seconds
    return min(seconds, seconds - float(steps.sum()) + median(steps.tolist()) * len(steps))


def learn_closing(dataset: str, seconds: float, store: RunStore) -> None:
    """Keep how long a closing measurement took, less the model's own share; likewise."""
    with contextlib.suppress(AecoreError):
        cache.write(dataset, CLOSING, _machine(), {"seconds": np.array([max(seconds, 0.0)])}, store)


def seconds_after(
    config: RunConfig, train: Images, test: Images, own: float, store: RunStore | None = None
) -> float:
    """How long the closing measurement of a training that has begun will take, timed before or not.

    Args:
        config: what is trained.
        train: training images.
        test: test images.
        own: seconds of the model's own share, as `closing.own_seconds` gives them.
        store: where what was learned is kept, and the baselines; your own runs if not given.

    Returns:
        Seconds, with those that the baselines take where they are not kept.
    """
    shared = _known_closing(config.dataset, store)
    if shared is None:
        shared = closing.guess_shared(test)
    if not baselines.are_kept(config, train, test, store):
        shared += closing.guess_baselines(train, test)
    return shared + own


def device_words() -> str:
    """What trains here, for people: a GPU by its name, or how many threads."""
    device = devices.best_device()
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = devices.usual_threads()
    return "Apple GPU" if device.type == "mps" else f"{threads} thread{'s' * (threads != 1)}"


def _rows(config: RunConfig, store: RunStore | None) -> np.ndarray:
    """What was learned of a variant, the latest last: float64 (n, len(ROW)), all of it within RANGES."""
    found = (cache.read(config.dataset, PACE, _settings(config), store) or {}).get("rows")
    if found is None or found.dtype != np.float64 or found.ndim != 2 or found.shape[1] != len(ROW):
        return np.empty((0, len(ROW)))
    least, most = RANGES.T
    return found[((least <= found) & (found <= most)).all(1)]  # NaN is within nothing


def _known_closing(dataset: str, store: RunStore | None) -> float | None:
    """Seconds of the closing measurement beside a model's own share; None where none was timed."""
    found = (cache.read(dataset, CLOSING, _machine(), store) or {}).get("seconds")
    if found is None or found.dtype != np.float64 or found.shape != (1,):
        return None
    return float(found[0]) if is_duration(float(found[0])) else None


def _settings(config: RunConfig) -> dict[str, Any]:
    """What a pace depends on, beside the size of the networks."""
    return {"variant": config.variant, "batch_size": config.batch_size} | _machine()


def _machine() -> dict[str, Any]:
    """What it was learned on, without naming the host."""
    is_mixed = devices.multiplies_bfloat16(devices.best_device())
    about = {"device": device_words(), "processor": _processor(), "bfloat16": is_mixed}
    return about | {"torch": torch.__version__}


@lru_cache(maxsize=1)
def _processor() -> str:
    """The processor's name where the system tells it, else its kind."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
