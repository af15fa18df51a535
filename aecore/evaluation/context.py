"""A finished PyTorch model as metrics ask for it; see `metrics._context`."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from aecore import corruptions
from aecore.datasets import Images
from aecore.evaluation import classifier
from aecore.evaluation.baselines import Baselines
from aecore.evaluation.judged_context import JudgedContext
from aecore.metrics import SEED
from aecore.metrics._context import Denoised, Encoded
from aecore.metrics.denoising import DENOISED, RIDGE_IMAGES
from aecore.models import inference
from aecore.models.base import Autoencoder, Batch
from aecore.models.noise import corrupt

ELBO_SAMPLES = 8


class ModelContext(JudgedContext):
    """A model on the test split of its data set."""

    def __init__(
        self,
        model: Autoencoder,
        train: Images,
        test: Images,
        baselines: Callable[[], Baselines],
        report: Callable[[float, str], None] | None = None,
    ) -> None:
        """Take a model and its images; nothing is computed yet.

        Args:
            model: a finished model.
            train: training images, for the floors, the nearest neighbours and the probes.
            test: test images; every number is measured on them.
            baselines: gives the floors and the judge, once they are asked for.
            report: called with the share done, 0 to 1, and what comes next.
        """
        super().__init__(train, test, model.prior, report)
        self.model, self._baselines_of = model, baselines
        self._device = next(model.parameters()).device

    @cached_property
    def has(self) -> frozenset[str]:  # pyright: ignore[reportIncompatibleMethodOverride]  read alike, worked out once
        """What data set and model have, of `NEEDS`."""
        model = self.model
        sample = inference.to_float(self._split(self.test).take(slice(1))).images
        with torch.no_grad():
            has_spread, classified = model.posterior(sample).log_var is not None, model.classify(sample)
        found = {
            "labels": self.test.labels is not None,
            "prior": model.prior is not None,
            "posterior": has_spread,
            "images": True,
            "training": True,
            "reconstructions": True,
            "decoder": True,
            "bound": type(model).negative_elbo is not Autoencoder.negative_elbo,
            "class": model.is_conditional,
            "noise": model.noise is not None,
            "classifier": classified is not None,
            "rectifier": not isinstance(model.output, torch.nn.Sigmoid),  # a sigmoid never reaches 0
        }
        return frozenset(name for name, is_so in found.items() if is_so) | set(model.parameter_groups())

    def encode(self, images: Images) -> Encoded:
        """q(z|x) of images."""
        found = inference.encode(self.model, self._split(images))
        return Encoded(found.mean.numpy(), None if found.log_var is None else found.log_var.numpy())

    def classes_given(self, images: Images) -> np.ndarray | None:
        """The class that each image is decoded with, (n,); None where the decoder takes none."""
        return inference.conditions(self.model, self._split(images))

    def decode(self, codes: np.ndarray, classes: np.ndarray | None) -> np.ndarray:
        """Images float32 (n, h, w, c) in [0, 1] of codes (n, d)."""
        return inference.decode(self.model, codes, classes)

    @cached_property
    def terms(self) -> dict[str, float]:  # pyright: ignore[reportIncompatibleMethodOverride]  read alike, worked out once
        """Loss terms on the test split, in nats per image."""
        return inference.test_terms(self.model, self._split(self.test))

    @cached_property
    def denoising(self) -> Denoised:  # pyright: ignore[reportIncompatibleMethodOverride]  read alike, worked out once
        """The first 1000 test images at the noise's reference level, and what becomes of them."""
        self.tell("measuring the denoising")
        generator = torch.Generator(self._device).manual_seed(SEED)
        assert self.model.noise is not None, "a metric asks for it that needs noise"
        kind = self.model.noise.kind
        level = corruptions.find(kind).reference

        def pair(split: Batch) -> tuple[Batch, np.ndarray, np.ndarray]:
            clean = inference.to_float(split)
            noisy = corrupt(clean.images, kind, level, generator)
            noisy = noisy.mul(255).round().byte()  # as a person's own noisy image would be
            arrays = (t.permute(0, 2, 3, 1).contiguous().cpu().numpy() for t in (clean.images, noisy))
            return split._replace(images=noisy), next(arrays), next(arrays).astype(np.float32) / 255

        split, clean, noisy = pair(self._split(self.test).take(slice(DENOISED)))
        _, *train = pair(self._split(self.train).take(slice(RIDGE_IMAGES)))
        return Denoised(clean, noisy, inference.reconstruct(self.model, split), *train)

    @torch.no_grad()
    def negative_elbo(self) -> float | None:
        """The bound, in nats per image, over 8 samples of q(z|x) each; None where the model has none."""
        self.tell("measuring the bound")
        split = self._split(self.test)
        generator = torch.Generator(self._device).manual_seed(SEED)
        total = 0.0
        for batch in inference.batches(split):
            for _ in range(ELBO_SAMPLES):
                bound = self.model.negative_elbo(batch, generator)
                if bound is None:
                    return None
                total += float(bound.sum()) / (ELBO_SAMPLES * len(split.images))
        return total

    def test_error(self) -> float:
        """Share of test images that the model itself puts into the wrong class."""
        return classifier.error(_Classifier(self.model), self._split(self.test))

    def _split(self, images: Images) -> Batch:
        """Images on the model's device; those of the two splits stay there."""
        name = {id(self.train): "train", id(self.test): "test"}[id(images)]
        return self.once(name, lambda: inference.on_device(images, self._device))


class _Classifier(torch.nn.Module):
    """A variant that classifies by itself, as `classifier.error` takes it."""

    def __init__(self, model: Autoencoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        found = self.model.classify(images)
        assert found is not None, "a metric asks for it that needs a classifier"
        return found
