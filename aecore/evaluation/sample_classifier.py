"""The small classifier that says what a drawn image shows: trained once per data set, then kept.

It is the judge of `classifier`, whose numbers stand in every run's metrics; kept through `storage.cache`
under the data set's name, kind "judge", with its weights by their PyTorch names and the checksum of the
images that it was trained on.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from aecore import datasets
from aecore.datasets import Images
from aecore.errors import ImagesNeeded, LabelsNeeded, WrongShape
from aecore.evaluation import classifier
from aecore.models import devices
from aecore.storage import cache
from aecore.storage.settings import check_writable
from aecore.storage.store import RunStore

Report = Callable[[float, str], None]
KIND, CHECKSUM = "judge", "images"


def settings() -> dict[str, Any]:
    """What names a kept judge."""
    return {
        "steps": classifier.JUDGE_STEPS,
        "width": classifier.JUDGE_WIDTH,
        "non_images": classifier.NON_IMAGES,
        "seed": 0,
    }


def is_kept(dataset: str, store: RunStore | None = None) -> bool:
    """Whether the judge of a data set opens at once."""
    return cache.read(dataset, KIND, settings(), store) is not None


def kept_path(dataset: str, store: RunStore | None = None) -> Path | None:
    """Where the judge of a data set lies; None where there is none."""
    return cache.path(dataset, KIND, settings(), store)


def checksum(images: Images) -> int:
    """Tells whether images are the same as before: the CRC-32 of their pixels and, if any, labels."""
    found = zlib.crc32(np.ascontiguousarray(images.pixels).data)
    return found if images.labels is None else zlib.crc32(np.ascontiguousarray(images.labels).data, found)


def judge(
    dataset: str,
    report: Report | None = None,
    store: RunStore | None = None,
    train: Images | None = None,
) -> nn.Sequential:
    """The judge of a data set.

    Args:
        dataset: its name.
        report: called with the share of the training done, 0 to 1, and a note; never where it is kept.
        store: where to look and to keep it; your own runs and the shipped ones if not given.
        train: its training images, if they are at hand: a judge that was trained on others is not taken.

    Returns:
        As `classifier.judge`: images (n, c, h, w) in [0, 1] to log-odds of the classes and of none.

    Raises:
        LabelsNeeded: if the images of the data set have none.
        ImagesNeeded: if it was never trained and the training images are not on this machine.
        ReadOnly: if it was never trained, where what is stored is only shown.
    """
    if not datasets.is_labelled(dataset):
        raise LabelsNeeded("Training the classifier that judges images", datasets.title(dataset))
    device = devices.best_device()
    weights = cache.read(dataset, KIND, settings(), store)
    known = weights.pop(CHECKSUM, None) if weights else None
    if weights and (train is None or (known is not None and int(known[0]) == checksum(train))):
        pixels, classes = weights["1.weight"].shape[1], len(weights["3.weight"]) - 1
        network = classifier.untrained_judge(pixels, classes)
        network.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
        return network.to(device).eval()
    if train is None:
        if not datasets.is_present(dataset, "train"):
            raise ImagesNeeded(datasets.title(dataset), "Training the classifier that judges images")
        train = datasets.load_images(dataset, "train")
    note = "training the classifier that judges images"
    check_writable(note)  # before it takes its time: it could not be kept
    if report:
        report(0.0, note)

    def on_epoch(number: int, epochs: int, _loss: float) -> None:
        if report:
            report(number / epochs, note)

    network = classifier.train_judge(train, device, settings()["steps"], on_epoch)
    weights = {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
    weights[CHECKSUM] = np.array([checksum(train)], np.int64)
    cache.write(dataset, KIND, settings(), weights, store)
    return network


def probabilities(
    dataset: str, images: np.ndarray, report: Report | None = None, store: RunStore | None = None
) -> np.ndarray:
    """What the judge of a data set makes of images.

    Args:
        dataset: its name.
        images: (n, h, w, c) in [0, 1].
        report: as in `judge`.
        store: as in `judge`.

    Returns:
        Class probabilities, float32 (n, classes). They sum to less than 1 where the judge takes an image
        for none of the data's: `metrics.coverage.recognised` reads them.

    Raises:
        WrongShape: if the images are not of the data set's size.
        LabelsNeeded: as in `judge`.
        ImagesNeeded: as in `judge`.
    """
    network = judge(dataset, report, store)
    expected = network[1].in_features
    if images.ndim != 4 or images[:1].size not in (0, expected):
        raise WrongShape("images to judge", images.shape, f"(n, h, w, c) with {expected} numbers per image")
    device = next(network.parameters()).device
    pixels = torch.tensor(np.asarray(images, np.float32)).permute(0, 3, 1, 2).contiguous().to(device)
    return classifier.probabilities(network, pixels).numpy()
