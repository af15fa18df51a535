"""Classification as a task on top of any variant: from the latent code, never from the reconstruction."""

import math
from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecore.datasets import Images
from aecore.errors import BadValue
from aecore.models import devices, inference
from aecore.models.base import Autoencoder, Batch
from aecore.models.modules import BottleneckLinear

Task = Literal["fine_tuned", "from_scratch"]
OnEpoch = Callable[[int, int, float], None]
"""Called with (epoch from 1, epochs in all, mean training loss in nats)."""
EPOCHS, LEAST_STEPS = 15, 1500
"""A task's own budget: so many epochs, and more of a small data set."""
BATCH_SIZE = 128
LEARNING_RATE = 1e-3
JUDGE_STEPS, JUDGE_WIDTH = 1200, 256
NON_IMAGES = 0.5
"""Images of nothing that the judge sees beside each batch, as a share of it."""


class CodeClassifier(nn.Module):
    """An encoder and one linear layer on its latent code."""

    def __init__(self, model: Autoencoder, latent_dim: int) -> None:
        """Take over the model, which is trained on; hand in a copy to keep the original."""
        super().__init__()
        self.model = model.requires_grad_(requires_grad=True)
        self.head = BottleneckLinear(latent_dim, model.classes)

    def forward(self, images: Tensor) -> Tensor:
        """Log-odds of the classes (batch, classes) of images (batch, c, h, w) in [0, 1]."""
        return self.head(self.model.posterior(images).mean)


def finetune_accuracy(
    task: Task,
    model: Autoencoder,
    fresh: Callable[[], Autoencoder],
    latent_dim: int,
    train: Images,
    test: Images,
    *,
    epochs: int | None = None,
    seed: int = 0,
    on_epoch: OnEpoch | None = None,
) -> float:
    """Train encoder and head on all labels, for a fixed number of epochs, and test once at the end.

    Nothing is chosen by the test split: neither the epoch nor any setting.

    Args:
        task: "fine_tuned" starts from the model's encoder, "from_scratch" from fresh weights.
        model: a finished model; it is left as it was.
        fresh: builds the same model untrained.
        latent_dim: numbers in a latent code.
        train: training images.
        test: test images.
        epochs: passes over the training images; `default_epochs` of them if not given.
        seed: of the head's first weights and the order of images.
        on_epoch: called after each epoch; see `OnEpoch`.

    Returns:
        Test accuracy, 0 to 1.

    Raises:
        BadValue: if there is no such task.
    """
    if task not in ("fine_tuned", "from_scratch"):
        raise BadValue("task", task, "fine_tuned or from_scratch")
    device = next(model.parameters()).device
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        start = deepcopy(model) if task == "fine_tuned" else fresh()
        network = CodeClassifier(start, latent_dim).to(device)
    epochs = epochs or default_epochs(len(train))
    fit(network, inference.on_device(train, device), epochs, seed, on_epoch)
    return 1.0 - error(network, inference.on_device(test, device))


def default_epochs(images: int) -> int:
    """Passes over so many training images that give a task its budget."""
    return max(EPOCHS, math.ceil(LEAST_STEPS * BATCH_SIZE / images))


def fit(
    network: nn.Module,
    train: Batch,
    epochs: int,
    seed: int,
    on_epoch: OnEpoch | None = None,
    batch_size: int = BATCH_SIZE,
    none: int | None = None,
) -> None:
    """Minimise the cross-entropy of a classifier, in place, by one-cycle Adam.

    Args:
        network: images in [0, 1] to log-odds of the classes.
        train: the training split, pixels uint8, on the network's device.
        epochs: passes over it.
        seed: of the order of images.
        on_epoch: called after each epoch; see `OnEpoch`.
        batch_size: images per step.
        none: class of `non_images`, if the network shall learn from some beside each batch.
    """
    device, count = train.images.device, len(train.images)
    generator = torch.Generator(device).manual_seed(seed)
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.Adam(parameters, lr=LEARNING_RATE, fused=device.type in ("cpu", "cuda"))
    steps = epochs * math.ceil(count / batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 3 * LEARNING_RATE, total_steps=steps + 1, cycle_momentum=False
    )
    is_mixed = devices.multiplies_bfloat16(device)
    for number in range(1, epochs + 1):
        network.train()
        total = torch.zeros((), device=device)
        for rows in torch.randperm(count, generator=generator, device=device).split(batch_size):
            batch = inference.to_float(train.take(rows))
            if none is not None:
                nothing = non_images(batch.images[: max(1, round(NON_IMAGES * len(rows)))], generator)
                labels = torch.full((len(nothing),), none, device=device)
                batch = Batch(torch.cat([batch.images, nothing]), torch.cat([batch.known_labels, labels]))
            with torch.autocast(device.type, torch.bfloat16, enabled=is_mixed):
                logits = network(batch.images)
            loss = F.cross_entropy(logits.float(), batch.known_labels)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.detach() * len(rows) / count
        if on_epoch:
            on_epoch(number, epochs, float(total))


