"""A context of arrays, for metrics without a model, and points and images to put into it."""

# ruff: noqa: D102  the class that it stands for says what each is

from collections.abc import Iterable

import numpy as np

from aecore.datasets import Images
from aecore.latent import priors
from aecore.metrics import catalog, measure
from aecore.metrics._context import Denoised, Encoded, MetricContext

DIMENSIONS = [1, 2, 5]
GIVEN = frozenset({"images", "training", "reconstructions"})
"""What every context of arrays has, as every model has that was trained here."""


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def images(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, 4, 4, 1), dtype=np.float32)


def split(count: int, labels: np.ndarray | None, seed: int = 0) -> Images:
    return Images((images(count, seed) * 255).astype(np.uint8), labels, ("a", "b"))


class ArrayContext(MetricContext):
    """Codes that are given, and answers to whatever a metric may ask of a model with them.

    Asking for what `has` does not name fails, as it would of a model or data set that lacks it.
    """

    def __init__(
        self,
        codes: np.ndarray,
        prior: str | None = None,
        has: Iterable[str] = ("decoder",),
        labels: np.ndarray | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(split(len(codes), labels, 1), split(len(codes), labels), prior)
        self._codes, self._has, self._seed, self.denoised = codes, GIVEN | set(has), seed, None

    @property
    def has(self) -> frozenset[str]:
        return self._has

    def encode(self, images: Images) -> Encoded:
        return Encoded(self._codes, None)

    def classes_given(self, images: Images) -> np.ndarray | None:
        return images.labels if self._with("class") else None

    def decode(self, codes: np.ndarray, classes: np.ndarray | None) -> np.ndarray:
        return np.full((len(codes), 4, 4, 1), 0.5, np.float32)

    def judged(self, images: np.ndarray) -> np.ndarray:
        assert self._with("labels"), "there is no judge where no image has a class"
        return np.tile([0.95, 0.02], (len(images), 1))

    @property
    def floors(self) -> dict[str, float]:
        names = [name for name, metric in catalog().items() if metric.is_floor]
        return dict.fromkeys(names, 0.25)

    @property
    def two_sample(self) -> dict[str, float]:
        return dict.fromkeys(("two_sample_accuracy", "two_sample_accuracy_whitened"), 0.6)

    @property
    def terms(self) -> dict[str, float]:
        return {name: 1.3 for name in self.has if name.endswith("discriminator")}

    @property
    def denoising(self) -> Denoised:
        assert self._with("noise")
        return self.denoised

    def negative_elbo(self) -> float | None:
        assert self._with("bound")
        return 20.0

    def test_error(self) -> float:
        assert self._with("classifier")
        return 0.1

    @property
    def prior_samples(self) -> np.ndarray:
        random = np.random.default_rng(self._seed)
        return priors.sample(self.prior_or_normal, *self._codes.shape, random)

    def _with(self, need: str) -> bool:
        return need in self._has


def coverage(codes: np.ndarray, seed: int, prior: str = "standard_normal") -> dict[str, float]:
    """Every number of codes held against a sample of a prior, that no model or class is needed for."""
    about = ("two_sample_accuracy", "two_sample_accuracy_whitened")
    names = [
        name
        for name, metric in catalog().items()
        if metric.group == "coverage of the prior" and not metric.needs and name not in about
    ]
    return measure(ArrayContext(codes, prior, seed=seed), names)
