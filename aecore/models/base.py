"""What every variant is: an encoder, a decoder, and the losses that train them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from aecore.corruptions import NoiseRange


class Batch(NamedTuple):
    """Images (batch, c, h, w): pixels uint8 as stored, or in [0, 1] in a loss; labels (batch,), if any."""

    images: Tensor
    labels: Tensor | None = None

    @property
    def known_labels(self) -> Tensor:
        """The labels, for who has made sure that there are any."""
        assert self.labels is not None, "asked for the labels of images that have none"
        return self.labels

    def take(self, rows: Tensor | slice | Sequence[int]) -> "Batch":
        """Some of the images, by rows, with their labels."""
        return Batch(self.images[rows], None if self.labels is None else self.labels[rows])

    def parts(self, size: int) -> "Iterator[Batch]":
        """The images in order, so many at a time; one empty part where there are none."""
        starts = range(0, max(1, len(self.images)), size)
        return (self.take(slice(start, start + size)) for start in starts)


class Stage(NamedTuple):
    """A stretch of the training with objectives of its own: its name and its share of the epochs."""

    name: str
    share: float


@dataclass(frozen=True)
class Losses:
    """The losses of one batch.

    Attributes:
        objectives: what each group of `Autoencoder.parameter_groups` minimises, scalars by group.
        terms: what is logged, scalars in nats per image by name, `reconstruction` among them.
    """

    objectives: dict[str, Tensor]
    terms: dict[str, Tensor]


class Posterior(NamedTuple):
    """q(z|x) for each image: mean (batch, d), and log-variance (batch, d) where it has a spread."""

    mean: Tensor
    log_var: Tensor | None = None


class Autoencoder(nn.Module, ABC):
    """An encoder and a decoder under one set of losses.

    Attributes:
        betas: momentum of the Adam optimisers.
        labels: what it is told of the labels, as the end of a sentence; empty where it never sees one.
        is_conditional: whether the decoder is given a class beside the code.
        prior: the distribution that the codes are meant to follow, or None.
        noise: the noise that it is trained to remove, its kind one of `corruptions.tensor_names()`, or None.
        stages: the stretches of its training, in order; none where it is fitted in closed form.
        stage: name of the stretch that the losses are of; the last one in a finished model.
        latent_dim: numbers in a latent code.
        classes: how many classes there are; 0 where the images have no labels.
        output: from the decoder's last layer to pixels in [0, 1].
    """

    betas: ClassVar[tuple[float, float]] = (0.9, 0.999)
    labels: str = ""
    is_conditional: ClassVar[bool] = False
    prior: str | None = None
    noise: NoiseRange | None = None
    stages: tuple[Stage, ...] = (Stage("training", 1.0),)
    encoder: nn.Module
    decoder: nn.Sequential

    @abstractmethod
    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Any) -> None:
        """Build the networks.

        Args:
            image_shape: (c, h, w).
            latent_dim: numbers in a latent code.
            classes: how many classes there are; 0 where the images have no labels.
            options: the variant's Options record.
        """
        super().__init__()
        self.latent_dim = latent_dim
        self.classes = classes
        self.options = options
        self.output: nn.Module = nn.Sigmoid()
        self.stage = self.stages[-1].name if self.stages else ""

    @abstractmethod
    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """The losses of one batch in the stage that `self.stage` names.

        Args:
            batch: images, pixels in [0, 1], and labels where they have them.
            generator: where all noise comes from.
            progress: share of the stage done, 0 to 1.

        Returns:
            Objectives and logged terms. They may call autograd, by images or by what is computed from them;
            where they are measured, the parameters themselves ask for no gradient.
        """

    def prepare(self, train: Batch, generator: Generator) -> None:
        """Look at the training split once, before the first epoch; nothing unless the variant needs it."""

    def constrain_parameters(self) -> None:
        """Bring the parameters back to where they must lie, after every step; nothing in most variants."""

    def posterior(self, images: Tensor) -> Posterior:
        """q(z|x) of each image: a point at the encoder's output unless the variant says otherwise."""
        return Posterior(self.encoder(images))

    def code_layers(self) -> list[nn.Module]:
        """From the encoder's output to the posterior's mean, in layers that the browser knows; mostly none.

        They hold no parameters. A variant that decodes with the class that it sees itself ends them with
        `OwnClass`.
        """
        return []

    def conditions(self, batch: Batch) -> Tensor | None:
        """The class (batch,) that each image is decoded with; None where the decoder takes none."""
        return batch.labels if self.is_conditional else None

    def concat_condition(self, codes: Tensor, conditions: Tensor | None) -> Tensor:
        """The decoder's input: codes (batch, d), and one-hot classes (batch, classes) where it takes them."""
        if not self.is_conditional:
            return codes
        if conditions is None:
            raise ValueError("this decoder needs a class for every code")
        return torch.cat([codes, F.one_hot(conditions.long(), self.classes).to(codes.dtype)], 1)

    def decode(self, codes: Tensor, conditions: Tensor | None = None) -> Tensor:
        """Latent codes (batch, d), with classes (batch,) if conditional, to images in [0, 1]."""
        return self.output(self.decoder(self.concat_condition(codes, conditions)))

    def classify(self, images: Tensor) -> Tensor | None:
        """Log-odds of the classes (batch, classes), where the variant is itself a classifier."""
        return None

    def negative_elbo(self, batch: Batch, generator: Generator) -> Tensor | None:
        """A one-sample estimate of -ELBO in nats per image, shape (batch,); None where there is none."""
        return None

    def parameter_groups(self) -> dict[str, Iterable[nn.Parameter]]:
        """The parameters that each objective of the current stage moves, by the objective's name."""
        return {"autoencoder": self.parameters()}