@torch.no_grad()
def error(network: nn.Module, test: Batch) -> float:
    """Share of the test images that a classifier gets wrong.

    Args:
        network: images in [0, 1] to log-odds of the classes.
        test: the test split, pixels uint8, on the network's device.

    Returns:
        0 to 1.
    """
    network.eval()
    wrong = sum(
        int((network(batch.images).argmax(1) != batch.labels).sum()) for batch in inference.batches(test)
    )
    return wrong / len(test.images)


@torch.no_grad()
def probabilities(network: nn.Module, images: Tensor) -> Tensor:
    """What the judge makes of images.

    Args:
        network: from `judge`.
        images: pixels in [0, 1], shape (n, c, h, w), on its device.

    Returns:
        Shape (n, classes), on the CPU. What lacks to 1 is the probability that an image shows none of them.
    """
    network.eval()
    parts = [network(part).softmax(1)[:, :-1].cpu() for part in images.split(inference.EVALUATION_BATCH)]
    return torch.cat(parts)


def non_images(images: Tensor, generator: torch.Generator) -> Tensor:
    """What no data set shows: uniform noise, blends of two images, images with their pixels shuffled.

    Args:
        images: pixels in [0, 1], shape (n, c, h, w); a third is replaced by noise, a third blended with
            others of them by 0.3 to 0.7, a third shuffled.
        generator: of all of it, on their device.

    Returns:
        As many, of that shape.
    """
    device, count = images.device, len(images)
    noisy, blended, shuffled = images.tensor_split(3)
    share = 0.3 + 0.4 * torch.rand(len(blended), 1, 1, 1, generator=generator, device=device)
    others = images[torch.randint(count, (len(blended),), generator=generator, device=device)]
    order = torch.rand(len(shuffled), images[0].numel(), generator=generator, device=device).argsort(1)
    return torch.cat(
        [
            torch.rand(noisy.shape, generator=generator, device=device),
            share * blended + (1 - share) * others,
            shuffled.flatten(1).gather(1, order).view_as(shuffled),
        ]
    )


def judge(train: Images, device: torch.device) -> nn.Sequential:
    """The small classifier that judges what a decoder draws; trained once per process and data set.

    Args:
        train: training images.
        device: where it shall compute.

    Returns:
        Images in [0, 1] to log-odds of the classes and, last, of none of them: one hidden layer, trained on
        every label and on `non_images`, so that it can say that an image shows nothing of the data.
    """
    return _judge(train, device, JUDGE_STEPS)


@lru_cache(maxsize=4)
def _judge(train: Images, device: torch.device, steps: int) -> nn.Sequential:
    return train_judge(train, device, steps)


def train_judge(
    train: Images, device: torch.device, steps: int, on_epoch: OnEpoch | None = None
) -> nn.Sequential:
    """`judge`, trained anew.

    Args:
        train: training images.
        device: where it shall compute.
        steps: of the optimiser, as near as whole epochs come to it.
        on_epoch: called after each epoch; see `OnEpoch`.

    Returns:
        As `judge` does.
    """
    split = inference.on_device(train, device)
    classes = int(split.known_labels.max()) + 1
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = untrained_judge(split.images[0].numel(), classes)
    network.to(device)
    epochs = max(1, round(steps * BATCH_SIZE / len(split.images)))
    fit(network, split, epochs, seed=0, on_epoch=on_epoch, none=classes)
    return network.eval()


def untrained_judge(pixels: int, classes: int) -> nn.Sequential:
    """The judge's network for images of so many numbers, with weights as they come."""
    last = BottleneckLinear(JUDGE_WIDTH, classes + 1)
    return nn.Sequential(nn.Flatten(), nn.Linear(pixels, JUDGE_WIDTH), nn.ReLU(), last)
