"""What a training will be and take, before it starts: its networks, and its pace measured here.

The pace is measured by training a fresh model for about a second; no run is ever written. It does not
depend on how long, how fast or from which seed one trains, so it is kept for all of these, through
`storage.cache` under the data set's name:

    pace      seconds to start, of an epoch, and for this model's share of the closing measurement
    closing   seconds of the closing measurement of a model that costs nothing, once per data set
"""

import contextlib
import dataclasses
import platform
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aecore import jobs
from aecore.config import RunConfig
from aecore.datasets import Images
from aecore.errors import StoreNotWritable
from aecore.evaluation import baselines
from aecore.jobs import profile
from aecore.jobs.pace import Pace
from aecore.models import build, devices, summary
from aecore.storage import cache
from aecore.storage.store import RunStore

PACE, CLOSING = "pace", "closing"
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
    parameters = sum(tensor.numel() for tensor in model.state_dict().values())
    if parameters <= LARGEST_DRAWN:
        model = build.build_model(config, image_shape)
    networks = summary.networks(model, config.latent_dim)
    return Preview(parameters, networks, tuple(stage.name for stage in model.stages))


def same_pace(config: RunConfig) -> RunConfig:
    """The config with what its pace does not depend on taken back: epochs, learning rate and seed."""
    usual = {field.name: field.default for field in dataclasses.fields(config)}
    taken_back = {name: usual[name] for name in ("learning_rate", "seed", "stop_after")}
    return dataclasses.replace(config, epochs=1, **taken_back)


def kept_pace(config: RunConfig, store: RunStore | None = None) -> Pace | None:
    """The pace of a config as it was measured before on this machine.

    Args:
        config: any config; its epochs, learning rate and seed do not matter.
        store: where to look; your own runs and the shipped ones if not given.

    Returns:
        The pace, rather of a machine at rest than of a busy one; None where it was never measured.
    """
    for is_busy in (False, True):
        found = cache.read(config.dataset, PACE, _settings(config, is_busy), store)
        if found is not None:
            numbers = {name: float(array[0]) for name, array in found.items()}
            closing = _kept_closing(config.dataset, is_busy, store)
            after = None if closing is None else closing + numbers.pop("own_seconds_after")
            numbers.pop("own_seconds_after", None)
            return Pace(**numbers, seconds_after=after, device=device_words(), is_busy=is_busy)
    return None


def measure_pace(config: RunConfig, store: RunStore | None = None, spent: float = 0.0) -> Pace:
    """Train a fresh model for about a second, look at the test split once, and keep how long it took.

    The closing measurement is timed once per data set, after the pace is kept: it takes as long as itself.
    Where nothing may be written the pace is measured all the same.

    Args:
        config: what would be trained; no run is written.
        store: where to keep it; your own runs if not given.
        spent: seconds that this process took before, such as for importing what it needs.

    Returns:
        The pace on this machine.
    """
    is_busy, before = is_training(store), torch.get_num_threads()
    torch.set_num_threads(devices.usual_threads())  # as the worker will
    try:
        return _measured(config, store, spent, is_busy)
    finally:
        torch.set_num_threads(before)


def _measured(config: RunConfig, store: RunStore | None, spent: float, is_busy: bool) -> Pace:
    numbers = profile.measured(config, spent, (store or RunStore()).root)
    is_busy = is_busy or is_training(store)  # one may have begun meanwhile
    _keep(config.dataset, PACE, _settings(config, is_busy), numbers, store)
    closing = _kept_closing(config.dataset, is_busy, store)
    if closing is None:
        closing = profile.closing(config.dataset, store)
        is_busy = is_busy or is_training(store)
        _keep(config.dataset, CLOSING, _machine(is_busy), {"seconds": closing}, store)
    after = closing + numbers.pop("own_seconds_after")
    return Pace(**numbers, seconds_after=after, device=device_words(), is_busy=is_busy)


def seconds_after(
    config: RunConfig, train: Images, test: Images, own: float, store: RunStore | None = None
) -> float:
    """How long the closing measurement of a training that has begun will take, timed before or not.

    Args:
        config: what is trained.
        train: training images.
        test: test images.
        own: seconds of the model's own share, as `profile.own_after` gives them.
        store: where what was timed is kept, and the standards; your own runs if not given.

    Returns:
        Seconds, with those that the standards take where they are not kept.
    """
    closing = _kept_closing(config.dataset, True, store)
    if closing is None:
        closing = profile.expected_closing(train, test)
    if not baselines.are_kept(config, train, test, store):
        closing += profile.expected_standards(train, test)
    return closing + own


def is_training(store: RunStore | None = None) -> bool:
    """Whether a worker of the store is at work, beside which everything takes longer."""
    return any(job.is_alive for job in jobs.listing(store))


def device_words() -> str:
    """What trains here, for people: a GPU by its name, or how many threads."""
    device = devices.best_device()
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = devices.usual_threads()
    return "Apple GPU" if device.type == "mps" else f"{threads} thread{'s' * (threads != 1)}"


def _kept_closing(dataset: str, is_busy: bool, store: RunStore | None) -> float | None:
    """Seconds as they were timed at rest; where the machine is busy also as they were then."""
    for was_busy in (False, True)[: 1 + is_busy]:
        found = cache.read(dataset, CLOSING, _machine(was_busy), store)
        if found is not None:
            return float(found["seconds"][0])
    return None


def _keep(
    dataset: str, kind: str, settings: dict[str, Any], numbers: dict[str, float], store: RunStore | None
) -> None:
    """Keep seconds by name; a disk that refuses costs no more than measuring them again."""
    arrays = {name: np.array([number]) for name, number in numbers.items()}
    with contextlib.suppress(StoreNotWritable):
        cache.write(dataset, kind, settings, arrays, store)


def _settings(config: RunConfig, is_busy: bool) -> dict[str, Any]:
    """What a pace depends on."""
    return same_pace(config).to_json() | _machine(is_busy)


def _machine(is_busy: bool) -> dict[str, Any]:
    """What it was measured on, without naming the host."""
    device = devices.best_device()
    is_mixed = devices.multiplies_bfloat16(device)
    about = {"device": device_words(), "processor": _processor(), "bfloat16": is_mixed, "busy": is_busy}
    return about | {"torch": torch.__version__}


@lru_cache(maxsize=1)
def _processor() -> str:
    """The processor's name where the system tells it, else its kind."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
