"""Small models, batches and trainings that the tests of the variants share."""

import dataclasses
from functools import lru_cache
from typing import Any, NamedTuple

import torch

from aecore import datasets
from aecore.config import RunConfig
from aecore.models import build, inference, variants
from aecore.models.base import Autoencoder, Batch, Losses
from aecore.training import loop
from tests.conftest import is_trained, small_options

BATCH = 6
DIGITS = (8, 8, 1)


@dataclasses.dataclass(frozen=True)
class Case:
    """A variant, an image shape (c, h, w), a latent dimension, and a stage of its training."""

    variant: str
    shape: tuple[int, int, int] = (1, 8, 8)
    latent_dim: int = 2
    stage: str = ""

    def __str__(self) -> str:
        parts = [self.variant, "x".join(map(str, self.shape)), f"z{self.latent_dim}", self.stage]
        return "-".join(part.replace(" ", "") for part in parts if part)

    def untrained(self, seed: int = 0, **options: Any) -> Autoencoder:
        """The variant with narrow layers and its first weights."""
        config = RunConfig(
            variant=self.variant,
            dataset="digits",
            options=dataclasses.asdict(
                variants.options(self.variant, **small_options(self.variant) | options)
            ),
            latent_dim=self.latent_dim,
            seed=seed,
        )
        channels, height, width = self.shape
        return build.build_model(config, (height, width, channels))

    def build(self, seed: int = 0, **options: Any) -> Autoencoder:
        """The variant as it is when its first batch comes, in the case's stage: the last if none."""
        model, batch = self.untrained(seed, **options), self.batch()
        stored = Batch(batch.images.mul(255).byte(), batch.labels)
        model.prepare(stored, torch.Generator().manual_seed(0))
        model.stage = self.stage or model.stage
        return model

    def batch(self, seed: int = 3) -> Batch:
        """A batch of grey noise, each image of another class."""
        images = torch.rand((BATCH, *self.shape), generator=torch.Generator().manual_seed(seed))
        return Batch(images, torch.arange(BATCH) % 10)


def measured(model: Autoencoder, batch: Batch, progress: float = 0.5, seed: int = 0) -> Losses:
    """The losses of a batch, with noise from a seed."""
    return model.losses(batch, torch.Generator().manual_seed(seed), progress)


def drawn(model: Autoencoder, batch: Batch) -> torch.Tensor:
    """Reconstructions of a batch, each with the class that the model decodes it with."""
    with torch.no_grad():
        return model.decode(model.posterior(batch.images).mean, model.conditions(batch))


@lru_cache(maxsize=2)
def stored_digits(split: str) -> Batch:
    """A split of the digits, pixels uint8."""
    return inference.on_device(datasets.load_images("digits", split), torch.device("cpu"))


def digits(split: str) -> Batch:
    """A split of the digits, pixels in [0, 1]."""
    return inference.to_float(stored_digits(split))


class Trained(NamedTuple):
    """A trained model and the records of its epochs; both are shared, so only read them."""

    model: Autoencoder
    epochs: list[loop.Epoch]


@lru_cache(maxsize=64)
def trained(variant: str, epochs: int, **settings: Any) -> Trained:
    """A variant trained on the digits, once for all tests of a process.

    Args:
        variant: its name.
        epochs: how many; one where it is fitted in closed form.
        **settings: fields of RunConfig and options beyond `small_options`.

    Returns:
        The model, ready to be measured, and its epochs.
    """
    chosen = {"batch_size": 128, "epochs": epochs if is_trained(variant) else 1} | small_options(variant)
    config = variants.configure(variant, "digits", **chosen | settings)
    model = build.build_model(config, DIGITS)
    records = list(loop.train_epochs(model, config, stored_digits("train"), stored_digits("test")))
    return Trained(model.eval(), records)
